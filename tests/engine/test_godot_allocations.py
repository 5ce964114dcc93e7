"""A frame in the steady state allocates nothing in the addon's library; counted inside Godot."""

from __future__ import annotations

import mmap
import os
import struct
import subprocess
import time
from pathlib import Path

import pytest
from engine_root import (
    copy_project,
    display,
    finish,
    godot_command,
    import_project,
    process,
    runtime,
    why_not,
    work_folder,
)
from godot_game import Game

import bridge_native

HERE = Path(__file__).resolve().parent

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
]


class Counter:
    """count_allocations.c's file: 0 or 1, and the count; int64 each."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(16))
        with path.open("r+b") as file:
            self.map = mmap.mmap(file.fileno(), 16)

    def switch(self, on: bool) -> None:
        self.map[:8] = struct.pack("<q", on)

    def count(self) -> int:
        return struct.unpack("<q", self.map[8:])[0]


def test_a_frame_allocates_nothing() -> None:
    session = f"test-{os.getpid()}-allocations"
    with work_folder() as work, display(work, (256, 256)) as screen:
        project = copy_project(HERE / "godot_checks", work / "project")
        import_project(project, work)
        preload = work / "count.so"
        line = [bridge_native.compiler(), "-O2", "-Wall", "-Werror", "-shared", "-fPIC"]
        subprocess.run([*line, HERE / "count_allocations.c", "-o", preload], check=True)
        counter = Counter(work / "allocations")
        game = Game(work / "godot.log", work / "commands", screen)
        command = godot_command(project, "--resolution", "192x192", method="mobile")
        command += ["--", f"session={session}", f"commands={game.commands}", "seconds=120"]
        environment = {
            "DISPLAY": screen.name,
            "HOME": work,
            "LD_PRELOAD": preload,
            "EYEBRUSH_ALLOCATIONS": work / "allocations",
        }
        with (
            runtime(work / "serve.log", session),
            process(command, game.log, **environment) as godot,
        ):
            game.wait("painting")
            game.settled("allocations", 0.05)
            # What the game reports is made anew each time, so it says nothing meanwhile.
            game.tell("silent 8")
            lines = game.silence()
            counter.switch(True)
            time.sleep(5)
            counter.switch(False)
            in_frames = counter.count()
            said = game.next_report(lines)
            counter.switch(True)  # a report does allocate: to see that something is counted
            game.wait_for(lambda: counter.count() > in_frames)
            counter.switch(False)
            game.tell("quit")
            finish(godot, game.log, 60)
    assert said["state"] == "painting"
    assert said["cpu_ms"]["frames"] > 10
    assert said["cpu_ms"]["fields"] > 3
    assert in_frames == 0
