"""Proves the CUDA ops on this machine's GPU: builds, tests, sanitizes and times them, offline.

    make gpu-check          needs an NVIDIA GPU; about five minutes, at most eight
    make gpu-check DRY=1    all of it that can be done without one

Needs Python 3.10 or newer with torch (2.11 or newer, with CUDA), numpy, pytest, pybind11,
scikit-build-core, cmake and ninja, and nvcc 13; nothing is fetched. What else Eyebrush can use
(OpenVINO, TensorRT, ...) is not needed and said to be "not here". A test that is skipped for any
other reason counts as failed. Writes results/<gpu>.json; the last thing printed is a short table.

Standard library alone: it runs before there is an Eyebrush to import.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cuda_build

ROOT = cuda_build.ROOT
FOLDER = ROOT / "build" / "gpu-check"
LIMIT_S, DRY_LIMIT_S = 470.0, 3600.0  # machines without a GPU may be slow ones
NEEDED = ("torch", "numpy", "pytest", "pybind11", "scikit_build_core")
OPTIONAL = ("openvino", "tensorrt", "tensorrt_rtx", "pycuda", "xr", "onnx", "cupy")
PYTEST = [
    *(sys.executable, "-m", "pytest", "-q", "-m", "needs_cuda"),
    *("-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
]
ENGINE_TESTS = "test_tensorrt_cuda.py"
ASKED = (
    "name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,"
    "power.limit,temperature.gpu"
)
# Runs at each start of Python. An editable install of Eyebrush must not win over what was built;
# and --dry hides what a bare machine lacks, so that nothing leans on it unseen.
SITE = """
import sys

class Hidden:
    names = {hidden}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{{name}} is hidden by gpu_check --dry", name=name)

sys.meta_path[:] = [f for f in sys.meta_path if "ScikitBuild" not in type(f).__name__]
sys.meta_path.insert(0, Hidden())
"""
BARE_LACKS = {
    *OPTIONAL,
    *("PIL", "av", "httpx", "hypothesis", "onnxscript", "rich", "safetensors", "starlette"),
}


class Check:
    """The steps, what came of them, and how much time is left."""

    def __init__(self, dry: bool) -> None:
        self.dry = dry
        self.started = time.monotonic()
        self.steps: list[tuple[str, str, str]] = []  # name, result, seconds
        self.environment = {**os.environ, "EYEBRUSH_NO_SKIP": "here", "PIP_NO_INDEX": "1"}
        self.facts: dict[str, Any] = {}

    def left_s(self) -> float:
        limit = DRY_LIMIT_S if self.dry else LIMIT_S
        return limit - (time.monotonic() - self.started)

    def note(self, name: str, result: str, started: float) -> None:
        self.steps.append((name, result, f"{time.monotonic() - started:.0f}"))
        print(f"== {name}: {result}", flush=True)

    def run(self, name: str, command: Sequence[str | Path], limit_s: float) -> tuple[bool, str]:
        """Run a command with the built package; (went well, output). Its output is kept, too."""
        started = time.monotonic()
        limit = min(limit_s, self.left_s())
        if limit < 5:
            self.note(name, "FAILED: no time left", started)
            return False, ""
        try:
            done = subprocess.run(
                [str(part) for part in command],
                cwd=ROOT,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=limit,
                check=False,
            )
            output, good = done.stdout, done.returncode == 0
            result = "ok" if good else f"FAILED ({done.returncode})"
        except subprocess.TimeoutExpired as error:
            output = (error.stdout or b"").decode(errors="replace")
            good, result = False, f"FAILED: not done in {limit:.0f} s"
        (FOLDER / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.log").write_text(output, "utf-8")
        if not good:
            print(output[-6000:], flush=True)
        self.note(name, result + _summary(output), started)
        return good, output


def _summary(output: str) -> str:
    """pytest's or the sanitizer's own last word."""
    found = re.findall(
        r"^=* ?(\d+ (?:passed|failed|tests? collected|/).*?)(?: in .*)?=*$", output, re.M
    )
    found += re.findall(r"ERROR SUMMARY: .*", output)[-1:]
    return f": {'; '.join(found)}" if found else ""


def said_by(tool: str, *arguments: str) -> str:
    """What a program says, or nothing where it is missing or fails."""
    path = shutil.which(tool)
    if not path:
        return ""
    done = subprocess.run(
        [path, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def query() -> dict[str, str]:
    """Name, driver and clocks of the first GPU, as found."""
    line = said_by("nvidia-smi", f"--query-gpu={ASKED}", "--format=csv,noheader").split("\n")[0]
    return dict(zip(ASKED.split(","), (part.strip() for part in line.split(",")), strict=False))


def slug(gpu: str) -> str:
    """ "NVIDIA H100 80GB HBM3" -> "nvidia-h100-80gb-hbm3"."""
    return "-".join(re.findall(r"[a-z0-9]+", gpu.lower()))


def build(check: Check, architecture: str) -> bool:
    started = time.monotonic()
    try:
        site, log = cuda_build.build(FOLDER, architecture, offline=True)
    except (cuda_build.BuildError, subprocess.TimeoutExpired) as error:
        check.note(f"build for {architecture}", f"FAILED: {error}", started)
        return False
    kernels = cuda_build.kernels(log)
    spilled = [k.name for k in kernels if k.spilled_bytes]
    check.facts["kernels"] = [vars(k) for k in kernels]
    check.note(
        f"build for {architecture}",
        f"FAILED: spills in {', '.join(spilled)}" if spilled else f"ok: {len(kernels)} kernels",
        started,
    )
    start = FOLDER / "start"
    start.mkdir(exist_ok=True)
    hidden = BARE_LACKS if check.dry else set()
    (start / "sitecustomize.py").write_text(SITE.format(hidden=f"set({sorted(hidden)})"), "utf-8")
    check.environment["PYTHONPATH"] = os.pathsep.join([str(start), str(site)])
    return not spilled


def tests(dry: bool) -> list[Path]:
    """The test files that have something for a GPU; those of engines only where engines can run."""
    library = any(importlib.util.find_spec(name) for name in ("tensorrt", "tensorrt_rtx"))
    engines = not dry and library and importlib.util.find_spec("pycuda") is not None
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    files = [p for p in files if engines or p.name != ENGINE_TESTS]
    return [p for p in files if _for_gpu(p.read_text("utf-8"))]


def _for_gpu(text: str) -> bool:
    return "needs_cuda" in text or "device: Device" in text


def sanitize(check: Check, tool: str) -> bool:
    """compute-sanitizer over the kernel tests at small sizes, torch's caching of memory off."""
    path = shutil.which("compute-sanitizer") or shutil.which(
        "compute-sanitizer", path="/usr/local/cuda/bin"
    )
    if not path:
        check.note(tool, "not here: no compute-sanitizer", time.monotonic())
        return True
    more = {"EYEBRUSH_SMALL": "1", "PYTORCH_NO_CUDA_MEMORY_CACHING": "1"}
    check.environment.update(more)
    command = [path, "--tool", tool, "--error-exitcode", "9", "--target-processes", "all"]
    good, _ = check.run(tool, [*command, *PYTEST, *tests(check.dry)], 110)
    for name in more:
        del check.environment[name]
    return good


def steps(check: Check, architecture: str) -> bool:
    """Everything, in order; False as soon as the rest would make no sense."""
    python = sys.executable
    if not build(check, architecture):
        return False
    script = (
        "import eyebrush, torch; from eyebrush import _core, ops; assert _core.cuda; "
        "print(eyebrush.__file__); print(torch.__version__, torch.version.cuda); "
        "print(_core.gpu_name(0) if _core.gpus() else 'no GPU')"
    )
    good, output = check.run("import", [python, "-c", script], 60)
    if not good:
        return False
    check.facts["package"], check.facts["torch"], check.facts["gpu"] = output.split("\n")[-4:-1]
    if check.dry:
        collected, _ = check.run("tests", [*PYTEST, "--collect-only", *tests(check.dry)], 120)
        listed, _ = check.run("benchmarks", [python, "benchmarks/kernels.py", "--list"], 60)
        timed, _ = check.run(
            "benchmarks on the CPU",
            [python, "benchmarks/kernels.py", "--device", "cpu", "--small"],
            120,
        )
        network, _ = check.run("network", [python, "benchmarks/tensorrt_frame.py"], 60)
        return collected and listed and timed and network
    passed, _ = check.run("tests", [*PYTEST, *tests(check.dry)], 150)
    clean = [sanitize(check, tool) for tool in ("memcheck", "racecheck")]
    figures = FOLDER / "kernels.json"
    figures.unlink(missing_ok=True)
    seconds = max(20.0, min(100.0, check.left_s() - 150))
    command = [python, "benchmarks/kernels.py", "--device", "cuda", "--seconds", f"{seconds:.0f}"]
    timed, output = check.run("benchmarks", [*command, "--json", figures], seconds + 35)
    if figures.exists():
        check.facts["figures"] = json.loads(figures.read_text("utf-8"))["gpu"]
        check.facts["table"] = output[output.index("| op") :] if "| op" in output else ""
    network = FOLDER / "network.json"
    network.unlink(missing_ok=True)
    command = [python, "benchmarks/tensorrt_frame.py", "--json", network]
    framed, output = check.run("network", command, 110)
    if network.exists():
        check.facts["network"] = json.loads(network.read_text("utf-8"))
        check.facts["table"] = f"{check.facts.get('table', '')}\n\n{output}".strip()
    return passed and all(clean) and timed and framed


def write_result(check: Check, before: dict[str, str], good: bool) -> Path:
    """results/<gpu>.json: commit, driver, CUDA, clocks as found, and every step's result."""
    commit = said_by("git", "describe", "--always", "--dirty", "--abbrev=12")
    compiler = said_by(cuda_build.nvcc() or "nvcc", "--version")
    body = {
        "benchmark": "gpu-check",
        "date": datetime.date.today().isoformat(),
        "tables": {"kernels-gpu": check.facts.get("table", "")},
        "good": good,
        "commit": commit,
        "gpu": check.facts.get("gpu", ""),
        "nvidia_smi_before": before,
        "nvidia_smi_after": query(),
        "nvcc": "".join(re.findall(r"V[\d.]+", compiler)[:1]),
        "torch": check.facts.get("torch", ""),
        "python": sys.version.split()[0],
        "steps": [
            dict(zip(("name", "result", "seconds"), step, strict=True)) for step in check.steps
        ],
        "figures": check.facts.get("figures"),
        "network": check.facts.get("network"),
        "kernels": check.facts.get("kernels"),
    }
    path = ROOT / "benchmarks" / "results" / f"{slug(before['name'])}.json"
    path.write_text(json.dumps(body, indent=1) + "\n", "utf-8")
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dry", action="store_true", help="all that can be done without a GPU")
    options = parser.parse_args()
    # the environment's own cmake and ninja, also where it was not activated
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    capability = said_by("nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader").split(
        "\n"
    )[0]
    if not capability and not options.dry:
        print(
            "got no NVIDIA GPU (nvidia-smi names none); wanted one; "
            "fix: run this on a machine that has one, or make gpu-check DRY=1"
        )
        return 3
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    missing += [tool for tool in ("cmake", "ninja") if not shutil.which(tool)]
    missing += [] if cuda_build.nvcc() else ["nvcc"]
    if missing:
        print(f"got a machine without {', '.join(missing)}; wanted these; fix: install them")
        return 3
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in OPTIONAL:
        if options.dry or importlib.util.find_spec(name) is None:
            print(f"{name}: not here")
    check = Check(options.dry)
    before = query()
    architecture = "90-real" if options.dry else capability.replace(".", "") + "-real"
    good = steps(check, architecture)
    print(f"\n{check.facts.get('table', '')}")
    if not options.dry:
        print(f"\nwrote {write_result(check, before, good).relative_to(ROOT)}")
    rows = [["step", "result", "s"], ["---", "---", "---:"], *check.steps]
    print("\n".join("| " + " | ".join(row) + " |" for row in rows))
    print("gpu-check: " + ("all well" if good else "FAILED") + (", dry" if options.dry else ""))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
