"""The runtime's side of the desk: what a frame pays, and how soon a wish holds."""

from __future__ import annotations

import json
import os
import threading
import time

import numpy as np
import pytest

from eyebrush import Stylizer
from eyebrush.desk.loop import LoopDesk
from eyebrush.desk.preview import Boards, encode
from eyebrush.desk.tap import MOST_PX, SAMPLES_KEPT, Tap, Wish, thinned
from eyebrush.frame import EyeFrames
from eyebrush.painter import Painter
from fake_desk import NoLink
from serving import PATIENCE_S
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture
from tiny_assets import stereo_frames


def tap_of(**options):
    woken = threading.Event()
    return Tap("game", dict, lambda _wish: None, woken.set, **options), woken


def test_samples_wait_in_bounded_memory():
    tap, _ = tap_of()
    for i in range(10 * SAMPLES_KEPT):
        tap.sample({"composite": i})
    rows = tap.take_samples()
    assert len(rows) == SAMPLES_KEPT
    assert rows[-1]["ms"]["composite"] == round((10 * SAMPLES_KEPT - 1) * 1e-6, 3)
    assert tap.take_samples() == []


@pytest.mark.parametrize(("height", "width"), [(96, 96), (1600, 1440), (641, 10), (1, 5000)])
def test_pictures_travel_whole_and_no_larger_than_wanted(height, width):
    rng = np.random.default_rng(0)
    tap, woken = tap_of()
    boards = Boards()
    tap.wanted = True
    for _ in range(2):  # the second time into the same memory
        before, after = rng.integers(0, 256, (2, 2, height, width, 4), np.uint8)
        tap.show({"before": before, "after": after})
        assert woken.is_set()
        assert not tap.wanted
        message = tap.take_picture()
        assert tap.take_picture() is None
        shown = boards.take("game", json.loads(json.dumps(message)))
        np.testing.assert_array_equal(shown.before, thinned(before))
        np.testing.assert_array_equal(shown.after, thinned(after))
        assert max(shown.before.shape[1:3]) <= MOST_PX
        assert not os.path.exists(message["path"]) or os.name == "nt", "nothing is left behind"
        assert encode(shown)[:2] == b"\xff\xd8"
    tap.close()


def test_a_picture_that_was_written_over_is_not_shown():
    """Half of one and half of the next would be a before and an after of two moments."""
    tap, _ = tap_of()
    boards = Boards()
    picture = np.zeros((2, 16, 16, 3), np.uint8)
    tap.show({"before": picture, "after": picture})
    late = tap.take_picture()
    tap.show({"before": picture, "after": picture})
    with pytest.raises(InterruptedError, match="written over"):
        boards.take("game", late)
    boards.take("game", tap.take_picture())
    tap.close()


def test_a_display_loop_has_a_wish_within_two_frames(installed):
    """Strength: in the very next frame. Style: in the field that the next frame begins, which the
    one after it is composited with (or the first that it is ready for)."""
    stylizer = Stylizer("alpha", precision="f32", smoothing_s=0, calm=0)
    frames = EyeFrames(stereo_frames(1)[0].color)
    out = np.empty_like(frames.color)
    painter = Painter(stylizer)
    desk = LoopDesk(NoLink(), "demo", "test", stylizer, painter.governor)

    def frame():
        made = painter.worker.made
        painter.paint(frames, out, time.perf_counter_ns(), 10**11)  # no hurry: all is allowed
        painter.done(True)
        desk.frame(
            frames, out, painter, {"composite": painter.composite_ns},
            period_ns=10**11, late=False, restyled=True,
        )  # fmt: skip
        assert painter.worker.wait_for(made + 1, PATIENCE_S)
        return out.copy()

    try:
        painter.warm_up(frames, out)
        frame()
        desk.apply(Wish(strength=0.0))
        np.testing.assert_array_equal(frame(), frames.color)
        desk.apply(Wish(style="gamma", strength=1.0))
        frame()
        shown = frame()
        wanted = Stylizer("gamma", precision="f32", smoothing_s=0, calm=0).restyle(frames).color
        assert np.abs(shown.astype(int) - wanted.astype(int)).max() <= 1
        assert desk.state()["look"] == {
            "style": "gamma", "strength": 1.0, "calm": 0.0, "detail": 0.7, "by": "desk"
        }  # fmt: skip
        stylizer.set_style("beta")
        assert desk.state()["look"]["by"] == "keys"
        desk.apply(Wish(release=True))
        assert desk.state()["look"]["by"] == "command line"
    finally:
        painter.close()
        desk.close()
