"""Loading catalog and rules: layers, errors with their place, digests that depend on what is said and nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from invoke import assert_refused, invoke

from rigfit.errors import CatalogError
from rigfit.knowledge import load_knowledge, paths, yamlfile
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.rules import RulesFile

SOURCE = "sources:\n- {id: own, title: Own notes, kind: claim}\n"
CARD = """gpus:
- id: {id}
  title: {title}
  vendor: nvidia
  backend: cuda
  architecture: ada
  memory: {{value: {memory}, source: own}}
"""


def shipped(part: str) -> list[Path]:
    return paths.yaml_files(paths.data_root(), part)


def layer(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(CatalogError) as error:
        load_knowledge(folder, use_cache=False)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


# What is shipped --------------------------------------------------------------------------------------------------


def test_the_shipped_files_are_valid() -> None:
    knowledge = load_knowledge(use_cache=False)
    for collection in ("models", "components", "gpus", "presets", "runtimes", "rules", "tasks", "features", "profiles"):
        assert knowledge.index(collection), collection
    for table in ("grades", "cascade", "memory", "time", "assumptions"):
        assert getattr(knowledge, table) is not None


@pytest.mark.parametrize("part", ["catalog", "rules"])
def test_every_shipped_file_says_something(part: str) -> None:
    shape: Any = {"catalog": CatalogFile, "rules": RulesFile}[part]
    files = shipped(part)
    assert len(files) > 5
    for file in files:
        assert shape.model_validate(yamlfile.read(file).data).model_fields_set, file


def test_origins_point_at_the_line_of_the_id(knowledge) -> None:
    count = 0
    lines: dict[str, list[str]] = {}
    for owner in (knowledge.catalog, knowledge.rulebook):
        for collection in type(owner).model_fields:
            entries = getattr(owner, collection)
            for entry in entries if isinstance(entries, tuple) else ():
                name, _, line = entry.origin.rpartition(":")
                if name not in lines:
                    lines[name] = (paths.data_root() / name).read_text(encoding="utf-8").splitlines()
                assert f"id: {entry.id}" in lines[name][int(line) - 1].replace('"', ""), entry.origin
                count += 1
    assert count > 300
    assert all(name.startswith(("catalog/", "rules/")) for name in lines)


def test_entries_stand_in_canonical_order(knowledge) -> None:
    for owner in (knowledge.catalog, knowledge.rulebook):
        for collection in type(owner).model_fields:
            entries = getattr(owner, collection)
            if isinstance(entries, tuple):
                ids = [entry.id for entry in entries]
                assert ids == sorted(set(ids)), collection


# The user's layer -------------------------------------------------------------------------------------------------


def test_a_users_entry_stands_beside_ours(tmp_path: Path, knowledge) -> None:
    own = layer(tmp_path / "own", a=SOURCE + CARD.format(id="rtx-9999", title="RTX 9999", memory="96 GB"))
    layered = load_knowledge(own, use_cache=False)
    assert set(layered.index("gpus")) == set(knowledge.index("gpus")) | {"rtx-9999"}
    assert layered.index("gpus")["rtx-9999"].origin == f"{own / 'a.yaml'}:4"
    assert layered.catalog_digest != knowledge.catalog_digest
    assert layered.rules_digest == knowledge.rules_digest


def test_a_users_entry_replaces_ours_whole(tmp_path: Path, knowledge) -> None:
    own = layer(tmp_path / "own", a=SOURCE + CARD.format(id="rtx-4070", title="My card", memory="10 GB"))
    layered = load_knowledge(own, use_cache=False)
    card = layered.index("gpus")["rtx-4070"]
    assert (card.title, card.memory.value, card.aliases) == ("My card", 10 * 2**30, ())
    assert len(layered.catalog.gpus) == len(knowledge.catalog.gpus)
    others = {name: entry for name, entry in layered.index("gpus").items() if name != "rtx-4070"}
    assert others == {name: entry for name, entry in knowledge.index("gpus").items() if name != "rtx-4070"}


def test_the_two_parts_may_be_subfolders(tmp_path: Path, knowledge) -> None:
    layer(tmp_path / "own" / "catalog" / "deep", a=SOURCE + CARD.format(id="rtx-9999", title="X", memory="96 GB"))
    profile = "profiles:\n- {id: mine, title: Mine, reason: I like it, tiers: [{criterion: disk}]}\n"
    layered = load_knowledge(layer(tmp_path / "own" / "rules", p=profile).parent, use_cache=False)
    assert "rtx-9999" in layered.index("gpus")
    assert "mine" in layered.index("profiles")
    assert layered.rules_digest != knowledge.rules_digest


def test_a_users_table_replaces_ours(tmp_path: Path, knowledge) -> None:
    tables = yamlfile.read(paths.data_root() / "rules" / "settings.yaml").data["settings"]
    table = {**tables["assumptions"], "os": "linux" if knowledge.assumptions.os != "linux" else "windows"}
    own = layer(tmp_path / "rules", s=json.dumps({"settings": {"assumptions": table}}))
    layered = load_knowledge(own.parent, use_cache=False)
    assert layered.assumptions.os == table["os"]
    assert layered.memory == knowledge.memory


def test_the_environment_names_the_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = layer(tmp_path / "own", a=SOURCE + CARD.format(id="rtx-9999", title="X", memory="96 GB"))
    monkeypatch.setenv("RIGFIT_CATALOG", str(own))
    assert "rtx-9999" in load_knowledge(use_cache=False).index("gpus")
    other = layer(tmp_path / "other")
    assert "rtx-9999" not in load_knowledge(other, use_cache=False).index("gpus"), "an explicit folder wins"


def test_an_empty_layer_changes_nothing(tmp_path: Path, knowledge) -> None:
    layered = load_knowledge(layer(tmp_path / "own"), use_cache=False)
    assert (layered.catalog_digest, layered.rules_digest) == (knowledge.catalog_digest, knowledge.rules_digest)


@pytest.mark.usefixtures("small_root")
def test_a_layer_that_is_no_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "none").endswith("none: no such folder")
    (tmp_path / "file").write_text("x: 1\n")
    assert refused(tmp_path / "file").endswith("file: no such folder")


def test_hidden_files_are_an_editors_own(tmp_path: Path, knowledge) -> None:
    own = layer(tmp_path / "own", **{".#a": "not: [yaml"})
    (own / ".b.yaml").symlink_to(tmp_path / "nowhere")
    assert load_knowledge(own).catalog_digest == knowledge.catalog_digest


# Mistakes ---------------------------------------------------------------------------------------------------------

MODEL = """models:
- id: own-model
  title: Own
  family: {family}
  serves: {{image_generation: {{quality: {{value: 50, source: {source}, basis: prior, note: guess}}}}}}
  components:
    denoiser: {component}
  runtimes: {{{runtime}: {{}}}}
"""
GOOD = {"family": "own", "source": "own", "component": "own-net", "runtime": "comfyui"}
NET = """components:
- id: own-net
  title: Own
  kind: denoiser
  licence: {licence}
  variants:
  - {{precision: {precision}, size: {{value: 2 GB, source: own}}, file: {{name: own.safetensors}}}}
"""


def own_model(**changes: str) -> str:
    values = {**GOOD, "licence": "apache-2.0", "precision": "bf16", **changes}
    return SOURCE + NET.format(**values) + MODEL.format(**values)


def test_a_model_of_ones_own(tmp_path: Path, knowledge) -> None:
    assert "apache-2.0" in knowledge.index("licences")
    layered = load_knowledge(layer(tmp_path / "own", m=own_model()), use_cache=False)
    assert layered.index("models")["own-model"].components == {"denoiser": "own-net"}


@pytest.mark.usefixtures("small_root")
@pytest.mark.parametrize(
    ("changes", "line", "parts"),
    [
        ({"source": "onw"}, 14, ["own-model", "'onw'", "sources", "nearest: own"]),
        ({"component": "own-nett"}, 16, ["own-model: components.denoiser", "'own-nett'", "nearest: own-net"]),
        ({"runtime": "comfyuii"}, 17, ["'comfyuii'", "runtimes", "nearest: comfyui"]),
        ({"licence": "apache-20"}, 7, ["own-net: licence", "'apache-20'", "nearest: apache-2.0"]),
        ({"precision": "bf61"}, 9, ["own-net: variants.0.precision", "'bf61'", "nearest: bf16"]),
    ],
)
def test_a_reference_to_nothing(tmp_path: Path, changes: dict[str, str], line: int, parts: list[str]) -> None:
    message = refused(layer(tmp_path / "own", m=own_model(**changes)))
    assert message.startswith(f"{tmp_path / 'own' / 'm.yaml'}:{line}: "), message
    for part in parts:
        assert part in message


MISTAKES: dict[str, tuple[Callable[[str], str], int, list[str]]] = {
    "unknown field": (lambda t: t.replace("  kind:", "  kindd:"), 6, ["unknown field 'kindd'", "nearest: kind"]),
    "unknown collection": (
        lambda t: t.replace("components:\n- id", "component:\n- id"),
        3,
        ["unknown field 'component'", "components"],
    ),
    "unknown field deep down": (
        lambda t: t.replace("file: {name", "file: {nam"),
        9,
        ["unknown field 'nam'", "nearest: name"],
    ),
    "missing field": (lambda t: t.replace("  title: Own\n  kind", "  kind"), 4, ["'title' is missing"]),
    "bare number": (
        lambda t: t.replace("size: {value: 2 GB, source: own}", "size: 2 GB"),
        9,
        ["a bare '2 GB' is not a fact", "{value: '2 GB', source:"],
    ),
    "no source": (lambda t: t.replace("{value: 2 GB, source: own}", "{value: 2 GB}"), 9, ["names no source"]),
    "no unit": (lambda t: t.replace("value: 2 GB", "value: 2.5"), 9, ["has no unit"]),
    "null for a number": (lambda t: t.replace("value: 2 GB", "value: null"), 9, ["not an amount of memory"]),
    "unknown word": (lambda t: t.replace("kind: denoiser", "kind: denoizer"), 6, ["kind", "'denoiser'"]),
    "odd id": (lambda t: t.replace("- id: own-net", "- id: Own Net"), 4, ["id"]),
    "empty list": (lambda t: t[: t.index("  variants:")] + "  variants: []\n", 8, ["variants"]),
    "not a list": (lambda t: t[: t.index("components:")] + "components: 3\n", 3, ["components"]),
    "malformed": (lambda t: t + "x: [\n", 19, ["not valid YAML"]),
    "repeated key": (lambda t: t + "sources: []\n", 18, ["'sources' stands here twice (first on line 1)"]),
    "alias": (lambda t: t.replace("- id: own-net", "- id: *x"), 4, ["aliases (*x)"]),
    "a list": (lambda t: "- 1\n", 1, ["a mapping is needed"]),
    "text": (lambda t: "hello\n", 1, ["a mapping is needed"]),
    "two variants of one name": (
        lambda t: t.replace("models:\n", "  - {precision: bf16, size: {value: 2 GB, source: own}}\nmodels:\n"),
        10,
        ["own-net", "two variants are called 'bf16'"],
    ),
    "no size at all": (
        lambda t: t.replace("size: {value: 2 GB, source: own}, ", ""),
        9,
        ["no size, and none can be derived"],
    ),
    "unknown feature": (
        lambda t: t.replace("note: guess}}", "note: guess}, features: {inpaintin: {grade: good, source: own}}}"),
        14,
        ["inpaintin", "nearest: inpainting"],
    ),
    "unknown task": (
        lambda t: t.replace("{image_generation: ", "{image_generatoin: "),
        14,
        ["image_generatoin", "nearest: image_generation"],
    ),
}


@pytest.mark.usefixtures("small_root")
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_its_place(tmp_path: Path, name: str) -> None:
    change, line, parts = MISTAKES[name]
    text = change(own_model())
    assert text != own_model(), "the mistake is in the text"
    message = refused(layer(tmp_path / "own", m=text))
    assert message.startswith(f"{tmp_path / 'own' / 'm.yaml'}:{line}: "), message
    for part in parts:
        assert part in message


@pytest.mark.usefixtures("small_root")
@pytest.mark.parametrize("field", ["params", "bits"])
@pytest.mark.parametrize("value", ["null", "[1]", "{a: 1}", "true", ".nan", "many", "9" * 5000])
def test_what_is_no_count(tmp_path: Path, field: str, value: str) -> None:
    text = own_model().replace("  licence:", f"  params: {{value: {value}, source: own}}\n  licence:")
    if field == "bits":
        text = own_model() + (
            f"precisions:\n- {{id: own8, title: Own, short: O, container: other, retention: {{}},"
            f" bits: {{value: {value}, source: own}}}}\n"
        )
    assert refused(layer(tmp_path / "own", m=text)).startswith(f"{tmp_path / 'own' / 'm.yaml'}:")


@pytest.mark.usefixtures("small_root")
def test_an_id_stands_once_in_a_layer(tmp_path: Path) -> None:
    card = CARD.format(id="rtx-9999", title="X", memory="96 GB")
    message = refused(layer(tmp_path / "a", one=SOURCE + card, two=card))
    assert message == (
        f"{tmp_path / 'a' / 'two.yaml'}:2: gpus: the id 'rtx-9999' stands twice"
        f" (first at {tmp_path / 'a' / 'one.yaml'}:4)"
    )
    twice = card + card.removeprefix("gpus:\n")
    assert "one.yaml:10: gpus: the id 'rtx-9999' stands twice" in refused(layer(tmp_path / "b", one=SOURCE + twice))


@pytest.mark.usefixtures("small_root")
def test_one_id_in_two_collections_is_fine(tmp_path: Path) -> None:
    text = own_model().replace("own-net", "own-model")
    assert "own-model" in load_knowledge(layer(tmp_path / "own", m=text), use_cache=False).index("components")


@pytest.mark.usefixtures("small_root")
def test_a_table_stands_once_in_a_layer(tmp_path: Path) -> None:
    """Otherwise the file's name would decide which of the two holds."""
    table = json.dumps({"settings": {"grades": {"feature": {}, "style": {}, "style_missing": 900, "wish_missing": 900,
                                                "source": "own"}}})  # fmt: skip
    layer(tmp_path / "catalog", s=SOURCE)
    message = refused(layer(tmp_path / "rules", a=table, b=table).parent)
    assert "b.yaml:1: settings: 'grades' stands twice" in message


@pytest.mark.usefixtures("small_root")
@pytest.mark.parametrize(
    ("content", "part"),
    [(b"", "the file is empty"), (b"# nothing\n", "the file is empty"), (b"a: caf\xe9\n", ":1: not UTF-8 text"),
     (b"\0\0", "not valid YAML"), (bytes(range(128, 256)), "not UTF-8 text")],
)  # fmt: skip
def test_a_file_that_is_no_text(tmp_path: Path, content: bytes, part: str) -> None:
    layer(tmp_path / "own")
    (tmp_path / "own" / "x.yaml").write_bytes(content)
    message = refused(tmp_path / "own")
    assert message.startswith(str(tmp_path / "own" / "x.yaml"))
    assert part in message


@pytest.mark.usefixtures("small_root")
def test_a_folder_named_like_a_file_and_a_link_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a" / "x.yaml").mkdir(parents=True)
    assert "x.yaml: is a directory" in refused(tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "y.yaml").symlink_to(tmp_path / "nowhere")
    assert str(tmp_path / "b" / "y.yaml") in refused(tmp_path / "b")


def test_the_command_line_says_the_same(tmp_path: Path) -> None:
    own = layer(tmp_path / "own", m=own_model(runtime="comfyuii"))
    for command in (
        ["catalog", "validate"],
        ["catalog", "list"],
        ["presets"],
        ["solve", "--gpu", "none", "--task", "image_generation"],
        ["hardware", "--gpu", "none"],
    ):
        assert_refused(invoke(*command, "--catalog", own), f"{own / 'm.yaml'}:17: ", "nearest: comfyui")


# Digests ----------------------------------------------------------------------------------------------------------


def _shuffled(value: Any, order: random.Random) -> Any:
    """The same content with the keys of every mapping in another order; the order inside lists may mean something."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: _shuffled(value[key], order) for key in keys}
    if isinstance(value, list):
        return [_shuffled(item, order) for item in value]
    return value


def permuted_copy(folder: Path, seed: int) -> Path:
    """Catalog and rules with the entries in other files, in another order, mappings shuffled. JSON is YAML too."""
    order = random.Random(seed)
    for part in ("catalog", "rules"):
        entries = [
            (collection, _shuffled(entry, order))
            for file in shipped(part)
            for collection, content in yamlfile.read(file).data.items()
            for entry in (content if isinstance(content, list) else content.items())
        ]
        order.shuffle(entries)
        count = order.randint(2, 9)
        for number in range(count):
            content: dict[str, Any] = {}
            for collection, entry in entries[number::count]:
                if isinstance(entry, tuple):
                    content.setdefault(collection, {})[entry[0]] = _shuffled(entry[1], order)
                else:
                    content.setdefault(collection, []).append(entry)
            home = folder / part / f"{order.randint(0, 3)}"
            home.mkdir(parents=True, exist_ok=True)
            text = json.dumps(content, ensure_ascii=False, indent=order.choice([1, None]))
            (home / f"{order.randint(0, 10**9)}.yaml").write_text(text, encoding="utf-8")
    return folder


def _bare(value: Any) -> Any:
    """An answer without the places where things are written."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key != "origin"}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_order_and_file_names_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge, seed: int
) -> None:
    asked = ["solve", "--gpu", "RTX 4070", "--preset", "photorealism", "--lora", "--json"]
    here = invoke(*asked)
    assert here.code == 0
    copy = permuted_copy(tmp_path / "copy", seed)
    monkeypatch.setattr(paths, "data_root", lambda: copy)
    permuted = load_knowledge(use_cache=False)
    assert (permuted.catalog_digest, permuted.rules_digest) == (knowledge.catalog_digest, knowledge.rules_digest)
    there = invoke(*asked)
    assert there.code == 0
    assert _bare(json.loads(there.out)) == _bare(json.loads(here.out))


@pytest.mark.parametrize(
    ("part", "file", "old", "new"),
    [
        ("catalog", "gpus/nvidia-geforce.yaml", "12 GB", "11 GB"),
        ("rules", "profiles.yaml", "criterion: ", "within: 1, criterion: "),
    ],
)
def test_a_digest_changes_with_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge, part: str, file: str, old: str, new: str
) -> None:
    import shutil

    for name in ("catalog", "rules"):
        shutil.copytree(paths.data_root() / name, tmp_path / name)
    monkeypatch.setattr(paths, "data_root", lambda: tmp_path)
    unchanged = load_knowledge(use_cache=False)
    assert (unchanged.catalog_digest, unchanged.rules_digest) == (knowledge.catalog_digest, knowledge.rules_digest)
    text = (tmp_path / part / file).read_text(encoding="utf-8")
    at = text.index(old)
    while "within" in text[at : at + 40]:
        at = text.index(old, at + 1)
    (tmp_path / part / file).write_text(text[:at] + new + text[at + len(old) :], encoding="utf-8")
    changed = load_knowledge(use_cache=False)
    digests = {"catalog": changed.catalog_digest, "rules": changed.rules_digest}
    before = {"catalog": knowledge.catalog_digest, "rules": knowledge.rules_digest}
    assert {name for name in digests if digests[name] != before[name]} == {part}


def test_an_incomplete_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "solver" / "rigfit" / "knowledge" / "paths.py"))
    with pytest.raises(CatalogError, match="installation is incomplete"):
        paths.data_root()
