"""Start the parts of the engine root (setup-engine-root.sh): Xvfb, Monado and Godot.

Each part is a context manager that ends what it started. The root sees only /tmp and /dev/shm of
this machine, so that every folder handed over here has to lie under /tmp.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
GODOT = HERE.parents[1] / "engine_bridge" / "godot"


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
def work_folder() -> Iterator[Path]:
    """A fresh folder that both sides see."""
    with tempfile.TemporaryDirectory(prefix="eyebrush-engine-", dir="/tmp") as name:
        yield Path(name)


@dataclass(frozen=True)
class Display:
    """A virtual X display: its name, and the file that holds its picture (X window dump)."""

    name: str
    framebuffer: Path

    def picture(self) -> np.ndarray:
        """What is on the screen now: [H, W, 3] uint8."""
        data = self.framebuffer.read_bytes()
        header = struct.unpack(">25I", data[:100])
        size, width, height, little, stride, colours = (header[i] for i in (0, 4, 5, 7, 12, 19))
        start = size + colours * 12
        rows = np.frombuffer(data, np.uint8, stride * height, start).reshape(height, stride)
        pixels = rows[:, : width * 4].reshape(height, width, 4)
        return pixels[..., 2::-1] if little == 0 else pixels[..., 1:]


@contextlib.contextmanager
def display(work: Path, size: tuple[int, int] = (640, 480)) -> Iterator[Display]:
    """A virtual X display of its own; Godot wants one even in XR."""
    log, number = work / "xvfb.log", work / "display"
    command = [HERE / "engine-run.sh", "Xvfb", "-displayfd", "1", "-nocursor", "-nolisten", "tcp"]
    command += ["-screen", "0", f"{size[0]}x{size[1]}x24", "-fbdir", work]
    with log.open("wb") as err, number.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=err)
    try:
        end = time.monotonic() + 20
        while not number.read_text().strip():
            if server.poll() is not None or time.monotonic() > end:
                raise EngineError(f"Xvfb opened no display:\n{tail(log)}")
            time.sleep(0.1)
        yield Display(f":{number.read_text().strip()}", work / "Xvfb_screen0")
    finally:
        server.terminate()
        server.wait(10)


@contextlib.contextmanager
def monado(work: Path, *settings: str) -> Iterator[Path]:
    """Monado's service with a simulated headset; gives the XDG_RUNTIME_DIR that clients need.

    settings: "NAME=VALUE" for its environment, see monado-start.sh.
    """
    runtime, log = work / "run", work / "monado.log"
    started = subprocess.run(
        [HERE / "monado-start.sh", runtime, log, *settings],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if started.returncode:
        raise EngineError("monado-start.sh failed")
    try:
        yield runtime
    finally:
        subprocess.run([HERE / "monado-stop.sh", started.stdout.strip()], check=False)


@contextlib.contextmanager
def to_the_end(started: subprocess.Popen) -> Iterator[subprocess.Popen]:
    """Killed where it still runs at the end."""
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
            started.wait()


@contextlib.contextmanager
def process(command: list[object], log: Path, **environment: object) -> Iterator[subprocess.Popen]:
    """A command inside the root, its output in ``log``; killed where it still runs at the end."""
    settings = " ".join(f"{name}={value}" for name, value in environment.items())
    with log.open("wb") as out:
        started = subprocess.Popen(
            [HERE / "engine-run.sh", *map(str, command)],
            stdout=out,
            stderr=out,
            env={**os.environ, "ENGINE_ENV": settings},
        )
    with to_the_end(started):
        yield started


@contextlib.contextmanager
def runtime(log: Path, session: str, *arguments: str) -> Iterator[subprocess.Popen]:
    """`eyebrush serve` on the host, for the one session; lines of JSON in ``log``."""
    command = [sys.executable, "-m", "eyebrush", "serve", "--json", "--name", session, *arguments]
    with log.open("wb") as out:
        started = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield started
    finally:
        if started.poll() is None:
            started.terminate()
            started.wait(20)


def finish(started: subprocess.Popen, log: Path, timeout_s: float) -> str:
    """Wait for a process; its log. Raises EngineError where it fails, takes too long, or where a
    GDScript failed (Godot itself goes on then)."""
    end = time.monotonic() + timeout_s
    while started.poll() is None:
        if time.monotonic() > end:
            raise EngineError(f"not done after {timeout_s:.0f} s:\n{tail(log)}")
        if "SCRIPT ERROR" in log.read_text("utf-8", "replace"):
            time.sleep(0.5)  # the rest of its lines
            raise EngineError(f"a script failed:\n{tail(log)}")
        time.sleep(0.1)
    if started.returncode:
        raise EngineError(f"ended with exit code {started.returncode}:\n{tail(log)}")
    return log.read_text("utf-8", "replace")


def godot_command(project: Path, *arguments: str, method: str = "", xr: bool = False) -> list[str]:
    """Godot on lavapipe; ``arguments`` come before a "--" of the caller's."""
    command = ["godot", "--path", str(project), "--rendering-driver", "vulkan"]
    command += ["--audio-driver", "Dummy", "--xr-mode", "on" if xr else "off"]
    if method:
        command += ["--rendering-method", method]
    return [*command, *arguments]


def copy_project(source: Path, target: Path) -> Path:
    """A project with the addon of this checkout and its native library; Godot writes into it."""
    from eyebrush.godot_addon import library

    shutil.copytree(source, target)
    shutil.copytree(GODOT / "addons", target / "addons", dirs_exist_ok=True)
    binaries = target / "addons" / "eyebrush" / "bin"
    shutil.rmtree(binaries, ignore_errors=True)
    binaries.mkdir()
    shutil.copy2(library(), binaries)
    return target


def import_project(project: Path, work: Path) -> str:
    """Let the editor import a project and find its extensions, as opening it does; its log.

    Not with --import: that ends while a thread still writes the class reference of extensions,
    which crashes Godot 4.5 and later (godotengine/godot#111048).
    """
    log = work / "import.log"
    command = ["godot", "--headless", "--path", project, "--editor", "--quit-after", "200"]
    with process(command, log, HOME=work) as editor:
        return finish(editor, log, 120)
