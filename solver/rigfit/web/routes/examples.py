"""Bodies to begin with, for the documentation of the API."""

from __future__ import annotations

from typing import Any

_CARD = {"gpus": ["RTX 3060 12GB"], "ram": "32 GB"}
_IMAGES = {"task": "image_generation", "features": ["lora"], "style": "photorealistic"}

IMAGE: dict[str, Any] = {"tasks": [_IMAGES], "machine": _CARD}
"""One task on a simulated machine."""

REQUESTS: dict[str, Any] = {
    "image": {"summary": "Pictures with LoRAs on a simulated machine", "value": IMAGE},
    "together": {
        "summary": "Two jobs that hold their weights at the same time",
        "value": {
            "tasks": [
                {"task": "image_generation", "together": "editor"},
                {"task": "chat", "together": "editor", "size": {"context": 8192}},
            ],
            "policies": {"use": "commercial", "prefer": "balanced"},
            "machine": _CARD,
        },
    },
    "here": {"summary": "On this computer", "value": {"tasks": [{"task": "upscaling"}]}},
}


def around(**more: Any) -> dict[str, Any]:
    """An example of a body that carries a request and something beside it."""
    return {"image": {"summary": "A request on a simulated machine", "value": {"request": IMAGE, **more}}}
