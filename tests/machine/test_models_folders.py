"""Folders with models, in every layout people have: sparse files, so that sizes are real and cost nothing."""

from __future__ import annotations

import json
import os
import struct
import sys
from pathlib import Path

import pytest
from invoke import assert_refused, invoke
from requests_and_machines import machine, request

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.machine import load_machine, save_machine
from rigfit.machine.folders import Scan, scan_folders, walk
from rigfit.solve import solve

# The sizes that the download pages list, to the byte.
FLUX_FP8 = 11_901_525_888
T5_FP8 = 4_893_934_904
CLIP_L = 246_144_152
AE = 335_304_388
FLUX_KEY = "Kijai/flux-fp8/flux1-dev-fp8.safetensors"
T5_KEY = "comfyanonymous/flux_text_encoders/t5xxl_fp8_e4m3fn.safetensors"
CLIP_KEY = "comfyanonymous/flux_text_encoders/clip_l.safetensors"
AE_KEY = "black-forest-labs/FLUX.1-schnell/ae.safetensors"

no_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The shipped catalog: the names and sizes of real files."""
    return load_knowledge()


def sparse(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def safetensors(path: Path, stated: int, size: int | None = None) -> Path:
    """A file whose header says that it has `stated` bytes."""
    length = 128
    header = {"weight": {"dtype": "U8", "shape": [1], "data_offsets": [0, stated - 8 - length]}}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", length) + json.dumps(header).encode().ljust(length))
        file.truncate(stated if size is None else size)
    return path


def names(scan: Scan) -> dict[str, str]:
    return {one.name: one.by for one in scan.installed}


def everything(folder: Path) -> list[tuple[str, int, int]]:
    return sorted((str(p), p.lstat().st_size, p.lstat().st_mtime_ns) for p in folder.rglob("*"))


def test_a_comfyui_folder(tmp_path: Path, knowledge) -> None:
    models = tmp_path / "models"
    sparse(models / "diffusion_models" / "FLUX1-dev-fp8.safetensors", FLUX_FP8)  # some systems ignore case
    sparse(models / "text_encoders" / "t5xxl_fp8_e4m3fn.safetensors", T5_FP8)
    sparse(models / "vae" / "flux" / "ae.safetensors", AE)
    sparse(models / "loras" / "my-own.safetensors", 300_000_000)
    (models / "vae" / "put_vae_here").touch()
    before = everything(tmp_path)
    scan = scan_folders([models], knowledge)
    assert names(scan) == {FLUX_KEY: "name", T5_KEY: "name", AE_KEY: "name"}
    assert {one.name: one.bytes for one in scan.installed}[AE_KEY] == AE
    assert scan.notes == (f"{models}: 3 files of the catalog (17.1 GB), 1 other model file",)
    assert everything(tmp_path) == before, "nothing is ever written"


def test_the_size_tells_files_of_one_name_apart(tmp_path: Path, knowledge) -> None:
    """Two repositories have a flux1-dev-fp8.safetensors: a bare transformer, and a whole checkpoint of 17.2 GB."""
    sparse(tmp_path / "flux1-dev-fp8.safetensors", 17_246_524_772)
    assert list(names(scan_folders([tmp_path], knowledge))) == ["Comfy-Org/flux1-dev/flux1-dev-fp8.safetensors"]
    sparse(tmp_path / "flux1-dev-fp8.safetensors", 14_000_000_000)
    scan = scan_folders([tmp_path], knowledge)
    assert not scan.installed
    assert any("14.0 GB where the catalog lists 11.9 GB or 17.2 GB" in note for note in scan.notes)


@pytest.mark.parametrize("size", [0, 1, AE // 2, AE - 2_000_000])
def test_a_download_that_was_cut_short_is_not_there(tmp_path: Path, size: int, knowledge) -> None:
    sparse(tmp_path / "ae.safetensors", size)
    scan = scan_folders([tmp_path], knowledge)
    assert not scan.installed
    assert any("ae.safetensors is not counted" in note and "unfinished" in note for note in scan.notes), scan.notes


@pytest.mark.parametrize("end", [".part", ".crdownload", ".incomplete", ".aria2"])
def test_a_download_that_is_under_way_is_not_there(tmp_path: Path, end: str, knowledge) -> None:
    if end == ".aria2":  # takes the whole room at once, and keeps its notes beside it
        sparse(tmp_path / "ae.safetensors", AE)
    sparse(tmp_path / f"ae.safetensors{end}", 1_000_000)
    scan = scan_folders([tmp_path], knowledge)
    assert not scan.installed
    assert any("unfinished download of ae.safetensors" in note for note in scan.notes), scan.notes


def test_the_header_knows_better_than_the_size(tmp_path: Path, knowledge) -> None:
    """Within what rounding leaves open, a safetensors file itself says whether it is whole."""
    safetensors(tmp_path / "ae.safetensors", AE)
    assert list(names(scan_folders([tmp_path], knowledge))) == [AE_KEY]
    safetensors(tmp_path / "ae.safetensors", AE, size=AE - 4096)
    scan = scan_folders([tmp_path], knowledge)
    assert not scan.installed
    assert any("unfinished" in note for note in scan.notes)


@no_links
def test_a_hugging_face_cache(tmp_path: Path, knowledge) -> None:
    repo = tmp_path / "hub" / "models--comfyanonymous--flux_text_encoders"
    (repo / "snapshots" / "abc").mkdir(parents=True)
    files = {"clip_l.safetensors": CLIP_L, "t5xxl_fp8_e4m3fn.safetensors": T5_FP8}
    for number, (name, size) in enumerate(files.items()):
        sparse(repo / "blobs" / f"{number:064x}", size)
        (repo / "snapshots" / "abc" / name).symlink_to(f"../../blobs/{number:064x}")
    (repo / "snapshots" / "abc" / "t5xxl_fp16.safetensors").symlink_to("../../blobs/gone")
    sparse(repo / "blobs" / f"{9:064x}.incomplete", 5_000_000)
    sparse(tmp_path / "hub" / "datasets--a--clip_l" / "snapshots" / "x" / "clip_l.safetensors", CLIP_L)
    for top in (tmp_path, tmp_path / "hub"):
        scan = scan_folders([top], knowledge)
        assert names(scan) == {CLIP_KEY: "repository", T5_KEY: "repository"}
        assert any("leads nowhere" in note for note in scan.notes)
        assert any("unfinished download of comfyanonymous/flux_text_encoders" in note for note in scan.notes)


def test_a_name_that_anybody_gives_says_something_in_its_repository_only(tmp_path: Path, knowledge) -> None:
    from rigfit.machine.folders.index import catalog_files

    file = next(f for f in catalog_files(knowledge) if f.says_nothing and f.repo and f.sizes and "/" not in f.path)
    size = file.sizes[0].value
    sparse(tmp_path / "plain" / file.path, size)
    assert not scan_folders([tmp_path / "plain"], knowledge).installed
    sparse(tmp_path / "studio" / file.repo / file.path, size)  # as LM Studio keeps them
    assert names(scan_folders([tmp_path / "studio"], knowledge)) == {file.key: "repository"}
    sparse(tmp_path / "copies" / file.repo.rpartition("/")[2] / file.path, size)
    assert file.key in names(scan_folders([tmp_path / "copies"], knowledge))
    assert file.key in names(scan_folders([tmp_path / "copies" / file.repo.rpartition("/")[2]], knowledge))
    assert names(scan_folders([tmp_path / "studio" / file.repo], knowledge)) == {file.key: "repository"}


def test_ollama_knows_its_files_by_manifest(tmp_path: Path, knowledge) -> None:
    from rigfit.machine.folders.index import catalog_files

    file = next(f for f in catalog_files(knowledge) if f.base.endswith("q4_k_m.gguf") and f.sizes and f.repo)
    blob = "sha256-" + "ab" * 32
    sparse(tmp_path / "blobs" / blob, file.sizes[0].value)
    sparse(tmp_path / "blobs" / ("sha256-" + "cd" * 32), 4_000_000_000)
    manifest = {
        "layers": [
            {"mediaType": "application/vnd.ollama.image.model", "digest": blob.replace("-", ":")},
            {"mediaType": "application/vnd.ollama.image.params", "digest": "sha256:" + "cd" * 32},
        ]
    }
    for place in (f"hf.co/{file.repo}/Q4_K_M", "registry.ollama.ai/library/own/latest"):
        path = tmp_path / "manifests" / place
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(manifest if "hf.co" in place else {"layers": "none"}))
    assert names(scan_folders([tmp_path], knowledge)) == {file.key: "repository"}


def test_paths_that_comfyui_is_told_of_are_looked_through(tmp_path: Path, knowledge) -> None:
    webui = tmp_path / "webui"
    sparse(webui / "models" / "VAE" / "ae.safetensors", AE)
    sparse(webui / "models" / "ESRGAN" / "flux1-dev-fp8.safetensors", FLUX_FP8)
    comfy = tmp_path / "comfy"
    (comfy / "main.py").parent.mkdir()
    (comfy / "main.py").touch()
    sparse(comfy / "models" / "clip" / "clip_l.safetensors", CLIP_L)
    sparse(comfy / "venv" / "t5xxl_fp8_e4m3fn.safetensors", T5_FP8)  # not among its models
    (comfy / "extra_model_paths.yaml").write_text(
        "a111:\n  base_path: ../webui/\n  vae: models/VAE\n  upscale_models: |\n    models/ESRGAN\n    models/gone\n"
        "  is_default: true\nodd: 3\n"
    )
    for top in (comfy, comfy / "models"):
        scan = scan_folders([top], knowledge)
        assert set(names(scan)) == {AE_KEY, FLUX_KEY, CLIP_KEY}
        assert any("gone is named in extra_model_paths.yaml, but is not there" in note for note in scan.notes)
    for broken in ("a: [", "- 1", "", "a: {base_path: [1], vae: {}}"):
        (comfy / "extra_model_paths.yaml").write_text(broken)
        assert list(names(scan_folders([comfy], knowledge))) == [CLIP_KEY]


def test_shards_count_when_all_are_there(tmp_path: Path, knowledge) -> None:
    from rigfit.machine.folders.index import catalog_files

    file = next(f for f in catalog_files(knowledge) if "-00001-of-00002." in f.path and f.sizes and f.repo)
    half = file.sizes[0].value // 2
    folder = tmp_path / f"models--{file.repo.replace('/', '--')}" / "snapshots" / "x"
    sparse(folder / file.path, half)
    scan = scan_folders([tmp_path], knowledge)
    assert not scan.installed
    assert any("unfinished" in note for note in scan.notes)
    sparse(folder / file.path.replace("00001-of", "00002-of"), half)
    assert names(scan_folders([tmp_path], knowledge)) == {file.key: "repository"}


def test_a_renamed_file_is_known_by_a_size_that_is_listed_to_the_byte(tmp_path: Path, knowledge) -> None:
    from rigfit.machine.folders.index import catalog_files

    file = next(f for f in catalog_files(knowledge) if any(size.exact for size in f.sizes))
    size = next(size.value for size in file.sizes if size.exact)
    sparse(tmp_path / "renamed.safetensors", size)
    assert names(scan_folders([tmp_path], knowledge)).get(file.key) == "size"
    sparse(tmp_path / "renamed.safetensors", size + 1)
    assert not scan_folders([tmp_path], knowledge).installed


@no_links
def test_links_in_circles_and_what_may_not_be_read(tmp_path: Path, knowledge) -> None:
    sparse(tmp_path / "a" / "b" / "ae.safetensors", AE)
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to("self")
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0)
    try:
        scan = scan_folders([tmp_path], knowledge)
        assert list(names(scan)) == [AE_KEY]
        if os.geteuid() != 0:
            assert any("locked may not be read" in note for note in scan.notes)
    finally:
        locked.chmod(0o700)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text(tmp_path: Path, knowledge) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    sparse(folder / "ae.safetensors", AE)
    sparse(folder / os.fsdecode(b"\xff\n.gguf"), 5)
    scan = scan_folders([tmp_path], knowledge)
    assert list(names(scan)) == [AE_KEY]
    assert all("\n" not in note for note in scan.notes)
    json.dumps(scan.installed[0].model_dump(mode="json")).encode("utf-8")


def test_too_many_entries_are_one_note(tmp_path: Path, knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_ENTRIES", 50)
    for number in range(80):
        (tmp_path / f"{number:03d}.txt").touch()
    scan = scan_folders([tmp_path], knowledge)
    assert [note for note in scan.notes if "only 50 entries are looked at" in note]
    assert len(scan.notes) == 2


def test_many_unfinished_downloads_are_a_bounded_text(tmp_path: Path, knowledge) -> None:
    for number in range(30):
        sparse(tmp_path / str(number) / "ae.safetensors", 5)
    notes = scan_folders([tmp_path], knowledge).notes
    assert len(notes) == 10
    assert notes[-1].startswith("22 more files are not counted")


def test_a_folder_that_is_not_there(tmp_path: Path, knowledge) -> None:
    with pytest.raises(InputError, match="no such folder"):
        scan_folders([tmp_path / "x"], knowledge)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is no folder"):
        scan_folders([tmp_path / "file"], knowledge)
    assert_refused(invoke("hardware", "--gpu", "rtx-4070", "--models", tmp_path / "x"), "no such folder")
    assert_refused(invoke("solve", "--task", "masking", "--gpu", "none", "--models", tmp_path / "x"), "no such folder")


def test_hardware_lists_what_is_there_and_saves_it(tmp_path: Path) -> None:
    sparse(tmp_path / "models" / "ae.safetensors", AE)
    saved = tmp_path / "machine.yaml"
    shown = invoke("hardware", "--gpu", "rtx-4070", "--models", tmp_path / "models", "--save", saved)
    assert shown.code == 0
    assert f"installed  {AE_KEY}, 335 MB" in shown.out
    read = load_machine(saved)
    assert read.installed_names == {AE_KEY}
    save_machine(read, tmp_path / "again.yaml")
    assert (tmp_path / "again.yaml").read_text() == saved.read_text()
    old = saved.read_text().split("installed:")[0] + 'installed: ["ae.safetensors"]\n'
    saved.write_text(old)
    assert load_machine(saved).installed_names == {"ae.safetensors"}


def test_what_is_there_is_neither_downloaded_nor_stored_again(tmp_path: Path, knowledge) -> None:
    from rigfit.machine import with_installed

    wanted = request({"task": "image_generation", "models": ["flux1-dev"], "variants": {"denoiser": "fp8_e4m3fn"}})
    bare = machine(knowledge, "rtx-4090", ram=64)
    before = solve(wanted, bare, knowledge).bundles[0]
    for file in before.files:
        sparse(tmp_path / (file.folder or "x") / file.name.rpartition("/")[2], file.bytes)
    answer = solve(wanted, with_installed(bare, [tmp_path], knowledge), knowledge)
    after = answer.bundles[0]
    assert after.tasks == before.tasks
    assert {file.download for file in after.files} == {0}
    assert after.storage.present == sum(file.bytes for file in before.files)
    assert after.storage.download == before.storage.download - after.storage.present
    assert any("files of the catalog" in note for note in answer.explanation.notes)


def test_solve_says_what_is_here(tmp_path: Path) -> None:
    sparse(tmp_path / "ae.safetensors", AE)
    arguments = ("--task", "image_generation", "--model", "flux1-dev", "--gpu", "rtx-4070", "--ram", "32GB")
    answer = json.loads(invoke("solve", *arguments, "--models", tmp_path, "--json").out)
    names = [file["name"] for file in answer["bundles"][0]["files"]]
    assert "ae.safetensors" in names, "choose another file for this test"
    assert "to download (335 MB already here)" in invoke("solve", *arguments, "--models", tmp_path).out
