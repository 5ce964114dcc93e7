"""The Unity package's passes on lavapipe.

Compiled by glslang with stubs of Unity's headers (tests/unity_stubs/shaders), run by Godot's
RenderingDevice, which takes any SPIR-V: it stands in for Unity, and knows nothing of Eyebrush.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from engine_root import Display, finish, godot_command, process

import unity_hlsl

HERE = Path(__file__).resolve().parent
STEREO = "STEREO_INSTANCING_ON"  # the keyword of single-pass stereo


@dataclass
class Job:
    """What Godot is to do, as JSON: textures, draws into their layers, and what to keep."""

    folder: Path
    textures: list[dict[str, Any]] = field(default_factory=list)
    draws: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)

    def texture(self, name: str, kind: str, form: str, size: tuple[int, ...], *layers: Any) -> None:
        """size: (width, height, layers or depth); layers: their contents, or none at all."""
        for i, content in enumerate(layers):
            np.ascontiguousarray(content).tofile(self.folder / f"{name}.{i}")
        files = [f"{name}.{i}" for i in range(len(layers))]
        row = {"name": name, "kind": kind, "format": form, "size": size, "files": files}
        self.textures.append(row)


class Shaders:
    """The compiled stages, by mode."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def draw(self, entry: str, keyword: str, target: str, eye: int, **more: Any) -> dict[str, Any]:
        """One draw of a pass into the eye's layer. more: numbers, and resource -> texture."""
        names: dict[str, str] = more["textures"]
        numbers: dict[str, list[float]] = more["numbers"]
        vertex = unity_hlsl.compile_entry(
            "vert", "Vert", keyword, self.folder, "-DTARGET_IS_VULKAN"
        )
        fragment = unity_hlsl.compile_entry("frag", entry, keyword, self.folder)
        inside = unity_hlsl.interface(fragment)
        block = np.zeros(-(-inside.uniform_bytes // 16) * 4, np.float32)
        for name, offset in inside.offsets.items():
            block[offset // 4 : offset // 4 + len(numbers[name])] = numbers[name]
        return {
            "vertex": vertex.name,
            "fragment": fragment.name,
            "target": target,
            "layer": eye if keyword else 0,
            "instances": eye + 1 if keyword else 1,  # the last one, of the eye, stays
            "bind": {names.get(n, n): b for n, b in inside.bindings.items()},
            "block": block.tolist(),
        }


def draw(work: Path, screen: Display, job: Job) -> None:
    """Let Godot do it: what came out lies in the job's folder, as NAME.LAYER.out."""
    project = work / "project"
    project.mkdir()
    for name in ("project.godot", "draw.gd"):
        (project / name).write_bytes((HERE / "godot_checks" / name).read_bytes())
    text = {"textures": job.textures, "draws": job.draws, "results": job.results}
    (job.folder / "job.json").write_text(json.dumps(text))
    command = godot_command(project, "--script", "res://draw.gd", method="mobile")
    log = work / "godot.log"
    with process([*command, "--", job.folder], log, DISPLAY=screen.name, HOME=work) as godot:
        said = finish(godot, log, 180)
    assert "ERROR" not in said, said
