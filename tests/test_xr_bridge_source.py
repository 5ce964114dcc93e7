"""An engine draws for the player's headset over the bridge."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from eyebrush.bridge import EngineSession
from eyebrush.frame import EyeFrames
from eyebrush.xr import bridge_source
from eyebrush.xr.bridge_source import GREY, BridgeSource
from eyebrush.xr.sources import open_source
from fake_headset import views_at

NAME = f"xr-source-{os.getpid()}"
WIDTH, HEIGHT = 40, 32


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[BridgeSource]:
    monkeypatch.setattr(bridge_source, "RETRY_S", 0.0)
    made = open_source(f"bridge:{NAME}", WIDTH, HEIGHT)
    assert isinstance(made, BridgeSource)
    yield made
    made.close()


def picture(value: int, depth: bool = False, size: tuple[int, int] = (HEIGHT, WIDTH)) -> EyeFrames:
    color = np.full((2, *size, 4), value, np.uint8)
    color[..., 3] = 255
    depth_m = np.full((2, 8, 8), 2.0, np.float32) if depth else None
    return EyeFrames(color, views_at(value), 10**9 + value, depth_m)


def test_the_engine_hears_where_the_eyes_will_be_and_its_frames_are_shown(
    source: BridgeSource,
) -> None:
    frames, placed = source.frame(views_at(1), 100)
    assert (frames.color[..., :3] == GREY).all()
    assert placed == views_at(1)
    with EngineSession(NAME, WIDTH, HEIGHT, depth=True, pixels=True) as engine:
        source.frame(views_at(2), 200)
        report = engine.status().report
        assert report.head_display_time_ns == 200
        for told, meant in zip(report.head, views_at(2), strict=True):
            assert told.orientation_xyzw == pytest.approx(meant.orientation_xyzw, abs=1e-6)
            assert told.position_m == pytest.approx(meant.position_m, abs=1e-6)
        for i in (7, 9):
            engine.send(picture(i, depth=True), (HEIGHT, WIDTH), i)
        frames, placed = source.frame(views_at(3), 300)
        assert (frames.color[..., :3] == 9).all(), "the newest frame counts"
        assert frames.display_time_ns == 300
        assert frames.depth_m is not None
        assert placed[0].orientation_xyzw == pytest.approx(
            views_at(9)[0].orientation_xyzw, abs=1e-6
        )
        again, _ = source.frame(views_at(4), 400)
        assert again.color is frames.color, "nothing newer: the same one stays"
        engine.send(picture(11), (HEIGHT, WIDTH), 11)
        newer, _ = source.frame(views_at(5), 500)
        assert (newer.color[..., :3] == 11).all()
        assert (frames.color[..., :3] == 9).all(), "the one before is left alone for a while"
        assert newer.depth_m is None


def test_engines_come_and_go(source: BridgeSource, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="eyebrush")
    for i in (20, 30):
        with EngineSession(NAME, WIDTH, HEIGHT, pixels=True) as engine:
            engine.send(picture(i), (HEIGHT, WIDTH), i)
            frames, _ = source.frame(views_at(1), i)
            assert (frames.color[..., :3] == i).all()
        for _ in range(3):
            frames, _ = source.frame(views_at(1), i)
            assert (frames.color[..., :3] == i).all(), "the last frame stays"
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 5, said  # gone, not there, back; gone, not there
    assert all(f"bridge:{NAME}" in line for line in said)


@pytest.mark.parametrize("eyes", [1, 2])
def test_frames_that_cannot_be_shown_are_told(
    source: BridgeSource, caplog: pytest.LogCaptureFixture, eyes: int
) -> None:
    small = (
        picture(5, size=(HEIGHT // 4, WIDTH // 4)) if eyes == 2 else picture(5).eyes(slice(0, 1))
    )
    with EngineSession(NAME, WIDTH, HEIGHT, eyes, pixels=True) as engine:
        for i in range(3):
            engine.send(replace(small, display_time_ns=i), (HEIGHT, WIDTH), i)
            frames, _ = source.frame(views_at(1), 100)
        assert (frames.color[..., :3] == GREY).all()
    (said,) = [r.getMessage() for r in caplog.records if "full size" in r.getMessage()]
    assert "fix: switch pixels mode on" in said
