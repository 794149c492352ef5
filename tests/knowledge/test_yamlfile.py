"""The strict YAML reader: what it takes, what it refuses, and where it says a mistake stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rigfit.errors import CatalogError, InputError
from rigfit.knowledge import yamlfile
from rigfit.knowledge.yamlfile import MAX_DEPTH, MAX_FILE_BYTES, parse, read, read_text


def refused(text: str) -> str:
    with pytest.raises(InputError) as error:
        parse(text, "f.yaml")
    message = str(error.value)
    assert len(message.splitlines()) == 1, message
    assert message.startswith("f.yaml"), message
    return message


# What is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("n", "n"),
        ("true", True), ("false", False), ("True", True), ("FALSE", False),
        ("null", None), ("~", None), ("", None),
        ("12", 12), ("-12", -12), ("+12", 12), ("1_000", 1000), ("012", 12), ("0", 0),
        ("1e9", 1e9), ("1E+3", 1e3), ("2.5e-3", 2.5e-3), ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("-8.9", -8.9),
        ("0x10", "0x10"), ("0o10", "0o10"), ("12:30", "12:30"), ("1:2:3", "1:2:3"), ("2024-01-31", "2024-01-31"),
        (".nan", ".nan"), (".inf", ".inf"), ("12 GB", "12 GB"), ("1.2.3", "1.2.3"), ("1e", "1e"),
        ('"12"', "12"), ("'true'", "true"), ('"null"', "null"), ("''", ""), ("! 12", "12"), ("!!str 12", "12"),
        ('"a\\nb"', "a\nb"), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars(text: str, value: Any) -> None:
    found = parse(f"key: {text}\n", "f.yaml").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_block_scalars_are_text() -> None:
    assert parse("a: |\n  12\nb: >-\n  true\n  false\n", "f").data == {"a": "12\n", "b": "true false"}


def test_keys_are_always_text() -> None:
    assert parse("1: a\ntrue: b\nnull: c\n8.9: d\n", "f").data == {"1": "a", "true": "b", "null": "c", "8.9": "d"}


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert parse("<<: {a: 1}\nb: 2\n", "f").data == {"<<": {"a": 1}, "b": 2}


def test_lines_of_every_value() -> None:
    text = "# comment\na: 1\nb:\n  - x\n  - {c: 1,\n     d: 2}\ne: |\n  text\n  more\nf:\n  g:\n    h: 1\n"
    document = parse(text, "f.yaml")
    assert document.lines[("a",)] == 2
    assert document.lines[("b",)] == 3
    assert document.lines[("b", 0)] == 4
    assert document.lines[("b", 1)] == 5
    assert document.lines[("b", 1, "c")] == 5
    assert document.lines[("b", 1, "d")] == 6
    assert document.lines[("e",)] == 7
    assert document.lines[("f", "g", "h")] == 12
    assert document.where(("f", "g", "h")) == "f.yaml:12"
    assert document.where(("f", "g", "absent", "deeper")) == "f.yaml:11"
    assert document.where(("absent",)) == "f.yaml:2"
    assert parse("", "f.yaml").where(()) == "f.yaml:1"


# What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands here twice (first on line 1)"),
        ("a: 1\n'a': 3\n", 2, "'a' stands here twice"),
        ("a: {b: 1,\n b: 2}\n", 2, "'b' stands here twice (first on line 1)"),
        ("- {x: 1}\n- {y: 1, y: 1}\n", 2, "'y' stands here twice"),
        ("1: a\n'1': b\n", 2, "'1' stands here twice"),
        ("a: &x [1]\nb: *x\n", 1, "anchors (&x)"),
        ("b: *x\n", 1, "aliases (*x)"),
        ("a: 1\n&k b: 2\n", 2, "anchors (&k)"),
        ("a: 1\n*k : 2\n", 2, ""),
        ("a: &x {b: *x}\n", 1, "anchors (&x)"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags ("),
        ("a: !!int 12\n", 1, "tags ("),
        ("x: 1\na: !own {b: 1}\n", 2, "tags (!own)"),
        ("x: 1\n!own a: 1\n", 2, "tags (!own)"),
        ("a: !!binary aGk=\n", 1, "tags ("),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("---\na: 1\n...\n---\n", 4, "a second document"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a: 1\n b: 2\n", 2, "not valid YAML"),
        ("a: 1\nb: 'x\n", 3, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("a: @x\n", 1, "not valid YAML"),
        ("{a: 1}: b\n", 1, "a key must be a plain word"),
        ("? [a]\n: b\n", 1, "a key must be a plain word"),
        ("a: 1\nb: \x00\n", 2, "not valid YAML"),
        ("a: 1\né: \x07\n", 2, "not valid YAML"),
        ("%YAML 9.0\n---\na: 1\n", 1, "not valid YAML"),
    ],
)
def test_refused_with_its_line(text: str, line: int, part: str) -> None:
    message = refused(text)
    assert message.startswith(f"f.yaml:{line}: "), message
    assert part in message


def test_alias_bomb() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert refused("\n".join(levels)).startswith("f.yaml:1: anchors")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 5000])
def test_too_deep(opening: str, closing: str, depth: int) -> None:
    # Newer YAML parsers have a limit of their own, and may meet it before we see anything.
    said = refused(opening * depth + "x" + closing * depth)
    assert "nested deeper than" in said or "maximum nesting depth" in said


def test_just_deep_enough() -> None:
    document = parse("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH, "f")
    value = document.data
    for _ in range(MAX_DEPTH):
        (value,) = value
    assert value == 1


def test_a_number_of_thousands_of_digits() -> None:
    assert "f.yaml:2" in refused("a: 1\nb: " + "9" * 5000 + "\n")


def test_an_endless_float_is_infinite_and_no_fault() -> None:
    assert parse("a: 1e999\n", "f").data["a"] == float("inf")


# Files ------------------------------------------------------------------------------------------------------------


def file_refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read(path)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def test_missing(tmp_path: Path) -> None:
    assert file_refused(tmp_path / "x.yaml") == f"{tmp_path / 'x.yaml'}: no such file"


def test_directory(tmp_path: Path) -> None:
    assert file_refused(tmp_path) == f"{tmp_path}: is a directory; a file is needed"


def test_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("a: 1\n")
    assert "cannot be read" in file_refused(tmp_path / "f" / "x.yaml")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"null\n", b"\xef\xbb\xbf"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f.yaml").write_bytes(content)
    assert file_refused(tmp_path / "f.yaml") == f"{tmp_path / 'f.yaml'}: the file is empty"


@pytest.mark.parametrize("content", [b"a: 1\nb: caf\xe9\n", b"a: 1\n\xff\xfe", b"a: 1\nb: \xed\xa0\x80\n"])
def test_not_utf8(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f.yaml").write_bytes(content)
    assert file_refused(tmp_path / "f.yaml") == f"{tmp_path / 'f.yaml'}:2: not UTF-8 text"


def test_utf16_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("a: 1\n", encoding="utf-16")
    assert ":1: not UTF-8 text" in file_refused(tmp_path / "f.yaml")


def test_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes("\ufeffa: ü\r\nb:\r\n  - 2\r\n".encode())
    document = read(tmp_path / "f.yaml")
    assert document.data == {"a": "ü", "b": [2]}
    assert document.lines[("b", 0)] == 3


def test_too_large(tmp_path: Path) -> None:
    with (tmp_path / "f.yaml").open("wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 1)
    assert file_refused(tmp_path / "f.yaml").endswith(": larger than 8 MiB")


def test_a_name_for_messages(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("a: [\n")
    with pytest.raises(InputError, match=r"^catalog/f\.yaml:2: "):
        read(tmp_path / "f.yaml", "catalog/f.yaml")


def test_another_kind_of_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no such file"):
        read_text(tmp_path / "x", CatalogError)


# Properties -------------------------------------------------------------------------------------------------------

SYNTAX = st.sampled_from(
    [*"{}[]:,-?*&!|>'\"%@`#~ \n\t", ": ", "- ", "? ", "\n  ", "&a", "*a", "<<", "!!", "---\n", "...\n", "a", "b", "1e9",
     "12", "null", "no", "\x00", "\x85", "\u2028", "\ufeff", "é", "\U0001f600", "%YAML 1.1\n", "|2\n", ">-\n"]
)  # fmt: skip


@given(st.text(max_size=200) | st.lists(SYNTAX, max_size=60).map("".join))
@settings(max_examples=400)
def test_any_text_is_data_or_an_input_error(text: str) -> None:
    try:
        document = parse(text, "f.yaml")
    except InputError as error:
        assert len(str(error).splitlines()) == 1
        assert re.match(r"f\.yaml(:\d+)?: \S", str(error))
    else:
        lines = (
            text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + text.count("\u2029") + 1
        )
        assert all(1 <= line <= lines for line in document.lines.values())


# A reader of YAML 1.1 takes fewer spellings for numbers and words than ours does, and leaves those unquoted.
# What Unicode calls a line break is left out too: PyYAML itself does not read back what it writes of it.
plain_text = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x85\u2028\u2029\ufeff"), max_size=30
).filter(lambda text: not re.match(r"[-+.0-9]", text) and text.lower() not in ("true", "false", "null"))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | plain_text
)
plain_data = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_text, inner, max_size=4), max_leaves=20
)


@given(plain_data, st.booleans(), st.booleans())
@settings(max_examples=300)
def test_plain_data_reads_back(data: Any, flow: bool, escaped: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=not escaped, sort_keys=False)
    assert parse(text, "f.yaml").data == data


def test_the_pure_python_parser_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without its C parser nothing changes but speed."""
    text = "a: [1, {b: no, c: 1e9}]\nd: |\n  x\n'e': null\n"
    fast = parse(text, "f")
    monkeypatch.setattr(yamlfile, "_Loader", yaml.SafeLoader)
    slow = parse(text, "f")
    assert (fast.data, fast.lines) == (slow.data, slow.lines)
    assert "f.yaml:2: 'a' stands here twice" in refused("a: 1\na: 2\n")
    assert refused("a: 1\nb: \x00\n").startswith("f.yaml:2: not valid YAML")
