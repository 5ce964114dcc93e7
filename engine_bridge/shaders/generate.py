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
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "composite.slang"
GODOT = HERE.parent / "godot" / "addons" / "eyebrush" / "shaders" / "composite.gd"
UNITY = HERE.parent / "unity" / "Runtime" / "Shaders" / "EyebrushComposite.hlsl"
STAGES = {"cover": "vertex", "encode": "fragment", "reduce": "fragment", "composite": "fragment"}
UNITY_ENTRY = "functions"
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


UNITY_HEAD = """\
// The arithmetic of the composite, made by engine_bridge/shaders/generate.py from composite.slang.
// EyebrushPasses.hlsl calls it. Textures hold one eye, row 0 on top.
#ifndef EYEBRUSH_COMPOSITE_INCLUDED
#define EYEBRUSH_COMPOSITE_INCLUDED
"""


def compile_stage(compiler: Path, entry: str, target: str, *options: str) -> str:
    """One entry point as text of the target language (glsl, hlsl, ...)."""
    stage = STAGES.get(entry, "fragment")
    command = [compiler, SOURCE, "-target", target, "-entry", entry, "-stage", stage]
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


def unity(compiler: Path) -> str:
    """HLSL of the functions alone, under names of Unity's kind; its stages are written by hand."""
    text = compile_stage(
        compiler, UNITY_ENTRY, "hlsl", "-profile", "sm_5_0", "-DUNITY", "-no-mangle"
    )
    parts = re.findall(r"^(?:struct Constants_0|\w+ \w+_0\().*?^\}[^\n]*", text, re.M | re.S)
    names = re.findall(r"^\w+ (\w+)_0\(", text, re.M)
    fields = re.findall(r"^    \w+ (\w+)_0;", parts[0], re.M)
    renamed = {name + "_0": name for name in fields} | {"Constants_0": "EyebrushConstants"}
    renamed |= {n + "_0": "Eyebrush" + n.title().replace("_", "") for n in names}
    body = "\n\n".join(parts)
    body = re.sub(r"\b\w+_0\b", lambda m: renamed.get(m[0], m[0]), body)
    return UNITY_HEAD + "\n" + body + "\n\n#endif\n"


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
    status = 0
    for path, text in ((GODOT, godot(compiler)), (UNITY, unity(compiler))):
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        elif path.read_text("utf-8") != text:
            print(f"{path} is stale: run {Path(__file__).name}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
