"""Facts: numbers with unit, scope and source; and every document reads back from its own JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from rigfit.schema.base import (
    BandwidthFact,
    Basis,
    BytesFact,
    CountFact,
    Fact,
    FlopsFact,
    MemoryFact,
    PermilleFact,
    PointsFact,
    PowerFact,
    Strict,
    UsdFact,
)
from rigfit.schema.catalog import CatalogFile, Component, GpuSpec, Model, Variant
from rigfit.schema.machine import Cpu, Gpu, Machine
from rigfit.schema.request import MachineRequest, Policies, Request, Size, TaskRequest
from rigfit.schema.rules import Profile, Rule, RulesFile, TaskRule
from rigfit.units import GB, GIB, MAX_BYTES

KINDS: list[tuple[type[Fact], Any, int]] = [
    (BytesFact, "23.8 GB", 23_800_000_000),
    (MemoryFact, "12 GB", 12 * GIB),
    (CountFact, "11.9 B", 11_900_000_000),
    (PointsFact, 91.25, 91_25),
    (PermilleFact, 0.984, 984),
    (BandwidthFact, 504.2, 504_200_000_000),
    (FlopsFact, "29.1", 29_100_000_000_000),
    (UsdFact, "0.0027", 2_700),
]
EVERY_KIND = [kind for kind, _, _ in KINDS]


def facts_in(value: Any) -> list[Fact]:
    if isinstance(value, Fact):
        return [value]
    if isinstance(value, BaseModel):
        return [fact for name in type(value).model_fields for fact in facts_in(getattr(value, name))]
    if isinstance(value, dict):
        return [fact for item in value.values() for fact in facts_in(item)]
    if isinstance(value, list | tuple):
        return [fact for item in value for fact in facts_in(item)]
    return []


# Numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "written", "amount"), KINDS)
def test_written_and_kept(kind: type[Fact], written: Any, amount: int) -> None:
    fact = kind.model_validate({"value": written, "source": "somewhere"})
    assert fact.value == amount
    assert fact.unit == kind.base_unit != ""
    assert fact.source == "somewhere"
    assert fact.basis is Basis.FILE


@pytest.mark.parametrize(("kind", "written", "amount"), KINDS)
def test_a_fact_reads_back_from_its_own_dump(kind: type[Fact], written: Any, amount: int) -> None:
    fact = kind.model_validate({"value": written, "source": "s", "scope": "all", "basis": "derived", "note": "n"})
    assert kind.model_validate(fact.model_dump()) == fact
    assert kind.model_validate_json(fact.model_dump_json(exclude_defaults=True)) == fact


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("bare", [12, 12.5, "12 GB", None, [], True])
def test_a_bare_number_is_no_fact(kind: type[Fact], bare: Any) -> None:
    with pytest.raises(ValidationError, match="is not a fact: write {value: "):
        kind.model_validate(bare)


@pytest.mark.parametrize(("kind", "written", "amount"), KINDS)
def test_a_fact_needs_a_source(kind: type[Fact], written: Any, amount: int) -> None:
    with pytest.raises(ValidationError, match="names no source"):
        kind.model_validate({"value": written})
    with pytest.raises(ValidationError):
        kind.model_validate({"value": written, "source": None})
    with pytest.raises(ValidationError):
        kind.model_validate({"value": amount, "unit": kind.base_unit})
    with pytest.raises(ValidationError, match="needs a value"):
        kind.model_validate({"source": "s"})


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize(
    "value", [None, [], {}, "", "many", "-1", -1, "nan", "inf", float("nan"), float("inf"), "1 2 3", "1 furlong"]
)
def test_what_is_no_number(kind: type[Fact], value: Any) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate({"value": value, "source": "s"})


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("odd", [{"sources": "s"}, {"source": "Not an id"}, {"basis": "guess"}, {"note": 3}])
def test_other_fields_are_checked(kind: type[Fact], odd: dict[str, Any]) -> None:
    good = {"value": 1, "unit": kind.base_unit, "source": "s"}
    kind.model_validate(good)
    with pytest.raises(ValidationError):
        kind.model_validate({**good, **odd})


@pytest.mark.parametrize(
    ("kind", "value", "unit", "amount"),
    [
        (BytesFact, 23.8, "GB", 23_800_000_000),
        (BytesFact, 12, "GiB", 12 * GIB),
        (MemoryFact, 12, "GB", 12 * GIB),
        (MemoryFact, 8192, "MB", 8 * GIB),
        (CountFact, 86, "M", 86_000_000),
        (BandwidthFact, 504, "GB/s", 504 * GB),
        (FlopsFact, 29, "TFLOPS", 29 * 10**12),
        (UsdFact, 5, "USD", 5_000_000),
        (PowerFact, 200, "W", 200),
        (PointsFact, 90, "points", 9000),
    ],
)
def test_the_unit_may_stand_apart(kind: type[Fact], value: float, unit: str, amount: int) -> None:
    assert kind.model_validate({"value": value, "unit": unit, "source": "s"}).value == amount


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (BytesFact, "12"),
        (BytesFact, "12 TFLOPS"),
        (MemoryFact, 12.5),
        (CountFact, "12 GB"),
        (PointsFact, 100.01),
        (PointsFact, "50 GB"),
        (PermilleFact, 1.001),
        (PermilleFact, 98.4),
        (BandwidthFact, "504 TFLOPS"),
        (FlopsFact, "29 GB/s"),
        (UsdFact, "5 EUR"),
        (BytesFact, MAX_BYTES + 1),
    ],
)
def test_units_and_ranges_are_checked(kind: type[Fact], value: Any) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate({"value": value, "source": "s"})


def test_a_fact_of_one_kind_is_not_silently_another() -> None:
    """A share of 0.5 read back as points would be 50 points of quality."""
    share = PermilleFact.model_validate({"value": 0.5, "source": "s"}).model_dump()
    with pytest.raises(ValidationError):
        PointsFact.model_validate(share)


def test_nothing_changes_once_read() -> None:
    fact = BytesFact.model_validate({"value": "1 GB", "source": "s"})
    with pytest.raises(ValidationError):
        fact.value = 2  # type: ignore[misc]


# Where facts stand in documents -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "content", "field"),
    [
        (Variant, {"precision": "bf16"}, "size"),
        (
            Component,
            {"id": "c", "title": "C", "kind": "vae", "licence": "l", "variants": [{"precision": "bf16"}]},
            "params",
        ),
        (
            GpuSpec,
            {
                "id": "g",
                "title": "G",
                "vendor": "nvidia",
                "backend": "cuda",
                "architecture": "ada",
                "memory": {"value": "1 GB", "source": "s"},
            },
            "bandwidth",
        ),
    ],
)
@pytest.mark.parametrize("bare", [12, 12.5, "12 GB"])
def test_a_bare_number_does_not_validate_in_the_catalog(
    shape: type[Strict], content: dict[str, Any], field: str, bare: Any
) -> None:
    shape.model_validate(content)
    with pytest.raises(ValidationError, match="is not a fact"):
        shape.model_validate({**content, field: bare})


def test_no_number_of_the_catalog_escapes_being_a_fact() -> None:
    """Plain integers in catalog shapes are geometry and counts of passes, never amounts that need a source."""
    geometry = {"latent_downscale", "temporal_downscale", "patch", "temporal_patch", "decode_tile"}
    geometry |= {"guidance_passes", "pcie_generation"}
    geometry |= {"port", "defaults"}  # an address, and what a node's inputs hold when nobody sets them
    plain = set()
    seen: set[type[BaseModel]] = set()

    def walk(shape: type[BaseModel]) -> None:
        if shape in seen or issubclass(shape, Fact) or shape is Request:
            return
        seen.add(shape)
        for name, field in shape.model_fields.items():
            todo: list[Any] = [field.annotation]
            while todo:
                part = todo.pop()
                if isinstance(part, type) and issubclass(part, BaseModel):
                    walk(part)
                elif part in (int, float):
                    plain.add(name)
                else:
                    todo += getattr(part, "__args__", ())

    walk(CatalogFile)
    assert Model in seen
    assert plain <= geometry


def test_every_shipped_fact_names_a_known_source(knowledge) -> None:
    found = facts_in(knowledge.catalog) + facts_in(knowledge.rulebook)
    assert len(found) > 500
    sources = knowledge.index("sources")
    assert {fact.source for fact in found} <= set(sources)
    assert all(fact.unit == type(fact).base_unit and fact.value >= 0 for fact in found)


def test_what_is_computed_says_how(knowledge) -> None:
    """`derived` and `prior` numbers carry the derivation, on themselves or on a neighbour of the same source."""
    bare = []
    for owner in (knowledge.catalog, knowledge.rulebook):
        for collection in type(owner).model_fields:
            entries = getattr(owner, collection)
            for entry in entries if isinstance(entries, tuple) else ():
                facts = facts_in(entry)
                noted = {fact.source for fact in facts if fact.note}
                if not getattr(entry, "note", None):
                    estimates = [f for f in facts if f.basis in (Basis.DERIVED, Basis.PRIOR)]
                    bare += [f"{entry.origin}: {f.value} {f.unit}" for f in estimates if f.source not in noted]
    assert bare == []


# Round trips ------------------------------------------------------------------------------------------------------


def reads_back(document: Strict) -> None:
    shape = type(document)
    for text in (
        document.model_dump_json(by_alias=True),
        document.model_dump_json(by_alias=True, exclude_defaults=True),
        document.model_dump_json(by_alias=True, indent=2),
    ):
        assert shape.model_validate_json(text).model_dump() == document.model_dump()


def test_the_shipped_catalog_and_rules_read_back(knowledge) -> None:
    for owner, shape in ((knowledge.catalog, CatalogFile), (knowledge.rulebook, RulesFile)):
        for collection in shape.model_fields:
            entries = getattr(owner, collection)
            for entry in entries if isinstance(entries, tuple) else (entries,):
                reads_back(entry)


amounts = st.integers(0, MAX_BYTES)
words = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
ids = st.sampled_from(["a", "comfyui", "flux1-dev", "fp8_e4m3fn", "rdna3.5"])
tasks = st.builds(
    TaskRequest,
    task=ids,
    features=st.lists(st.sampled_from(["lora", "controlnet:depth"]), max_size=2).map(tuple),
    style=st.sampled_from(["no_preference", "3d_rendered"]),
    size=st.builds(
        Size,
        width=st.none() | st.integers(64, 16384),
        seconds=st.none() | st.floats(0.001, 3600),
        steps=st.none() | st.integers(1, 1000),
    ),
    models=st.lists(words, max_size=2).map(tuple),
    variants=st.dictionaries(words, ids, max_size=2),
    together=st.none() | ids,
)
policies = st.builds(
    Policies,
    revenue_usd=st.none() | st.integers(0, 10**15),
    territory=st.none() | st.sampled_from(["DE", "EU"]),
    max_time=st.none() | st.integers(0, 10**6).map(lambda n: f"{n} ms"),
    max_disk=st.none() | amounts,
    max_download=st.none() | amounts,
    runtimes=st.lists(ids, max_size=2).map(tuple),
)
wished_machines = st.builds(
    MachineRequest,
    gpus=st.lists(words, max_size=2).map(tuple),
    vram=st.none() | amounts,
    ram=st.none() | amounts,
    disk=st.none() | amounts,
    display=st.none() | st.booleans(),
)


@given(st.lists(tasks, max_size=3), policies, st.none() | wished_machines, st.none() | words, st.integers(1, 50))
def test_requests_read_back(
    some: list[TaskRequest], policy: Policies, machine: MachineRequest | None, title: str | None, top: int
) -> None:
    reads_back(Request(title=title, tasks=tuple(some), policies=policy, machine=machine, top=top))


@given(amounts, amounts, st.integers(1, 4096), st.none() | words)
def test_machines_read_back(vram: int, ram: int, cores: int, name: str | None) -> None:
    card = Gpu(name="X", vendor="nvidia", backend="cuda", architecture="ada", compute_capability="8.9", vram=vram,
               vram_free=vram // 2, display=True, bandwidth=ram)  # fmt: skip
    reads_back(
        Machine(simulated=True, name=name, os="linux", cpu=Cpu(cores=cores), gpus=(card,), ram=ram, disk_free=ram)
    )


@pytest.mark.parametrize("top", [1, 3])
def test_an_answer_reads_back(knowledge, top: int) -> None:
    import rigfit
    from rigfit.schema.answer import Answer
    from rigfit.solve import solve

    machine = rigfit.simulate(knowledge, MachineRequest(gpus=("RTX 4070",)))
    request = Request(
        tasks=(TaskRequest(task="image_generation"),),
        policies=Policies(max_time="90 min", max_disk=10**12),
        top=top,
    )
    answer = solve(request, machine, knowledge)
    assert len(answer.bundles) == top
    reads_back(answer)
    again = Answer.model_validate_json(answer.model_dump_json(by_alias=True))
    assert again.record.request.policies.max_time == 90 * 60 * 1000


# Milliseconds: written in seconds, kept in milliseconds -----------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kept"), [(90, 90_000), ("90", 90_000), ("90 s", 90_000), ("2 min", 120_000), ("1 ms", 1), (0.25, 250)]
)
def test_durations(written: Any, kept: int) -> None:
    policy = Policies.model_validate({"max_time": written})
    assert policy.max_time == kept
    assert policy.model_dump(mode="json")["max_time"] == f"{kept} ms"
    assert Policies.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize("written", [-1, "-1", "soon", "3 fortnights", True, "", [], "inf"])
def test_what_is_no_duration(written: Any) -> None:
    with pytest.raises(ValidationError):
        Policies.model_validate({"max_time": written})


# Strictness -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["", "Flux", "flux dev", "-flux", "flux-", "flux--dev", "flux/dev", "x" * 81, "ü", 3, None]
)
def test_ids(name: Any) -> None:
    with pytest.raises(ValidationError):
        TaskRequest.model_validate({"task": name})


@pytest.mark.parametrize("name", ["controlnet:", ":depth", "controlnet:a:b", "Lora", "a-b", "a b", ""])
def test_features(name: str) -> None:
    with pytest.raises(ValidationError):
        TaskRequest.model_validate({"task": "t", "features": [name]})


RULE = {
    "id": "r", "title": "R", "reason": "because", "source": "s", "about": "licence", "when": {"use": ["commercial"]},
    "then": {"do": "forbid", "changeable_by": "policy"}, "monotone": True,
}  # fmt: skip


def test_a_rule_tests_only_what_its_subject_has() -> None:
    Rule.model_validate(RULE)
    with pytest.raises(ValidationError, match="a rule about a licence cannot test runtime"):
        Rule.model_validate({**RULE, "when": {"use": ["commercial"], "runtime": ["comfyui"]}})
    with pytest.raises(ValidationError, match="tests nothing"):
        Rule.model_validate({**RULE, "when": {}})
    with pytest.raises(ValidationError, match="tests nothing"):
        Rule.model_validate({**RULE, "when": {"use": []}})
    with pytest.raises(ValidationError):
        Rule.model_validate({**RULE, "then": {"do": "explode"}})


@pytest.mark.parametrize("shape", [CatalogFile, RulesFile, Request, Profile, TaskRule, Machine])
def test_unknown_fields_are_errors_everywhere(shape: type[Strict]) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden|Extra inputs"):
        shape.model_validate({"surprise": 1})


def test_every_shape_is_strict_and_frozen() -> None:
    todo, seen = [Strict], set()
    while todo:
        shape = todo.pop()
        seen.add(shape)
        todo += shape.__subclasses__()
    assert len(seen) > 40
    assert all(s.model_config.get("extra") == "forbid" and s.model_config.get("frozen") for s in seen)
