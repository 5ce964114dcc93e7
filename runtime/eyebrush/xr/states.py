"""The session's states as a table (OpenXR 1.1, section 9.3), without any OpenXR call."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import IntEnum

log = logging.getLogger("eyebrush")


class SessionState(IntEnum):
    """XrSessionState."""

    UNKNOWN = 0
    IDLE = 1
    READY = 2
    SYNCHRONIZED = 3
    VISIBLE = 4
    FOCUSED = 5
    STOPPING = 6
    LOSS_PENDING = 7
    EXITING = 8


@dataclass(frozen=True)
class Row:
    """do: begin, end, leave (for good), lose (a new session may follow) or "" on entering the
    state; follows: the states that may come next (LOSS_PENDING may always)."""

    do: str
    follows: frozenset[SessionState]


S = SessionState
TABLE = {
    S.UNKNOWN: Row("", frozenset({S.IDLE})),
    S.IDLE: Row("", frozenset({S.READY, S.EXITING})),
    S.READY: Row("begin", frozenset({S.SYNCHRONIZED, S.STOPPING})),
    S.SYNCHRONIZED: Row("", frozenset({S.VISIBLE, S.STOPPING})),
    S.VISIBLE: Row("", frozenset({S.FOCUSED, S.SYNCHRONIZED})),
    S.FOCUSED: Row("", frozenset({S.VISIBLE})),
    S.STOPPING: Row("end", frozenset({S.IDLE})),
    S.LOSS_PENDING: Row("lose", frozenset()),
    S.EXITING: Row("leave", frozenset()),
}


class Lifecycle:
    """Follows the runtime from state to state. ``running``: between begin and end of the session,
    when frames must be waited for, begun and ended."""

    def __init__(self) -> None:
        self.state = S.UNKNOWN
        self.running = False
        self.history = [S.UNKNOWN]

    @property
    def focused(self) -> bool:
        """Whether input belongs to us."""
        return self.state == S.FOCUSED

    def enter(self, state: SessionState) -> str:
        """The runtime's new state; returns what to do: begin, end, leave, lose or "".

        A step that the table does not know is logged and followed: the runtime decides.
        """
        if state not in TABLE[self.state].follows and state != S.LOSS_PENDING:
            log.warning(
                "the runtime went from session state %s to %s, which OpenXR does not know",
                self.state.name,
                state.name,
            )
        self.state = state
        self.history.append(state)
        do = TABLE[state].do
        self.running = do == "begin" or (self.running and do == "")
        return do
