"""Sanity of the shipped data: sizes, retention, names, licences; nothing stands there that no machine can use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

import rigfit
from rigfit.candidates.device import Device
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.schema.catalog import Component, Model, Runtime, Variant
from rigfit.schema.request import MachineRequest, Policies, Request, TaskRequest
from rigfit.solve import solve
from rigfit.units import GB, GIB

KNOWLEDGE = load_knowledge()
MODELS = sorted(KNOWLEDGE.index("models"))

# One of each kind of place where models run.
PLACES = [
    {"gpus": ("rtx-5090",), "os": "linux"},
    {"gpus": ("rtx-4090",), "os": "windows"},
    {"gpus": ("rtx-3090",), "os": "linux"},
    {"gpus": ("rtx-2080-ti",), "os": "linux"},
    {"gpus": ("rx-7900-xtx",), "os": "linux"},
    {"gpus": ("rx-9070-xt",), "os": "linux"},
    {"gpus": ("arc-b580",), "os": "linux"},
    {"gpus": ("apple-m3-max-128gb",), "os": "macos"},
    {"gpus": ("none",), "os": "linux"},
]
# More than any model needs, so that only what rules and files say can stand against one.
PLENTY = {"ram": 512 * GIB, "disk": 4000 * GB}


def machine(place: dict) -> rigfit.Machine:
    amounts = dict(PLENTY)
    if place["os"] == "macos":
        amounts.pop("ram")
    return rigfit.simulate(KNOWLEDGE, MachineRequest(**place, **amounts))


@pytest.fixture(scope="module")
def devices() -> list[Device]:
    found = []
    for place in PLACES:
        one = machine(place)
        found += [Device(one, number, KNOWLEDGE) for number in range(len(one.gpus))] + [Device(one, None, KNOWLEDGE)]
    return found


def variants() -> Iterator[tuple[Component, Variant]]:
    for component in KNOWLEDGE.catalog.components:
        for variant in component.variants:
            yield component, variant


# Sizes ------------------------------------------------------------------------------------------------------------


def test_sizes_agree_with_parameters_and_bits() -> None:
    """Within 15 %, or a note says why: layers kept in more bits, parts that are packed along."""
    odd = []
    for component, variant in variants():
        bits = KNOWLEDGE.index("precisions")[variant.precision].bits
        if variant.size is None or component.params is None or bits is None:
            continue
        expected = component.params.value * bits.value / 1000 / 8
        noted = variant.note or variant.size.note or component.params.note or component.note
        if not 0.85 <= variant.size.value / expected <= 1.15 and not noted:
            odd.append(
                f"{component.origin}: {component.id} {variant.key}: {variant.size.value / expected:.2f}x {expected:.3g}"
            )
    assert odd == []


def test_fewer_bits_are_never_a_larger_file() -> None:
    odd = []
    for component in KNOWLEDGE.catalog.components:
        sized = [
            (bits.value, variant.size.value, variant.key)
            for variant in component.variants
            # What is quantised while loading holds what it likes: bitsandbytes keeps whole layers of T5 at 32 bits.
            if variant.size is not None
            and "bnb" not in KNOWLEDGE.index("precisions")[variant.precision].tags
            and (bits := KNOWLEDGE.index("precisions")[variant.precision].bits) is not None
        ]
        for few, small, name in sized:
            # Formats of nearly the same bits may cross: what they keep whole differs.
            odd += [
                f"{component.id}: {name} > {other}"
                for many, large, other in sized
                if few * 1.2 < many and small > large
            ]
    assert odd == []


def test_sizes_are_of_this_world() -> None:
    for component, variant in variants():
        if variant.size is not None:
            assert 10**3 < variant.size.value < 500 * GB, (component.id, variant.key)
        if component.params is not None:
            assert 10**3 < component.params.value < 10**12, component.id


def test_a_checkpoint_is_about_the_sum_of_what_it_holds() -> None:
    odd = []
    for model in KNOWLEDGE.catalog.models:
        for checkpoint in model.checkpoints:
            if checkpoint.file.size is None or checkpoint.file.size.note:
                continue
            parts = []
            for role, key in checkpoint.contains.items():
                component = KNOWLEDGE.index("components")[model.components[role]]
                (variant,) = [v for v in component.variants if v.key == key]
                bits = KNOWLEDGE.index("precisions")[variant.precision].bits
                if variant.size is not None:
                    parts.append(variant.size.value)
                elif component.params is not None and bits is not None:
                    parts.append(component.params.value * bits.value // 8000)
            if not 0.85 <= checkpoint.file.size.value / sum(parts) <= 1.15:
                odd.append(f"{model.id} {checkpoint.id}: {checkpoint.file.size.value:.3g} B, parts {sum(parts):.3g} B")
    assert odd == []


# Retention --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["gguf_legacy", "k_quant"])
@pytest.mark.parametrize("kind", ["transformer", "unet", "text_encoder", "llm", "other"])
def test_more_bits_keep_no_less_in_each_gguf_family(family: str, kind: str) -> None:
    of_family = sorted(
        (p.bits.value, p.retention[kind].value, p.id)
        for p in KNOWLEDGE.catalog.precisions
        if family in p.tags and p.bits is not None and kind in p.retention
    )
    assert len(of_family) >= 4
    kept = [retention for _, retention, _ in of_family]
    assert kept == sorted(kept), of_family


def test_sixteen_bits_keep_all_and_fewer_keep_less() -> None:
    for precision in KNOWLEDGE.catalog.precisions:
        kept = [fact.value for fact in precision.retention.values()]
        assert kept, precision.id
        assert all(300 <= value <= 1000 for value in kept), precision.id
        if "half" in precision.tags or "full" in precision.tags:
            assert set(kept) == {1000}, precision.id
        elif precision.bits is not None and precision.bits.value < 7000:
            assert min(kept) < 1000, precision.id


def test_a_file_s_own_retention_is_a_share() -> None:
    for component, variant in variants():
        if variant.retention is not None:
            assert 300 <= variant.retention.value <= 1000, (component.id, variant.key)


# Reach ------------------------------------------------------------------------------------------------------------


def users(component: Component) -> Iterator[tuple[Model, Runtime]]:
    """Models that hold a component, themselves or through an add-on, on each of their runtimes."""
    for model in KNOWLEDGE.catalog.models:
        addons = [
            addon
            for addon in KNOWLEDGE.catalog.addons
            if component.id in addon.components.values()
            and (model.family in addon.families or model.id in addon.models)
        ]
        for runtime in model.runtimes:
            if component.id in model.components.values() or any(runtime in addon.runtimes for addon in addons):
                yield model, KNOWLEDGE.index("runtimes")[runtime]


@pytest.mark.slow  # `rigfit catalog validate` asks the same of rules that are narrowed once
def test_every_variant_can_be_loaded_somewhere(devices: list[Device]) -> None:
    dead = []
    for component, variant in variants():
        if component.id not in used_components():
            continue  # a finding of its own, below
        uses = [(m, r) for m, r in users(component) if not variant.only_runtimes or r.id in variant.only_runtimes]
        for model, runtime in uses:
            verdicts = (
                device.variant(variant, component, model, runtime) for device in devices if device.hosts(runtime)
            )
            if any(verdict.admitted_by is not None and not verdict.forbidden_by for verdict in verdicts):
                break
        else:
            dead.append(f"{component.origin}: {component.id} {variant.key} ({len(uses)} uses)")
    assert dead == []


def used_components() -> set[str]:
    owners = (*KNOWLEDGE.catalog.models, *KNOWLEDGE.catalog.addons)
    return {component for owner in owners for component in owner.components.values()}


def test_every_component_is_used() -> None:
    assert set(KNOWLEDGE.index("components")) - used_components() == set()


def test_every_runtime_is_used_and_runs_somewhere(devices: list[Device]) -> None:
    used = {runtime for model in KNOWLEDGE.catalog.models for runtime in model.runtimes}
    used.add("reference-scripts")  # measured runs speak of it; no bundle offers it
    for runtime in KNOWLEDGE.catalog.runtimes:
        assert runtime.id in used, runtime.id
        assert any(device.hosts(runtime) for device in devices), runtime.id


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_the_answer_somewhere(name: str) -> None:
    """Asked for by name, on the largest machines, for each of its tasks."""
    model = KNOWLEDGE.index("models")[name]
    families = {m.family for m in KNOWLEDGE.catalog.models}
    # The name of a family means all of it, also where a model has the same.
    others = tuple(m.id for m in KNOWLEDGE.catalog.models if m.family == name != m.id and m.id not in families)
    for task in model.serves:
        request = Request(
            tasks=(TaskRequest(task=task, models=(name,), exclude=others),),
            policies=Policies(experimental=True, confidence="optimistic", max_time="100 h"),
            top=1,
        )
        for place in PLACES:
            answer = solve(request, machine(place), KNOWLEDGE, explain=False)
            if answer.bundles:
                assert answer.bundles[0].tasks[0].model == name
                break
        else:
            pytest.fail(f"{model.origin}: nothing runs {name} for {task}: {answer.explanation.summary}")


def test_every_addon_suits_a_model_on_a_runtime_of_both() -> None:
    idle = []
    for addon in KNOWLEDGE.catalog.addons:
        models = [m for m in KNOWLEDGE.catalog.models if m.family in addon.families or m.id in addon.models]
        if not any(set(model.runtimes) & set(addon.runtimes) for model in models):
            idle.append(f"{addon.origin}: {addon.id}")
    assert idle == []


def test_every_addon_provides_known_features() -> None:
    known = KNOWLEDGE.index("features")
    for addon in KNOWLEDGE.catalog.addons:
        for feature in addon.provides:
            base, _, qualifier = feature.partition(":")
            assert base in known, (addon.id, feature)
            assert not qualifier or qualifier in known[base].qualifiers, (addon.id, feature)


# Names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", ["models", "components", "precisions", "runtimes", "nodes"])
def test_a_name_means_one_thing(collection: str) -> None:
    names = Counter(
        name.casefold()
        for entry in KNOWLEDGE.index(collection).values()
        for name in {entry.id.casefold(), *(alias.casefold() for alias in entry.aliases)}
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_a_family_is_no_alias_of_a_model_of_another() -> None:
    families = {model.family for model in KNOWLEDGE.catalog.models}
    for model in KNOWLEDGE.catalog.models:
        assert {alias for alias in (model.id, *model.aliases) if alias in families} <= {model.family}, model.id


def test_titles_tell_entries_apart() -> None:
    for collection in ("models", "runtimes", "presets", "gpus", "addons"):
        titles = Counter(entry.title for entry in KNOWLEDGE.index(collection).values())
        assert [title for title, count in titles.items() if count > 1] == [], collection


def test_a_file_of_a_repository_has_one_size() -> None:
    """Files are counted once by repository and name, so a name must mean one file there."""
    sizes: dict[tuple[str, str], set[int]] = {}
    files = [(variant.file, variant.size) for _, variant in variants()]
    files += [(checkpoint.file, None) for model in KNOWLEDGE.catalog.models for checkpoint in model.checkpoints]
    for file, own in files:
        if file is not None and file.repo is not None and (size := file.size or own) is not None:
            sizes.setdefault((file.repo, file.name), set()).add(size.value)
    assert {name: found for name, found in sizes.items() if len(found) > 1} == {}


# Licences ---------------------------------------------------------------------------------------------------------


def test_everything_one_installs_has_a_licence() -> None:
    licences = KNOWLEDGE.index("licences")
    for component in KNOWLEDGE.catalog.components:
        assert component.licence in licences, component.id
    for runtime in KNOWLEDGE.catalog.runtimes:
        assert runtime.licence in licences, runtime.id
    for model in KNOWLEDGE.catalog.models:
        assert model.code_licence is None or model.code_licence in licences, model.id


def test_well_known_licences(knowledge: Knowledge) -> None:
    """What people get wrong most: the weights of FLUX.1 dev are not for commercial use, those of schnell are."""
    licences, components = knowledge.index("licences"), knowledge.index("components")

    def of(model: str) -> str:
        denoiser = knowledge.index("models")[model].components["denoiser"]
        return licences[components[denoiser].licence].commercial

    assert of("flux1-dev") == "no"
    assert of("flux1-schnell") == "yes"
    assert of("sd35-large") == "conditional"
    assert licences["apache-2.0"].commercial == "yes"


def test_a_licence_with_a_cap_is_conditional() -> None:
    for licence in KNOWLEDGE.catalog.licences:
        if licence.revenue_cap is not None:
            assert licence.commercial == "conditional", licence.id


# Numbers that rules and presets lean on ---------------------------------------------------------------------------


def test_presets_ask_for_what_exists() -> None:
    tasks, features = KNOWLEDGE.index("tasks"), KNOWLEDGE.index("features")
    assert len(KNOWLEDGE.catalog.presets) >= 5
    for preset in KNOWLEDGE.catalog.presets:
        assert preset.request.tasks, preset.id
        for task in preset.request.tasks:
            assert task.task in tasks, preset.id
            assert all(feature.partition(":")[0] in features for feature in (*task.features, *task.wishes)), preset.id
            names = {n for m in KNOWLEDGE.catalog.models for n in (m.id, m.family, *m.aliases)}
            assert set(task.models) <= names, preset.id


def test_every_task_is_served() -> None:
    """A task nothing serves yet is a word of the taxonomy; those the presets use are served by two models or more."""
    serving = Counter(task for model in KNOWLEDGE.catalog.models for task in model.serves)
    asked = {task.task for preset in KNOWLEDGE.catalog.presets for task in preset.request.tasks}
    assert {task for task in asked if serving[task] < 1} == set()
    assert serving["image_generation"] > 5


def test_waiting_is_borne_before_it_is_too_long() -> None:
    for task in KNOWLEDGE.rulebook.tasks:
        assert 0 < task.bearable < task.ceiling, task.id
