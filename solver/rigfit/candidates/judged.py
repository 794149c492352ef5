"""What the rules make of one request on machines of one kind, worked out once.

Rules test what a machine is (architecture, backend, system), and memory arithmetic reads none of its speeds. So
machines that differ in nothing but speeds and capacities share all that was judged and multiplied out; only times are
their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rigfit.candidates.reasons import Reason

if TYPE_CHECKING:
    from rigfit.candidates.admission import Admission, Branch
    from rigfit.candidates.combinations import Base
    from rigfit.candidates.items import Items
    from rigfit.candidates.rows import Offered


@dataclass(frozen=True, slots=True)
class JudgedBranch:
    """One packaging of a model at one of its places."""

    branch: Branch
    """On the device of the machine that it was judged for first."""
    base: Base
    offered: tuple[Offered, ...]
    noted: tuple[Reason, ...]
    """What was refused until here, beyond the branches before it."""


@dataclass(frozen=True, slots=True)
class JudgedPlace:
    """A model on a runtime and device."""

    branches: tuple[JudgedBranch, ...]
    noted: tuple[Reason, ...]
    """What was refused after the last of them."""


PlaceKey = tuple[int, str, str, int | None]
"""Number of the task, ids of model and runtime, index of the card."""


@dataclass(eq=False)
class Judged:
    """What is shared by a request on all machines of one kind; it fills as they are prepared.

    The caller makes one for a request and a kind, and uses it for nothing else: machines of a kind are equal in all but
    the speeds and capacities of their cards and processor (names are in texts, and count).
    """

    admission: Admission | None = None
    items: Items | None = None
    places: dict[PlaceKey, JudgedPlace] = field(default_factory=dict)
