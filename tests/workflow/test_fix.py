"""`--fix` changes what is replaced and nothing else, and every link still meets an input and an output."""

from __future__ import annotations

import json

import pytest
from invoke import invoke
from workflow_files import api, assert_connected, in_subgraph, levels, picture

from rigfit.workflow.document import parse

SMALL = ("RTX 3060 12GB", 16)
LOADERS = ("UNETLoader", "UnetLoaderGGUF", "DualCLIPLoader", "DualCLIPLoaderGGUF")
TOUCHED = {"type", "widgets_values", "properties", "inputs"}


def fixed(text, checker, machine):
    checked = checker.check(parse(text), machine)
    assert checked.fixed.written, checked.report
    return checked


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
@pytest.mark.parametrize("flow", [picture(), in_subgraph()], ids=["plain", "subgraph"])
def test_only_loaders_change(flow, indent, checker, machine_of):
    text = flow.text(indent)
    checked = fixed(text, checker, machine_of(*SMALL))
    before, after = json.loads(text), json.loads(checked.fixed.text)
    assert_connected(after)
    for old, new in zip(levels(before), levels(after), strict=True):
        for one, other in zip(old["nodes"], new["nodes"], strict=True):
            changed = {key for key in one if one[key] != other[key]}
            assert changed <= (TOUCHED if one["type"] in LOADERS else set()), one["type"]
            assert one["outputs"] == other["outputs"]
            linked = [given for given in one["inputs"] if given["link"] is not None]
            assert linked == [given for given in other["inputs"] if given["link"] is not None]
        assert old["links"] == new["links"]
    assert {**before, "nodes": 0, "definitions": 0} == {**after, "nodes": 0, "definitions": 0}


def test_untouched_bytes_stay(checker, machine_of):
    text = picture().text().replace('"mode": 0', '"mode":  0').replace("40.000003814697266", "4.0000003814697266e1")
    result = fixed(text, checker, machine_of(*SMALL)).fixed.text
    assert result.startswith(text[: text.index('"UNETLoader"')])
    assert result.endswith(text[text.index('"VAELoader"') :])
    assert result.count("4.0000003814697266e1") == text.count("4.0000003814697266e1")
    assert result.count('"mode":  0') == text.count('"mode":  0')
    assert "café" in result


def test_the_swapped_loader_is_whole(checker, machine_of):
    after = json.loads(fixed(picture().text(), checker, machine_of(*SMALL)).fixed.text)
    node = after["nodes"][0]
    assert node["type"] == "UnetLoaderGGUF"
    assert len(node["widgets_values"]) == 1
    assert node["widgets_values"][0].endswith(".gguf")
    assert node["properties"]["Node name for S&R"] == "UnetLoaderGGUF"
    assert node["properties"]["cnr_id"] == "ComfyUI-GGUF"
    assert "ver" not in node["properties"]
    assert node["properties"]["models"][0]["name"] == node["widgets_values"][0]
    assert [one["name"] for one in node["inputs"]] == ["unet_name"]


def test_api_format(checker, machine_of):
    text = json.dumps(api(), indent=1)
    after = json.loads(fixed(text, checker, machine_of(*SMALL)).fixed.text)
    assert after["10"]["class_type"] == "UnetLoaderGGUF"
    assert list(after["10"]["inputs"]) == ["unet_name"]
    assert after["10"]["_meta"] == {"title": "Load"}
    assert after["11"]["inputs"]["type"] == "flux"
    assert {key: value for key, value in after.items() if key not in ("10", "11")} == {
        key: value for key, value in api().items() if key not in ("10", "11")
    }


def test_the_fixed_workflow_fits(checker, machine_of):
    """What is written is read again, and runs as was promised."""
    machine = machine_of(*SMALL)
    for text in (picture().text(), in_subgraph().text(), json.dumps(api())):
        first = checker.check(parse(text), machine)
        again = checker.check(parse(first.fixed.text), machine).report
        assert first.report.verdict == "impossible"
        assert again.verdict != "impossible", again.pipelines
        assert {file.by for file in again.files} == {"catalog"}


def test_the_same_file_in_two_nodes_is_replaced_in_both(checker, machine_of):
    flow = picture()
    again = flow.add("UNETLoader", ["flux1-dev.safetensors", "default"], {}, ["MODEL"])
    sampler = flow.add("KSampler", [], {"model": (again, 0), "latent_image": (7, 0)}, ["LATENT"])
    image = flow.add("VAEDecode", [], {"samples": (sampler, 0), "vae": (3, 0)}, ["IMAGE"])
    flow.add("SaveImage", [], {"images": (image, 0)})
    after = json.loads(fixed(flow.text(), checker, machine_of(*SMALL)).fixed.text)
    assert [n["type"] for n in after["nodes"] if "net" in n["type"].casefold()] == ["UnetLoaderGGUF"] * 2


def test_a_linked_input_that_would_be_lost_blocks_the_swap(checker, machine_of):
    flow = picture()
    primitive = flow.add("PrimitiveNode", ["default"], {}, ["COMBO"])
    flow.links.append([99, primitive, 0, 1, 1, "COMBO"])
    flow.nodes[0]["inputs"][1]["link"] = 99
    checked = checker.check(parse(flow.text()), machine_of(*SMALL))
    assert any("weight_dtype" in why for _, why in checked.fixed.blocked)
    assert json.loads(checked.fixed.text)["nodes"][0] == flow.document()["nodes"][0]
    replacement = checked.report.pipelines[0].replacement
    assert any(one.blocked for one in replacement.files)


def test_nothing_is_overwritten_unasked(tmp_path):
    source, out = tmp_path / "a.json", tmp_path / "b.json"
    source.write_text(picture().text())
    out.write_text("mine")
    machine = ("--gpu", "RTX 3060 12GB", "--ram", "16GB")
    assert invoke("check", source, "--fix", out, *machine).code == 2
    assert out.read_text() == "mine"
    result = invoke("check", source, "--fix", out, "--force", *machine)
    assert result.code == 1  # as it is, it does not run
    assert invoke("check", out, *machine).code == 0
    assert source.read_text() == picture().text()
