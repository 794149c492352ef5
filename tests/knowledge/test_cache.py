"""The cache of validated knowledge: equal to what it was made from, or not used."""

from __future__ import annotations

import hashlib
import json
import operator
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from states import state

import rigfit
from rigfit.knowledge import Knowledge, cache, load_knowledge, paths, yamlfile
from rigfit.solve import solve

CARD = """sources:
- {id: own, title: Own notes, kind: claim}
gpus:
- {id: rtx-9999, title: TITLE, vendor: nvidia, backend: cuda, architecture: ada, memory: {value: 96 GB, source: own}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    monkeypatch.setenv("RIGFIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the YAML files that were parsed."""
    seen: list[str] = []
    original = yamlfile.read

    def read(path: Path, shown: str | None = None):
        seen.append(str(path))
        return original(path, shown)

    monkeypatch.setattr(yamlfile, "read", read)
    return seen


def same(one: Knowledge, other: Knowledge) -> bool:
    """All that was validated, with the fields that were set, and where each entry stands."""
    assert all(
        entry.origin
        for owner in (one.catalog, one.rulebook)
        for collection in type(owner).model_fields
        for entry in (getattr(owner, collection) if isinstance(getattr(owner, collection), tuple) else ())
    )
    return state((one.catalog, one.rulebook)) == state((other.catalog, other.rulebook)) and (
        one.catalog_digest,
        one.rules_digest,
    ) == (other.catalog_digest, other.rules_digest)


def stored(folder: Path) -> Path:
    (file,) = folder.glob("knowledge-*.json")
    return file


def test_warm_equals_cold_and_parses_nothing(folder: Path, parses: list[str]) -> None:
    cold = load_knowledge()
    assert len(parses) > 10
    parses.clear()
    warm = load_knowledge()
    assert parses == []
    assert same(warm, cold)
    assert warm.index("models")["flux1-dev"].origin.startswith("catalog/models/")
    assert same(load_knowledge(use_cache=False), cold)


def test_warm_and_cold_give_the_same_answer(folder: Path) -> None:
    answers = []
    for _ in range(2):
        knowledge = load_knowledge()
        machine = rigfit.simulate(knowledge, rigfit.MachineRequest(gpus=("RTX 4070",)))
        request = knowledge.index("presets")["photorealism"].request
        answers.append(solve(request, machine, knowledge).model_dump_json(by_alias=True))
    assert answers[0] == answers[1]


def test_without_the_cache_nothing_is_written(folder: Path) -> None:
    load_knowledge(use_cache=False)
    assert not folder.exists()


@pytest.mark.usefixtures("small_root")
def test_a_user_s_layer_has_a_cache_of_its_own(folder: Path, tmp_path: Path, parses: list[str]) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.yaml").write_text(CARD)
    assert "rtx-9999" in load_knowledge(own).index("gpus")
    assert "rtx-9999" not in load_knowledge().index("gpus")
    parses.clear()
    assert load_knowledge(own).index("gpus")["rtx-9999"].origin == f"{own / 'a.yaml'}:4"
    assert "rtx-9999" not in load_knowledge().index("gpus")
    assert parses == []


@pytest.mark.usefixtures("small_root")
@pytest.mark.parametrize("title", ["ANOTHER", "TITEL"])  # of another size, and of the same
def test_a_changed_file_is_noticed(folder: Path, tmp_path: Path, title: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    file = own / "a.yaml"
    file.write_text(CARD)
    assert load_knowledge(own).index("gpus")["rtx-9999"].title == "TITLE"
    before = file.stat()
    file.write_text(CARD.replace("TITLE", title))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert load_knowledge(own).index("gpus")["rtx-9999"].title == title
    (own / "b.yaml").write_text(
        CARD.replace("9999", "9998").replace("own,", "own2,").replace("source: own", "source: own2")
    )
    assert "rtx-9998" in load_knowledge(own).index("gpus")
    (own / "b.yaml").unlink()
    assert "rtx-9998" not in load_knowledge(own).index("gpus")


@pytest.mark.usefixtures("small_root")
def test_a_mistake_is_not_cached(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.yaml").write_text(CARD.replace("title: TITLE", "titel: X"))
    for _ in range(2):
        with pytest.raises(rigfit.CatalogError, match="titel"):
            load_knowledge(own)
    assert list(folder.glob("*")) == []


def sign(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def edit(change: Callable[[dict], object]) -> Callable[[bytes], bytes]:
    """A cache file whose checksum is right but whose content is not what this rigfit writes."""

    def spoil(raw: bytes) -> bytes:
        stored = json.loads(raw.partition(b"\n")[2])
        change(stored)
        return sign(json.dumps(stored, separators=(",", ":")).encode())

    return spoil


def shape(stored: dict, kind: str, name: str = "") -> list:
    """The first shape of a kind, or of a class."""
    return next(one for one in stored["shapes"] if one[0] == kind and name in ("", *one[2:3]))


def without_titles(stored: dict) -> None:
    """Models that lack a field, and the column it stood in."""
    for group in stored["groups"]:
        kind, *details = stored["shapes"][group[0]]
        if kind == "model" and details[1] == "Model":
            del group[2][details[2].index("title")]
    for one in stored["shapes"]:
        if one[0] == "model" and one[2] == "Model":
            one[3].remove("title")


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "truncated": lambda raw: raw[: len(raw) // 2],
    "last byte missing": lambda raw: raw[:-1],
    "garbage": lambda raw: bytes(range(256)) * 40,
    "only a checksum": lambda raw: raw.split(b"\n")[0],
    "checksum of nothing": lambda raw: sign(b""),
    "wrong checksum": lambda raw: b"0" * 64 + raw[64:],
    "changed content": lambda raw: raw.replace(b"FLUX.1 dev", b"FLUX.1 DEV"),
    "not JSON": lambda raw: sign(b"a\nb\nc"),
    "null": lambda raw: sign(b"null"),
    "two documents": lambda raw: sign(raw.split(b"\n", 1)[1] + b"\n{}"),
    "not UTF-8": lambda raw: sign(b"\xff\xfe"),
    "nested to the bottom": lambda raw: sign(b"[" * 100_000),
    "unknown field": edit(lambda stored: operator.setitem(shape(stored, "model", "Model")[3], 0, "surprise")),
    "missing field": edit(without_titles),
    "unknown field set": edit(lambda stored: shape(stored, "model", "Model")[4].append("surprise")),
    "unknown kind": edit(lambda stored: operator.setitem(shape(stored, "dict"), 0, "set")),
    "unknown class": edit(lambda stored: operator.setitem(shape(stored, "model", "Model"), 2, "Modell")),
    "unknown module": edit(lambda stored: operator.setitem(shape(stored, "model", "Model"), 1, "nothing")),
    "a class that is no document": edit(lambda stored: operator.setitem(shape(stored, "model", "Model"), 2, "Field")),
    "a model for an enum": edit(lambda stored: operator.setitem(shape(stored, "enum"), 2, "Fact")),
    "unknown value of an enum": edit(lambda stored: operator.setitem(shape(stored, "enum"), 2, "Maturity")),
    "a column too few": edit(lambda stored: stored["groups"][-1][2].pop()),
    "a column too short": edit(lambda stored: stored["groups"][-1][2][0].pop()),
    "a part that is not there": edit(lambda stored: operator.setitem(stored["groups"][-1][2][0], 0, 10**6)),
    "rules for a catalog": edit(lambda stored: stored["documents"].reverse()),
    "documents too few": edit(lambda stored: stored["documents"].pop()),
    "no shapes": edit(lambda stored: stored.pop("shapes")),
    "no digest": edit(lambda stored: stored.pop("rules")),
}


@pytest.mark.usefixtures("small_root")
@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_is_not_used(folder: Path, parses: list[str], name: str) -> None:
    cold = load_knowledge()
    file = stored(folder)
    good = file.read_bytes()
    bad = SPOILT[name](good)
    assert bad != good
    file.write_bytes(bad)
    parses.clear()
    assert same(load_knowledge(), cold)
    assert parses, "the files were read again"
    assert file.read_bytes() == good, "and the cache was mended"


@pytest.mark.usefixtures("small_root")
def test_the_spoiling_itself_leaves_good_content_good(folder: Path, parses: list[str]) -> None:
    """The cases above fail for their own reason, not because rewriting spoils any file."""
    cold = load_knowledge()
    file = stored(folder)
    file.write_bytes(edit(lambda stored: None)(file.read_bytes()))
    parses.clear()
    assert same(load_knowledge(), cold)
    assert parses == []


@pytest.mark.usefixtures("small_root")
@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner here")
def test_a_file_of_another_user_is_not_used(folder: Path, parses: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    cold = load_knowledge()
    parses.clear()
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    assert same(load_knowledge(), cold)
    assert parses, "it is not validated again, so it must be one's own"


def test_the_code_that_reads_is_part_of_the_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {part: [(paths.data_root(), f) for f in paths.yaml_files(paths.data_root(), part)] for part in cache.PARTS}
    key = cache.key(files)
    assert cache.key(files) == key
    monkeypatch.setattr(cache, "_FORMAT", cache._FORMAT + 1)
    assert cache.key(files) != key


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge) -> None:
    (tmp_path / "file").write_text("")
    read_only = tmp_path / "read-only"
    read_only.mkdir(mode=0o555)
    for place in (tmp_path / "file", tmp_path / "file" / "below", read_only, read_only / "below", Path("/proc/none")):
        monkeypatch.setenv("RIGFIT_CACHE", str(place))
        assert load_knowledge().catalog_digest == knowledge.catalog_digest


def test_a_folder_where_the_file_should_be(folder: Path, knowledge) -> None:
    load_knowledge()
    file = stored(folder)
    file.unlink()
    file.mkdir()
    assert load_knowledge().catalog_digest == knowledge.catalog_digest
    assert list(folder.glob("*.tmp")) == [], "nothing half-written is left behind"


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch, knowledge) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("RIGFIT_CACHE")
    monkeypatch.setattr(Path, "home", no_home)
    assert load_knowledge().catalog_digest == knowledge.catalog_digest


@pytest.mark.usefixtures("small_root")
def test_old_generations_do_not_pile_up(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for number in range(8):
        (own / "a.yaml").write_text(CARD.replace("TITLE", "X" * (number + 1)))
        load_knowledge(own)
    assert 1 <= len(list(folder.glob("knowledge-*.json"))) <= 4


PROGRAM = """
import sys, time
from rigfit.knowledge import load_knowledge
while time.time() < float(sys.argv[1]):
    pass
for _ in range(3):
    print(load_knowledge().catalog_digest)
"""


def test_two_processes_at_once(folder: Path, knowledge, parses: list[str]) -> None:
    import time

    start = str(time.time() + 1.0)
    environment = {**os.environ, "PYTHONPATH": str(Path(rigfit.__file__).parent.parent)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, start],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in running:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert out.split() == [knowledge.catalog_digest] * 3
    assert [file.suffix for file in folder.iterdir()] == [".json"], "one whole file, nothing half-written"
    assert load_knowledge().catalog_digest == knowledge.catalog_digest
    assert parses == []


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/rigfit"),
        ("linux", {}, "/home/u/.cache/rigfit"),
        ("darwin", {"XDG_CACHE_HOME": "/x"}, "/home/u/Library/Caches/rigfit"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/rigfit/Cache"),
        ("linux", {"RIGFIT_CACHE": "/r"}, "/r"),
    ],
)
def test_where_the_cache_lies(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], expected: str
) -> None:
    for name in ("RIGFIT_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/u"))
    assert paths.cache_dir() == Path(expected)
