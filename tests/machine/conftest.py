"""A small catalog and rulebook, so that these tests hold whatever the real data say."""

from __future__ import annotations

import textwrap

import pytest

from rigfit.knowledge import Knowledge
from rigfit.knowledge.loader import build
from rigfit.knowledge.validate import validate
from rigfit.knowledge.yamlfile import parse
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.rules import RulesFile

CATALOG = """
sources: [{id: maker, title: a maker's page, kind: official}]
gpus:
  - {id: rtx-4070, title: GeForce RTX 4070, vendor: nvidia, backend: cuda, architecture: ada, compute_capability: "8.9",
     aliases: ["4070", NVIDIA GeForce RTX 4070], memory: {value: 12 GB, source: maker},
     bandwidth: {value: 504, source: maker}, fp16: {value: 58.3, source: maker}, fp8: {value: 116, source: maker}}
  - {id: rtx-4070-laptop, title: GeForce RTX 4070 Laptop GPU, vendor: nvidia, kind: laptop, backend: cuda,
     architecture: ada, compute_capability: "8.9", aliases: [RTX 4070 Laptop],
     memory: {value: 8 GB, source: maker}}
  - {id: rtx-3060-12gb, title: GeForce RTX 3060 12 GB, vendor: nvidia, backend: cuda, architecture: ampere,
     compute_capability: "8.6", aliases: [RTX 3060], memory: {value: 12 GB, source: maker},
     bandwidth: {value: 360, source: maker}}
  - {id: rtx-3060-8gb, title: GeForce RTX 3060 8 GB, vendor: nvidia, backend: cuda, architecture: ampere,
     compute_capability: "8.6", aliases: [RTX 3060], memory: {value: 8 GB, source: maker},
     bandwidth: {value: 240, source: maker}}
  - {id: gtx-1650, title: GeForce GTX 1650, vendor: nvidia, backend: cuda, architecture: turing,
     compute_capability: "7.5", memory: {value: 4 GB, source: maker}, quirks: [broken_fp16]}
  - {id: tesla-t4, title: Tesla T4, vendor: nvidia, kind: datacenter, backend: cuda, architecture: turing,
     compute_capability: "7.5", memory: {value: 16 GB, source: maker}}
  - {id: rx-7900-xtx, title: Radeon RX 7900 XTX, vendor: amd, backend: rocm, architecture: rdna3, gfx: gfx1100,
     memory: {value: 24 GB, source: maker}, bandwidth: {value: 960, source: maker}}
  - {id: arc-a770-16gb, title: Arc A770 16 GB, vendor: intel, backend: xpu, architecture: alchemist,
     aliases: ["Arc A770", "Intel(R) Arc(TM) A770 Graphics"], memory: {value: 16 GB, source: maker}}
  - {id: arc-a770-8gb, title: Arc A770 8 GB, vendor: intel, backend: xpu, architecture: alchemist,
     aliases: ["Arc A770", "Intel(R) Arc(TM) A770 Graphics"], memory: {value: 8 GB, source: maker}}
  - {id: apple-m1-8gb, title: Apple M1 8 GB, vendor: apple, kind: soc, backend: mps, architecture: apple-m1,
     aliases: [Apple M1], memory: {value: 8 GB, source: maker}, unified: true}
  - {id: apple-m1-16gb, title: Apple M1 16 GB, vendor: apple, kind: soc, backend: mps, architecture: apple-m1,
     aliases: [Apple M1], memory: {value: 16 GB, source: maker}, unified: true}
  - {id: apple-m3-max-64gb, title: Apple M3 Max 64 GB, vendor: apple, kind: soc, backend: mps, architecture: apple-m3,
     aliases: [Apple M3 Max], memory: {value: 64 GB, source: maker}, unified: true,
     bandwidth: {value: 400, source: maker}}
"""

RULES = """
settings:
  assumptions: {ram: {value: 16 GB, source: maker}, disk: {value: 200000000000, source: maker}, os: windows,
    display: true, cpu_cores: {value: 6, source: maker}, generous_ram: {value: 64 GB, source: maker},
    generous_disk: {value: 2000000000000, source: maker}}
reserves:
  - {id: reserve.windows, os: [windows], vram_display: {value: 600 MB, source: maker},
     vram_headless: {value: 300 MB, source: maker}, ram: {value: 4 GB, source: maker}}
  - {id: reserve.linux, os: [linux], vram_display: {value: 400 MB, source: maker},
     vram_headless: {value: 200 MB, source: maker}, ram: {value: 3 GB, source: maker}}
  - {id: reserve.macos, os: [macos], vram_display: {value: 0 GB, source: maker},
     vram_headless: {value: 0 GB, source: maker}, ram: {value: 4 GB, source: maker},
     unified_share: [[36, {value: 0.667, source: maker}], [1024, {value: 0.75, source: maker}]]}
"""


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    catalog = validate(CatalogFile, parse(textwrap.dedent(CATALOG), "catalog.yaml"))
    rules = validate(RulesFile, parse(textwrap.dedent(RULES), "rules.yaml"))
    return build(catalog, rules)
