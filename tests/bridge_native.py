"""The bridge's C and C# test programs, built with this machine's compilers, once per test run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

BRIDGE = Path(__file__).parents[1] / "engine_bridge"
SOURCES = sorted((BRIDGE / "src").glob("*.c"))
INTERNAL = sorted((BRIDGE / "unity/Runtime/Internal").glob("*.cs"))
FLAGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-I", str(BRIDGE / "include"), "-I")
PATIENCE_S = 60.0


@cache
def compiler() -> str:
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and shutil.which(name):
            return name
    pytest.skip("no C compiler (cc, gcc or clang; apt-get install gcc)")


def build(folder: Path, program: str, *flags: str) -> Path:
    """Compile engine_bridge/tests/PROGRAM.c with the whole bridge. Warnings are errors."""
    out = folder / (program + "".join(flags).replace("-", "_").replace("=", "_").replace(",", "_"))
    if not out.exists():
        test = BRIDGE / "tests" / f"{program}.c"
        libraries = ("-pthread", "-lm")
        line = [compiler(), "-O2", *flags, *FLAGS, str(BRIDGE / "src"), "-o", str(out)]
        subprocess.run([*line, *map(str, SOURCES), str(test), *libraries], check=True)
    return out


def sanitized(folder: Path, program: str, *flags: str) -> Path:
    """As ``build``, skipped by name where the compiler has no such sanitizer."""
    probe = folder / "probe.c"
    probe.write_text("int main(void) { return 0; }\n")
    line = [compiler(), *flags, str(probe), "-o", str(folder / "probe")]
    if subprocess.run(line, capture_output=True).returncode:
        pytest.skip(f"{compiler()} has no {flags[0]} (apt-get install gcc or clang)")
    return build(folder, program, "-g", *flags)


def shared_library(folder: Path) -> Path:
    """The bridge as engines load it, libeyebrush_bridge.so."""
    library = folder / "libeyebrush_bridge.so"
    if not library.exists():
        shared = ("-shared", "-fPIC", "-fvisibility=hidden", "-DEB_SHARED", "-O2")
        line = [compiler(), *shared, *FLAGS, str(BRIDGE / "src"), *map(str, SOURCES)]
        subprocess.run([*line, "-lm", "-o", str(library)], check=True)
    return library


def needs_mono() -> None:
    if not (shutil.which("mcs") and shutil.which("mono")):
        pytest.skip("no Mono (apt-get install mono-mcs mono-runtime)")


def mono_program(folder: Path, name: str) -> list[str]:
    """The command of engine_bridge/tests/NAME.cs with the Unity package's engine-free part."""
    needs_mono()
    program = folder / f"{name}.exe"
    if not program.exists():
        shared_library(folder)
        sources = [BRIDGE / "tests" / f"{name}.cs", *INTERNAL]
        line = ["mcs", "-unsafe", "-warnaserror", f"-out:{program}", *map(str, sources)]
        subprocess.run(line, check=True)
    return ["env", f"LD_LIBRARY_PATH={folder}", "mono", str(program)]


def python_peer() -> list[str]:
    return [sys.executable, str(Path(__file__).parent / "bridge_peer.py")]
