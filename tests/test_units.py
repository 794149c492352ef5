"""Amounts as people write them, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigfit import units
from rigfit.units import GB, GIB, KIB, MAX_BYTES, MIB, UnitError

GARBAGE = [
    "",
    " ",
    "GB",
    "-1 GB",
    "+1 GB",
    "1,5 GB",
    "1 GB 2",
    "0x10 GB",
    "1..2 GB",
    ".5 GB",
    "nan GB",
    "inf",
    "1e9999 GB",
    "١ GB",
    "²GB",
    "twelve",
    None,
    [],
    {},
    (1,),
    b"1 GB",
    True,
    False,
    float("nan"),
    float("inf"),
]


@pytest.mark.parametrize(
    ("text", "file", "memory"),
    [
        ("12 GB", 12 * GB, 12 * GIB),
        ("12GB", 12 * GB, 12 * GIB),
        ("  12  gb ", 12 * GB, 12 * GIB),
        ("12GiB", 12 * GIB, 12 * GIB),
        ("8192MB", 8192 * 10**6, 8192 * MIB),
        ("8192 MiB", 8192 * MIB, 8192 * MIB),
        ("1.5 TB", 15 * 10**11, 3 * 2**39),
        ("2 kb", 2000, 2 * KIB),
        ("2 KiB", 2 * KIB, 2 * KIB),
        ("23.8 GB", 23_800_000_000, int(23.8 * GIB)),
        ("1_000 B", 1000, 1000),
        ("1e3 MB", GB, 1000 * MIB),
        ("0 GB", 0, 0),
        (12345, 12345, 12345),
        (0, 0, 0),
        (MAX_BYTES, MAX_BYTES, MAX_BYTES),
    ],
)
def test_bytes(text: str | int, file: int, memory: int) -> None:
    assert units.parse_bytes(text) == file
    assert units.parse_bytes(text, memory=True) == memory


@pytest.mark.parametrize(
    "text", [*GARBAGE, "12", "12.5", 12.5, "12 parsecs", "12 Gb/s", "2 EiB", "1e300 GB", -1, MAX_BYTES + 1]
)
def test_what_is_no_amount(text: object) -> None:
    with pytest.raises(UnitError) as error:
        units.parse_bytes(text)  # type: ignore[arg-type]
    assert len(str(error.value).splitlines()) == 1


def test_the_message_says_what_would_be_right() -> None:
    with pytest.raises(UnitError, match="'12' has no unit; write it like '12 GB' or '12GiB'"):
        units.parse_bytes("12")
    with pytest.raises(UnitError, match="unknown unit; known are B, KB, MB, GB"):
        units.parse_bytes("12 parsecs")
    with pytest.raises(UnitError, match="between 0 and 1 EiB"):
        units.parse_bytes("99999999 TB")


@pytest.mark.parametrize(
    ("text", "count"),
    [("11.9 B", 11_900_000_000), ("11.9B", 11_900_000_000), ("86M", 86_000_000), ("1.5k", 1500), ("1 T", 10**12),
     ("42", 42), (42, 42), (1e9, 10**9), (0, 0), (0.5, 0)],
)  # fmt: skip
def test_count(text: str | float, count: int) -> None:
    assert units.parse_count(text) == count


@pytest.mark.parametrize("text", [*GARBAGE, "12 GB", "-3", -3, "1e19", 10**19])
def test_what_is_no_count(text: object) -> None:
    with pytest.raises(UnitError):
        units.parse_count(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [(90, 90_000), ("90", 90_000), ("90 s", 90_000), ("90000 ms", 90_000), ("1.5 min", 90_000), ("2h", 7_200_000),
     (0.25, 250), ("0", 0)],
)  # fmt: skip
def test_milliseconds(text: str | float, milliseconds: int) -> None:
    assert units.parse_milliseconds(text) == milliseconds


@pytest.mark.parametrize("text", [*GARBAGE, "3 fortnights", -1, "1e12 h"])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(UnitError):
        units.parse_milliseconds(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(("amount", "unit", "expected"), [(0, 4, 0), (1, 4, 1), (4, 4, 1), (5, 4, 2), (8, 4, 2)])
def test_ceil_div(amount: int, unit: int, expected: int) -> None:
    assert units.ceil_div(amount, unit) == expected


@given(st.integers(0, 10**18), st.integers(1, 10**12))
def test_ceil_div_never_understates(amount: int, unit: int) -> None:
    whole = units.ceil_div(amount, unit)
    assert whole * unit >= amount > (whole - 1) * unit


@pytest.mark.parametrize(
    ("amount", "memory", "file"),
    [
        (0, "0 MB", "0 MB"),
        (512 * MIB, "512 MB", "537 MB"),
        (1000 * MIB, "1.0 GB", "1.0 GB"),
        (12 * GIB, "12.0 GB", "12.9 GB"),
        (23_800_000_000, "22.2 GB", "23.8 GB"),
        (2 * 10**12, "1862.6 GB", "2.0 TB"),
    ],
)
def test_formats(amount: int, memory: str, file: str) -> None:
    assert units.format_memory(amount) == memory
    assert units.format_file(amount) == file


@pytest.mark.parametrize(
    ("amount", "text"),
    [(800, "0.8 s"), (9_000, "9.0 s"), (26_000, "26 s"), (180_000, "3 min"), (5_400_000, "1.5 h"),
     (172_800_000, "2.0 days"), (3_600_000_000, "42 days")],
)  # fmt: skip
def test_format_milliseconds(amount: int, text: str) -> None:
    assert units.format_milliseconds(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(11_900_000_000, "11.9 B"), (84_000_000, "84 M"), (10**9, "1 B"), (500_000, "0.5 M")]
)
def test_format_count(amount: int, text: str) -> None:
    assert units.format_count(amount) == text


@given(st.integers(0, MAX_BYTES))
def test_what_is_printed_reads_back_as_nearly_the_same(amount: int) -> None:
    """A person may type what rigfit printed: the printed digits are all that gets lost."""
    memory = units.parse_bytes(units.format_memory(amount), memory=True)
    assert abs(memory - amount) <= max(MIB, amount // 18)
    file = units.parse_bytes(units.format_file(amount))
    assert abs(file - amount) <= max(10**6, amount // 18)


@given(st.integers(0, 10**15))
def test_counts_and_durations_read_back(amount: int) -> None:
    assert abs(units.parse_count(units.format_count(amount)) - amount) <= max(10**3, amount // 100)
    if amount <= 10**12:  # whole minutes: "2 min" may be 100 s or 149 s
        assert abs(units.parse_milliseconds(units.format_milliseconds(amount)) - amount) <= max(50, amount // 4)


@given(st.integers(0, MAX_BYTES))
def test_more_is_never_printed_as_less(amount: int) -> None:
    for form, memory in ((units.format_memory, True), (units.format_file, False)):
        more = min(MAX_BYTES, amount + amount // 7 + 1)
        assert units.parse_bytes(form(more), memory=memory) >= units.parse_bytes(form(amount), memory=memory)


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_a_unit_error(text: str) -> None:
    for parse, most in (
        (units.parse_bytes, MAX_BYTES),
        (units.parse_count, 10**18),
        (units.parse_milliseconds, 10**12),
    ):
        try:
            amount = parse(text)
        except UnitError as error:
            assert len(str(error).splitlines()) == 1
        else:
            assert isinstance(amount, int)
            assert 0 <= amount <= most
