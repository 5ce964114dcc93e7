"""The demo project's export presets: Godot packs the game, and starts it from its pack."""

from __future__ import annotations

import pytest
from engine_root import GODOT, copy_project, import_project, process, why_not, work_folder

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
]


@pytest.mark.slow
def test_the_demo_is_packed_and_starts_from_its_pack() -> None:
    """Without Godot's export templates, which no package holds: they only add the player."""
    with work_folder() as work:
        project = copy_project(GODOT / "demo_project", work / "project")
        import_project(project, work)
        for preset in ("Linux", "Windows"):
            pack, log = work / f"{preset}.pck", work / f"{preset}.log"
            command = ["godot", "--headless", "--path", project, "--export-pack", preset, pack]
            with process(command, log, HOME=work) as godot:
                godot.wait(200)
            text = log.read_text("utf-8", "replace")
            assert godot.returncode == 0, text
            stored = {line.split("res://")[1] for line in text.splitlines() if "res://" in line}
            names = {name.split("\x1b")[0] for name in stored}
            assert "addons/eyebrush/eyebrush.gdextension" in names, sorted(names)
            assert "world/world.tscn.remap" in names
            assert not [name for name in names if name.endswith((".py", ".md"))]
        log = work / "run.log"
        command = ["godot", "--headless", "--main-pack", work / "Linux.pck", "--xr-mode", "off"]
        with process(command, log, HOME=work) as godot:
            godot.wait(200)
        # its own words: the scene is there and runs, and has no headset here
        assert "eyebrush demo scene: no OpenXR session" in log.read_text("utf-8", "replace")
        assert godot.returncode == 2
