"""The real resolver on wheels that are built here: no network is needed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from packages import build_wheel, knowledge_of

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.nodes import uv as uv_module
from rigfit.nodes.planning import make_plan
from rigfit.nodes.uv import Resolver
from rigfit.schema.nodes import Confirmation

pytest.importorskip("uv")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    settings = tmp_path / "uv.toml"
    settings.write_text(f"no-index = true\nfind-links = [{str(folder)!r}]\n", encoding="utf-8")
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    return folder


def confirmed(knowledge: Knowledge, nodes: list[str], python: Path | None = None) -> Confirmation:
    resolver = Resolver(python)
    installed = resolver.installed()
    found = make_plan(nodes, "host", knowledge, installed)
    tagged = [one.id for one in knowledge.catalog.distributions if one.build_tagged]
    return resolver.confirm(found, tagged, installed)


def test_a_plan_is_confirmed(wheels: Path) -> None:
    for version in ("1.0", "2.0"):
        build_wheel(wheels, "x", version)
    build_wheel(wheels, "y", "1.0", ["x<2"])
    found = confirmed(knowledge_of({"a": ["x>=1"], "b": ["y"]}), ["a", "b"])
    assert (found.verdict, found.resolved) == ("confirmed", ("x==1.0", "y==1.0"))
    assert found.resolver.startswith("uv ")


def test_what_the_catalog_does_not_know_is_refused_in_one_line(wheels: Path) -> None:
    build_wheel(wheels, "x", "1.0")
    build_wheel(wheels, "x", "2.0")
    build_wheel(wheels, "y", "1.0", ["x<2"])
    found = confirmed(knowledge_of({"a": ["x>=2"], "b": ["y"]}), ["a", "b"])
    assert found.verdict == "refused"
    assert found.text.startswith("Because all versions of y depend on x<2 and you require x>=2")
    assert "\n" not in found.text
    assert len(found.text) < 420


def test_the_runtime_stays_as_it_is(wheels: Path) -> None:
    build_wheel(wheels, "x", "1.0")
    build_wheel(wheels, "x", "2.0")
    found = confirmed(knowledge_of({"a": ["x"]}, host=["x<2"]), ["a"])
    assert found.resolved == ("x==1.0",)


def test_one_owner_of_the_files_is_installed_whatever_others_bring(wheels: Path) -> None:
    for name in ("plain", "contrib"):
        build_wheel(wheels, name, "4.1")
    build_wheel(wheels, "y", "1.0", ["plain"])
    facts = [{"id": "plain", "files": "cv2"}, {"id": "contrib", "files": "cv2", "modules": ["cv2.extra"]}]
    found = confirmed(knowledge_of({"a": ["contrib"], "b": ["plain", "y"]}, facts), ["a", "b"])
    assert found.resolved == ("contrib==4.1", "y==1.0")


@pytest.fixture
def environment(tmp_path: Path, wheels: Path) -> Path:
    """An environment with a build of torch for an accelerator."""
    folder = tmp_path / "environment"
    build_wheel(wheels, "torch", "2.5.1+cu121")
    subprocess.run(["uv", "venv", "-q", "--python", sys.executable, folder], check=True)
    subprocess.run(["uv", "pip", "install", "-q", "--python", folder, "torch"], check=True)
    return folder


def test_an_installed_build_is_kept(wheels: Path, environment: Path) -> None:
    build_wheel(wheels, "torch", "2.7.1")
    build_wheel(wheels, "x", "1.0", ["torch>=2"])
    build_wheel(wheels, "x", "2.0", ["torch==2.7.1"])
    knowledge = knowledge_of({"a": ["x"], "b": ["x>=2"]}, [{"id": "torch", "build_tagged": True}], host=["torch"])
    assert Resolver(environment).installed() == {"torch": "2.5.1+cu121"}
    assert make_plan(["a"], "host", knowledge, {"torch": "2.5.1+cu121"}).constraints == ("torch==2.5.1+cu121",)
    found = confirmed(knowledge, ["a"], environment)
    assert (found.verdict, found.resolved, found.replaced) == ("confirmed", ("x==1.0",), ())
    assert confirmed(knowledge, ["b"], environment).verdict == "refused"


def test_out_of_time(wheels: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "uv"
    slow.write_text('#!/bin/sh\n[ "$2" = --version ] && echo "uv 1" && exit\nsleep 60\n')
    slow.chmod(0o755)
    monkeypatch.setattr(uv_module, "_find", lambda: str(slow))
    resolver = Resolver(seconds=1)
    found = resolver.confirm(make_plan(["a"], "host", knowledge_of({"a": ["x"]})), (), None)
    assert (found.verdict, found.text) == ("undecided", "it did not finish within 1 s")


def test_what_is_no_environment(wheels: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such interpreter"):
        Resolver(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="uv cannot read this environment"):
        Resolver(tmp_path / "folder").installed()


def test_no_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv_module.shutil, "which", lambda *_, **__: None)
    with pytest.raises(InputError, match="uv is not installed"):
        Resolver()


@pytest.mark.slow
def test_uv_agrees_on_random_small_worlds(wheels: Path) -> None:
    """Every release of every distribution is known here, so that the verdicts must be the same."""
    rng = random.Random(9)
    verdicts = {"confirmed": 0, "refused": 0}
    for world in range(60):
        names = [f"w{world}d{number}" for number in range(4)]
        facts = []
        for place, name in enumerate(names):
            releases = [f"{number}.0" for number in range(1, rng.randint(2, 4))]
            needs = []
            for release in releases:
                brought = [_line(other, rng) for other in names[place + 1 :] if rng.random() < 0.4]
                build_wheel(wheels, name, release, brought)
                needs.append({"versions": f"=={release}", "lines": brought})
            # Newer than all that exist: nothing, as the resolver sees it.
            needs.append({"versions": f">{releases[-1]}", "lines": ["nothing<0", "nothing>0"]})
            facts.append({"id": name, "releases": releases, "needs": needs})
        asks = {node: [_line(name, rng) for name in rng.sample(names, 2)] for node in ("a", "b", "c")}
        knowledge = knowledge_of(asks, facts)
        for nodes in (["a"], ["a", "b"], ["a", "b", "c"]):
            ours = make_plan(nodes, "host", knowledge)
            theirs = confirmed(knowledge, nodes).verdict
            verdicts[theirs] += 1
            assert theirs == ("refused" if ours.conflicts else "confirmed"), (json.dumps(facts), asks, nodes)
    assert min(verdicts.values()) >= 30, verdicts


def _line(name: str, rng: random.Random) -> str:
    return name + rng.choice(["", ">=2", "<2", "<=2", ">2", "!=2", "==1.0", "==2.*", ">=1,<3"])
