"""Keys and controllers: next and previous style, strength, overlay, end."""

from __future__ import annotations

import contextlib
import ctypes as C
import os
import select
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from eyebrush.xr.headset import Headset

KEYS = {"n": "next", "p": "previous", "+": "stronger", "-": "weaker", "o": "overlay", "q": "quit"}
# command -> where it lies on each kind of controller
SIMPLE = "/interaction_profiles/khr/simple_controller"
TOUCH = "/interaction_profiles/oculus/touch_controller"
INDEX = "/interaction_profiles/valve/index_controller"
BINDINGS = {
    SIMPLE: {
        "next": "right/input/select/click",
        "previous": "left/input/select/click",
        "overlay": "left/input/menu/click",
    },
    TOUCH: {
        "next": "right/input/a/click",
        "previous": "left/input/x/click",
        "stronger": "right/input/b/click",
        "weaker": "left/input/y/click",
        "overlay": "left/input/thumbstick/click",
    },
    INDEX: {
        "next": "right/input/a/click",
        "previous": "left/input/a/click",
        "stronger": "right/input/b/click",
        "weaker": "left/input/b/click",
        "overlay": "left/input/thumbstick/click",
    },
}


class Keyboard:
    """Single keys from a terminal; nothing where standard input is none."""

    def __enter__(self) -> Keyboard:
        self._before: list[Any] | None = None
        if sys.stdin is not None and sys.stdin.isatty():
            with contextlib.suppress(ImportError):  # Windows has no termios
                import termios
                import tty

                self._before = termios.tcgetattr(sys.stdin)
                tty.setcbreak(sys.stdin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if self._before is not None:
            import termios

            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def commands(self) -> list[str]:
        """Commands typed since the last call."""
        if self._before is None or not select.select([sys.stdin], [], [], 0)[0]:
            return []
        typed = os.read(sys.stdin.fileno(), 64).decode("utf-8", "replace")
        return [KEYS[key] for key in typed if key in KEYS]


class Controllers:
    """The same commands from a headset's controllers, through OpenXR actions."""

    def __init__(self, headset: Headset, xr: Any) -> None:
        self._headset, self._raw = headset, xr.raw_functions
        instance = headset.instance
        self._set = xr.create_action_set(
            instance, xr.ActionSetCreateInfo("eyebrush", "Eyebrush", 0)
        )
        self._actions = {
            name: xr.create_action(
                self._set,
                xr.ActionCreateInfo(
                    action_name=name,
                    action_type=xr.ActionType.BOOLEAN_INPUT,
                    localized_action_name=f"{name} style" if name in ("next", "previous") else name,
                ),
            )
            for name in BINDINGS[INDEX]
        }
        for profile, places in BINDINGS.items():
            bindings = [
                xr.ActionSuggestedBinding(
                    self._actions[name], xr.string_to_path(instance, f"/user/hand/{place}")
                )
                for name, place in places.items()
            ]
            xr.suggest_interaction_profile_bindings(
                instance,
                xr.InteractionProfileSuggestedBinding(
                    interaction_profile=xr.string_to_path(instance, profile),
                    suggested_bindings=bindings,
                ),
            )
        xr.attach_session_action_sets(
            headset.session, xr.SessionActionSetsAttachInfo(action_sets=[self._set])
        )
        active = self._active = (xr.ActiveActionSet * 1)(xr.ActiveActionSet(self._set))
        self._sync = xr.ActionsSyncInfo()
        self._sync.count_active_action_sets = 1
        self._sync._active_action_sets = C.cast(active, C.POINTER(xr.ActiveActionSet))
        self._states = {
            name: (xr.ActionStateGetInfo(action), xr.ActionStateBoolean())
            for name, action in self._actions.items()
        }

    def commands(self) -> list[str]:
        """Buttons pressed since the last call; none while the focus is elsewhere."""
        if not self._headset.lifecycle.focused:
            return []
        session = self._headset.session
        if self._raw.xrSyncActions(session, C.byref(self._sync)).value:
            return []  # the focus has just gone, or the session has: the frame loop will hear it
        found = []
        for name, (ask, state) in self._states.items():
            self._raw.xrGetActionStateBoolean(session, C.byref(ask), C.byref(state))
            if state.is_active and state.changed_since_last_sync and state.current_state:
                found.append(name)
        return found


def dispatch(commands: list[str], table: dict[str, Callable[[], None]]) -> None:
    """Do what was asked for."""
    for command in commands:
        table[command]()
