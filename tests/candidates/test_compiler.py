"""From a request to a problem: names are checked, shared files count once, groups hold their weights together."""

from __future__ import annotations

import pytest
from requests_and_machines import compiled_for, machine, request

from rigfit.candidates.asked import completed
from rigfit.candidates.compiler import compile_request
from rigfit.errors import InputError
from rigfit.rank import rank
from rigfit.schema.request import TaskRequest

IMAGE = {"task": "image_generation"}
FLUX = {**IMAGE, "models": ["flux1-dev"]}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (request("image_generaton"), r"unknown task 'image_generaton'; nearest: image_generation"),
        (request({**IMAGE, "features": ["inpaintin"]}), "unknown feature 'inpaintin'; nearest: inpainting"),
        (request({"task": "image_generation", "features": ["controlnet:depht"]}), "controlnet:depth"),
        (request({"task": "text_to_speech", "features": ["controlnet"]}), "means nothing for text_to_speech"),
        (request({**IMAGE, "models": ["flux1-dve"]}), "unknown model 'flux1-dve'; nearest: flux1-dev"),
        (request({"task": "image_generation", "exclude": ["sdxx"]}), "unknown model 'sdxx'"),
        (request("image_generation", runtimes=["comfui"]), "unknown runtime 'comfui'; nearest: comfyui"),
        (request("image_generation", prefer="fastest"), "unknown preference 'fastest'"),
        (request(), "names no task"),
    ],
)  # fmt: skip
def test_names_that_do_not_exist_are_one_clear_error(wanted, said: str, knowledge) -> None:
    with pytest.raises(InputError, match=said) as problem:
        compile_request(wanted, machine(knowledge, "rtx-4070"), knowledge)
    assert "\n" not in str(problem.value)


def test_a_locked_variant_is_the_only_one(knowledge) -> None:
    wanted = request({**FLUX, "variants": {"denoiser": "gguf_q6_k"}})
    candidates = compile_request(wanted, machine(knowledge, "rtx-4070", ram=32), knowledge).expansions[0].candidates
    assert candidates
    keys = {p.variant.key for c in candidates for p in c.pipeline.parts if p.role == "denoiser"}
    assert keys == {"gguf_q6_k"}


def test_models_families_and_exclusions(knowledge) -> None:
    where = machine(knowledge, "rtx-4090", ram=64)

    def models(**fields: object) -> set[str]:
        wanted = request({"task": "image_generation", **fields})
        return {c.pipeline.model.id for c in compile_request(wanted, where, knowledge).expansions[0].candidates}

    families = {m.id: m.family for m in knowledge.catalog.models}
    assert models(models=["flux1-dev"]) == {"flux1-dev"}
    assert {families[m] for m in models(models=["sdxl"])} == {"sdxl"}
    everything = models()
    assert models(exclude=["flux1"]) == {m for m in everything if families[m] != "flux1"}
    assert models(exclude=["flux1-dev"]) == everything - {"flux1-dev"}


def test_complexity_adds_features(knowledge) -> None:
    task = TaskRequest(task="video_generation", complexity="production", features=("image_to_video",))
    assert completed(task, knowledge).features == ("image_to_video", "frame_interpolation", "video_upscaling")
    # Where no mode is named, a clip is made from text.
    assert completed(TaskRequest(task="video_generation"), knowledge).features == ("text_to_video",)


def test_options_stand_in_one_order_and_are_named_once(knowledge) -> None:
    problem = compile_request(request("image_generation"), machine(knowledge, "rtx-4070", ram=32), knowledge).problem
    keys = [option.key for option in problem.decisions[0].options]
    assert len(keys) == len(set(keys))


def test_tasks_in_turn_have_the_card_to_themselves(knowledge) -> None:
    where = machine(knowledge, "rtx-4070", ram=64)
    in_turn, _ = compiled_for(request(FLUX, "upscaling"), where, knowledge)
    for option in in_turn.problem.decisions[0].options:
        names = {in_turn.problem.limits[index].key for index, _ in option.uses}
        assert names <= {"ram.0.image_generation", "vram.0.0.image_generation"}


def test_a_group_holds_its_weights_at_the_same_time(knowledge) -> None:
    where = machine(knowledge, "rtx-4070", ram=64)
    task = {"task": "upscaling", "together": "a"}
    compiled, _ = compiled_for(request({**FLUX, "together": "a"}, task), where, knowledge)
    problem, expansions = compiled.problem, compiled.expansions
    by_key = {limit.key: number for number, limit in enumerate(problem.limits)}
    checked = 0
    for i, first in enumerate(expansions[0].candidates[:40]):
        for j, second in enumerate(expansions[1].candidates[:5]):
            if first.pipeline.gpu == second.pipeline.gpu == 0:
                used = problem.usage((i, j))
                assert used[by_key["vram.0.a.0"]] == first.vram + second.held
                assert used[by_key["vram.0.a.1"]] == second.vram + first.held
                assert used[by_key["ram.a"]] == first.ram + second.ram
                checked += 1
    assert checked


def test_a_group_of_one_is_no_group(knowledge) -> None:
    where = machine(knowledge, "rtx-4070", ram=64)
    alone, bounds = compiled_for(request({**FLUX, "together": "a"}), where, knowledge)
    plain, _ = compiled_for(request(FLUX), where, knowledge)
    best = [[c.problem.chosen(x)[0].key for x in rank(c.problem, bounds, 3).choices] for c in (alone, plain)]
    assert best[0] == best[1]


def test_a_file_that_two_tasks_use_is_one_item(knowledge) -> None:
    where = machine(knowledge, "rtx-4090", ram=64)
    edit = {"task": "image_editing", "models": ["flux1-kontext"]}
    compiled, bounds = compiled_for(request(FLUX, edit), where, knowledge)
    choice = rank(compiled.problem, bounds, 1).choices[0]
    first, second = compiled.candidates(choice)
    common = {i for i in set(first.items) & set(second.items) if compiled.items.specs[i].kind == "file"}
    assert common
    limits = [limit.key for limit in compiled.problem.limits]
    disk = compiled.problem.usage(choice)[limits.index("disk")]
    assert disk == sum(compiled.items.specs[i].disk for i in set(first.items) | set(second.items))


def test_files_that_are_installed_weigh_nothing(knowledge) -> None:
    where = machine(knowledge, "rtx-4090", ram=64)
    compiled, bounds = compiled_for(request(FLUX), where, knowledge)
    best = compiled.candidates(rank(compiled.problem, bounds, 1).choices[0])[0]
    names = tuple(s.file.name for i in best.items if (s := compiled.items.specs[i]).file is not None)
    there = where.model_copy(update={"installed": names})
    again, bounds = compiled_for(request(FLUX), there, knowledge)
    choice = rank(again.problem, bounds, 1).choices[0]
    files = [again.items.specs[i] for i in again.candidates(choice)[0].items if again.items.specs[i].kind == "file"]
    assert {s.disk for s in files} == {0}
    assert all(s.size > 0 for s in files)


def test_a_small_card_is_a_refusal_of_capacity_and_not_of_class(knowledge) -> None:
    """Admission depends on the class of the machine alone: two cards of one class have the same candidates."""
    small = machine(knowledge, "rtx-4060", ram=16)
    gpu = small.gpus[0].model_copy(update={"vram": 64 * 2**30})
    large = small.model_copy(update={"gpus": (gpu,), "ram": 256 * 2**30, "disk_free": 10**13})
    keys = [
        [o.key for d in compile_request(request("image_generation"), m, knowledge).problem.decisions for o in d.options]
        for m in (small, large)
    ]
    assert keys[0] == keys[1]
