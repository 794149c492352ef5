"""Changes that are said to make a model the best do so, and the least amounts are the least."""

from __future__ import annotations

from typing import Any

from requests_and_machines import machine, request

from rigfit.explain.targets import Target
from rigfit.knowledge import Knowledge
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.schema.why import WhyNot
from rigfit.solve import solve
from rigfit.units import MIB
from rigfit.whatif.asked import why, why_not
from rigfit.whatif.classes import with_amount


def image(*models: str, **more: Any) -> dict[str, Any]:
    return {"task": "image_generation", "models": list(models), **more}


def ask(name: str, wanted: Request, where: Machine, knowledge: Knowledge, **variant: str) -> WhyNot:
    return why_not(wanted, where, knowledge, Target(knowledge.index("models")[name], **variant))


def best(wanted: Request, where: Machine, knowledge: Knowledge) -> list[tuple[str, dict[str, str]]]:
    bundles = solve(wanted, where, knowledge).bundles
    return [(task.model, task.variants) for task in bundles[0].tasks] if bundles else []


def amounts(found: WhyNot, effect: str) -> dict[str, int]:
    """Resource -> what it takes."""
    return {
        change.resource: change.needs
        for change in found.changes
        if change.effect == effect and change.resource is not None and isinstance(change.needs, int)
    }


def test_the_least_amounts_at_which_a_variant_is_the_best_are_exact(knowledge: Knowledge) -> None:
    wanted = request(image("flux1-dev"), runtimes=["comfyui"])
    where = machine(knowledge, "rtx-4060", ram=16, disk=500)
    found = ask("flux1-dev", wanted, where, knowledge, role="denoiser", variant="svdq_int4")
    assert found.judgements[0].verdict == "too_large"
    needed = amounts(found, "best")
    assert set(needed) == {"vram", "ram"}
    for resource, needs in needed.items():
        enough = with_amount(where, knowledge, resource, needs)
        less = with_amount(where, knowledge, resource, needs - MIB)
        assert best(wanted, enough, knowledge)[0][1]["denoiser"] == "svdq_int4"
        assert best(wanted, less, knowledge)[0][1]["denoiser"] != "svdq_int4"


def test_what_fits_only_with_more_says_how_much_more(knowledge: Knowledge) -> None:
    wanted = request(image("flux1-dev", variants={"denoiser": "gguf_q6_k"}), runtimes=["comfyui"])
    where = machine(knowledge, "rtx-4060", ram=16, disk=500)
    loose = request(image("flux1-dev"), runtimes=["comfyui"])
    needed = amounts(ask("flux1-dev", loose, where, knowledge, role="denoiser", variant="gguf_q6_k"), "possible")
    assert "ram" in needed
    for resource, needs in needed.items():
        assert best(wanted, with_amount(where, knowledge, resource, needs), knowledge)
        assert not best(wanted, with_amount(where, knowledge, resource, needs - 1), knowledge)


def test_what_is_second_is_told_every_way_to_come_first(knowledge: Knowledge) -> None:
    wanted = request(image("flux1-dev", "sd15", "sdxl-base"))
    where = machine(knowledge, "rtx-3050-6gb", ram=16, disk=500)
    found = ask("flux1-dev", wanted, where, knowledge)
    assert (found.judgements[0].verdict, found.judgements[0].rank) == ("chosen", 2)
    assert [change.prefer for change in found.changes if change.prefer] == ["quality"]
    needed = amounts(found, "best")
    assert "vram" in needed
    for resource, needs in needed.items():
        assert best(wanted, with_amount(where, knowledge, resource, needs), knowledge)[0][0] == "flux1-dev"
        assert best(wanted, with_amount(where, knowledge, resource, needs - MIB), knowledge)[0][0] != "flux1-dev"


def test_a_licence_that_refuses_is_the_policy_to_change(knowledge: Knowledge) -> None:
    wanted = request(image("flux1-dev", "sd15"), use="commercial")
    where = machine(knowledge, "rtx-4090", ram=64)
    found = ask("flux1-dev", wanted, where, knowledge)
    [one] = found.judgements
    assert one.verdict == "refused"
    assert one.reasons[0].rule.startswith("licence")
    assert one.reasons[0].source
    first = found.changes[0]
    assert first.effect == "best"
    assert [h.hint for h in first.hints] == ["allow_licence"]
    personal = wanted.model_copy(update={"policies": wanted.policies.model_copy(update={"use": "personal"})})
    assert best(personal, where, knowledge)[0][0] == first.gains[0].model == "flux1-dev"


def test_what_nobody_can_change_has_no_change(knowledge: Knowledge) -> None:
    wanted = request(image("flux1-dev", "sd15"))
    found = ask("musicgen-small", wanted, machine(knowledge, "rtx-4090", ram=64), knowledge)
    [one] = found.judgements
    assert (one.verdict, found.changes) == ("refused", ())
    assert "does no image generation" in one.text


def test_what_is_in_the_answer_says_so(knowledge: Knowledge) -> None:
    wanted = request(image("sdxl-base", "sd15"))
    where = machine(knowledge, "rtx-4090", ram=64)
    name = best(wanted, where, knowledge)[0][0]
    found = ask(name, wanted, where, knowledge)
    assert (found.judgements[0].verdict, found.judgements[0].rank, found.changes) == ("chosen", 1, ())


def test_why_holds_the_bundle_against_the_next_model(knowledge: Knowledge) -> None:
    wanted = request(image("sdxl-base", "sd15", "flux1-dev"))
    where = machine(knowledge, "rtx-4090", ram=64)
    answer = solve(wanted, where, knowledge)
    first = answer.bundles[0]
    found = why(wanted, where, knowledge, Target(knowledge.index("models")[first.tasks[0].model]))
    assert found.rank == 1
    assert found.bundle == first
    assert found.against is not None
    second = answer.bundles[1]
    costs = [after.value - before.value for before, after in zip(first.criteria, second.criteria, strict=True)]
    assert [regret.cost for regret in found.against.regrets] == costs
    absent = why(wanted, where, knowledge, Target(knowledge.index("models")["sd35-large"]))
    assert (absent.rank, absent.bundle) == (None, None)


def test_what_the_platform_forbids_would_fit_elsewhere(knowledge: Knowledge) -> None:
    wanted = request(image("flux1-dev"), runtimes=["comfyui"])
    where = machine(knowledge, "apple-m2-max-64gb")
    found = ask("flux1-dev", wanted, where, knowledge, role="denoiser", variant="gguf_q4_k_s")
    assert found.judgements[0].verdict == "refused"
    assert found.judgements[0].reasons[0].rule == "forbid.k-quant.mps"
    hints = [hint.hint for change in found.changes if change.changeable_by == "machine" for hint in change.hints]
    assert set(hints) & {"other_platform", "other_card"}
