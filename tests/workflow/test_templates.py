"""ComfyUI's official workflows: every one is read, nearly all they load is known, and the sizes agree.

The package states a total for each workflow, typed in by hand, and in notes inside the workflows the size of each file.
Where the two contradict each other the notes are those of the files; the totals are then not what is measured.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from workflow_files import assert_connected, levels

from rigfit.workflow import api_format, ui_format
from rigfit.workflow.document import load
from rigfit.workflow.uses import uses_of

FOLDER = Path(find_spec("comfyui_workflow_templates_json").origin).parent / "templates"
INDEX = [one for group in json.loads((FOLDER / "index.json").read_text()) for one in group["templates"]]
_IDENTITY = 36
"""Letters of the name of a subgraph."""
OPEN = [one for one in INDEX if one.get("openSource") is not False]


def near(amount, other):
    return abs(amount - other) <= other * 5 / 100


def files_of(name, knowledge):
    document = load(FOLDER / f"{name}.json")
    graph = (api_format if document.format == "api" else ui_format).read(document)
    return uses_of(graph, knowledge)


@pytest.fixture(scope="module")
def loaded(checker, knowledge):
    """Workflow -> its uses and what each file is, those of muted nodes too."""
    recogniser = checker._recogniser
    found = {}
    for one in OPEN:
        uses = files_of(one["name"], knowledge)
        needed = {use.base: (use, recogniser.known(use, {})) for use in uses if use.idle is None}
        spare = {use.base: (use, recogniser.known(use, {})) for use in uses if use.base not in needed}
        found[one["name"]] = needed, spare
    return found


def total(*files):
    return sum(known.bytes or 0 for some in files for _, known in some.values())


def test_what_the_workflows_load_is_known(loaded):
    """At least 90 % of what is loaded, weighed by use, is in the catalog; measured 99 %."""
    everything = known = 0
    for one in OPEN:
        for _, file in loaded[one["name"]][0].values():
            everything += one["usage"]
            known += one["usage"] * (file.by == "catalog")
    print(f"known to the catalog: {known / everything:.1%} of the files by use")
    assert known / everything > 0.97


def test_totals_agree_with_the_package(loaded):
    """Where all files and their sizes are known the totals agree within 5 %, unless the package contradicts itself.

    Some of its totals count the files of nodes that are muted, and some do not: either way agrees.
    """
    agree = whole = contradicted = 0
    for one in OPEN:
        needed, spare = loaded[one["name"]]
        if not needed or not one.get("size"):
            continue
        if any(known.by != "catalog" or known.bytes is None for _, known in needed.values()):
            continue
        notes = [use.noted for use, _ in needed.values()]
        if near(total(needed), one["size"]) or near(total(needed, spare), one["size"]):
            agree += 1
        elif all(notes) and not near(sum(notes), one["size"]):
            contradicted += 1
            assert near(total(needed), sum(notes)), one["name"]
            continue
        whole += 1
    print(
        f"{agree} of {whole} totals agree; {contradicted} more contradict the notes inside the workflow, as we do not"
    )
    assert agree / whole > 0.9


def test_the_package_agrees_with_itself_less_than_we_with_its_notes(loaded):
    """File by file, sizes agree with the notes inside the workflows within 5 % for 98 % of the files."""
    pairs = {
        use.base: (known.bytes, use.noted)
        for needed, _ in loaded.values()
        for use, known in needed.values()
        if known.stated == "catalog" and use.noted
    }
    wrong = [name for name, (size, noted) in pairs.items() if not near(size, noted)]
    print(f"{len(pairs) - len(wrong)} of {len(pairs)} files are as large as the notes say; not: {wrong}")
    assert len(wrong) <= len(pairs) * 2 / 100


def test_some_are_checked_without_an_error(checker, machine_of):
    for one in OPEN[::12]:
        checker.check(load(FOLDER / f"{one['name']}.json"), machine_of(), replace=False)


@pytest.mark.slow
def test_all_are_checked_and_their_models_known(checker, machine_of):
    """Every official workflow, services too; at least 90 % of the models by use are the catalog's."""
    everything = known = 0
    for one in INDEX:
        report = checker.check(load(FOLDER / f"{one['name']}.json"), machine_of(), replace=False).report
        if one.get("openSource") is not False:
            everything += one["usage"] * len(report.pipelines)
            known += one["usage"] * sum(p.model is not None for p in report.pipelines)
    print(f"models known: {known / everything:.1%} by use")
    assert known / everything > 0.9


@pytest.mark.slow
def test_fixed_official_workflows_connect(checker, machine_of):
    """Whatever is replaced in them, links meet, nothing else changes, and the result is read again."""
    machine, written = machine_of("RTX 3060 12GB", 32), 0
    for one in OPEN[::4]:
        document = load(FOLDER / f"{one['name']}.json")
        checked = checker.check(document, machine)
        after = json.loads(checked.fixed.text)
        if not checked.fixed.written:
            assert checked.fixed.text == document.text
            continue
        written += 1
        if _connected(document.content):
            assert_connected(after)
        for old, new in zip(levels(document.content), levels(after), strict=True):
            for node, other in zip(old["nodes"], new["nodes"], strict=True):
                assert "Loader" in node["type"] or len(node["type"]) == _IDENTITY or node == other
                assert node.get("outputs") == other.get("outputs")
            assert old["links"] == new["links"]
    assert written > 5


def _connected(document):
    try:
        assert_connected(document)
    except (AssertionError, KeyError, IndexError):
        return False  # some official ones have links into nothing
    return True
