"""Node packages side by side: what keeps them apart, and how to install them.

1. `known` answers for the whole catalog which packages conflict, from the cache; `candidates` asks it.
2. `conflicts` derives that: files with several owners (`owners`), version ranges that cannot hold together, builds that
   would be replaced (`universe`, a search that leaves all questions of versions to `packaging`), reduced to the
   smallest sets (`minimal`).
3. `planning` plans an installation; `uv` has the real resolver confirm it.

Only `known` is imported with the rest of rigfit: `packaging` is not loaded unless something must be derived.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rigfit.knowledge import Knowledge
from rigfit.nodes.known import clashes, kept_apart, refused, tangled

if TYPE_CHECKING:
    from rigfit.schema.nodes import NodePlan


def plan(node_ids: Sequence[str], runtime: str, knowledge: Knowledge) -> NodePlan:
    """How to install node packages into a runtime, and what keeps them apart.

    Args:
        node_ids: ids or aliases of node packages of that runtime; their order does not matter.
        runtime: its id.
        knowledge: catalog and rules.

    Raises:
        InputError: when a name means nothing, or a package belongs to another runtime.
    """
    from rigfit.nodes.planning import make_plan

    return make_plan(node_ids, runtime, knowledge)


__all__ = ["clashes", "kept_apart", "plan", "refused", "tangled"]
