"""A running game of godot_checks: what it says, what it shows, and how to tell it something."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from engine_root import Display, EngineError, tail
from PIL import Image

FADE_FRAMES = 8  # 200 ms, of which a slow frame counts 50 at most; and what is on its way


@dataclass
class Game:
    """A running game: its log, its screen, and how to tell it something."""

    log: Path
    commands: Path
    screen: Display

    def lines(self) -> list[str]:
        return self.log.read_text("utf-8", "replace").splitlines()

    def reports(self) -> list[dict]:
        return [json.loads(x[9:]) for x in self.lines() if x.startswith('eyebrush {"')]

    def frames(self) -> int:
        return sum(x["frames"] for x in self.reports())

    def tell(self, command: str) -> None:
        written = self.commands.with_suffix(".new")
        written.write_text(command, "utf-8")
        written.rename(self.commands)

    def wait(self, state: str, *, after: int = 0, timeout_s: float = 60) -> int:
        """Until the effect says this state, in a line after this one; the number of that line."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            for i, line in enumerate(self.lines()):
                if i > after and line.startswith(f"state {state}"):
                    return i
            time.sleep(0.1)
        raise EngineError(f"no state {state} after {timeout_s:.0f} s:\n{tail(self.log)}")

    def wait_for(self, holds: Callable[[], bool], timeout_s: float = 60) -> None:
        end = time.monotonic() + timeout_s
        while not holds():
            if time.monotonic() > end:
                raise EngineError(f"it did not come about in {timeout_s:.0f} s:\n{tail(self.log)}")
            time.sleep(0.1)

    def silence(self) -> int:
        """Until the game wrote nothing for more than a second; how much it has reported."""
        count, since = len(self.reports()), time.monotonic()
        while time.monotonic() < since + 1.5:
            time.sleep(0.1)
            if (now := len(self.reports())) != count:
                count, since = now, time.monotonic()
        return count

    def next_report(self, count: int) -> dict:
        """The first report after this many."""
        self.wait_for(lambda: len(self.reports()) > count)
        return self.reports()[count]

    def settled(self, name: str, share: float) -> np.ndarray:
        """The screen once it shows something and the fade is over; kept if somebody asks."""
        drawn = self.frames()
        while self.frames() < drawn + FADE_FRAMES:
            time.sleep(0.2)
        last = self.screen.picture()
        for _ in range(40):
            time.sleep(0.5)
            now = self.screen.picture()
            if now.std() > 15 and (np.abs(now.astype(int) - last) > 12).mean() < share:
                break
            last = now
        if folder := os.environ.get("EYEBRUSH_PICTURES"):
            Image.fromarray(now).save(Path(folder) / f"{name}.png")
        return now
