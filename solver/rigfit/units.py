"""Bytes, permille, seconds: parsed and formatted here and nowhere else.

Inside, every amount is an integer in its base unit: bytes, permille, milliseconds, weights (parameters).
Outside, people write "12 GB", "12GiB", "8192MB", "11.9 B" or "90 s".
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

KIB: Final = 1024
MIB: Final = 1024**2
GIB: Final = 1024**3
GB: Final = 10**9
# Money is counted in millionths of a US dollar: an image may cost a fraction of a cent.
USD: Final = 10**6

# No machine or file of this field comes near an exbibyte; a larger number is a typing mistake.
MAX_BYTES: Final = 2**60

_BYTE_UNITS: Final[dict[str, int]] = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_COUNT_UNITS: Final[dict[str, int]] = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_SECOND_UNITS: Final[dict[str, int]] = {"ms": 1, "s": 1000, "": 1000, "min": 60_000, "h": 3_600_000, "days": 86_400_000}

_NUMBER = re.compile(r"^\s*([0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)\s*([A-Za-z]*)\s*$")


class UnitError(ValueError):
    """A text that is not the quantity it should be; the message says what would be."""


def _split(text: str, what: str, example: str) -> tuple[Decimal, str]:
    found = _NUMBER.match(text)
    if found is None:
        raise UnitError(f"{text!r} is not {what}; write it like {example}")
    try:
        return Decimal(found.group(1).replace("_", "")), found.group(2).lower()
    except InvalidOperation as error:  # pragma: no cover - the pattern admits only numbers
        raise UnitError(f"{text!r} is not {what}; write it like {example}") from error


def parse_bytes(value: str | int | float, *, memory: bool = False) -> int:
    """Read an amount of memory or storage in bytes.

    Args:
        value: an integer number of bytes, or a text with a unit: "12 GB", "12GiB", "8192MB".
        memory: read GB and MB as 2**30 and 2**20, as every maker of memory modules and graphics cards does
            ("12 GB" on a card is 12288 MiB). Files and disks stay decimal, as Hugging Face and drive makers print them.

    Raises:
        UnitError: when it is not an amount, has no unit, is negative or absurdly large.
    """
    if isinstance(value, bool):
        raise UnitError(f"{value!r} is not an amount of memory; write it like '12 GB' or '8192MB'")
    if isinstance(value, int):
        number, unit = Decimal(value), "b"
    else:
        number, unit = _split(str(value), "an amount of memory", "'12 GB', '12GiB' or '8192MB'")
    if unit == "":
        raise UnitError(f"{value!r} has no unit; write it like '{value} GB' or '{value}GiB'")
    if memory and unit in ("kb", "mb", "gb", "tb"):
        unit = unit[0] + "ib"
    factor = _BYTE_UNITS.get(unit)
    if factor is None:
        raise UnitError(f"{value!r} has an unknown unit; known are B, KB, MB, GB, TB, KiB, MiB, GiB, TiB")
    if not 0 <= number * factor <= MAX_BYTES:
        raise UnitError(f"{value!r} is out of range: an amount of memory lies between 0 and 1 EiB")
    return int(number * factor)


def parse_count(value: str | int | float) -> int:
    """Read a count such as a number of parameters: 11900000000, "11.9 B", "86M"."""
    if isinstance(value, bool):
        raise UnitError(f"{value!r} is not a count; write it like '11.9 B' or '86M'")
    if isinstance(value, int | float):
        number, unit = Decimal(str(value)), ""
        if not number.is_finite():
            raise UnitError(f"{value!r} is not a count; write it like '11.9 B' or '86M'")
    else:
        number, unit = _split(str(value), "a count", "'11.9 B' or '86M'")
    factor = _COUNT_UNITS.get(unit)
    if factor is None:
        raise UnitError(f"{value!r} has an unknown unit; counts take K, M, B or T")
    if not 0 <= number * factor <= 10**18:
        raise UnitError(f"{value!r} is out of range for a count")
    return int(number * factor)


def parse_milliseconds(value: str | int | float) -> int:
    """Read a duration as milliseconds: 90 (seconds), "90 s", "2 min", "1.5h"."""
    if isinstance(value, bool):
        raise UnitError(f"{value!r} is not a duration; write it like '90 s' or '2 min'")
    number, unit = _split(str(value), "a duration", "'90 s' or '2 min'")
    factor = _SECOND_UNITS.get(unit)
    if factor is None:
        raise UnitError(f"{value!r} has an unknown unit; durations take ms, s, min, h or days")
    if not 0 <= number * factor <= 10**12:
        raise UnitError(f"{value!r} is out of range for a duration")
    return int(number * factor)


def parse_usd(value: str | int | float) -> int:
    """Read an amount of money as millionths of a US dollar: 25, "0.0027", "$549", "12.50 USD"."""
    if isinstance(value, bool):
        raise UnitError(f"{value!r} is not an amount of money; write it like 549 or 0.025 (US dollars)")
    text = str(value).strip().removeprefix("$")
    number, unit = _split(text, "an amount of money", "549 or 0.025 (US dollars)")
    if unit not in ("", "usd"):
        raise UnitError(f"{value!r} has an unknown unit; amounts of money are US dollars")
    if not 0 <= number <= 10**9:
        raise UnitError(f"{value!r} is out of range for an amount of money")
    return int((number * USD).to_integral_value())


def usd_text(amount: int) -> str:
    """Millionths of a US dollar to the last digit, as `parse_usd` reads it: "0.0027 USD"."""
    return f"{(Decimal(amount) / USD).normalize():f} USD"


def ceil_div(amount: int, unit: int) -> int:
    """Divide rounding up: bytes into whole MiB, so that a sum of parts never understates."""
    return -(-amount // unit)


def format_memory(amount: int) -> str:
    """Bytes of memory as people name cards: binary gigabytes, one decimal ("12.0 GB" for 12 GiB)."""
    if amount < GIB and amount < 1000 * MIB:
        return f"{amount / MIB:.0f} MB"
    return f"{amount / GIB:.1f} GB"


def format_file(amount: int) -> str:
    """Bytes of storage as download pages print them: decimal gigabytes, one decimal."""
    if amount < 10**9:
        return f"{amount / 10**6:.0f} MB"
    if amount < 10**12:
        return f"{amount / GB:.1f} GB"
    return f"{amount / 10**12:.1f} TB"


def format_milliseconds(amount: int) -> str:
    """Milliseconds as a person would say them: "0.8 s", "26 s", "3 min", "1.5 h", "4.3 days"."""
    seconds = amount / 1000
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    days = seconds / 86400
    return f"{days:.1f} days" if days < 10 else f"{days:.0f} days"


def format_count(amount: int) -> str:
    """A number of parameters as model cards print it: "11.9 B", "84 M"."""
    if amount >= 10**9:
        return f"{amount / 10**9:.3g} B"
    return f"{amount / 10**6:.3g} M"


def format_usd(amount: int) -> str:
    """Money as people write it, below ten cents with up to three figures: "$549", "$12.50", "$0.025", "$0.000088"."""
    dollars = Decimal(amount) / USD
    if amount >= 100 * USD or (amount and amount % USD == 0):
        return f"${dollars:,.0f}"
    if amount >= USD // 10:
        return f"${dollars:,.2f}"
    if amount == 0:
        return "$0"
    return f"${dollars:.{min(6, 2 - dollars.adjusted())}f}".rstrip("0")
