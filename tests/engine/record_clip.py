#!/usr/bin/env python3
"""Record the demo scene into a clip: Godot in an OpenXR session on Monado, all on the CPU.

    sudo python tests/engine/record_clip.py out.eyeclip --frames 120

Needs the engine root (setup-engine-root.sh beside this file), root rights for its chroot, and the
`eyebrush` package. Starts Xvfb, Monado and Godot, and ends what it started.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine_root import (
    GODOT,
    EngineError,
    copy_project,
    display,
    godot_command,
    monado,
    process,
    tail,
    why_not,
    work_folder,
)

PROJECT = GODOT / "demo_project"


def record(raw: Path, arguments: list[str], *, project: Path = PROJECT, timeout_s: float) -> None:
    """Run the project in an OpenXR session, so that it fills the folder ``raw`` (under /tmp).

    ``arguments`` are the project's own, such as ``frames=8`` (main.gd). Raises EngineError.
    """
    with work_folder() as work, display(work) as screen, monado(work) as runtime:
        command = godot_command(
            copy_project(project, work / "project"), "--fixed-fps", "72", xr=True
        )
        log = work / "godot.log"
        with process(
            [*command, "--", f"record={raw}", *arguments],
            log,
            XDG_RUNTIME_DIR=runtime,
            DISPLAY=screen.name,
            HOME=work,
        ) as godot:
            _watch(godot, log, timeout_s)


def _watch(godot: subprocess.Popen[bytes], log: Path, timeout_s: float) -> None:
    end, shown = time.monotonic() + timeout_s, ""
    while godot.poll() is None:
        if time.monotonic() > end:
            raise EngineError(f"Godot was not done after {timeout_s:.0f} s:\n{tail(log)}")
        time.sleep(0.5)
        said = [x for x in log.read_text("utf-8", "replace").splitlines() if x.startswith("frame ")]
        if said and said[-1] != shown and sys.stderr.isatty():
            shown = said[-1]
            print(f"\r{shown}    ", end="", file=sys.stderr, flush=True)
    if godot.returncode:
        raise EngineError(f"Godot ended with exit code {godot.returncode}:\n{tail(log)}")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--first", type=int, default=0, help="leave out the frames before this one")
    parser.add_argument("--multiplier", type=float, default=4.6, help="4.6: 1472x1104 per eye")
    parser.add_argument("--quality", type=int, default=50, help="of the colour, 1..100")
    parser.add_argument("--step", type=float, default=0.001, help="of the inverse depth, 1/m")
    parser.add_argument("--licence", default="MIT (the scene is part of Eyebrush)")
    parser.add_argument("--timeout", type=float, default=7200, help="seconds")
    a = parser.parse_args()
    if reason := why_not():
        print(f"record_clip: {reason}", file=sys.stderr)
        return 2
    sys.path.insert(0, str(PROJECT))
    from pack_clip import InputError, pack

    from eyebrush.clip import ClipInfo

    info = ClipInfo(
        "A room and its garden",
        scene="a walk from a painter's room through its door into the garden, a balloon; 72 Hz",
        licence=a.licence,
        recorded="tests/engine/record_clip.py; head motion scripted, 1/72 s a frame",
    )
    with tempfile.TemporaryDirectory(prefix="eyebrush-raw-", dir="/tmp") as name:
        raw = Path(name)
        arguments = [f"frames={a.frames}", f"multiplier={a.multiplier}"]
        try:
            record(raw, arguments, timeout_s=a.timeout)
            count = pack(raw, a.target, info, quality=a.quality, step=a.step, first=a.first)
        except (EngineError, InputError) as error:
            print(f"record_clip: {error}", file=sys.stderr)
            return 1
    print(f"{count} frames, {a.target.stat().st_size / 1e6:.2f} MB: {a.target}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
