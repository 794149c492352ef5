"""How long a safetensors file says it is: a download that was given its full size in advance is told by that."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from rigfit.machine.folders.walk import Found

_LARGEST_HEADER = 100_000_000  # the format's own limit
_LARGEST_READ = 8_000_000


def stated_size(found: Found) -> int | None:
    """Bytes that a safetensors file must have by its own header, or None where it has no header that can be read."""
    if not found.path.lower().endswith((".safetensors", ".sft")):
        return None
    try:
        with Path(found.path).open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 2 <= length <= min(_LARGEST_HEADER, _LARGEST_READ):
                return None
            header = json.loads(file.read(length))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(header, dict):
        return None
    ends = [
        tensor["data_offsets"][1]
        for name, tensor in header.items()
        if name != "__metadata__" and isinstance(tensor, dict) and _is_pair(tensor.get("data_offsets"))
    ]
    return 8 + length + max(ends) if ends else None


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(end, int) for end in value)
