"""`python -m benchmarks [NAME...]`: run benchmarks, print one table, keep the figures in results/latest.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
from importlib import import_module, metadata

from benchmarks.measure import ROOT, Row

NAMES = ("start", "engines", "scale", "catalog", "whatif", "batch", "web", "fidelity", "explain")
_PACKAGES = ("ortools", "python-constraint2", "highspy", "numpy", "pydantic", "fastapi", "uvicorn")


def main() -> None:
    """Run what is named, or everything. A missed aim is shown, not punished: the exit code says only that it ran."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)} (all)")
    parser.add_argument("--quick", action="store_true", help="few rounds and small sizes; results are not kept")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.names if name not in NAMES]:
        parser.error(f"unknown benchmark {unknown[0]!r}; known: {', '.join(NAMES)}")
    results: dict[str, list[Row]] = {}
    # Processes are timed first: nothing of ours is warm then.
    for name in [n for n in NAMES if n in chosen.names] or NAMES:
        results[name] = import_module(f"benchmarks.{name}").run(chosen.quick)
        _print(name, results[name])
    missed = sum(row.verdict == "short" for rows in results.values() for row in rows)
    print(f"\n{missed} short" if missed else "\nevery aim met")
    if not chosen.quick:
        _keep(results)


def _print(name: str, rows: list[Row]) -> None:
    width = max(len(row.name) for row in rows)
    print(f"\n{name}\n  {'':{width}}  {'measured':>13}  {'aim':>10}")
    for row in rows:
        measured = "-" if row.measured is None else f"{row.measured:,.{_digits(row)}f} {row.unit}"
        aim = "" if row.aim is None else f"{row.aim:g} {row.unit}"
        print(f"  {row.name:{width}}  {measured:>13}  {aim:>10}  {row.verdict:5}  {row.note}", flush=True)


def _digits(row: Row) -> int:
    return 2 if row.unit == "x" else 1 if row.measured is not None and row.measured < 100 else 0


def _keep(results: dict[str, list[Row]]) -> None:
    """Write the figures; those of benchmarks that did not run this time stay."""
    path = ROOT / "benchmarks" / "results" / "latest.json"
    path.parent.mkdir(exist_ok=True)
    kept = json.loads(path.read_text())["benchmarks"] if path.exists() else {}
    for name, rows in results.items():
        kept[name] = [
            {
                "name": row.name,
                "measured": None if row.measured is None else round(row.measured, 2),
                "unit": row.unit,
                "aim": row.aim,
                "verdict": row.verdict,
                "note": row.note,
            }
            for row in rows
        ]
    where = {
        "python": platform.python_version(),
        "system": f"{platform.system().lower()} {platform.machine()}",
        "processors": os.cpu_count(),
        **{name: _version(name) for name in _PACKAGES},
    }
    ordered = {name: kept[name] for name in NAMES if name in kept}
    path.write_text(json.dumps({"where": where, "benchmarks": ordered}, indent=2, ensure_ascii=False) + "\n")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
