"""A catalog of one model: whole, and read in a blink."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigfit.knowledge import paths

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
  retention: {transformer: {value: 1, source: notes}}
runtimes:
- {id: comfyui, title: ComfyUI, licence: apache-2.0, platforms: {cuda: [linux]}, placements: [resident], source: notes}
gpus:
- {id: rtx-4070, title: RTX 4070, vendor: nvidia, backend: cuda, architecture: ada,
   memory: {value: 12 GB, source: notes}}
components:
- id: flux1-net
  title: FLUX.1 dev
  kind: denoiser
  licence: apache-2.0
  variants: [{precision: bf16, size: {value: 23.8 GB, source: notes}, file: {name: flux1-dev.safetensors}}]
models:
- id: flux1-dev
  title: FLUX.1 dev
  family: flux1
  serves:
    image_generation: {quality: {value: 95, source: notes}, features: {inpainting: {grade: good, source: notes}}}
  components: {denoiser: flux1-net}
  runtimes: {comfyui: {}}
"""
RULES = """tasks:
- {id: image_generation, title: Image, unit: image, bearable: 60 s, ceiling: 10 min, source: notes}
features:
- {id: inpainting, title: Inpainting, tasks: [image_generation], source: notes}
settings:
  cascade: {quantization: 1, streaming: 2, substitution: 2, workflow: 3, cloud: 4, source: notes}
"""


@pytest.fixture
def small_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is shipped, in this test: one model on one card."""
    root = tmp_path / "root"
    for part, text in (("catalog", CATALOG), ("rules", RULES)):
        (root / part).mkdir(parents=True)
        (root / part / "all.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "data_root", lambda: root)
    return root
