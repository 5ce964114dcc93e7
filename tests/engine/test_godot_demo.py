"""The demo project's hands, with trackers made up in the test."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from engine_root import (
    GODOT,
    copy_project,
    display,
    finish,
    godot_command,
    process,
    why_not,
    work_folder,
)
from PIL import Image

HERE = Path(__file__).resolve().parent
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
]


def test_hands_are_where_the_trackers_say() -> None:
    with work_folder() as work, display(work) as screen:
        project = copy_project(GODOT / "demo_project", work / "project")
        shutil.copy2(HERE / "hands_check.gd", project)
        log, shown = work / "godot.log", work / "hands.png"
        command = godot_command(project, "--script", "res://hands_check.gd", method="mobile")
        with process([*command, "--", shown], log, DISPLAY=screen.name, HOME=work) as godot:
            text = finish(godot, log, 120)
        picture = np.asarray(Image.open(shown).convert("RGB")).astype(int)
        if folder := os.environ.get("EYEBRUSH_PICTURES"):
            shutil.copy2(shown, Path(folder) / "hands.png")
    assert [line for line in text.splitlines() if line.startswith("hands: ")] == [
        "hands: untracked false false",
        "hands: held true true true",
        "hands: tracked true true",
    ], text
    width = picture.shape[1] // 2
    for half in (picture[:, :width], picture[:, width:]):
        skin = (half[..., 0] > half[..., 2] + 50) & (half[..., 0] > 120)
        assert skin.mean() > 0.002
