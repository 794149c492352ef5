"""Node packages: a script that installs them with comfy-cli, pinned, and constraints that keep Python whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rigfit.emit import quoting, script
from rigfit.emit.context import Context, Made
from rigfit.emit.quoting import Place, Word
from rigfit.emit.script import COMFYUI, Script, Variable
from rigfit.errors import InputError
from rigfit.nodes import plan

_CONSTRAINTS = Variable(
    "CONSTRAINTS", '"$here/constraints.txt"', "%HERE%constraints.txt", "(Join-Path $PSScriptRoot 'constraints.txt')"
)
_REQUIREMENTS = Variable(
    "REQUIREMENTS", '"$here/requirements.txt"', "%HERE%requirements.txt", "(Join-Path $PSScriptRoot 'requirements.txt')"
)
_COMMIT = re.compile(r"^[0-9a-f]{7,40}$")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to install."""

    packages: tuple[tuple[str, str, str | None], ...]
    """(title, address, commit) in order."""
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    """Owners of the same files: all go, so that the one that is installed last has all of them."""
    notes: tuple[str, ...] = ()


def wanted(context: Context) -> Wanted:
    """The node packages of the bundle for this runtime, as the resolver plans them.

    Raises:
        InputError: when the answer names a package that the catalog does not have.
    """
    index = context.knowledge.index("nodes")
    for name in context.bundle.nodes:
        if name not in index:
            raise InputError(f"the answer names the node package {name!r}, which the catalog lacks: solve it again")
    own = [name for name in context.bundle.nodes if index[name].runtime == context.runtime.id]
    if not own:
        return Wanted(packages=())
    planned = plan(own, context.runtime.id, context.knowledge)
    notes = [f"{index[name].title}: {index[name].note}." for name in own if index[name].note]
    notes += [
        f"{one.title} has no address in the catalog: install it by hand." for one in planned.packages if not one.repo
    ]
    shared = [one.distribution for one in planned.requirements if one.replaces]
    return Wanted(
        packages=tuple((one.title, one.repo, one.commit) for one in planned.packages if one.repo is not None),
        requirements=tuple(
            one.requirement for one in planned.requirements if one.distribution not in planned.protected
        ),
        constraints=planned.constraints,
        removed=(*planned.excluded, *shared) if shared else (),
        notes=(*notes, *planned.notes),
    )


def emit_nodes(context: Context) -> Made:
    """The script, and what it reads."""
    made = Made()
    found = wanted(context)
    made.notes += found.notes
    if not found.packages:
        return made
    head = tuple(f"# {quoting.line(text)}" for text in context.head)
    environment: tuple[tuple[str, Word], ...] = ()
    variables: tuple[Variable, ...] = (COMFYUI,)
    if found.constraints:
        made.add(
            "comfyui/constraints.txt", "\n".join((*head, *found.constraints)) + "\n", "What no node package may change."
        )
        variables += (_CONSTRAINTS,)
        environment = (("PIP_CONSTRAINT", Place("CONSTRAINTS")), ("UV_CONSTRAINT", Place("CONSTRAINTS")))
    if found.requirements:
        text = "\n".join((*head, *found.requirements)) + "\n"
        made.add("comfyui/requirements.txt", text, "What the node packages ask of Python, together.")
    steps: list[tuple[Word, ...]] = [("pip", "install", "comfy-cli")]
    for _, address, commit in found.packages:
        steps.append(("comfy", "--workspace", Place("COMFYUI_DIR"), "node", "install", "--exit-on-fail", address))
        if commit is not None and _COMMIT.match(commit):
            folder = address.rstrip("/").rpartition("/")[2].removesuffix(".git")
            steps.append(("git", "-C", Place("COMFYUI_DIR", f"custom_nodes/{folder}"), "checkout", "--detach", commit))
    if found.requirements:
        variables += (_REQUIREMENTS,)
        if found.removed:
            steps.append(("pip", "uninstall", "--yes", *found.removed))
        steps.append(("pip", "install", "-r", Place("REQUIREMENTS")))
    body = Script(
        head=(*context.head, "Installs the node packages with comfy-cli. Run it in ComfyUI's Python environment.",
              *(f"- {title}" for title, _, _ in found.packages)),
        variables=variables,
        environment=environment,
        steps=tuple(steps),
        after=("Installed. Restart ComfyUI if it is running.",),
    )  # fmt: skip
    path, text, executable = script.written(body, "comfyui/nodes", context.system)
    made.add(path, text, "Installs the node packages.", executable=executable)
    made.prepare.append(script.command(path))
    return made
