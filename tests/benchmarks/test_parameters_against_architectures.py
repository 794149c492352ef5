"""The catalog's parameters against the real networks, built on the meta device from their published configurations."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if missing := [name for name in ("torch", "diffusers", "transformers") if find_spec(name) is None]:
    pytest.skip(f"without {', '.join(missing)}", allow_module_level=True)

from benchmarks.fidelity.networks import build, count, load_networks

NETWORKS = load_networks()
pytestmark = pytest.mark.slow


def test_every_component_named_is_in_the_catalog_once(knowledge):
    named = [component for network in NETWORKS.values() for component in network.components]
    assert len(named) == len(set(named))
    assert set(named) <= knowledge.index("components").keys()


@pytest.mark.parametrize("name", [network.id for network in NETWORKS.values() if network.components])
def test_parameters_are_within_one_percent_of_the_count(name, knowledge):
    network = NETWORKS[name]
    counted = count(build(network, "meta"))
    wrong = {
        component: stated.value if stated else None
        for component in network.components
        if (stated := knowledge.index("components")[component].params) is None or abs(stated.value / counted - 1) > 0.01
    }
    assert not wrong, f"{name} holds {counted:,} values"
