"""What a report says: verdicts, what is missing, licences, packages, services, and files that nobody knows."""

from __future__ import annotations

import json

from invoke import invoke
from workflow_files import Flow, api, models, picture

from rigfit.nodes import kept_apart
from rigfit.schema.request import Policies
from rigfit.schema.workflow import WorkflowReport
from rigfit.workflow import check
from rigfit.workflow.document import parse


def report_of(flow, checker, machine, **policies):
    return checker.check(parse(flow.text()), machine, Policies(**policies)).report


def test_the_three_verdicts(checker, machine_of):
    """Resident or taking turns on a large card, streamed on a small one, impossible without RAM."""
    verdicts = [
        report_of(picture(), checker, machine_of(gpu, ram)).verdict
        for gpu, ram in (("nvidia-h100-pcie-80gb", 128), ("RTX 4070", 64), ("RTX 3060 12GB", 16))
    ]
    assert verdicts[0] in ("resident", "offloaded")
    assert verdicts[1:] == ["streamed", "impossible"]


def test_agrees_with_estimate(checker, machine_of, knowledge):
    """The same files given to `rigfit estimate` come to the same bytes."""
    from rigfit.cases import Evaluator

    machine = machine_of("RTX 4090", 64)
    found = report_of(picture(), checker, machine).pipelines[0]
    case = {"model": "flux1-dev", "variants": found.variants, "runtime": "comfyui", "width": 1024, "height": 1024}
    alone = Evaluator(knowledge).answer(case, machine)
    assert (found.peak_vram, found.peak_ram, found.verdict) == (alone.peak_vram, alone.peak_ram, alone.verdict)


def test_a_file_in_no_catalog_is_judged_by_its_size_and_says_so(tmp_path, checker, machine_of):
    flow = picture(unet="somebodys-new-net_fp8.safetensors")
    unknown = report_of(flow, checker, machine_of())
    assert unknown.verdict == "unknown"
    assert unknown.unsized == ("somebodys-new-net_fp8.safetensors",)
    assert not unknown.runs
    flow.add(
        "MarkdownNote",
        ["[somebodys-new-net_fp8.safetensors](https://x.org/somebodys-new-net_fp8.safetensors) (11.1 GB)"],
    )
    noted = report_of(flow, checker, machine_of("RTX 4090", 64))
    file = next(one for one in noted.files if one.name.startswith("somebodys"))
    assert (file.by, file.bytes_by, file.precision) == ("size", "workflow", "fp8_e4m3fn")
    assert noted.pipelines[0].basis == "file size"
    assert "not in the catalog" in " ".join(noted.pipelines[0].warnings)
    assert noted.verdict in ("resident", "offloaded", "streamed")


def test_a_fine_tune_is_named_after_its_model(checker, machine_of):
    report = report_of(picture(unet="flux1-dev-mystyle-Q4_K_S.gguf"), checker, machine_of())
    file = report.files[0]
    assert (file.by, file.precision, file.model) == ("name", "gguf_q4_k_s", "flux1-dev")
    assert "read from the name" in report.pipelines[0].basis


def test_what_lies_on_the_disk_is_not_downloaded(tmp_path, knowledge, machine_of):
    folder = tmp_path / "models" / "loras"
    folder.mkdir(parents=True)
    (folder / "mine.safetensors").write_bytes(b"\0" * 5000)
    document = parse(picture(lora="mine.safetensors").text())
    here = check(document, machine_of("RTX 4090", 64), knowledge, folders=[tmp_path / "models"])
    mine = next(one for one in here.files if one.name == "mine.safetensors")
    assert (mine.present, mine.download, mine.bytes, mine.bytes_by) == (True, 0, 5000, "folder")
    assert here.unsized == ()
    assert here.total == here.download + 5000


def test_licences_and_what_they_forbid(checker, machine_of):
    machine = machine_of("RTX 4090", 64)
    allowed, forbidden = (report_of(picture(), checker, machine, use=use) for use in ("personal", "commercial"))
    assert allowed.runs
    assert not forbidden.runs
    assert [one.rule for one in forbidden.refusals] == ["licence.non-commercial"]
    assert {one.licence for one in forbidden.licences} >= {"flux1-dev-nc"}


def test_services_are_named(checker, machine_of):
    flow = Flow()
    node = flow.add("FluxProUltraImageNode", ["x"], {}, ["IMAGE"])
    flow.add("SaveImage", [], {"images": (node, 0)})
    report = report_of(flow, checker, machine_of())
    assert report.verdict == "elsewhere"
    assert report.services.services == ("Black Forest Labs API",)


def test_packages_and_their_conflicts(checker, machine_of, knowledge):
    nodes = knowledge.index("nodes")
    conflict = next(
        c for c in kept_apart(knowledge) if c.runtime == "comfyui" and all(nodes[n].repo for n in c.members)
    )
    flow = picture()
    for name in conflict.members:
        repo = knowledge.index("nodes")[name].repo.rpartition("/")[2]
        flow.add(f"Some{name}", [], {}, ["IMAGE"], core=False, properties={"aux_id": f"someone/{repo}"})
    report = report_of(flow, checker, machine_of("RTX 4090", 64))
    assert {one.package for one in report.packages} >= set(conflict.members)
    assert conflict.reason in report.conflicts[0]


def test_a_lora_rules_out_loaders_that_take_none(checker, machine_of, knowledge):
    """Nunchaku's loader gives a model that ComfyUI's own LoRA loaders do not work on."""
    machine = machine_of("RTX 4070", 24)
    lora = "flux1-depth-dev-lora.safetensors"
    report = report_of(picture(lora=lora), checker, machine, prefer="speed")
    loaders = {one.by_loader for p in report.pipelines if p.replacement for one in p.replacement.files}
    assert loaders
    assert not any(name.startswith("Nunchaku") for name in loaders)


def test_json_is_the_schema(tmp_path):
    file = tmp_path / "a.json"
    file.write_text(json.dumps(api()))
    result = invoke("check", file, "--gpu", "RTX 4090", "--ram", "64GB", "--json")
    assert result.code == 0
    report = WorkflowReport.model_validate_json(result.out)
    assert report.schema_version == "rigfit.workflow/1"
    assert invoke("schema", "workflow").code == 0


def test_a_folder_is_a_line_for_each(tmp_path):
    for number, flow in enumerate((picture(), picture(unet="other.safetensors"))):
        (tmp_path / f"{number}.json").write_text(flow.text())
    (tmp_path / "2.json").write_text("{")
    result = invoke("check", tmp_path, "--gpu", "RTX 4090", "--ram", "64GB", "--json")
    assert result.code == 2
    assert len(result.out.splitlines()) == 2
    assert len(result.err.splitlines()) == 1


def test_the_repository_of_the_address_counts(checker, machine_of):
    """FLUX.1 schnell's whole checkpoint and a transformer of the same name are different files."""
    flow = Flow()
    given = models("flux1-schnell-fp8.safetensors", "Comfy-Org/flux1-schnell", "checkpoints")
    model = flow.add(
        "CheckpointLoaderSimple", ["flux1-schnell-fp8.safetensors"], {}, ["MODEL", "CLIP", "VAE"], properties=given
    )
    flow.add("SaveModel", [], {"model": (model, 0)})
    file = report_of(flow, checker, machine_of("RTX 4090", 64)).files[0]
    assert file.bytes is None or file.bytes > 15 * 10**9
