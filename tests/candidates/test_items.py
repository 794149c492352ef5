"""Files, archives, conversions: what is fetched, what it takes on the disk, what is preferred because it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from requests_and_machines import compiled_for, machine, request

from rigfit.candidates.items import Items
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.rank import rank
from rigfit.schema.catalog import WeightFile
from rigfit.schema.machine import InstalledFile
from rigfit.solve import solve
from rigfit.units import GB

COREML = {"task": "image_generation", "models": ["flux1-dev-coreml"], "variants": {"denoiser": "coreml_int4"}}


def fact(amount: str) -> dict[str, str]:
    return {"value": amount, "source": "rules-policy"}


def file(name: str, size: str | None, repo: str | None = "a/b") -> WeightFile:
    return WeightFile.model_validate({"name": name, "repo": repo, "size": size and fact(size)})


def test_an_archive_lies_beside_what_it_unpacks_to() -> None:
    items = Items()
    items.file(file("faces.zip", "300 MB"), 400_000_000, "faces")
    items.file(file("plain.safetensors", "300 MB"), 400_000_000, "plain")
    items.file(file("unlisted.safetensors", None), 400_000_000, "plain")
    assert [(s.size, s.disk, s.download) for s in items.specs] == [
        (300_000_000, 700_000_000, 300_000_000),
        (300_000_000, 300_000_000, 300_000_000),
        (400_000_000, 400_000_000, 400_000_000),
    ]


@pytest.mark.parametrize(
    ("installed", "name", "repo", "there"),
    [
        ("x.safetensors", "sub/x.safetensors", "a/b", True),
        ("a/b/sub/x.safetensors", "sub/x.safetensors", "a/b", True),
        ("c/d/sub/x.safetensors", "sub/x.safetensors", "a/b", False),
        ("model.safetensors", "sub/model.safetensors", "a/b", False),
        ("a/b/sub/model.safetensors", "sub/model.safetensors", "a/b", True),
        ("owner/x.safetensors", "x.safetensors", None, True),
    ],
)
def test_what_counts_as_installed(installed: str, name: str, repo: str | None, there: bool) -> None:
    items = Items(frozenset({installed}))
    items.file(file(name, "2 GB", repo), 0, "owner")
    (spec,) = items.specs
    assert (spec.disk, spec.download) == ((0, 0) if there else (2 * GB, 2 * GB))
    assert spec.size == 2 * GB


def test_a_conversion_needs_its_source_and_its_result(knowledge) -> None:
    """Core ML: the 16-bit file is fetched once, and lies beside the conversion until it is deleted."""
    where = machine(knowledge, "apple-m3-max-64gb")
    bundle = solve(request(COREML), where, knowledge).bundles[0]
    source = next(f for f in bundle.files if f.name == "flux1-dev.safetensors")
    component = knowledge.index("components")["flux1-dev-coreml-transformer"]
    made = component.params.value * knowledge.index("precisions")["coreml_int4"].bits.value // 8000
    storage = bundle.storage
    assert storage.download == bundle.download_bytes
    assert storage.install_peak == storage.download + made == bundle.disk_bytes
    assert storage.disk == storage.install_peak - source.bytes
    assert storage.load <= storage.disk, "runtimes are no weights"

    # The source that is there is not fetched again; nothing more can be deleted for it.
    one = InstalledFile(name=f"{source.repo}/{source.name}", bytes=source.bytes, path="x", by="repository")
    there = where.model_copy(update={"installed": (one,)})
    again = solve(request(COREML), there, knowledge).bundles[0].storage
    assert again.present == source.bytes
    assert again.download == storage.download - source.bytes
    assert again.install_peak == again.disk == storage.install_peak - source.bytes


def test_the_disk_must_hold_the_peak_of_installing(knowledge) -> None:
    peak = solve(request(COREML), machine(knowledge, "apple-m3-max-64gb"), knowledge).bundles[0].storage.install_peak
    for spare, status in ((0, "optimal"), (-1, "infeasible")):
        where = machine(knowledge, "apple-m3-max-64gb").model_copy(update={"disk_free": peak + spare})
        assert solve(request(COREML), where, knowledge).status == status


def test_a_bounded_download_is_held_against_what_is_fetched(knowledge) -> None:
    """The conversion takes room, but nothing is fetched for it."""
    where = machine(knowledge, "apple-m3-max-64gb")
    fetched = solve(request(COREML), where, knowledge).bundles[0].download_bytes
    for spare, status in ((0, "optimal"), (-1, "infeasible")):
        answer = solve(request(COREML, max_download=fetched + spare), where, knowledge)
        assert answer.status == status
        compiled, bounds = compiled_for(request(COREML, max_download=fetched + spare), where, knowledge)
        assert bool(rank(compiled.problem, bounds, 1).choices) == (status == "optimal")


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The shipped catalog with two equal files of one upscaler, in two repositories."""
    folder: Path = tmp_path_factory.mktemp("layer")
    variants = [
        {"id": f"twin-{name}", "precision": "fp32", "size": fact("70 MB"),
         "file": {"name": f"{name}.pth", "repo": f"{name}/{name}", "size": fact("70 MB")}}
        for name in ("a", "b")
    ]  # fmt: skip
    kept = next(c for c in load_knowledge().catalog.components if c.id == "realesrgan-x4plus")
    fields = kept.model_dump(mode="json", exclude_defaults=True)
    (folder / "catalog").mkdir()
    (folder / "catalog" / "twins.yaml").write_text(yaml.safe_dump({"components": [{**fields, "variants": variants}]}))
    return load_knowledge(folder, use_cache=False)


@pytest.mark.parametrize("there", ["a", "b"])
def test_of_equal_files_the_one_that_is_there_is_taken(there: str, twins: Knowledge) -> None:
    where = machine(twins, "rtx-4070", ram=32).model_copy(update={"installed": (f"{there}.pth",)})
    bundle = solve(request({"task": "upscaling", "models": ["real-esrgan-x4plus"]}), where, twins).bundles[0]
    assert [(f.name, f.download) for f in bundle.files] == [(f"{there}.pth", 0)]
    assert bundle.storage.present == 70_000_000


def test_a_file_that_two_tasks_use_is_fetched_once(knowledge) -> None:
    make = {"task": "image_generation", "models": ["flux1-dev"], "variants": {"denoiser": "gguf_q4_k_s"}}
    edit = {"task": "image_editing", "models": ["flux1-kontext"], "variants": {"denoiser": "gguf_q4_k_s"}}
    where = machine(knowledge, "rtx-4070", ram=32)
    both = solve(request(make, edit), where, knowledge).bundles[0]
    files = {(f.repo, f.name): f.download for f in both.files}
    assert len(files) == len(both.files)
    assert both.storage.download == both.download_bytes >= sum(files.values())
    alone = [solve(request(task), where, knowledge).bundles[0] for task in (make, edit)]
    shared = {(f.repo, f.name) for f in alone[0].files} & {(f.repo, f.name) for f in alone[1].files}
    assert shared, "they have encoders and the autoencoder in common"
    assert both.storage.download < sum(bundle.storage.download for bundle in alone)
