"""Builds Eyebrush with its CUDA ops, and tells what the compiler made of each kernel.

    python benchmarks/cuda_build.py                 all architectures; no GPU is needed, only nvcc
    python benchmarks/cuda_build.py --architectures 90-real

Writes results/cuda-resources.json and .md: registers, shared memory and spilled bytes of each
kernel and architecture, as ptxas reports them. Needs the standard library alone: gpu_check.py uses
it before there is an Eyebrush to import.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ERROR = re.compile(
    r": (fatal )?error\b|(nvcc|ptxas) (error|fatal)|CMake Error|No module named|Killed"
)
BACKEND = """
import sys
from scikit_build_core.build import build_wheel
build_wheel(sys.argv[1], dict(item.split("=", 1) for item in sys.argv[2:]))
"""


class BuildError(RuntimeError):
    """The build failed; says at what, and where the log is."""


@dataclass(frozen=True)
class Kernel:
    """What ptxas says of one kernel. ``shared_bytes`` is static; ``spilled_bytes`` should be 0."""

    name: str
    architecture: str
    registers: int
    shared_bytes: int
    spilled_bytes: int


def nvcc() -> str | None:
    """The CUDA compiler, or None: looked for where cmake/cuda.cmake looks."""
    return shutil.which("nvcc") or shutil.which("nvcc", path="/usr/local/cuda/bin")


def build(folder: Path, architectures: str = "", *, offline: bool = False) -> tuple[Path, str]:
    """Build a wheel with CUDA ops in ``folder``, warnings as errors: (unpacked package, log).

    architectures: as CMake takes them; empty for all. offline: with the scikit-build-core,
    pybind11, cmake and ninja that are installed, instead of fetched ones. Raises BuildError.
    """
    settings = [
        f"build-dir={folder / 'build'}",
        "build.verbose=true",
        "cmake.define.EYEBRUSH_CUDA=ON",
        "cmake.define.EYEBRUSH_WERROR=ON",
        *([f"cmake.define.EYEBRUSH_CUDA_ARCHITECTURES={architectures}"] if architectures else []),
    ]
    wheels = folder / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    if offline:
        command = [sys.executable, "-c", BACKEND, str(wheels), *settings]
    else:
        chosen = [word for setting in settings for word in ("--config-settings", setting)]
        command = [sys.executable, "-m", "pip", "wheel", "--verbose", "--no-deps"]
        command += ["--wheel-dir", str(wheels), *chosen, str(ROOT)]
    wheels.mkdir(parents=True)
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False
    )
    log = done.stdout + done.stderr
    if done.returncode:
        (folder / "log").write_text(log, "utf-8")
        wrong = [line.strip() for line in log.splitlines() if ERROR.search(line)]
        raise BuildError(f"{(wrong or ['the build failed'])[0]}; all of it: {folder / 'log'}")
    (wheel,) = wheels.glob("eyebrush-*.whl")
    package = folder / "site"
    shutil.rmtree(package, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(package)
    return package, log


def kernels(log: str) -> list[Kernel]:
    """Every kernel that a log of ``ptxas -v`` speaks of, by name and architecture."""
    found = {}
    for entry in re.split(r"ptxas info\s*: Compiling entry function ", log)[1:]:
        name = re.match(r"'(\w+)' for '(\w+)'", entry)
        used = re.search(r"Used (\d+) registers", entry)
        if not name or not used:
            continue
        shared = re.search(r"(\d+) bytes smem", entry)
        spilled = re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", entry)
        found[name.groups()] = Kernel(
            name[1],
            name[2],
            int(used[1]),
            int(shared[1]) if shared else 0,
            sum(map(int, spilled.groups())) if spilled else 0,
        )
    plain = _demangled([k.name for k in found.values()])
    named = [Kernel(**asdict(k) | {"name": n}) for k, n in zip(found.values(), plain, strict=True)]
    return sorted(named, key=lambda k: (k.name, int(k.architecture[3:])))


def _demangled(names: list[str]) -> list[str]:
    """C++ names without namespaces and arguments; symbols as they are without c++filt."""
    tool = shutil.which("c++filt")
    if not tool or not names:
        return names
    done = subprocess.run(
        [tool], input="\n".join(names), capture_output=True, text=True, check=True
    )
    plain = (
        re.sub(r"\(anonymous namespace\)::|eyebrush::|^void ", "", n)
        for n in done.stdout.split("\n")
    )
    return [
        re.sub(r"\(.*\)$|\((?:int|bool|PixelFormat)\)", "", _without_arguments(n))
        for n in plain
        if n
    ]


def _without_arguments(name: str) -> str:
    """ "kernel<(PixelFormat)1, 4>(Ingest, bool)" -> "kernel<(PixelFormat)1, 4>"."""
    depth = 0
    for i, letter in enumerate(name):
        depth += (letter == "<") - (letter == ">")
        if letter == "(" and depth == 0:
            return name[:i]
    return name


def table(found: list[Kernel]) -> str:
    """One row for each kernel: registers by architecture, shared memory, spills."""
    architectures = sorted({k.architecture for k in found}, key=lambda a: int(a[3:]))
    rows = []
    for name in dict.fromkeys(k.name for k in found):
        mine = {k.architecture: k for k in found if k.name == name}
        rows.append(
            [f"`{name}`"]
            + [mine[a].registers if a in mine else "" for a in architectures]
            + [
                max(k.shared_bytes for k in mine.values()),
                sum(k.spilled_bytes for k in mine.values()),
            ]
        )
    head = ["registers", *architectures, "shared bytes", "spilled bytes"]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def page(found: list[Kernel]) -> str:
    """The resource report for people."""
    return (
        f"# What nvcc made of each kernel\n\n{table(found)}\n\n`python benchmarks/cuda_build.py`\n"
    )


def write(found: list[Kernel], folder: Path) -> None:
    """cuda-resources.json and .md; date and tables as in every result of a benchmark."""
    body = {
        "benchmark": "cuda-resources",
        "date": datetime.date.today().isoformat(),
        "tables": {},
        "kernels": [asdict(kernel) for kernel in found],
    }
    (folder / "cuda-resources.json").write_text(json.dumps(body, indent=1) + "\n", "utf-8")
    (folder / "cuda-resources.md").write_text(page(found), "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architectures", default="", help="as CMake takes them; default: all")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", metavar="DIR")
    options = parser.parse_args()
    folder = ROOT / "build" / "cuda-resources"
    shutil.rmtree(folder, ignore_errors=True)  # built anew: ptxas speaks only of what it compiles
    _, log = build(folder, options.architectures)
    found = kernels(log)
    write(found, options.out)
    print(page(found))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BuildError as error:
        sys.exit(f"error: {error}")
