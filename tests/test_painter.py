"""The painter: eye by eye under the governor, or the frame as it is."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eyebrush.errors import BackendError
from eyebrush.governor import Governor, State
from eyebrush.painter import NETWORK_NICENESS, Painter
from eyebrush.stylizer import Stylizer
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames

LONG = 10**9  # a period that nothing here exceeds
FRAMES = stereo_frames(4)


@pytest.fixture
def painter(installed: Path) -> Iterator[Painter]:
    made = Painter(Stylizer("alpha"), Governor(pinned=State.FULL))
    made.warm_up(FRAMES[0], np.empty_like(FRAMES[0].color))
    yield made
    made.close()


def paint(painter: Painter, frames=FRAMES[1], period_ns: int = LONG):
    out = np.zeros_like(frames.color)
    restyled = painter.paint(frames, out, time.perf_counter_ns(), period_ns)
    painter.done(restyled)
    return restyled, out


def test_eye_by_eye_is_the_same_as_both_at_once(painter: Painter) -> None:
    restyled, out = paint(painter)
    assert restyled
    assert painter.field is not None
    assert (out == painter.stylizer.composite(FRAMES[1], painter.field)).all()
    assert 0 < painter.composite_ns < LONG


def test_a_frame_without_time_passes_through(painter: Painter) -> None:
    painter.governor = Governor()
    painter.governor.eye_took(10_000)
    restyled, out = paint(painter, period_ns=1000)
    assert not restyled
    assert (out == FRAMES[1].color).all()
    assert painter.governor.passed == 1


def test_the_right_eye_is_given_up_with_the_left(painter: Painter) -> None:
    class OneEye(Governor):
        def fits(self, now_ns: int, eyes_left: int) -> bool:
            return eyes_left == 2

    painter.governor = OneEye()
    restyled, out = paint(painter)
    assert not restyled
    assert (out == FRAMES[1].color).all()


@pytest.mark.parametrize("state", State)
def test_each_state_does_what_its_row_says(painter: Painter, state: State) -> None:
    painter.governor = Governor(pinned=state)
    made = painter.worker.made
    paint(painter)
    assert painter.worker.wait_for(made + 1, 30)
    restyled, out = paint(painter)
    assert restyled is (state != State.PASS_THROUGH)
    field = painter.field
    assert field is not None
    full = FRAMES[0].color.shape[1] // 2
    assert field.strokes.shape[1] == (full if state < State.SMALL_FIELD else 32)
    strokes = painter.stylizer.composite(FRAMES[1], field)
    colours = painter.stylizer.composite(FRAMES[1], field, strokes=False)
    wanted = {State.GRID_ONLY: colours, State.PASS_THROUGH: FRAMES[1].color}.get(state, strokes)
    assert (out == wanted).all()


def test_a_probe_leaves_no_trace_in_the_picture(painter: Painter) -> None:
    painter.governor = Governor(pinned=State.PASS_THROUGH)
    before = painter.governor._eye_ns
    _, out = paint(painter)
    assert painter.governor._eye_ns > before
    assert (out == FRAMES[1].color).all()


def test_copies_protect_the_network_from_sources_that_write_again(installed: Path) -> None:
    painter = Painter(Stylizer("alpha"), Governor(pinned=State.FULL), copies=True)
    try:
        pixels = FRAMES[0].color.copy()
        frames = replace(FRAMES[0], color=pixels)
        painter.warm_up(frames, np.empty_like(pixels))
        made = painter.worker.made
        paint(painter, frames)
        pixels[:] = 0  # the source's next frame
        assert painter.worker.wait_for(made + 1, 30)
        field, wanted = painter.worker.latest, painter.stylizer.field(FRAMES[0])
        assert field is not None
        assert np.abs(field.strokes.astype(int) - wanted.strokes).max() <= 8  # other statistics
    finally:
        painter.close()


def test_frames_of_another_size_wait_for_a_field_of_their_own(painter: Painter) -> None:
    larger = replace(stereo_frames(2, size=128)[1], display_time_ns=10**12)
    made = painter.worker.made
    restyled, out = paint(painter, larger)
    assert not restyled
    assert (out == larger.color).all()
    assert painter.governor._strain == 0, "that was no lack of time"
    assert painter.worker.wait_for(made + 1, 60)
    restyled, out = paint(painter, replace(larger, display_time_ns=10**12 + 1))
    assert restyled
    assert painter.field is not None
    assert painter.field.strokes.shape[1] == 64


def test_views_are_forgotten_when_the_space_moves(painter: Painter) -> None:
    paint(painter)
    assert painter.field is not None
    assert painter.field.views
    painter.worker.submit = lambda *_, **__: None  # type: ignore[method-assign]
    made = painter.worker.made
    painter.worker.wait_for(made + 1, 1)
    paint(painter)
    painter.forget_views()
    assert painter.field.views == ()
    paint(painter)
    assert painter.field.views == (), "the worker's newest is still that one"


def test_a_network_that_fails_is_told_at_the_start(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stylizer = Stylizer("alpha")
    painter = Painter(stylizer)

    def fails(*_: object, **__: object) -> None:
        raise BackendError("the device fell off")

    monkeypatch.setattr(stylizer, "field", fails)
    try:
        with pytest.raises(BackendError, match=r"fell off.*fix: eyebrush doctor"):
            painter.warm_up(FRAMES[0], np.empty_like(FRAMES[0].color))
    finally:
        painter.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_the_network_is_nicer_than_the_display(painter: Painter) -> None:
    worker = painter.worker._thread.native_id
    assert worker is not None
    display = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert os.getpriority(os.PRIO_PROCESS, worker) == min(19, display + NETWORK_NICENESS)
