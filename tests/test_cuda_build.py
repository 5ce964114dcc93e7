"""The CUDA ops compile for every architecture, and import where there is no GPU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))  # programs beside each other, not a package

import cuda_build  # noqa: E402

ARCHITECTURES = {"sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_120"}
PTXAS = """
ptxas info    : Compiling entry function '_Z3addPfi' for 'sm_90'
ptxas info    : Function properties for _Z3addPfi
    16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 40 registers, used 1 barriers, 1024 bytes smem
ptxas info    : Compiling entry function '_Z3addPfi' for 'sm_75'
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 38 registers, used 0 barriers
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    if cuda_build.nvcc() is None:
        pytest.skip("no nvcc: the CUDA ops are not compiled here")
    return cuda_build.build(tmp_path_factory.mktemp("cuda"))


@pytest.mark.slow
def test_compiles_for_every_architecture_without_a_warning_or_a_spill(
    built: tuple[Path, str],
) -> None:
    kernels = cuda_build.kernels(built[1])
    by_kernel: dict[str, set[str]] = {}
    for kernel in kernels:
        by_kernel.setdefault(kernel.name, set()).add(kernel.architecture)
        assert kernel.spilled_bytes == 0, kernel
    assert by_kernel
    assert all(architectures == ARCHITECTURES for architectures in by_kernel.values())


@pytest.mark.slow
def test_the_kept_report_names_the_kernels_that_there_are(built: tuple[Path, str]) -> None:
    kept = json.loads((ROOT / "benchmarks/results/cuda-resources.json").read_text("utf-8"))
    assert {k["name"] for k in kept["kernels"]} == {k.name for k in cuda_build.kernels(built[1])}, (
        "run python benchmarks/cuda_build.py and commit what it writes"
    )


@pytest.mark.slow
def test_the_same_package_imports_without_a_gpu(built: tuple[Path, str]) -> None:
    # -S: neither this environment's editable Eyebrush nor anything else but these two folders
    folders = [str(built[0]), str(Path(np.__file__).parents[1])]
    script = f"""
import sys
sys.path[:0] = {folders}
from eyebrush import _core
print(_core.__file__.startswith({folders[0]!r}), _core.cuda, _core.gpus())
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": "", "CUDA_VISIBLE_DEVICES": ""},
        check=False,
    )
    assert done.stdout.strip() == "True True 0", done.stderr


def test_the_resource_report_reads_what_ptxas_says() -> None:
    small, large = cuda_build.kernels(PTXAS)
    assert (small.architecture, small.registers, small.spilled_bytes) == ("sm_75", 38, 0)
    assert (large.architecture, large.registers, large.spilled_bytes) == ("sm_90", 40, 20)
    assert large.shared_bytes == 1024
    assert "| 38 | 40 | 1024 | 20 |" in cuda_build.table([small, large])
