"""What a compute capability, a gfx id or a device id says about a chip that the gpu catalog does not hold."""

from __future__ import annotations

# Major and minor number -> architecture, as NVIDIA's list of compute capabilities names them.
_NVIDIA = {
    "5": "maxwell",
    "6": "pascal",
    "7": "volta",
    "7.5": "turing",
    "8": "ampere",
    "8.9": "ada",
    "9": "hopper",
    "10": "blackwell",
    "11": "blackwell",
    "12": "blackwell",
}

# LLVM's AMDGPU processor list: prefix of the gfx id -> architecture, longest prefix first.
_AMD = (
    ("gfx908", "cdna1"),
    ("gfx90a", "cdna2"),
    ("gfx94", "cdna3"),
    ("gfx950", "cdna4"),
    ("gfx9", "gcn5"),
    ("gfx101", "rdna1"),
    ("gfx103", "rdna2"),
    ("gfx110", "rdna3"),
    ("gfx115", "rdna3.5"),
    ("gfx120", "rdna4"),
)

# Processors with graphics inside, of that list. Those with a large GPU are offered to models, the small ones are not.
AMD_LARGE_APU = frozenset({"gfx1150", "gfx1151", "gfx1152", "gfx1153"})
AMD_SMALL_APU = frozenset({"gfx902", "gfx909", "gfx90c", "gfx1013", "gfx1033", "gfx1035", "gfx1036", "gfx1103"})

# The kernel's list of discrete Intel graphics (include/drm/intel/pciids.h) -> architecture.
INTEL_DISCRETE = {
    **dict.fromkeys(range(0x5690, 0x5698), "alchemist"),
    **dict.fromkeys((0x56A0, 0x56A1, 0x56A2, 0x56A3, 0x56A4, 0x56A5, 0x56A6), "alchemist"),
    **dict.fromkeys((0x56B0, 0x56B1, 0x56B2, 0x56B3), "alchemist"),
    **dict.fromkeys(range(0x56BA, 0x56C0), "alchemist"),
    **dict.fromkeys((0x56C0, 0x56C1, 0x56C2), "alchemist"),
    **dict.fromkeys(range(0xE202, 0xE224), "battlemage"),
}

# Names under which the cards of that list are sold; sysfs holds the number only.
INTEL_NAMES = {
    0x5690: "Arc A770M",
    0x5691: "Arc A730M",
    0x5692: "Arc A550M",
    0x5693: "Arc A370M",
    0x5694: "Arc A350M",
    0x56A0: "Arc A770",
    0x56A1: "Arc A750",
    0x56A2: "Arc A580",
    0x56A5: "Arc A380",
    0x56A6: "Arc A310",
    0x56B0: "Arc Pro A30M",
    0x56B1: "Arc Pro A40/A50",
    0xE20B: "Arc B580",
    0xE20C: "Arc B570",
    0xE211: "Arc Pro B60",
    0xE212: "Arc Pro B50",
}

# Cards of compute capability 7.5 whose 16-bit arithmetic gives wrong pictures (ComfyUI's deny list, fact C12).
_BROKEN_FP16 = (
    "GTX 1660", "GTX 1650", "GTX 1630", "NVIDIA T500", "NVIDIA T550", "NVIDIA T600", "MX550", "MX450", "CMP 30HX",
    "T2000", "T1000", "T1200",
)  # fmt: skip

# Bytes a second of one PCI Express lane by generation: line rate and encoding of the specification.
_LANE = {
    1: 250_000_000,
    2: 500_000_000,
    3: 984_615_384,
    4: 1_969_230_769,
    5: 3_938_461_538,
    6: 7_562_500_000,
}

UNKNOWN = "unknown"


def nvidia_architecture(compute_capability: str | None) -> str:
    """The architecture of a compute capability, "unknown" where the list does not hold it."""
    if compute_capability is None:
        return UNKNOWN
    return _NVIDIA.get(compute_capability) or _NVIDIA.get(compute_capability.split(".")[0], UNKNOWN)


def amd_architecture(gfx: str | None) -> str:
    """The architecture of a gfx id, "unknown" where the list does not hold it."""
    return next((name for prefix, name in _AMD if gfx is not None and gfx.startswith(prefix)), UNKNOWN)


def gfx_name(target_version: int) -> str | None:
    """The gfx id of the kernel's number: 110000 is gfx1100, 90010 gfx90a; the last two digits print in hex."""
    major, minor, step = target_version // 10_000, target_version // 100 % 100, target_version % 100
    return f"gfx{major}{minor:x}{step:x}" if major > 0 else None


def apple_architecture(chip: str) -> str:
    """The architecture of a chip's name: "Apple M3 Max" is apple-m3."""
    words = chip.lower().split()
    found = next((word for word in words if word[:1] == "m" and word[1:].isdigit()), None)
    return f"apple-{found}" if found else UNKNOWN


def quirks_of(name: str) -> tuple[str, ...]:
    """Known defects by product name, for cards the catalog does not hold."""
    return ("broken_fp16",) if any(word.lower() in name.lower() for word in _BROKEN_FP16) else ()


def lane_bandwidth(generation: int | None, lanes: int | None) -> int | None:
    """Bytes a second of a PCI Express link, None where either is not known."""
    if generation not in _LANE or lanes is None or not 1 <= lanes <= 32:
        return None
    return _LANE[generation] * lanes
