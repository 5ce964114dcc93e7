"""A desk that is not there, for tests of those that show themselves to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eyebrush.desk.tap import Tap, Wish


class NoLink:
    """In place of DeskLink: ``tap`` keeps what the last session would show."""

    tap: Tap

    def open(
        self, name: str, state: Callable[[], dict[str, Any]], apply: Callable[[Wish], None]
    ) -> Tap:
        self.tap = Tap(name, state, apply, lambda: None)
        return self.tap

    def close_tap(self, tap: Tap) -> None:
        tap.close()
