"""The page at `/`: files inside the package, served as they are."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_STEP = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webp": "image/webp",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "txt": "text/plain; charset=utf-8",
}


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a file of the page. Browsers keep it, and ask each time whether it is still the same."""
    request = Request(scope, receive)
    path = request.url.path.removeprefix("/")
    if path.startswith("v1/") or request.method not in ("GET", "HEAD"):
        raise HTTPException(404)
    content, media = _file(path or "index.html")
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    same = tag in request.headers.get("if-none-match", "")
    response = Response(status_code=304, headers=headers) if same else Response(content, 200, headers, media)
    await response(scope, receive, send)


def _file(path: str) -> tuple[bytes, str]:
    found: Traversable = files("rigfit.web") / "page"
    steps = path.split("/")
    media = _TYPES.get(steps[-1].rpartition(".")[2])
    if media is None or len(path) > 200 or not all(_STEP.fullmatch(step) for step in steps):
        raise HTTPException(404)
    for step in steps:
        found = found / step
    if not found.is_file():
        raise HTTPException(404)
    return found.read_bytes(), media
