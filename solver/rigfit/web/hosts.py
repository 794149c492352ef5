"""Which names a server is asked by, and which pages may ask it.

A page of another site can make a browser ask this server: by its address, or by a name of its own that it lets lead
here (DNS rebinding). So the name in `Host` must be one that is ours, and where the browser says which page asks
(`Origin`, `Sec-Fetch-Site`) it must be our own.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Mapping

_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")


def is_loopback(host: str) -> bool:
    """Only this computer reaches an address or name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Names:
    """The names that a server answers to."""

    def __init__(self, host: str) -> None:
        """Take the address or name that it listens on."""
        self._exposed = not is_loopback(host)
        own = {host, f"[{host}]", socket.gethostname(), socket.getfqdn()} if self._exposed else {host, f"[{host}]"}
        self._names = _LOCAL | {name.casefold() for name in own}

    def known(self, host: str) -> bool:
        """A `Host` header names this server. Where others may reach it, so does any address."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found[1].casefold()
        return name in self._names or (self._exposed and _is_address(name))


def foreign(headers: Mapping[str, str], host: str) -> bool:
    """A page of another site asks, as far as the browser says; programs that are no browser say nothing."""
    origin = headers.get("origin")
    if origin is not None:
        return origin.casefold() not in (f"http://{host.casefold()}", f"https://{host.casefold()}")
    return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
