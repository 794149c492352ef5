"""Catalogs and answers that mean harm: refused where they are read, or written so that they mean nothing."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rigfit.emit import quoting, script, write
from rigfit.emit.quoting import Place
from rigfit.errors import InputError
from rigfit.schema.catalog import Container, NodePackage, WeightFile
from rigfit.schema.emitted import Emitted, EmittedFile
from rigfit.schema.safe import path_problem

BAD_PATHS = [
    "../x", "a/../../x", "/etc/passwd", "C:/x", "C:\\x", "a\\b", "a//b", "./a", "a/.", "con", "NUL.txt", "a/com1.bin",
    "a\nb", "a\tb", "a ", " a", "a.", "-rf", "a/-x", "x" * 300, "", 'a"b', "a|b", "a<b", "a*", "a?b", "a\x00b",
]  # fmt: skip
NASTY = [
    "$(touch x)",
    "`id`",
    "'; rm -rf / #",
    '" & calc',
    "%PATH%",
    "!x!",
    "a\nb",
    "{a: b}",
    "- x",
    "# y",
    "\u2019",
    "*",
    "\\",
    "a b",
    "",
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_paths_that_lead_elsewhere_are_refused_at_load(path: str) -> None:
    assert path_problem(path) is not None
    for shape in ({"name": path}, {"name": "x.safetensors", "folder": path}):
        with pytest.raises(ValidationError):
            WeightFile.model_validate(shape)


@pytest.mark.parametrize(
    "repo",
    [
        "a/b; rm -rf /",
        "https://x/$(id)",
        "https://x/`id`",
        "http://x/y",
        "file:///etc",
        "a",
        "a/b/c",
        "-a/b",
        "https://x/\ny",
        "https://x/'",
    ],
)
def test_addresses_that_are_none_are_refused_at_load(repo: str) -> None:
    with pytest.raises(ValidationError):
        WeightFile.model_validate({"name": "x", "repo": repo})


def test_other_texts_that_break_a_line_are_refused_at_load() -> None:
    for title in ("a\nb", "a\r\nb", "a\u2028b", "\x1b[31m"):
        with pytest.raises(ValidationError):
            NodePackage.model_validate({"id": "x", "title": title, "runtime": "comfyui", "source": "y"})
    with pytest.raises(ValidationError):
        Container.model_validate({"image": "a:b\nc: d", "home": "/x", "arguments": "A", "port": 1, "source": "y"})


@settings(max_examples=60)
@given(st.text(max_size=40) | st.sampled_from(NASTY))
def test_a_word_stays_one_word(text: str) -> None:
    plain = text.replace("\x00", "")
    assert shlex.split(quoting.sh(plain)) == [plain]
    assert eval(quoting.python(text)) == text
    assert json.loads(quoting.dump_json({"a": text})) == {"a": text}
    assert "\n" not in quoting.line(text)
    assert "\r" not in quoting.line(text)
    written = quoting.ps(text)
    assert written[0] == written[-1] == "'"
    assert "''" not in written[1:-1].replace("''", "")
    assert "'" not in written[1:-1].replace("''", "")


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40) | st.sampled_from(NASTY))
def test_yaml_reads_back(text: str) -> None:
    assert yaml.safe_load(quoting.dump_yaml({"a": text})) == {"a": text}


@pytest.mark.parametrize("text", NASTY)
def test_a_batch_file_holds_a_word_or_refuses_it(text: str) -> None:
    try:
        written = quoting.bat(text)
    except ValueError:
        assert '"' in text or "\n" in text
        return
    assert written.count("%") % 2 == 0
    assert written.strip('"').replace("%%", "%") == text
    if any(char in text for char in "&|<>^ "):
        assert written[0] == written[-1] == '"'


def test_a_shell_script_runs_nothing_of_its_words(tmp_path: Path) -> None:
    body = script.Script(
        head=("record 0", "a\nrm -rf x"), steps=tuple(("echo", text) for text in NASTY), after=("$(touch y)",)
    )
    file = tmp_path / "x.sh"
    file.write_text(script.sh(body))
    ran = subprocess.run(
        ["bash", str(file)], cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert ran.returncode == 0
    assert ran.stdout == "".join(f"{text}\n" for text in NASTY) + "$(touch y)\n"
    assert [one.name for one in tmp_path.iterdir()] == ["x.sh"]


def test_compose_texts_hold_no_variables() -> None:
    assert quoting.compose("$HOME ${X}") == "$$HOME $${X}"


def bundle(*paths: str) -> Emitted:
    files = tuple(
        EmittedFile.model_construct(path=path, text="x\n", executable=path.endswith(".sh"), about="a") for path in paths
    )
    return Emitted.model_construct(
        schema_version="rigfit.emitted/1", record="0", bundle=1, files=files, commands=(), notes=()
    )


@pytest.mark.parametrize("path", BAD_PATHS)
def test_writing_does_not_leave_the_folder_either(path: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write(bundle("good.txt", path), tmp_path / "out", force=True)
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced_without_force_and_all_is_checked_first(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "b").mkdir(parents=True)
    (out / "b" / "mine.sh").write_text("mine")
    with pytest.raises(InputError, match="--force"):
        write(bundle("a.txt", "b/mine.sh"), out)
    assert not (out / "a.txt").exists()
    assert (out / "b" / "mine.sh").read_text() == "mine"
    paths = write(bundle("a.txt", "b/mine.sh"), out, force=True)
    assert [path.read_text() for path in paths] == ["x\n", "x\n"]
    assert (out / "b" / "mine.sh").stat().st_mode & 0o100
    assert not [one for one in out.rglob("*") if one.suffix == ".tmp"]
    with pytest.raises(InputError, match="is a folder"):
        write(bundle("b"), out, force=True)
    with pytest.raises(InputError, match="capitals"):
        write(bundle("A.txt", "a.txt"), out, force=True)


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    (out / "door").symlink_to(elsewhere)
    with pytest.raises(InputError, match="link"):
        write(bundle("door/x.txt"), out, force=True)
    (out / "file").symlink_to(elsewhere / "kept")
    with pytest.raises(InputError, match="--force"):
        write(bundle("file"), out)
    write(bundle("file"), out, force=True)
    assert (elsewhere / "kept").read_text() == "kept"
    assert not (out / "file").is_symlink()


def test_places_are_quoted_in_every_language() -> None:
    place = Place("MODELS_DIR", "a b/c$d.gguf")
    assert quoting.sh(place) == "\"$MODELS_DIR\"/'a b/c$d.gguf'"
    assert quoting.bat(Place("X", "a/b%c")) == '"%X%\\a\\b%%c"'
    assert quoting.ps(place) == "(Join-Path $MODELS_DIR 'a b/c$d.gguf')"
