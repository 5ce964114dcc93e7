#!/usr/bin/env python3
"""Make the first picture of the Unity package's documentation with the package's own shader.

    PYTHONPATH=tests:tests/engine python tests/engine/unity_picture.py

A stereo frame of the shipped clip, plain and painted; encoded and composited by the package's
passes in the variant for single-pass stereo, on lavapipe. Needs setup-engine-root.sh's root.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from composite_cases import decode, encode
from engine_root import display, why_not, work_folder
from PIL import Image
from unity_draw import STEREO, Job, Shaders, draw

from eyebrush import EyeFrames, StyleField, Stylizer
from eyebrush.clip import ClipReader, shipped_clip

UNITY = Path(__file__).resolve().parents[2] / "engine_bridge" / "unity"
OUT = UNITY / "Documentation~" / "images" / "both-eyes.jpg"
MOMENT, STYLE, WIDTH = 0.72, "great-wave", 900  # of the clip, as a share of its length; pixels


def prepare(job: Job, shaders: Shaders, frames: EyeFrames, field: StyleField) -> None:
    """Textures and passes for both eyes. Row 0 of Unity's pictures is at the bottom."""
    height, width = frames.color.shape[1:3]
    scene = np.ones((2, height, width, 4), np.float32)
    scene[..., :3] = decode(frames.color[:, ::-1, :, :3] / 255.0)
    job.texture("scene", "array", "rgba32f", (width, height, 2), *scene)
    job.texture("copy", "array", "rgba16f", (width, height, 2))
    job.texture("depth", "array", "r32f", (width, height, 2), *np.zeros((2, height, width), "f4"))
    names = {"sampler_LinearClamp": "linear", "$Global": "block", "_EyebrushDepth": "depth"}
    _, bins, rows, columns = field.grid.shape[1:]
    for eye, side in enumerate(("Left", "Right")):
        grid = field.grid[eye].astype(np.float16).reshape(3, 4, bins, rows, columns)
        stacked = np.ascontiguousarray(grid.transpose(2, 0, 3, 4, 1))
        job.texture("grid" + side, "3d", "rgba16f", (columns, 3 * rows, bins), stacked)
        size = (*field.strokes.shape[2:0:-1], 1)
        job.texture("strokes" + side, "2d", "rgba8", size, field.strokes[eye])
        for what in ("Grid", "Strokes"):
            names[f"_Eyebrush{what}{side}"] = what.lower() + side
    numbers = {
        "_EyebrushReproject": [*np.eye(3, 4).ravel(), *np.eye(3, 4).ravel()],
        "_EyebrushField": [*field.extent, float(rows), 0.0],
        "_EyebrushLook": [1.0, 1.0, 0.0, 0.0],
        "_EyebrushDepthLine": [0.0, 1.0, 0.0, 0.0],
        "_EyebrushCells": [1.0, 1.0, 2.0, 2.0],
        "_EyebrushEye": [0.0],
    }
    for entry, source, target in (("Encode", "scene", "copy"), ("Composite", "copy", "scene")):
        textures = {**names, "_BlitTexture": source}
        for eye in (0, 1):
            more = {"textures": textures, "numbers": numbers}
            job.draws.append(shaders.draw("Eyebrush" + entry, STEREO, target, eye, **more))
    job.results = [{"texture": "scene", "layer": eye} for eye in (0, 1)]


def main() -> int:
    """Command line."""
    if reason := why_not():
        print(reason, file=sys.stderr)
        return 2
    with ClipReader(shipped_clip()) as clip:
        frames = clip[int(MOMENT * len(clip))]
    height, width = frames.color.shape[1:3]
    with work_folder() as work, display(work) as screen:
        folder = work / "job"
        folder.mkdir()
        job = Job(folder)
        prepare(job, Shaders(folder), frames, Stylizer(STYLE).field(frames))
        draw(work, screen, job)
        painted = [np.fromfile(folder / f"scene.{eye}.out", np.float32) for eye in (0, 1)]
    eyes = [linear.reshape(height, width, 4)[::-1, :, :3] for linear in painted]
    levels = [np.round(encode(np.clip(eye, 0, 1)) * 255).astype(np.uint8) for eye in eyes]
    plain = np.concatenate(list(frames.color[..., :3]), 1)
    picture = Image.fromarray(np.concatenate([plain, np.concatenate(levels, 1)], 0))
    size = (WIDTH, round(picture.height * WIDTH / picture.width))
    picture.resize(size, Image.Resampling.LANCZOS).save(OUT, quality=85)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
