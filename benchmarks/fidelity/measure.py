"""`python -m benchmarks.fidelity.measure`: the memory and time of one forward of real networks on a CUDA device.

Each network is built with its published configuration and random weights; one forward runs at several sizes and
precisions, and each is a row of JSON: the device, versions, class, configuration, size, parameters, what torch
allocated and reserved at most above the weights, and seconds. A forward that runs out of memory is a row too, and rows
are written as they are made. Networks larger than the device run with fewer blocks. Without a CUDA device parameters
are counted on the meta device, and the rows say so. Needs torch, diffusers and transformers.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import IO, Any, Literal

from benchmarks.fidelity.inputs import Size, measurable, prepare
from benchmarks.fidelity.networks import BYTES, DTYPES, Network, build, count, load_networks, shallower

Outcome = Literal["measured", "out of memory", "failed", "counted"]

PRECISIONS = {"denoiser": ("bf16", "fp8_e4m3fn", "fp32"), "decoder": ("bf16", "fp32"), "text": ("bf16", "fp32")}
_IMAGES = (*(Size(side, side) for side in (512, 768, 1024, 1536)), Size(1024, 1024, batch=2))
_VIDEOS = tuple(Size(w, h, frames) for w, h in ((832, 480), (1280, 704)) for frames in (1, 49, 97))
_TOKENS = (77, 512, 2048, 8192)
_KEEP_FREE = 0.15
"""The part of the device's memory left to activations before blocks are taken away."""
_REPEATS = 3


@dataclass(frozen=True)
class Row:
    """One forward, or one count. Bytes are bytes and times seconds; None is "not measured"."""

    network: str
    class_name: str
    source: str
    config: dict[str, Any]
    outcome: Outcome
    device: str
    """The card's name; `cpu`; or `meta`, where nothing was run."""
    parameters: int
    """Values stored, of the whole network."""
    precision: str | None = None
    size: dict[str, Any] | None = None
    blocks: int | None = None
    """How many blocks of each sort were built, where not all were."""
    weights: int | None = None
    """Bytes that torch had allocated after the network was built: weights and buffers."""
    peak_allocated: int | None = None
    """Above `weights`, in the first forward: inputs, activations, workspaces."""
    peak_reserved: int | None = None
    """What the caching allocator held at most, above what it held with the weights alone."""
    outside_torch: int | None = None
    """In use on the device and not held by torch's allocator: the context, its libraries, and other programs."""
    seconds: float | None = None
    """Median of the forwards after the first."""
    error: str | None = None
    versions: dict[str, str] | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0, 2 for a name that is unknown, 130 when interrupted (rows made so far are kept)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity.measure", description=__doc__)
    parser.add_argument("--out", type=Path, metavar="FILE", help="append rows to this file, one JSON object a line")
    parser.add_argument("--only", action="append", metavar="NAME", help="this network (repeat for more)")
    parser.add_argument("--precision", action="append", choices=tuple(DTYPES), help="only in this (repeat for more)")
    parser.add_argument("--blocks", type=int, metavar="N", help="at most N blocks of each sort")
    parser.add_argument("--count", action="store_true", help="only count parameters, also where there is a device")
    parser.add_argument("--list", action="store_true", help="name the networks and stop")
    chosen = parser.parse_args(arguments)
    networks = load_networks()
    if unknown := [name for name in chosen.only or () if name not in networks]:
        parser.error(f"unknown network {unknown[0]!r}; known: {', '.join(networks)}")
    if chosen.blocks is not None and chosen.blocks < 1:
        parser.error("--blocks must be at least 1")
    wanted = [networks[name] for name in chosen.only or networks]
    if chosen.list:
        for network in wanted:
            print(f"{network.id:24} {network.kind:9} {network.class_name:34} {network.source}")
        return 0
    try:
        cuda = not chosen.count and _cuda()
        rows = _measure_all(wanted, chosen.precision, chosen.blocks) if cuda else map(counted, wanted)
        with _opened(chosen.out) as file:
            for row in rows:
                if file:
                    file.write(json.dumps(asdict(row)) + "\n")
                    file.flush()
                print(as_text(row), flush=True)
    except ImportError as missing:
        parser.error(f'{missing}; pip install torch, then ".[measure]"')
    except KeyboardInterrupt:
        print("interrupted; finished rows are kept", file=sys.stderr)
        return 130
    return 0


def counted(network: Network) -> Row:
    """The parameters of a network, counted on the meta device: no memory, no device."""
    return Row(**_about(network), outcome="counted", device="meta", versions=_versions())


def measured(
    network: Network,
    device: str,
    precision: str,
    sizes: Sequence[Size],
    blocks: int | None = None,
    repeats: int = _REPEATS,
) -> Iterator[Row]:
    """One row for each size, of a network built once.

    Args:
        network: what to build.
        device: `cuda`, or `cpu`: then only seconds are measured.
        precision: of the weights; a key of `networks.DTYPES`.
        sizes: what to run.
        blocks: at most so many of each sort; None for all that fit the device.
        repeats: forwards timed after the first.
    """
    about = _about(network)
    if blocks is None and device == "cuda":
        blocks = _blocks_that_fit(network, about["parameters"] * BYTES[precision])
    common = {
        **about,
        "device": _device_name(device),
        "precision": precision,
        "blocks": blocks,
        "versions": _versions(),
    }
    _release(device)
    before = _allocated(device)
    try:
        model = build(shallower(network, blocks) if blocks else network, device, precision)
        _release(device)
        weights = _allocated(device) - before
    except (RuntimeError, ValueError, ImportError) as fault:
        yield Row(**common, outcome=_outcome(fault), error=_first_line(fault))
        return
    for size in sizes:
        yield Row(
            **common, size=asdict(size), weights=weights if device == "cuda" else None,
            **_forward(network, model, device, precision, size, repeats),
        )  # fmt: skip
    del model
    _release(device)


def sizes_of(network: Network) -> tuple[Size, ...]:
    """The sizes a network is measured at."""
    if network.kind == "text":
        longest = network.config.get("max_position_embeddings", 8192)
        return tuple(Size(tokens=tokens) for tokens in _TOKENS if tokens <= longest)
    sizes = _VIDEOS if network.video else _IMAGES
    if network.class_name == "UNetSpatioTemporalConditionModel":
        sizes = (Size(1024, 576, 14), Size(1024, 576, 25))
    if network.config.get("use_learned_positional_embeddings"):  # a table for one size alone
        sizes = (Size(720, 480, 49),)
    if network.kind == "denoiser":
        return sizes
    return tuple(Size(s.width, s.height, s.frames, s.batch, tiled=tiled) for tiled in (False, True) for s in sizes)


def as_text(row: Row) -> str:
    """A row as a line of the table."""
    if row.outcome == "counted":
        return f"{row.network:24} {row.parameters:>16,} values   {row.class_name} (counted on the meta device)"
    size = " ".join(f"{k}={v}" for k, v in (row.size or {}).items() if v)
    peak = "" if row.peak_allocated is None else f"{row.peak_allocated / 2**20:10,.0f} MiB above the weights"
    seconds = "" if row.seconds is None else f"{row.seconds:9.3f} s"
    ended = "" if row.outcome == "measured" else f"{row.outcome}: {row.error}"
    return f"{row.network:24} {row.precision:11} {size:44} {peak}{seconds} {ended}".rstrip()


def _measure_all(networks: Sequence[Network], precisions: Sequence[str] | None, blocks: int | None) -> Iterator[Row]:
    for network in networks:
        if not measurable(network):
            yield counted(network)
            continue
        for precision in precisions or PRECISIONS[network.kind]:
            yield from measured(network, "cuda", precision, sizes_of(network), blocks)


def _forward(network: Network, model: Any, device: str, precision: str, size: Size, repeats: int) -> dict[str, Any]:
    """The fields of a row that one forward fills; running out of memory is an outcome."""
    import torch

    dtype = getattr(torch, DTYPES[precision])
    inputs: dict[str, Any] = {}
    _release(device)
    held, reserved = _allocated(device), _reserved(device)
    try:
        torch.manual_seed(0)
        inputs = prepare(
            network, model.config, size, lambda *shape: torch.randn(*shape, device=device, dtype=dtype), device
        )
        run = _decode(model, size.tiled) if network.kind == "decoder" else model
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        with torch.inference_mode():
            _timed(run, inputs, device)
            fields: dict[str, Any] = {"outcome": "measured"}
            if device == "cuda":
                free, total = torch.cuda.mem_get_info()
                fields["peak_allocated"] = torch.cuda.max_memory_allocated() - held
                fields["peak_reserved"] = torch.cuda.max_memory_reserved() - reserved
                fields["outside_torch"] = total - free - torch.cuda.memory_reserved()
            fields["seconds"] = statistics.median(_timed(run, inputs, device) for _ in range(repeats))
        return fields
    except (RuntimeError, ValueError) as fault:
        return {"outcome": _outcome(fault), "error": _first_line(fault)}
    finally:
        inputs.clear()


def _decode(model: Any, tiled: bool) -> Callable[..., Any]:
    """The decoder of an autoencoder, tiled as its class does it by default, or whole."""
    switch = getattr(model, "enable_tiling" if tiled else "disable_tiling")
    switch()
    return lambda **inputs: model.decode(**inputs)


def _timed(run: Callable[..., Any], inputs: dict[str, Any], device: str) -> float:
    """Seconds of one forward, to the end of the device's work; what it returns is dropped."""
    import torch

    start = time.perf_counter()
    run(**inputs)
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def _blocks_that_fit(network: Network, weight_bytes: int) -> int | None:
    """How many blocks of each sort leave room for activations; None when all do."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    room = free * (1 - _KEEP_FREE)
    if weight_bytes <= room or not network.depth:
        return None
    deepest = network.depth
    while deepest > 1 and weight_bytes * deepest / network.depth > room:
        deepest //= 2
    return max(deepest // 2, 1)


def _about(network: Network) -> dict[str, Any]:
    """The fields of a row that come from the network alone."""
    return {
        "network": network.id,
        "class_name": network.class_name,
        "source": network.source,
        "config": dict(network.config),
        "parameters": count(build(network, "meta")),
    }


def _cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def _device_name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else device


def _versions() -> dict[str, str]:
    """Of Python, the libraries, and the driver where there is one."""
    found = {name: metadata.version(name) for name in ("torch", "diffusers", "transformers")}
    import torch

    if torch.version.cuda:
        found["cuda"] = torch.version.cuda
    if torch.cuda.is_available():
        import pynvml

        pynvml.nvmlInit()
        found["driver"] = str(pynvml.nvmlSystemGetDriverVersion())
        pynvml.nvmlShutdown()
    return {"python": platform.python_version(), **found}


def _allocated(device: str) -> int:
    import torch

    return torch.cuda.memory_allocated() if device == "cuda" else 0


def _reserved(device: str) -> int:
    import torch

    return torch.cuda.memory_reserved() if device == "cuda" else 0


def _release(device: str) -> None:
    """Give back what nothing refers to, so that the next forward finds the allocator as the first did."""
    if device == "cuda":
        import torch

        gc.collect()
        torch.cuda.empty_cache()


def _outcome(fault: Exception) -> Outcome:
    import torch

    return "out of memory" if isinstance(fault, torch.OutOfMemoryError) else "failed"


def _first_line(fault: Exception) -> str:
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0][:200]


class _opened:  # noqa: N801 - used like a function
    """The file that rows are appended to, or None where none is asked for."""

    def __init__(self, path: Path | None) -> None:
        self._file: IO[str] | None = path.open("a", encoding="utf-8") if path else None

    def __enter__(self) -> IO[str] | None:
        return self._file

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()


if __name__ == "__main__":
    sys.exit(main())
