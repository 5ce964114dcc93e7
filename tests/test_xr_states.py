"""The table of session states."""

from __future__ import annotations

import logging
import re

import pytest

from eyebrush.xr.states import TABLE, Lifecycle
from eyebrush.xr.states import SessionState as S

USUAL = [S.IDLE, S.READY, S.SYNCHRONIZED, S.VISIBLE, S.FOCUSED]
END = [S.VISIBLE, S.SYNCHRONIZED, S.STOPPING, S.IDLE, S.EXITING]


def follow(states: list[S]) -> tuple[Lifecycle, list[str], list[bool]]:
    life = Lifecycle()
    done = []
    running = []
    for state in states:
        done.append(life.enter(state))
        running.append(life.running)
    return life, done, running


def test_a_whole_life(caplog: pytest.LogCaptureFixture) -> None:
    life, done, running = follow(USUAL + END)
    assert [d for d in done if d] == ["begin", "end", "leave"]
    assert running == [False, True, True, True, True, True, True, False, False, False]
    assert life.history == [S.UNKNOWN, *USUAL, *END]
    assert not caplog.records


def test_focus_comes_and_goes() -> None:
    life, _, running = follow([*USUAL, S.VISIBLE])
    assert running[-1]
    assert not life.focused
    life.enter(S.FOCUSED)
    assert life.focused


@pytest.mark.parametrize("before", range(6))
def test_loss_may_come_at_any_time(before: int, caplog: pytest.LogCaptureFixture) -> None:
    _, done, running = follow([*USUAL[:before], S.LOSS_PENDING])
    assert done[-1] == "lose"
    assert not running[-1]
    assert not caplog.records


def test_an_unknown_step_is_said_once_and_followed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="eyebrush")
    life, _, _ = follow([S.IDLE, S.FOCUSED])
    assert life.state == S.FOCUSED
    assert not life.running
    (record,) = caplog.records
    assert re.search("IDLE to FOCUSED", record.getMessage())


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(S)
    reached = {S.UNKNOWN, S.LOSS_PENDING}.union(*(row.follows for row in TABLE.values()))
    assert reached == set(S)
    for state, row in TABLE.items():
        assert row.follows or state in (S.LOSS_PENDING, S.EXITING)
        assert row.do in ("", "begin", "end", "leave", "lose")
