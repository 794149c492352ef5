"""Both formats, subgraphs and pictures come out as the same files and sizes."""

# A node reads best on one line.
# ruff: noqa: E501
from __future__ import annotations

import json

import pytest
from workflow_files import Flow, api, in_subgraph, models, picture, png

from rigfit.errors import InputError
from rigfit.workflow.document import load, parse

FILES = {"flux1-dev.safetensors", "clip_l.safetensors", "t5xxl_fp16.safetensors", "ae.safetensors"}


def names(report):
    return {file.name for file in report.files}


@pytest.mark.parametrize("flow", [picture(), in_subgraph()], ids=["plain", "subgraph"])
def test_editor_format(flow, checker, machine_of):
    report = checker.check(parse(flow.text()), machine_of("RTX 4090", 64)).report
    assert names(report) == FILES
    assert [one.model for one in report.pipelines] == ["flux1-dev"]
    assert report.pipelines[0].size["width"] == 1024
    assert {one.by for one in report.files} == {"catalog"}
    assert report.runs


def test_version_1_writes_links_as_mappings(checker, machine_of):
    document = picture().document()
    keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    document["links"] = [dict(zip(keys, link, strict=True)) for link in document["links"]]
    document["version"] = 1
    report = checker.check(parse(json.dumps(document)), machine_of("RTX 4090", 64)).report
    assert [one.model for one in report.pipelines] == ["flux1-dev"]


def test_api_format(checker, machine_of):
    report = checker.check(parse(json.dumps(api())), machine_of("RTX 4090", 64)).report
    assert report.format == "api"
    assert names(report) == FILES
    assert (report.pipelines[0].size["width"], report.pipelines[0].size["height"]) == (1344, 768)


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_a_picture_holds_its_workflow(kind, tmp_path, checker, machine_of):
    file = tmp_path / "out.png"
    file.write_bytes(png(picture().text(), kind))
    assert names(checker.check(load(file), machine_of("RTX 4090", 64)).report) == FILES


@pytest.mark.parametrize(("mode", "why"), [(2, "muted"), (4, "bypassed")])
def test_what_is_switched_off_is_named_and_not_needed(mode, why, checker, machine_of):
    lora = "krea2_darkbrush.safetensors"
    report = checker.check(parse(picture(lora=lora, mode=mode).text()), machine_of("RTX 4090", 64)).report
    file = next(one for one in report.files if one.name == lora)
    assert not file.needed
    assert file.nodes[0].idle == why
    assert lora not in str(report.unsized)
    if mode == 4:  # a bypassed LoRA passes the model on
        assert [one.model for one in report.pipelines] == ["flux1-dev"]


def test_a_loader_that_nothing_takes_is_not_needed(checker, machine_of):
    flow = picture()
    flow.add("VAELoader", ["qwen_image_vae.safetensors"], {}, ["VAE"])
    report = checker.check(parse(flow.text()), machine_of("RTX 4090", 64)).report
    spare = next(one for one in report.files if one.name == "qwen_image_vae.safetensors")
    assert (spare.needed, spare.nodes[0].idle) == (False, "not connected")


def test_sizes_follow_links_to_primitives(checker, machine_of):
    flow = picture()
    width = flow.add("PrimitiveInt", [768, "fixed"], {}, ["INT"])
    latent = next(node for node in flow.nodes if node["type"] == "EmptySD3LatentImage")
    flow.links.append([99, width, 0, latent["id"], 0, "INT"])
    latent["inputs"] = [{"name": "width", "type": "INT", "link": 99, "widget": {"name": "width"}}]
    report = checker.check(parse(flow.text()), machine_of("RTX 4090", 64)).report
    assert (report.pipelines[0].size["width"], report.pipelines[0].size["height"]) == (768, 1024)


def test_a_subgraph_twice_counts_its_files_once(checker, machine_of):
    flow = in_subgraph()
    again = json.loads(json.dumps(flow.nodes[0]))
    again["id"] = 7
    again["outputs"][0]["links"] = [77]
    flow.nodes.append(again)
    flow.nodes.append({"id": 8, "type": "SaveImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 77}]})
    flow.links.append([77, 7, 0, 8, 0, "IMAGE"])
    report = checker.check(parse(flow.text()), machine_of("RTX 4090", 64)).report
    assert report.subgraphs == 2
    assert len(report.files) == 4
    assert len(report.pipelines) == 1


def test_the_node_of_a_subgraph_gives_the_name_of_the_file(checker, machine_of):
    inside = Flow()
    model = inside.add(
        "UNETLoader", ["wrong.safetensors", "default"], {"unet_name": (-10, 0)}, ["MODEL"], promoted="unet_name"
    )
    inside.links[0][1:3] = [-10, 0]
    flow = Flow()
    node = flow.subgraph(inside, ["unet_name"], [(model, 0, "MODEL")], widgets=["flux1-dev.safetensors"])
    flow.add("SaveModel", [], {"model": (node, 0)})
    report = checker.check(parse(flow.text()), machine_of("RTX 4090", 64)).report
    assert names(report) == {"flux1-dev.safetensors"}


def test_what_unknown_nodes_name_is_found(checker, machine_of):
    flow = picture()
    flow.nodes[0]["type"] = "SomeLoader"
    flow.add("Power Lora Loader (rgthree)", [{}, {"on": True, "lora": "a/b.safetensors"}, {"on": False, "lora": "c.safetensors"}],
             {"model": (1, 0)}, ["MODEL"], core=False, properties={"cnr_id": "rgthree-comfy"})  # fmt: skip
    flow.add("SaveModel", [], {"model": (len(flow.nodes), 0)})
    report = checker.check(parse(flow.text()), machine_of("RTX 4090", 64)).report
    assert "b.safetensors" in names(report)
    assert "c.safetensors" not in names(report)
    assert [one.package for one in report.packages] == ["rgthree-comfy"]


def test_addresses_tell_files_of_one_name_apart(checker, machine_of):
    flow = picture()
    flow.nodes[2]["properties"].update(models("ae.safetensors", "Comfy-Org/z_image_turbo", "vae"))
    report = checker.check(parse(flow.text()), machine_of("RTX 4090", 64)).report
    assert next(one for one in report.files if one.name == "ae.safetensors").repo == "Comfy-Org/z_image_turbo"


def test_a_prompt_in_a_wrapper_is_explained():
    with pytest.raises(InputError, match="prompt"):
        parse(json.dumps({"prompt": api()}))
