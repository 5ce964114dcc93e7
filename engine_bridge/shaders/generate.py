#!/usr/bin/env python3
"""Make the engines' shaders from composite.slang; the results are committed.

    python engine_bridge/shaders/generate.py            write them
    python engine_bridge/shaders/generate.py --check    fail where a committed one is stale

Needs the Slang compiler `slangc`: on PATH, or from `pip install 'eyebrush[shaders]'`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "composite.slang"
GODOT = HERE.parent / "godot" / "addons" / "eyebrush" / "shaders" / "composite.gd"
STAGES = {"cover": "vertex", "encode": "fragment", "reduce": "fragment", "composite": "fragment"}
GODOT_HEAD = """\
## GLSL of the four stages, made by engine_bridge/shaders/generate.py from composite.slang.
##
## Text, compiled by Godot at start: a .glsl file would have to be imported, which Godot cannot do
## without a display.
"""


def slangc() -> Path | None:
    """The Slang compiler, or None where there is none."""
    if on_path := shutil.which("slangc"):
        return Path(on_path)
    wheel = importlib.util.find_spec("slangtorch")  # finds it without importing torch
    if wheel is None or wheel.origin is None:
        return None
    name = "slangc.exe" if os.name == "nt" else "slangc"
    compiler = Path(wheel.origin).parent / "bin" / name
    if not compiler.is_file():
        return None
    if not os.access(compiler, os.X_OK):  # wheels lose the mode
        compiler.chmod(compiler.stat().st_mode | 0o111)
    return compiler


def compile_stage(compiler: Path, entry: str, target: str, *options: str) -> str:
    """One entry point as text of the target language (glsl, hlsl, ...)."""
    command = [compiler, SOURCE, "-target", target, "-entry", entry, "-stage", STAGES[entry]]
    done = subprocess.run(
        [*command, "-line-directive-mode", "none", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"slangc failed for {entry}, {target}:\n{done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.splitlines() if line.strip())


def godot(compiler: Path) -> str:
    """A GDScript with one constant for each stage."""
    text = GODOT_HEAD
    for entry in STAGES:
        glsl = compile_stage(compiler, entry, "glsl", "-profile", "glsl_450")
        assert '"""' not in glsl
        text += f'\nconst {entry.upper()} := """{glsl}\n"""\n'
    return text


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    compiler = slangc()
    if compiler is None:
        print(
            "got no slangc; wanted the Slang compiler; fix: pip install 'eyebrush[shaders]'",
            file=sys.stderr,
        )
        return 2
    text = godot(compiler)
    if check:
        if GODOT.read_text("utf-8") != text:
            print(f"{GODOT} is stale: run {Path(__file__).name}", file=sys.stderr)
            return 1
        return 0
    GODOT.parent.mkdir(parents=True, exist_ok=True)
    GODOT.write_text(text, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
