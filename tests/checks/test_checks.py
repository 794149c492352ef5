"""What no schema can say: sizes, reach, orphans, ids and presets; each problem with file, line, field and fix."""

# One case a line reads best, however long the line.
# ruff: noqa: E501

from __future__ import annotations

import re

import pytest

from rigfit.checks import Problem, ids, orphans, packages, presets, problems, reach, sizes
from rigfit.errors import CatalogError

SIZE = "size: {value: 20 GB, source: notes}"
PRESET = "presets:\n- {{id: p, title: P, description: D, request: {{tasks: [{{task: image_generation}}]}}, tier: {{value: {tier}, source: notes}}, source: notes}}\n"


def test_the_small_catalog_has_no_problem(small) -> None:
    knowledge, places = small()
    assert problems(knowledge) == []
    assert list(reach.check(knowledge, places)) == []


# Sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "fine"), [("17.1 GB", True), ("22.9 GB", True), ("16.9 GB", False), ("23.1 GB", False)]
)
def test_a_size_is_parameters_times_bits(size: str, fine: bool, small) -> None:
    found = list(sizes.check(*small((SIZE, f"size: {{value: {size}, source: notes}}"))))
    assert bool(found) is not fine
    for one in found:
        assert one.where == "catalog/all.yaml:35"
        assert one.field == "variants.bf16.size"
        assert "20.0 GB" in one.text
        assert "note" in one.text


def test_a_size_may_say_why(small) -> None:
    assert not list(sizes.check(*small((SIZE, "size: {value: 30 GB, source: notes, note: two heads}"))))
    assert not list(sizes.check(*small((SIZE, "note: two heads, size: {value: 30 GB, source: notes}"))))


def test_a_size_without_parameters_is_not_judged(small) -> None:
    changes = (("  params: {value: 10 B, source: notes}\n", ""), (SIZE, "size: {value: 3 GB, source: notes}"))
    assert not list(sizes.check(*small(*changes)))


# Reach ------------------------------------------------------------------------------------------------------------


def variant(text: str) -> tuple[str, str]:
    return ("models:\n", f"  - {text}\nmodels:\n")


def test_a_precision_that_nothing_admits(small) -> None:
    (found,) = reach.check(*small(variant("{precision: nf4, file: {name: net-nf4.safetensors}}")))
    assert (found.entry, found.field, found.where) == ("net", "variants.nf4", "catalog/all.yaml:36")
    assert "rules/" in found.text


def test_a_precision_that_one_card_loads_is_reachable(small) -> None:
    rule = """- id: admit.nf4.old
  title: NF4 on Turing
  reason: It does.
  source: notes
  about: variant
  when: {precision: [nf4], compute_capability_below: "8.0"}
  then: {do: admit}
  monotone: false
tasks:
"""
    changes = (variant("{precision: nf4, file: {name: net-nf4.safetensors}}"), ("tasks:\n", rule))
    assert not list(reach.check(*small(*changes)))


def test_a_variant_without_file_or_checkpoint(small) -> None:
    (found,) = reach.check(*small(variant("{id: second, precision: bf16}")))
    assert found.field == "variants.second"
    assert "no `file`" in found.text


def test_a_variant_whose_partner_has_no_file(small) -> None:
    vae = "- {id: the-vae, title: V, kind: vae, licence: apache-2.0, variants: [{precision: bf16, size: {value: 1 GB, source: notes}}]}"
    whole = "  checkpoints: [{id: whole, file: {name: all.safetensors}, contains: {denoiser: second, vae: bf16}}]\n"
    changes = (
        ("components:\n", f"components:\n{vae}\n"),
        variant("{id: second, precision: bf16}"),
        ("{denoiser: net}", "{denoiser: net, vae: the-vae}"),
        ("  runtimes: {comfyui: {}}\n", "  runtimes: {comfyui: {}}\n" + whole),
    )
    (found,) = reach.check(*small(*changes))
    assert (found.entry, found.field) == ("net", "variants.bf16")
    assert "vae of the-model (the-vae)" in found.text


def test_a_model_that_runs_nowhere_is_named_once(small) -> None:
    (found,) = reach.check(*small(("when: {tag: [half]", "when: {tag: [full]")))
    assert (found.entry, found.field) == ("the-model", "runtimes")
    assert found.where == "catalog/all.yaml:42"


# Orphans ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("collection", "entry"),
    [
        ("sources", "- {id: lonely, title: T, kind: claim}"),
        ("licences", '- {id: lonely, title: T, commercial: "yes", source: notes}'),
        ("architectures", "- {id: lonely, title: T, network: other}"),
        ("components", "- {id: lonely, title: T, kind: vae, licence: apache-2.0, variants: [{precision: bf16, size: {value: 1 GB, source: notes}}]}"),
    ],
)  # fmt: skip
def test_what_nothing_refers_to(collection: str, entry: str, small) -> None:
    (found,) = orphans.check(*small((f"{collection}:\n- ", f"{collection}:\n{entry}\n- ")))
    assert (found.entry, found.field) == ("lonely", "id")
    assert collection in found.text


NODES = ("runtimes:\n- {id", "nodes:\n- {id: pack, title: Pack, runtime: comfyui, source: notes}\nruntimes:\n- {id")


def test_a_node_package_is_kept_by_what_names_it(small) -> None:
    (found,) = orphans.check(*small(NODES))
    assert found.entry == "pack"
    assert not list(orphans.check(*small(NODES, ("runtimes: {comfyui: {}}", "runtimes: {comfyui: {nodes: [pack]}}"))))


def test_a_node_package_with_a_repository_is_a_thing_of_its_own(small) -> None:
    assert not list(
        orphans.check(
            *small(
                (NODES[0], NODES[1].replace("runtime: comfyui,", 'runtime: comfyui, repo: "https://example.org/r",', 1))
            )
        )
    )


def test_a_document_that_names_a_component_keeps_it(small) -> None:
    lonely = "- {id: lonely, title: T, kind: vae, licence: apache-2.0, variants: [{precision: bf16, size: {value: 1 GB, source: notes}}]}"
    coverage = "document: doc\nsource: notes\nnamed:\n- {name: Lonely, kind: vae, entry: lonely}\n"
    assert not list(orphans.check(*small(("components:\n", f"components:\n{lonely}\n"), coverage=coverage)))


def test_an_example_is_no_use(small) -> None:
    example = "- {precision: bf16, runtime: comfyui, component: lonely, matches: true}"
    lonely = "- {id: lonely, title: T, kind: vae, licence: apache-2.0, variants: [{precision: bf16, size: {value: 1 GB, source: notes}}]}"
    changes = (
        ("- {precision: bf16, runtime: comfyui, matches: true}", example),
        ("components:\n", f"components:\n{lonely}\n"),
    )
    (found,) = orphans.check(*small(*changes))
    assert found.entry == "lonely"


# Ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "fix"),
    [("id: the-model", "id: the_model", "'the-model'"), ("id: rtx-4070", "id: rtx_4070", "'rtx-4070'")],
)
def test_things_are_named_in_kebab_case(old: str, new: str, fix: str, small) -> None:
    (found,) = ids.check(*small((old, new)))
    assert fix in found.text
    assert "kebab-case" in found.text


def test_precisions_and_roles_are_named_in_snake_case(small) -> None:
    (found,) = ids.check(*small(("- id: nf4", "- id: nf-4")))
    assert "'nf_4'" in found.text
    (found,) = ids.check(*small(("{denoiser: net}", "{de-noiser: net}")))
    assert found.field == "components.de-noiser"
    assert "snake_case" in found.text


# Presets ----------------------------------------------------------------------------------------------------------


def test_presets_solve_on_a_card_of_their_tier(knowledge) -> None:
    for preset in knowledge.catalog.presets:
        card = presets.card_of(knowledge, preset)
        assert card is not None
        assert card.memory.value == preset.tier.value


def test_a_tier_that_no_card_has(small) -> None:
    (found,) = presets.check(*small(("gpus:\n", PRESET.format(tier="5 GB") + "gpus:\n")))
    assert (found.entry, found.field) == ("p", "tier")
    assert "5" in found.text


# All together -----------------------------------------------------------------------------------------------------


def test_problems_are_one_line_each_and_ordered(small) -> None:
    changes = (
        (SIZE, "size: {value: 30 GB, source: notes}"),
        ("id: the-model", "id: the_model"),
        variant("{id: second, precision: bf16}"),
    )
    knowledge, _ = small(*changes)
    found = problems(knowledge)
    assert len(found) >= 3
    assert found == sorted(found, key=lambda one: int(one.where.rpartition(":")[2]))
    assert all(
        isinstance(one, Problem) and "\n" not in str(one) and str(one).startswith("catalog/all.yaml:") for one in found
    )


def test_the_shipped_catalog_has_no_problem(knowledge) -> None:
    assert [str(one) for one in problems(knowledge)] == []


# Node packages ----------------------------------------------------------------------------------------------------

PACKAGES = """requirements:
- {id: comfyui, lines: ["numpy>=1.25"], source: notes}
- {id: node-a, lines: ["x<1"], source: notes}
- {id: node-b, lines: ["x>1"], source: notes}
nodes:
- {id: node-a, title: A, runtime: comfyui, repo: "https://a", source: notes}
- {id: node-b, title: B, runtime: comfyui, repo: "https://b", source: notes}
gpus:
"""


def with_packages(*replaced: tuple[str, str]) -> tuple[str, str]:
    text = PACKAGES
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    return ("gpus:\n", text)


def test_node_packages_in_order(small) -> None:
    assert not list(packages.check(*small(with_packages())))


def test_a_conflict_by_hand_that_the_requirements_say_already(small) -> None:
    by_hand = "node_conflicts:\n- {id: a-b, nodes: [node-b, node-a], kind: version, reason: r, source: notes}\nnodes:\n"
    (found,) = packages.check(*small(with_packages(("nodes:\n", by_hand))))
    assert (found.entry, found.field) == ("a-b", "nodes")
    assert "the requirements say so already (A asks for x<1, B for x>1)" in found.text
    assert found.where == "catalog/all.yaml:29"
    assert not list(packages.check(*small(with_packages(("nodes:\n", by_hand), ('"x>1"', '"x"')))))


@pytest.mark.parametrize(
    ("replaced", "entry", "field"),
    [
        (('{id: node-a, lines: ["x<1"], source: notes}', '{id: node-a, lines: ["x<1"], commit: ' + "a" * 40 + "}"), "node-a", "source"),
        (('["x<1"],', '["x<1"], modules: [cv2.nothing],'), "node-a", "modules"),
        (("nodes:\n", "distributions:\n- {id: alone, files: alone, source: notes}\nnodes:\n"), "alone", "files"),
        (('"numpy>=1.25"', '"numpy>=1.25", "numpy<1"'), "comfyui", "lines"),
    ],
)  # fmt: skip
def test_requirements_that_say_too_little_or_too_much(small, replaced: tuple[str, str], entry: str, field: str) -> None:
    (found,) = packages.check(*small(with_packages(replaced)))
    assert (found.entry, found.field) == (entry, field)


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        (('"x<1"', '"x<<1"'), "catalog/all.yaml:26: node-a: 'x<<1' is no requirement"),
        (("{id: node-a, lines", "{id: nod-a, lines"), "no node package or runtime 'nod-a'; nearest: node-a"),
        (("nodes:\n", "distributions:\n- {id: Thing_A, source: notes}\nnodes:\n"), "id"),
        (("nodes:\n", "distributions:\n- {id: a_b, source: notes}\nnodes:\n"), "normalised name of this distribution is 'a-b'"),
        (("nodes:\n", "distributions:\n- {id: a, releases: [one], source: notes}\nnodes:\n"), "'one' is no version"),
        (("nodes:\n", "distributions:\n- {id: a, needs: [{versions: '2', lines: []}], source: notes}\nnodes:\n"), "'2' is no range of versions"),
    ],
)  # fmt: skip
def test_requirements_that_cannot_be_read(small, replaced: tuple[str, str], said: str) -> None:
    with pytest.raises(CatalogError, match=re.escape(said)):
        small(with_packages(replaced))
