"""The Unity package's assemblies, compiled by Mono against the stubs in tests/unity_stubs.

Each assembly sees what its .asmdef refers to, and nothing else. Warnings are errors.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from bridge_native import needs_mono

HERE = Path(__file__).resolve().parent
STUBS = HERE / "unity_stubs"
PACKAGE = HERE.parent / "engine_bridge" / "unity"
# What each stub refers to itself; Unity gives UnityEngine and UnityEditor to everybody.
STUB_REFERENCES = {
    "UnityEngine": (),
    "UnityEditor": ("UnityEngine",),
    "Unity.RenderPipelines.Core.Runtime": ("UnityEngine",),
    "Unity.RenderPipelines.Core.Editor": (
        "UnityEngine",
        "UnityEditor",
        "Unity.RenderPipelines.Core.Runtime",
    ),
    "Unity.RenderPipelines.Universal.Runtime": (
        "UnityEngine",
        "Unity.RenderPipelines.Core.Runtime",
    ),
    "Unity.InputSystem": ("UnityEngine",),
    "nunit.framework": (),
}
# Referred to by every test assembly, and nothing of them is used.
EMPTY = ("UnityEngine.TestRunner", "UnityEditor.TestRunner")
# As in Unity 6: all public things are documented where they are, not in an XML file (1591).
OPTIONS = ("-langversion:7.2", "-warnaserror", "-target:library", "-nowarn:1591")


def asmdefs() -> dict[str, tuple[Path, dict[str, Any]]]:
    """Name -> (its folder, its content) of all assemblies, in an order to build them in."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.asmdef"), key=lambda p: p.name):
        content = json.loads(path.read_text("utf-8"))
        found[content["name"]] = (path.parent, content)
    ordered: dict[str, tuple[Path, dict[str, Any]]] = {}
    while len(ordered) < len(found):
        ready = [
            name
            for name, (_, content) in found.items()
            if name not in ordered
            and all(r in ordered or r not in found for r in content["references"])
        ]
        assert ready, f"assemblies refer to each other: {found.keys() - ordered.keys()}"
        ordered |= {name: found[name] for name in ready}
    return ordered


def sources(folder: Path) -> list[Path]:
    """The scripts of the assembly in a folder: all below it but for assemblies further down."""
    others = [p.parent for p in PACKAGE.rglob("*.asmdef") if p.parent != folder]
    inner = [other for other in others if folder in other.parents]
    scripts = sorted(folder.rglob("*.cs"))
    return [s for s in scripts if not any(other in s.parents for other in inner)]


def compile_library(
    out: Path, scripts: list[Path], references: list[Path], *options: str
) -> tuple[int, str]:
    """Exit code and what the compiler said."""
    line = ["mcs", *OPTIONS, *options, f"-out:{out}", *(f"-r:{r}" for r in references)]
    done = subprocess.run([*line, *map(str, scripts)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def build_stubs(folder: Path) -> None:
    needs_mono()
    for name, references in STUB_REFERENCES.items():
        wanted = [folder / f"{r}.dll" for r in references]
        scripts = [STUBS / f"{name}.cs", *STUBS.glob(f"{name}.Fake.cs")]
        code, said = compile_library(folder / f"{name}.dll", scripts, wanted, "-unsafe")
        assert code == 0, f"{name}: {said}"


def build_assembly(folder: Path, name: str) -> tuple[int, str]:
    """One of the package's assemblies, what it refers to being built in ``folder`` already."""
    place, content = asmdefs()[name]
    names = [r for r in content["references"] if r not in EMPTY]
    names += [Path(r).stem for r in content.get("precompiledReferences", [])]
    if not content.get("noEngineReferences"):
        names.append("UnityEngine")
        if content.get("includePlatforms") == ["Editor"]:
            names.append("UnityEditor")
    references = [folder / f"{n}.dll" for n in names]
    options = ["-unsafe"] if content.get("allowUnsafeCode") else []
    options.append(f"-doc:{folder / name}.xml")
    return compile_library(folder / f"{name}.dll", sources(place), references, *options)
