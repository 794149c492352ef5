"""What is no workflow, or means harm, is one clear error at once and takes no memory to speak of."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest
from invoke import assert_refused, invoke
from workflow_files import Flow, in_subgraph, picture, png

from rigfit.errors import InputError
from rigfit.workflow.document import LARGEST, load, parse


def chain(levels: int, width: int = 1) -> str:
    """Subgraphs inside subgraphs."""
    definitions = []
    for level in range(levels):
        nodes = [{"id": n, "type": f"s{level + 1}", "inputs": [], "outputs": []} for n in range(width)]
        definitions.append({"id": f"s{level}", "nodes": nodes, "links": [], "inputs": [], "outputs": []})
    definitions.append({"id": f"s{levels}", "nodes": [], "links": [], "inputs": [], "outputs": []})
    top = [{"id": 1, "type": "s0", "inputs": [], "outputs": []}]
    return json.dumps({"nodes": top, "links": [], "definitions": {"subgraphs": definitions}})


def itself() -> str:
    node = {"id": 1, "type": "a", "inputs": [], "outputs": []}
    return json.dumps(
        {"nodes": [node], "links": [], "definitions": {"subgraphs": [{"id": "a", "nodes": [node], "links": []}]}}
    )


def tangled() -> str:
    """A long row of nodes, and as many results at its end."""
    flow = Flow()
    last = flow.add("UNETLoader", ["flux1-dev.safetensors", "default"], {}, ["MODEL"])
    for _ in range(2000):
        last = flow.add("ModelSamplingFlux", [], {"model": (last, 0)}, ["MODEL"])
    for _ in range(2000):
        flow.add("SaveModel", [], {"model": (last, 0)})
    return flow.text(None)


def separate() -> str:
    """More results than anybody makes, each of a model of its own."""
    flow = Flow()
    for number in range(500):
        model = flow.add("UNETLoader", [f"a{number}.safetensors", "default"], {}, ["MODEL"])
        flow.add("SaveModel", [], {"model": (model, 0)})
    return flow.text(None)


def many_nodes() -> str:
    return json.dumps({"nodes": [{"id": n, "type": "X", "inputs": []} for n in range(30_000)], "links": []})


WRONG = {
    "empty": "",
    "no JSON": "hello",
    "truncated": picture().text()[:900],
    "a list": "[1, 2]",
    "a number": "3",
    "another document": json.dumps({"schema": "rigfit.answer/1"}),
    "nested": "[" * 200_000,
    "nested values": json.dumps({"nodes": [], "x": 1})[:-1] + ', "y": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "holds itself": itself(),
    "too deep": chain(40),
    "grows without end": chain(15, 12),
    "too many nodes": many_nodes(),
    "tangled": tangled(),
    "too many results": separate(),
    "a number without end": '{"nodes": [' + "9" * 50_000 + "]}",
}


@pytest.mark.parametrize("name", WRONG)
def test_is_refused_at_once(name, tmp_path, checker, machine_of):
    file = tmp_path / "flow.json"
    file.write_text(WRONG[name])
    machine = machine_of()
    start = time.process_time()
    with pytest.raises(InputError) as refused:
        checker.check(load(file), machine)
    assert time.process_time() - start < 2
    if name == "tangled":  # watching its memory takes ten times as long
        return
    tracemalloc.start()
    with pytest.raises(InputError):
        checker.check(load(file), machine)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 2**20
    assert len(str(refused.value)) < 400


def test_too_large_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / "flow.json"
    with file.open("wb") as out:
        out.truncate(LARGEST + 1)
    start = time.process_time()
    with pytest.raises(InputError, match="larger than"):
        load(file)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("text", ["[", "[a](https://", "[a](https://x) (1"])
def test_notes_that_begin_links_without_end(text, checker, machine_of):
    flow = Flow()
    for _ in range(20):
        flow.add("MarkdownNote", [text * (200_000 // len(text))])
    start = time.process_time()
    checker.check(parse(flow.text()), machine_of())
    assert time.process_time() - start < 2


def test_binary_and_pictures_without_a_workflow(tmp_path):
    file = tmp_path / "flow.json"
    file.write_bytes(b"\xff\xfe\x00\x01" * 100)
    with pytest.raises(InputError, match="no text"):
        load(file)
    file.write_bytes(png("x").replace(b"workflow", b"nothing!"))
    with pytest.raises(InputError, match="no workflow"):
        load(file)


def test_links_in_a_circle_end(checker, machine_of):
    flow = Flow()
    for _ in range(3):
        flow.add("Reroute", [], {"": None}, ["MODEL"])
    for number, node in enumerate(flow.nodes):
        flow.links.append([number + 1, (number + 1) % 3 + 1, 0, number + 1, 0, "MODEL"])
        node["inputs"][0] = {"name": "", "type": "*", "link": number + 1}
    flow.add("SaveImage", [], {"images": (1, 0)})
    report = checker.check(parse(flow.text()), machine_of()).report
    assert report.pipelines == ()


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, [[1]], [None], {"a": [None]}])
@pytest.mark.parametrize("field", ["inputs", "outputs", "properties", "widgets_values", "mode", "type", "id"])
def test_odd_values_in_nodes_do_no_harm(field, value, checker, machine_of):
    document = in_subgraph().document()
    for node in [*document["nodes"], *document["definitions"]["subgraphs"][0]["nodes"]]:
        node[field] = value
    checker.check(parse(json.dumps(document)), machine_of(), replace=False)


def test_the_command_line_says_so_in_one_line(tmp_path):
    file = tmp_path / "flow.json"
    file.write_text("{")
    assert_refused(invoke("check", file, "--gpu", "RTX 4070"), "flow.json")
    assert_refused(invoke("check", tmp_path / "none.json", "--gpu", "RTX 4070"), "none.json")
    assert_refused(invoke("check", tmp_path / "x", "--gpu", "RTX 4070"), "cannot be read")
