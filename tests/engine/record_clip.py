#!/usr/bin/env python3
"""Record the demo scene into a clip: Godot in an OpenXR session on Monado, all on the CPU.

    sudo python tests/engine/record_clip.py out.eyeclip --frames 120

Needs the engine root (setup-engine-root.sh beside this file), root rights for its chroot, and the
`eyebrush` package. Starts Xvfb, Monado and Godot, and ends what it started.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1] / "engine_bridge" / "godot" / "demo_project"


class EngineError(RuntimeError):
    """A part of the engine did not do its job; the message ends with its log."""


def engine_root() -> Path:
    """Where the engine root lies or would lie (engine-env.sh says the same)."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    default = Path(cache) / "eyebrush" / "engine-root"
    return Path(os.environ.get("EYEBRUSH_ENGINE_ROOT") or default)


def why_not() -> str:
    """Why no engine can run here; empty where one can."""
    if not (engine_root() / ".engine-root").is_file():
        return f"no engine root at {engine_root()} (tests/engine/setup-engine-root.sh builds one)"
    if os.geteuid() != 0:
        return "the engine root needs root rights (chroot and mounts)"
    return ""


def tail(log: Path, lines: int = 20) -> str:
    """The end of a log."""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:])


@contextlib.contextmanager
def display(work: Path) -> Iterator[str]:
    """A virtual X display of its own; Godot wants one even in XR. Gives its name."""
    log, number = work / "xvfb.log", work / "display"
    command = [HERE / "engine-run.sh", "Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24"]
    with log.open("wb") as err, number.open("wb") as out:
        server = subprocess.Popen([*command, "-nolisten", "tcp"], stdout=out, stderr=err)
    try:
        end = time.monotonic() + 20
        while not number.read_text().strip():
            if server.poll() is not None or time.monotonic() > end:
                raise EngineError(f"Xvfb opened no display:\n{tail(log)}")
            time.sleep(0.1)
        yield f":{number.read_text().strip()}"
    finally:
        server.terminate()
        server.wait(10)


@contextlib.contextmanager
def monado(work: Path) -> Iterator[Path]:
    """Monado's service with a simulated headset; gives the XDG_RUNTIME_DIR that clients need."""
    runtime, log = work / "run", work / "monado.log"
    started = subprocess.run(
        [HERE / "monado-start.sh", runtime, log], stdout=subprocess.PIPE, text=True, check=False
    )
    if started.returncode:
        raise EngineError("monado-start.sh failed")
    try:
        yield runtime
    finally:
        subprocess.run([HERE / "monado-stop.sh", started.stdout.strip()], check=False)


def record(raw: Path, arguments: list[str], *, project: Path = PROJECT, timeout_s: float) -> None:
    """Run the project in an OpenXR session, so that it fills the folder ``raw`` (under /tmp).

    ``arguments`` are the project's own, such as ``frames=8`` (main.gd). Raises EngineError.
    """
    with tempfile.TemporaryDirectory(prefix="eyebrush-engine-", dir="/tmp") as name:
        work = Path(name)
        shutil.copytree(project, work / "project")  # Godot writes into its project
        log = work / "godot.log"
        with display(work) as screen, monado(work) as runtime:
            settings = f"XDG_RUNTIME_DIR={runtime} DISPLAY={screen} HOME={work}"
            command = [HERE / "engine-run.sh", "godot", "--path", work / "project", "--fixed-fps"]
            command += ["72", "--xr-mode", "on", "--rendering-driver", "vulkan"]
            command += ["--audio-driver", "Dummy", "--", f"record={raw}", *arguments]
            with log.open("wb") as out:
                godot = subprocess.Popen(
                    command, stdout=out, stderr=out, env={**os.environ, "ENGINE_ENV": settings}
                )
            try:
                _watch(godot, log, timeout_s)
            finally:
                if godot.poll() is None:
                    godot.kill()
                    godot.wait()


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
