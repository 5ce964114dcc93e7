"""The Unity package's HLSL on lavapipe, against reference.py: flat, multi-pass, single-pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from composite_cases import (
    CASES,
    CELLS,
    LINE,
    RIGHT,
    SIZE,
    SMALL,
    STROKES,
    check_composite,
    check_plain,
    check_small,
    depth_buffer,
    linear_color,
    stacked_grid,
)
from engine_root import display, why_not, work_folder
from unity_draw import STEREO, Job, Shaders, draw

# Multi-pass: each eye is drawn as an ordinary camera, and _EyebrushEye says which it is.
MODES = {"left": "", "right": "", "stereo": STEREO}
UNITY = [i for i, case in enumerate(CASES) if case["scale"] == 1.0]


def uniforms(cases: tuple[dict[str, Any], ...], eye: int) -> dict[str, list[float]]:
    """Unity's uniforms for the two eyes' cases; row 0 of its textures is at the bottom."""
    look = cases[0]
    rows = [np.column_stack([c["matrix"], c["parallax"]]).ravel() for c in cases]
    has_depth = float(look["depth_m"] is not None)
    return {
        "_EyebrushReproject": np.concatenate(rows).tolist(),
        "_EyebrushField": [*look["extent"], float(CELLS[1]), 0.0],
        "_EyebrushLook": [look["strength"], look["opacity"], has_depth, 1.0],
        "_EyebrushDepthLine": [*LINE, 0.0, 0.0],
        "_EyebrushCells": [1 / SMALL[0], 1 / SMALL[1], 2.0, 2.0],
        "_EyebrushEye": [float(eye)],
    }


def prepare(job: Job, shaders: Shaders, index: int, mode: str) -> None:
    """One case in one mode: all its textures and the three passes for its eyes."""
    pair = (CASES[index], RIGHT[index])
    keyword = MODES[mode]
    eyes = (0, 1) if keyword else (0,) if mode == "left" else (1,)
    base = f"{pair[0]['name']}-{mode}-"
    kind, layers = ("array", 2) if keyword else ("2d", 1)
    flipped = [linear_color(pair[e])[::-1] for e in eyes]
    job.texture(base + "scene", kind, "rgba32f", (*SIZE, layers), *flipped)
    job.texture(base + "copy", kind, "rgba16f", (*SIZE, layers))
    job.texture(base + "small", kind, "rgba8", (*SMALL, layers))
    depths = [depth_buffer(pair[e]) for e in eyes]
    depths = [np.zeros(SIZE[::-1], np.float32) if d is None else d[::-1] for d in depths]
    job.texture(base + "depth", kind, "r32f", (*SIZE, layers), *depths)
    names = {"_EyebrushDepth": base + "depth", "sampler_LinearClamp": "linear", "$Global": "block"}
    for case, side in zip(pair, ("Left", "Right"), strict=True):
        width, height, bins = CELLS
        name = base + "grid" + side
        job.texture(name, "3d", "rgba16f", (width, 3 * height, bins), stacked_grid(case))
        job.texture(base + "strokes" + side, "2d", "rgba8", (*STROKES, 1), case["strokes"])
        names |= {"_EyebrushGrid" + side: name, "_EyebrushStrokes" + side: base + "strokes" + side}
    steps = (("EyebrushEncode", "scene", "copy"), ("EyebrushReduce", "copy", "small"))
    for entry, source, target in (*steps, ("EyebrushComposite", "copy", "scene")):
        names["_BlitTexture"] = base + source
        for eye in eyes:
            numbers = uniforms(pair, eye)
            draw = shaders.draw(
                entry, keyword, base + target, eye, textures=dict(names), numbers=numbers
            )
            job.draws.append(draw)
    for what in ("scene", "small"):
        job.results += [{"texture": base + what, "layer": layer} for layer in range(layers)]


@pytest.fixture(scope="module")
def results():
    """What came out: (case, mode, eye) -> (restyled [H, W, 4] linear, small [h, w, 4]), row 0 on
    top."""
    with work_folder() as work, display(work) as screen:
        folder = work / "job"
        folder.mkdir()
        job, shaders = Job(folder), Shaders(folder)
        for index in UNITY:
            for mode in MODES:
                prepare(job, shaders, index, mode)
        draw(work, screen, job)
        out = {}
        for index in UNITY:
            for mode, keyword in MODES.items():
                for layer in (0, 1) if keyword else (0,):
                    base = folder / f"{CASES[index]['name']}-{mode}-"
                    scene = np.fromfile(f"{base}scene.{layer}.out", np.float32)
                    small = np.fromfile(f"{base}small.{layer}.out", np.uint8)
                    eye = 1 if mode == "right" else layer
                    out[index, mode, eye] = (
                        scene.reshape(SIZE[1], SIZE[0], 4)[::-1],
                        small.reshape(SMALL[1], SMALL[0], 4),
                    )
        return out


pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
]
VIEWS = [("left", 0), ("right", 1), ("stereo", 0), ("stereo", 1)]


@pytest.mark.parametrize(("mode", "eye"), VIEWS)
@pytest.mark.parametrize("index", UNITY, ids=lambda i: CASES[i]["name"])
def test_composite_like_reference(index: int, mode: str, eye: int, results: dict[Any, Any]) -> None:
    case = (CASES, RIGHT)[eye][index]
    pixels, small = results[index, mode, eye]
    if case["strength"] == 0:
        check_plain(case, pixels)
    else:
        check_composite(case, pixels)
        check_small(case, small)
