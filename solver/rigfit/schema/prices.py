"""The user's own price file: what cards, memory, disks and electricity cost where they live."""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Strict, Usd


class PriceFile(Strict):
    """Prices that take the place of the catalog's. What it does not name keeps the catalog's price."""

    schema_version: Literal["rigfit.prices/1"] = Field(default="rigfit.prices/1", alias="schema")
    date: str | None = None
    """When they held; printed beside every one of them."""
    source: str = "your price file"
    """Where they are from, in words."""
    gpus: dict[str, Usd] = {}
    """Card, by any name that means one -> price."""
    ram_per_gb: Usd | None = None
    disk_per_tb: Usd | None = None
    electricity: Usd | None = None
    """A kilowatt-hour."""
