"""Which files of the catalog already lie in a person's folders. Everything is read, nothing is ever written.

`walk` finds files in any layout (ComfyUI, A1111 and Forge, LM Studio, a Hugging Face cache, Ollama), `index` knows
what the catalog calls them and how large they are, `match` holds the one against the other.

Files are recognised by name and size. Hashes are not computed: the catalog holds none, so they could confirm nothing;
where two files of the catalog have one name, their sizes tell them apart.
"""

from __future__ import annotations

from rigfit.machine.folders.match import Scan, scan_folders

__all__ = ["Scan", "scan_folders"]
