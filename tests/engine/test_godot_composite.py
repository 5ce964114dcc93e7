"""The generated shader inside Godot, on lavapipe, against reference.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from composite_cases import (
    CASES,
    CELLS,
    LINE,
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
from engine_root import copy_project, display, finish, godot_command, process, why_not, work_folder

HERE = Path(__file__).resolve().parent


def write_case(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    base = str(folder / case["name"])
    linear_color(case).tofile(base + ".color")
    stacked_grid(case).tofile(base + ".grid")
    case["strokes"].tofile(base + ".strokes")
    if (depth := depth_buffer(case)) is not None:
        depth.tofile(base + ".depth")
    rows = np.column_stack([case["matrix"], case["parallax"]]).ravel().tolist()
    numbers = [*case["extent"], case["strength"], case["opacity"], *LINE, case["scale"]]
    numbers.append(float(case["depth_m"] is not None))
    cells = [1 / SMALL[0], 1 / SMALL[1], 2.0, 2.0]
    return {
        "name": case["name"],
        "size": SIZE,
        "small": SMALL,
        "cells": CELLS,
        "stroke_size": STROKES,
        "constants": [*rows, *numbers, *cells],
    }


@pytest.fixture(scope="module")
def results():
    """What Godot made of all cases: name -> (restyled [H, W, 4] encoded, small picture)."""
    with work_folder() as work, display(work) as screen:
        project = copy_project(HERE / "godot_checks", work / "project")
        folder = work / "cases"
        folder.mkdir()
        (folder / "cases.json").write_text(json.dumps([write_case(c, folder) for c in CASES]))
        command = godot_command(project, "--script", "res://composite_check.gd", method="mobile")
        log = work / "godot.log"
        with process([*command, "--", folder], log, DISPLAY=screen.name, HOME=work) as godot:
            text = finish(godot, log, 120)
        assert "ERROR" not in text, text
        out = {}
        for case in CASES:
            base = str(folder / case["name"])
            pixels = np.fromfile(base + ".out", np.float32).reshape(SIZE[1], SIZE[0], 4)
            small = np.fromfile(base + ".reduced", np.uint8).reshape(2 * SMALL[1], SMALL[0], 4)
            out[case["name"]] = (pixels, small[SMALL[1] :])
        return out


pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
]


@pytest.mark.parametrize("case", CASES[:-1], ids=lambda c: c["name"])
def test_composite_like_reference(case: dict[str, Any], results: dict[str, Any]) -> None:
    check_composite(case, results[case["name"]][0])


def test_no_strength_is_the_plain_picture(results: dict[str, Any]) -> None:
    check_plain(CASES[-1], results["plain"][0])


def test_small_picture_is_the_mean(results: dict[str, Any]) -> None:
    check_small(CASES[0], results["same"][1])
