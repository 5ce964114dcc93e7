"""The Godot addon's parts, run by Godot itself without a display, and its editor plugin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine_root import (
    copy_project,
    finish,
    import_project,
    process,
    why_not,
    work_folder,
)

from godot_views import view_cases

HERE = Path(__file__).resolve().parent
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
]


def test_unit_tests_in_gdscript() -> None:
    with work_folder() as work:
        project = copy_project(HERE / "godot_checks", work / "project")
        import_project(project, work)
        cases = work / "views.json"
        cases.write_text(json.dumps(view_cases()))
        command = ["godot", "--headless", "--path", project, "--script", "res://unit_tests.gd"]
        log = work / "godot.log"
        with process([*command, "--", cases], log, HOME=work) as godot:
            godot.wait(120)
        text = log.read_text("utf-8")
        assert godot.returncode == 0, text
        assert "SCRIPT ERROR" not in text, text
        assert text.count("ok test_") == (HERE / "godot_checks" / "unit_tests.gd").read_text(
            "utf-8"
        ).count("func test_"), text


def test_plugin_goes_on_and_off_in_the_editor() -> None:
    with work_folder() as work:
        project = copy_project(HERE / "godot_checks", work / "project")
        import_project(project, work)
        settings = project / "project.godot"
        off = settings.read_text("utf-8")
        on = off.replace(
            "PackedStringArray()", 'PackedStringArray("res://addons/toggle/plugin.cfg")'
        )
        assert on != off
        settings.write_text(on, "utf-8")
        log = work / "godot.log"
        command = ["godot", "--headless", "--editor", "--path", project]
        with process(command, log, HOME=work) as editor:
            text = finish(editor, log, 120)
        said = [line for line in text.splitlines() if line.startswith("toggle: ")]
        assert said == [
            "toggle: on autoload=false style=great-wave",
            "toggle: dock true",
            'toggle: says ["Painting", "scream on CPU, 20 fields/s", "0.10 ms of CPU a frame"]',
            "toggle: enabled autoload=true style=scream",
            "toggle: off autoload=false style=scream",
        ], text
        errors = [line for line in text.splitlines() if "ERROR" in line]
        # Debian's Godot in a root without certificates; nothing of ours
        assert [e for e in errors if "X509Certificate" not in e] == [], text
        assert "autoload" not in settings.read_text("utf-8").lower()
