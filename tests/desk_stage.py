"""A real ``eyebrush ... --desk`` in a process of its own, with the tiny assets, for tests."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eyebrush import feed, resources
from eyebrush.bridge import EngineSession
from eyebrush.clip import back_and_forth
from tiny_assets import stereo_frames

PATIENCE_S = 60.0

# What a test needs that drives a desk; without, it is skipped with the missing module as reason.
NEEDS = ("starlette", "uvicorn", "websockets")


class Stage:
    """One runtime with its desk. ``link`` ends in a slash."""

    def __init__(self, *command: str, home: Path, assets: Path) -> None:
        environment = {**os.environ, resources.OVERRIDE: str(assets), "XDG_DATA_HOME": str(home)}
        environment["XDG_RUNTIME_DIR"] = str(home)
        self.said: list[str] = []
        line = [sys.executable, "-m", "eyebrush", *command, "--desk", "--desk-no-open"]
        if "--desk-port" not in command:
            line += ["--desk-port", "0"]
        self.process = subprocess.Popen(
            line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.link = until(self._link, "the desk's link")
        except AssertionError:
            self.stop()
            raise AssertionError("no desk:\n" + "".join(self.said)) from None

    def get(self, path: str) -> Any:
        """The JSON at ``path``."""
        return self.ask("GET", path)[1]

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """(status, JSON or bytes). body: bytes as they are, anything else as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            self.link + path, data=data, headers=headers or {}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, decoded(answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, decoded(error.read(), error.headers)

    def session(self, index: int = 0) -> dict[str, Any]:
        """A session's state, once there is one."""
        return until(lambda: self.get("api/state")["sessions"], "a session")[index]

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
        self._reader.join(PATIENCE_S)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def _link(self) -> str:
        assert self.process.poll() is None, "".join(self.said)
        found = re.search(r"the desk: (http://\S+/)\n", "".join(self.said))
        return found[1] if found else ""


def decoded(data: bytes, headers: Any) -> Any:
    return json.loads(data) if headers.get_content_type() == "application/json" else data


def until(condition: Callable[[], Any], what: str) -> Any:
    """The condition's value, as soon as it has one."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
    return value


@contextmanager
def staged(*command: str, home: Path, assets: Path) -> Iterator[Stage]:
    """A stage until the end of the block; it must end well."""
    stage = Stage(*command, home=home, assets=assets)
    try:
        yield stage
    finally:
        code = stage.stop()
    assert code == 0, "".join(stage.said)


@pytest.fixture(name="stage", scope="module")
def stage_fixture(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """``eyebrush demo --desk``, for all tests of a module."""
    clip = str(assets / "clip.eyeclip")
    with staged(
        "demo", "--clip", clip, home=tmp_path_factory.mktemp("home"), assets=assets
    ) as stage:
        until(lambda: stage.session()["state"] == "running", "the first frame")
        yield stage


@pytest.fixture(name="engine_stage", scope="module")
def engine_stage_fixture(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """``eyebrush serve --desk`` and an engine that sends frames: no governor lets any of them pass
    through, however busy the machine is."""
    stop = threading.Event()
    frames = [feed.small(frame) for frame in stereo_frames()]

    def play() -> None:
        with EngineSession("game", 96, 96, depth=True, engine="a test") as engine:
            for number in itertools.count(1):
                engine.send(back_and_forth(frames, number), (96, 96), number)
                if stop.wait(0.03):
                    return

    regions = tmp_path_factory.mktemp("regions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EYEBRUSH_BRIDGE_DIR", str(regions))
        with staged("serve", home=tmp_path_factory.mktemp("home"), assets=assets) as stage:
            player = threading.Thread(target=play)
            player.start()
            try:
                until(lambda: stage.session()["counts"]["fields"], "the first field")
                yield stage
            finally:
                stop.set()
                player.join()
