"""A catalog small enough to break in one place."""

# One case a line reads best, however long the line.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from rigfit.checks.places import Places
from rigfit.knowledge import Knowledge, load_knowledge, paths

CATALOG = """sources:
- {id: notes, title: Notes, kind: claim}
licences:
- {id: apache-2.0, title: Apache 2.0, commercial: "yes", source: notes}
precisions:
- id: bf16
  title: BF16
  short: BF16
  bits: {value: 16000, source: notes}
  container: safetensors
  tags: [half, bf16]
  retention: {transformer: {value: 1, source: notes}, other: {value: 1, source: notes}}
- id: nf4
  title: NF4
  short: NF4
  bits: {value: 4500, source: notes}
  container: bnb
  tags: [bnb, nf4]
  retention: {transformer: {value: 0.95, source: notes}, other: {value: 0.95, source: notes}}
architectures:
- {id: dit, title: DiT, network: transformer}
runtimes:
- {id: comfyui, title: ComfyUI, licence: apache-2.0, platforms: {cuda: [linux]}, placements: [resident], source: notes}
gpus:
- {id: rtx-4070, title: RTX 4070, vendor: nvidia, backend: cuda, architecture: ada, compute_capability: 8.9, memory: {value: 12 GB, source: notes}}
- {id: rtx-2060, title: RTX 2060, vendor: nvidia, backend: cuda, architecture: turing, compute_capability: 7.5, memory: {value: 6 GB, source: notes}}
components:
- id: net
  title: Net
  kind: denoiser
  architecture: dit
  params: {value: 10 B, source: notes}
  licence: apache-2.0
  variants:
  - {precision: bf16, size: {value: 20 GB, source: notes}, file: {name: net.safetensors}}
models:
- id: the-model
  title: The model
  family: fam
  serves: {image_generation: {quality: {value: 80, source: notes}}}
  components: {denoiser: net}
  runtimes: {comfyui: {}}
"""
RULES = """rules:
- id: admit.plain
  title: 16 bits load
  reason: They do.
  source: notes
  about: variant
  when: {tag: [half], runtime: [comfyui]}
  then: {do: admit}
  monotone: true
  examples:
  - {precision: bf16, runtime: comfyui, matches: true}
tasks:
- {id: image_generation, title: Image, unit: image, bearable: 60 s, ceiling: 10 min, source: notes}
settings:
  grades:
    feature: {excellent: 1000, good: 950, fair: 800, poor: 500}
    style: {excellent: 1000, good: 950, fair: 800, poor: 500}
    style_missing: 850
    wish_missing: 900
    source: notes
  assumptions:
    ram: {value: 16 GB, source: notes}
    disk: {value: 200 B, source: notes}
    os: linux
    display: true
    cpu_cores: {value: 8, source: notes}
    generous_ram: {value: 64 GB, source: notes}
    generous_disk: {value: 1 T, source: notes}
"""


def memory_rules() -> str:
    """The shipped constants of memory, as notes and without what speaks of runtimes by name."""
    shipped = yaml.safe_load((paths.data_root() / "rules" / "memory.yaml").read_text(encoding="utf-8"))

    def noted(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: "notes" if key == "source" else noted(one) for key, one in value.items()}
        return [noted(one) for one in value] if isinstance(value, list) else value

    memory = noted(shipped["settings"]["memory"])
    memory["runtimes"] = [entry for entry in memory["runtimes"] if "runtimes" not in entry]
    return yaml.safe_dump({"settings": {"memory": memory}})


MEMORY = memory_rules()
Change = Callable[..., tuple[Knowledge, Places]]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Change:
    """The small catalog with texts replaced, as (knowledge, places)."""

    def change(*replaced: tuple[str, str], coverage: str | None = None) -> tuple[Knowledge, Places]:
        root = tmp_path / "root"
        catalog, rules = CATALOG, RULES
        for old, new in replaced:
            assert old in catalog or old in rules, old
            catalog, rules = catalog.replace(old, new), rules.replace(old, new)
        for part, text in (("catalog", catalog), ("rules", rules)):
            (root / part).mkdir(parents=True, exist_ok=True)
            (root / part / "all.yaml").write_text(text, encoding="utf-8")
        (root / "rules" / "memory.yaml").write_text(MEMORY, encoding="utf-8")
        if coverage is not None:
            (root / "catalog" / "coverage").mkdir(exist_ok=True)
            (root / "catalog" / "coverage" / "doc.yaml").write_text(coverage, encoding="utf-8")
        monkeypatch.setattr(paths, "data_root", lambda: root)
        return load_knowledge(use_cache=False), Places()

    return change
