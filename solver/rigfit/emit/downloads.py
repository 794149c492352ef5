"""What is to be downloaded: a list for programs, and a script that fetches it with `hf download`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from rigfit.emit import quoting, script
from rigfit.emit.chosen import Chosen, folder_of, is_folder, place_of, revision_of
from rigfit.emit.context import Made
from rigfit.emit.script import Os
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Bundle

# Catalog sizes are rounded to three digits: a file within one hundredth of the listed size is the file.
TOLERANCE = 100
_HUB = "https://huggingface.co/"
_RELEASE = re.compile(r"^https://github\.com/([A-Za-z0-9._-]+/[A-Za-z0-9._-]+)/releases/tag/([A-Za-z0-9._-]+)$")
_DIRECT = re.compile(r"^https://civitai\.com/api/download/models/[0-9]+$")
_REPO = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$")
# Where repositories in the layout of Diffusers keep a part, by the folder that ComfyUI keeps it in.
_PARTS = {"diffusion_models": ("unet", "transformer"), "vae": ("vae",), "text_encoders": ("text_encoder*",)}


@dataclass(frozen=True, slots=True)
class Download:
    """One file, or one folder of a repository."""

    place: str
    """Below the folder of models."""
    bytes: int
    how: str
    """"hub" (a file), "hub-folder", "address", "program" (which runs it fetches it) or "by hand"."""
    repo: str
    """Repository, or address."""
    name: str = ""
    """Of the file in it."""
    revision: str | None = None
    gated: bool = False
    present: bool = False
    """It is on the machine already."""

    @property
    def address(self) -> str:
        """Where a person looks."""
        return self.repo if self.repo.startswith("https://") else f"{_HUB}{self.repo}"


def downloads_of(
    bundle: Bundle, chosen: Sequence[Chosen], knowledge: Knowledge, fetched: Collection[str] = ()
) -> tuple[Download, ...]:
    """Everything that a bundle downloads, largest first.

    Args:
        bundle: names the files.
        chosen: its tasks.
        knowledge: says what is gated.
        fetched: places of files that a program fetches by itself, in a layout of its own.

    Raises:
        InputError: for an answer whose files are no plain names.
    """
    folders = {
        (part.variant.file.repo, part.variant.file.name): part
        for one in chosen
        for part in one.parts
        if is_folder(part) and part.variant.file is not None
    }
    found: dict[str, Download] = {}
    for file in bundle.files:
        part, place = folders.get((file.repo, file.name)), place_of(file)
        repo, present = file.repo or "", file.download == 0
        if place in fetched:
            made = Download(place, file.bytes, "program", repo, file.name, present=present)
        elif not repo or not (_REPO.match(repo) or repo.startswith("https://")):
            if repo:
                raise InputError(f"the answer names the repository {repo!r}: that is none")
            made = Download(place, file.bytes, "by hand", _link(chosen), file.name, present=present)
        elif part is not None and _REPO.match(repo):
            made = Download(
                folder_of(part), file.bytes, "hub-folder", repo, "", revision_of(part), _gated(repo, knowledge), present
            )
        elif _REPO.match(repo):
            made = Download(place, file.bytes, "hub", repo, file.name, None, _gated(repo, knowledge), present)
        elif (release := _RELEASE.match(repo)) is not None:
            address = f"https://github.com/{release[1]}/releases/download/{release[2]}/{file.name}"
            made = Download(place, file.bytes, "address", address, file.name, present=present)
        elif _DIRECT.match(repo):
            made = Download(place, file.bytes, "address", repo, file.name, present=present)
        else:
            made = Download(place, file.bytes, "by hand", repo, file.name, present=present)
        found.setdefault(made.place, made)
    return tuple(found.values())


def _link(chosen: Sequence[Chosen]) -> str:
    return next((link for one in chosen for link in one.model.links if link.startswith("https://")), "")


def _gated(repo: str, knowledge: Knowledge) -> bool:
    return any(fnmatchcase(repo, pattern) for gate in knowledge.catalog.gates for pattern in gate.repos)


def emit_downloads(found: Sequence[Download], head: tuple[str, ...], record: str, system: Os) -> Made:
    """The list and the script."""
    made = Made()
    if not found:
        return made
    listed = [
        {
            "folder": one.place.rpartition("/")[0],
            "name": one.place.rpartition("/")[2],
            "bytes": one.bytes,
            "address": one.address,
            "file": one.name or None,
            "revision": one.revision,
            "gated": one.gated,
            "present": one.present,
            "by": {"by hand": "hand", "program": "the program"}.get(one.how, "download script"),
        }
        for one in found
    ]
    made.add(
        "downloads.json", quoting.dump_json({"record": record, "files": listed}), "What is downloaded, and to where."
    )
    gated = sorted({one.repo for one in found if one.gated and not one.present})
    for repo in gated:
        made.notes.append(f"{_HUB}{repo} opens to accounts that accepted its terms: do so, then run hf auth login.")
    for one in found:
        if one.how == "by hand" and not one.present:
            made.notes.append(
                f"No direct address is known for {one.name}: get it by hand ({one.address or 'no link'}) "
                f"into models/{one.place}."
            )
    wanted = [one for one in found if one.how not in ("by hand", "program") and not one.present]
    if not wanted:
        return made
    total = f"Fetches {len(wanted)} of {len(found)} files into MODELS_DIR; run it again to go on where it stopped."
    comment = (
        *head,
        total,
        "hf comes with: pip install huggingface_hub. Gated repositories need hf auth login (or HF_TOKEN).",
    )
    name, text, executable = (
        ("download.ps1", _ps1(comment, wanted), False)
        if system == "windows"
        else ("download.sh", _sh(comment, wanted), True)
    )
    made.add(name, text, "Downloads the files that are missing.", executable=executable)
    made.prepare.append(script.command(name))
    return made


def _patterns(one: Download) -> list[str]:
    """What `hf download` is asked for: the name where the repository keeps it."""
    if "/" in one.name:
        return [one.name]
    folders = _PARTS.get(one.place.partition("/")[0], ())
    generic = one.place.rpartition("/")[2] != one.name
    inner = [f"{folder}/{one.name}" for folder in folders] if generic and folders else [f"*/{one.name}"]
    return [one.name, *inner]


def _sh(head: Sequence[str], wanted: Sequence[Download]) -> str:
    out = ["#!/usr/bin/env bash", *(f"# {quoting.line(text)}" for text in head), "# DRY_RUN=1 shows what it would do."]
    out += [_SH]
    for one in wanted:
        target = quoting.sh(one.place)
        if one.how == "hub-folder":
            out.append(f"folder {quoting.sh(one.repo)} {quoting.sh(one.revision or 'main')} {target} {one.bytes}")
        elif one.how == "hub":
            base = one.name.rpartition("/")[2]
            patterns = " ".join(quoting.sh(pattern) for pattern in _patterns(one))
            out.append(f"file {quoting.sh(one.repo)} {quoting.sh(base)} {target} {one.bytes} {patterns}")
        else:
            out.append(f"address {quoting.sh(one.repo)} {target} {one.bytes}")
    return "\n".join(out) + "\n"


_SH = (
    """set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
MODELS_DIR=${MODELS_DIR:-"$here/models"}

"""
    + script.SH_RUN
    + """

# near FILE BYTES: the file is there, within 1 % of the listed size (which is rounded)
near() {
  [ -f "$1" ] || return 1
  local have
  have=$(wc -c < "$1")
  [ "$have" -ge $(($2 - $2 / 100)) ] && [ "$have" -le $(($2 + $2 / 100)) ]
}

have() {
  if near "$MODELS_DIR/$1" "$2"; then
    printf 'present: %s\\n' "$1"
    return 0
  fi
  return 1
}

failed() {
  printf 'failed: %s\\nIf it asks for it, accept the terms at %s and run: hf auth login\\n' "$1" "$2" >&2
  exit 1
}

# file REPOSITORY NAME TARGET BYTES PATTERN...
file() {
  local repo=$1 name=$2 target=$3 bytes=$4 stage found=
  shift 4
  have "$target" "$bytes" && return
  stage="$MODELS_DIR/.downloads/${repo//\\//--}/${target//\\//--}"
  local include=()
  for pattern in "$@"; do include+=(--include "$pattern"); done
  run mkdir -p "$stage" "$(dirname "$MODELS_DIR/$target")"
  run hf download "$repo" "${include[@]}" --local-dir "$stage" || failed "$target" "https://huggingface.co/$repo"
  if [ -n "${DRY_RUN:-}" ]; then
    run mv "$stage/$name" "$MODELS_DIR/$target"
    return
  fi
  while IFS= read -r one; do
    if [ -z "$found" ] || near "$one" "$bytes"; then found=$one; fi
  done < <(find "$stage" -type f -name "$name" -not -path '*/.cache/*')
  [ -n "$found" ] || failed "$target" "https://huggingface.co/$repo"
  near "$found" "$bytes" || printf 'note: %s has another size than the catalog lists\\n' "$target" >&2
  mv -n "$found" "$MODELS_DIR/$target"
}

# folder REPOSITORY REVISION TARGET BYTES
folder() {
  run mkdir -p "$MODELS_DIR/$3"
  run hf download "$1" --revision "$2" --local-dir "$MODELS_DIR/$3" || failed "$3" "https://huggingface.co/$1"
}

# address URL TARGET BYTES
address() {
  have "$2" "$3" && return
  run mkdir -p "$(dirname "$MODELS_DIR/$2")"
  run curl --fail --location --continue-at - --output "$MODELS_DIR/$2.part" "$1" || failed "$2" "$1"
  run mv -n "$MODELS_DIR/$2.part" "$MODELS_DIR/$2"
}
"""
)


def _ps1(head: Sequence[str], wanted: Sequence[Download]) -> str:
    out = [*(f"# {quoting.line(text)}" for text in head), "# $env:DRY_RUN = 1 shows what it would do.", _PS]
    for one in wanted:
        place = quoting.ps(one.place)
        if one.how == "hub-folder":
            out.append(f"Get-Folder {quoting.ps(one.repo)} {quoting.ps(one.revision or 'main')} {place}")
        elif one.how == "hub":
            base = quoting.ps(one.name.rpartition("/")[2])
            patterns = ",".join(quoting.ps(pattern) for pattern in _patterns(one))
            out.append(f"Get-Weights {quoting.ps(one.repo)} {base} {place} {one.bytes} @({patterns})")
        else:
            out.append(f"Get-Address {quoting.ps(one.repo)} {place} {one.bytes}")
    return "\r\n".join("\n".join(out).split("\n")) + "\r\n"


_PS = f"""$ErrorActionPreference = 'Stop'
$MODELS_DIR = if ($env:MODELS_DIR) {{ $env:MODELS_DIR }} else {{ Join-Path $PSScriptRoot 'models' }}

{script.PS_RUN}

# The file is there, within 1 % of the listed size (which is rounded).
function Test-Near($Path, [long]$Bytes) {{
  (Test-Path -LiteralPath $Path -PathType Leaf) -and
    [math]::Abs((Get-Item -LiteralPath $Path).Length - $Bytes) -le $Bytes / 100
}}

function Get-Weights($Repository, $Name, $Target, [long]$Bytes, $Patterns) {{
  $Path = Join-Path $MODELS_DIR $Target
  if (Test-Near $Path $Bytes) {{ Write-Output "present: $Target"; return }}
  $Stage = Join-Path $MODELS_DIR ('.downloads/' + $Repository.Replace('/', '--') + '/' + $Target.Replace('/', '--'))
  $Include = @($Patterns | ForEach-Object {{ '--include'; $_ }})
  Run 'hf' 'download' $Repository @Include '--local-dir' $Stage
  if ($env:DRY_RUN) {{ return }}
  $Found = Get-ChildItem -LiteralPath $Stage -Recurse -File -Filter $Name |
    Sort-Object {{ [math]::Abs($_.Length - $Bytes) }} | Select-Object -First 1
  if (-not $Found) {{ throw "$Name is not in https://huggingface.co/$Repository" }}
  New-Item -ItemType Directory -Force (Split-Path $Path) | Out-Null
  Move-Item -LiteralPath $Found.FullName $Path
}}

function Get-Folder($Repository, $Revision, $Target) {{
  Run 'hf' 'download' $Repository '--revision' $Revision '--local-dir' (Join-Path $MODELS_DIR $Target)
}}

function Get-Address($Address, $Target, [long]$Bytes) {{
  $Path = Join-Path $MODELS_DIR $Target
  if (Test-Near $Path $Bytes) {{ Write-Output "present: $Target"; return }}
  if (-not $env:DRY_RUN) {{ New-Item -ItemType Directory -Force (Split-Path $Path) | Out-Null }}
  Run 'curl.exe' '--fail' '--location' '--continue-at' '-' '--output' "$Path.part" $Address
  if (-not $env:DRY_RUN) {{ Move-Item -LiteralPath "$Path.part" $Path }}
}}
"""
