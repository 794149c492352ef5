"""What documents name: covered, left out with a reason, or missing."""

# One case a line reads best, however long the line.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from rigfit.errors import CatalogError
from rigfit.knowledge import coverage, load_knowledge

HEAD = "document: doc\nsource: notes\n"


@pytest.fixture
def write(small_root: Path):
    def write(text: str) -> None:
        folder = small_root / "catalog" / "coverage"
        folder.mkdir(exist_ok=True)
        (folder / "doc.yaml").write_text(text, encoding="utf-8")

    return write


def report(text: str, write) -> coverage.Report:
    write(text)
    (found,) = coverage.report(load_knowledge(use_cache=False))
    return found


def test_covered_left_out_and_missing(write) -> None:
    found = report(
        f"""{HEAD}named:
- {{name: FLUX, line: 3, kind: model, entry: flux1-dev}}
- {{name: A tool, kind: runtime, left_out: not local}}
- {{name: Both, kind: gpu, entry: [rtx-4070, rtx-4080]}}
""",
        write,
    )
    assert (found.named, found.by_use, found.title) == (3, False, "Notes")
    assert [one.name for one in found.covered] == ["FLUX"]
    assert [(one.name, one.left_out) for one in found.left_out] == [("A tool", "not local")]
    (lost,) = found.missing
    assert (lost.name, lost.entry, lost.where) == ("Both", "rtx-4080", "catalog/coverage/doc.yaml:6")
    assert "rtx-4070" in lost.hint


def test_the_share_is_weighted_by_use(write) -> None:
    found = report(
        f"{HEAD}used:\n- {{name: A, use: 90, entry: flux1-dev}}\n- {{name: B, use: 10, workflows: 2, left_out: closed}}\n",
        write,
    )
    assert (found.use, found.use_covered, found.share, found.by_use) == (100, 90, 0.9, True)


def test_a_feature_may_carry_its_qualifier_and_a_family_stands_for_its_models(write) -> None:
    names = ["inpainting", "flux1", "ada", "photorealistic", "image_generation"]
    rows = "".join(f"- {{name: {name}, kind: feature, entry: {name}}}\n" for name in names)
    assert not report(f"{HEAD}named:\n{rows}", write).missing


def test_a_source_is_not_the_thing(write) -> None:
    found = report(f"{HEAD}named:\n- {{name: Notes, kind: model, entry: notes}}\n", write)
    assert [one.entry for one in found.missing] == ["notes"]


def test_an_unknown_source_is_missing(write) -> None:
    found = report("document: doc\nsource: nothing\nnamed: []\n", write)
    assert [one.entry for one in found.missing] == ["nothing"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"{HEAD}named:\n- {{name: A, kind: model}}\n", "either"),
        (f"{HEAD}named:\n- {{name: A, kind: model, entry: flux1-dev, left_out: why}}\n", "either"),
        (f"{HEAD}named:\n- {{name: A, kind: spoon, entry: flux1-dev}}\n", "kind"),
        (f"{HEAD}named:\n- {{name: A, kind: model, entry: x}}\n- {{name: a, kind: model, entry: y}}\n", "twice"),
        (f"{HEAD}wrong: 1\n", "wrong"),
    ],
)
def test_mistakes_are_named(text: str, part: str, write) -> None:
    with pytest.raises(CatalogError, match=rf"catalog/coverage/doc\.yaml:\d+: .*{part}"):
        report(text, write)


def test_coverage_files_are_no_catalog_files(write) -> None:
    before = load_knowledge(use_cache=False).catalog_digest
    write(f"{HEAD}named: []\n")
    assert load_knowledge(use_cache=False).catalog_digest == before


def test_nothing_the_seeds_name_is_missing(knowledge) -> None:
    reports = {one.document: one for one in coverage.report(knowledge)}
    assert {f"seed-00{number}" for number in range(5)} <= set(reports)
    assert [(one.name, one.entry) for found in reports.values() for one in found.missing] == []
    assert all(one.left_out and len(one.left_out) > 10 for found in reports.values() for one in found.left_out)
    assert sum(found.named for found in reports.values()) >= 400


def test_nine_tenths_of_the_official_workflows_use_are_covered(knowledge) -> None:
    (found,) = (one for one in coverage.report(knowledge) if one.by_use)
    assert found.use > 160_000
    assert found.share >= 0.9
