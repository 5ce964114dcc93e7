"""The bridge from Python: what goes in comes out, names are exclusive, and the structs agree."""

import re
from pathlib import Path

import numpy as np
import pytest

from eyebrush import bridge, bridge_structs
from eyebrush._core import bridge as core
from eyebrush.errors import BridgeError, InputError
from eyebrush.frame import EyeFrames, StyleField, View
from eyebrush.reference import field_size
from own_sessions import folder_fixture as folder_fixture

HEADER = Path(__file__).parents[1] / "engine_bridge" / "include" / "eyebrush_bridge.h"


def view(x=0.0):
    return View((0.0, 0.6, 0.0, 0.8), (x, 1.6, 0.0), (-0.8, 0.7, 0.9, -0.6))


def frames(seed=0, eyes=2, height=30, width=50, channels=3, views=True):
    rng = np.random.default_rng(seed)
    color = rng.integers(0, 256, (eyes, height, width, channels), dtype=np.uint8)
    depth = rng.random((eyes, 5, 7), dtype=np.float32) + 1
    poses = tuple(view(0.064 * e) for e in range(eyes)) if views else ()
    return EyeFrames(color, poses, 1000 + seed, depth)


def field(eyes=2, height=60, width=100, seed=1):
    rng = np.random.default_rng(seed)
    return StyleField(
        rng.random((eyes, 12, 8, 16, 16), dtype=np.float32),
        rng.integers(0, 256, (eyes, height, width, 4), dtype=np.uint8),
        extent=(0.5, 0.75),
        stage_ns={"ingest": 1, "tone": 2, "network": 3},
    )


@pytest.fixture
def engine():
    with bridge.EngineSession("game", 200, 120, engine="Test 1.0", depth=True) as session:
        yield session


@pytest.fixture
def runtime(engine):
    with bridge.RuntimeSession("game") as session:
        yield session


def test_a_frame_arrives_whole(engine, runtime):
    sent = frames()
    assert not runtime.wait(0.001)
    engine.send(sent, (120, 200), 7, (0.5, 1.0))
    assert runtime.wait(0)
    got = runtime.acquire()
    np.testing.assert_array_equal(got.frames.color[..., :3], sent.color)
    assert (got.frames.color[..., 3] == 255).all()
    np.testing.assert_array_equal(got.frames.depth_m, sent.depth_m)
    assert (got.frame_id, got.size, got.extent) == (7, (120, 200), (0.5, 1.0))
    assert got.frames.display_time_ns == sent.display_time_ns
    assert got.frames.views[1].position_m == pytest.approx(sent.views[1].position_m)
    assert got.small
    assert runtime.release()
    assert runtime.acquire() is None


def test_a_field_arrives_whole(engine, runtime):
    engine.send(frames(), (120, 200), 7)
    frame = runtime.acquire()
    made = field()
    runtime.publish_field(frame, made, 0.25, "fine")
    runtime.release()
    assert engine.wait(1)
    got = engine.field()
    np.testing.assert_array_equal(got.field.grid, made.grid)
    np.testing.assert_array_equal(got.field.strokes, made.strokes)
    assert (got.frame_id, got.strength, got.status) == (7, 0.25, "fine")
    assert got.field.extent == (0.5, 0.75)
    assert got.stage_ns == {**made.stage_ns, "composite": 0}
    assert got.field.views[0].fov_rad == pytest.approx(view().fov_rad)
    assert engine.field() is None


def test_newest_wins_and_the_others_are_counted(engine, runtime):
    for i in range(5):
        engine.send(frames(i), (120, 200), i)
    assert runtime.acquire().frame_id == 4
    assert runtime.skipped == 4
    runtime.release()


def test_frames_without_pose_and_mono(engine, runtime):
    engine.send(frames(eyes=1, views=False), (120, 200), 1)
    got = runtime.acquire()
    assert got.frames.views == ()
    assert got.frames.color.shape == (1, 30, 50, 4)
    runtime.release()


def test_sizes_may_change_below_those_of_the_session(engine, runtime):
    for height, width in ((30, 50), (16, 16), (20, 40)):
        engine.send(frames(height=height, width=width), (4 * height, 4 * width), 1)
        assert runtime.acquire().frames.color.shape == (2, height, width, 4)
        runtime.release()
    with pytest.raises(BridgeError, match="close the session and open it with larger eyes"):
        engine.send(frames(height=200, width=200), (800, 800), 1)


def test_pixels_mode_carries_whole_frames():
    with bridge.EngineSession("game", 50, 30, pixels=True) as engine:
        with bridge.RuntimeSession("game") as runtime:
            engine.send(EyeFrames(frames().color), (30, 50), 1)
            frame = runtime.acquire()
            assert not frame.small
            runtime.begin_pixels(frame)[:] = frame.frames.color // 2
            runtime.publish_pixels(frame, {"composite": 5}, 0.5)
            runtime.release()
            got = engine.field()
        assert got.field is None
        assert (got.stage_ns["composite"], got.strength) == (5, 0.5)
        np.testing.assert_array_equal(got.pixels[..., :3], frames().color // 2)


def test_pictures_stay_readable_after_the_session_ended():
    """A view keeps the region mapped: no use after unmapping, whatever Python code keeps."""
    engine = bridge.EngineSession("game", 200, 120)
    runtime = bridge.RuntimeSession("game")
    engine.send(EyeFrames(frames().color), (120, 200), 1)
    color = runtime.acquire().frames.color
    engine.close()
    runtime.close()
    np.testing.assert_array_equal(color[..., :3], frames().color)


def test_wishes_and_reports(engine, runtime):
    code = np.arange(5, dtype=np.float32)
    tone_out = np.arange(12, dtype=np.float32).reshape(3, 4)
    engine.set_control(
        bridge.Control(
            "great-wave", "scream", 0.25, 0.5, True, False, code, tone_out, "net", detail=0.75
        )
    )
    got = runtime.control()
    assert (got.style, got.mix_style, got.mix, got.strength) == ("great-wave", "scream", 0.25, 0.5)
    assert got.pixels
    assert not got.paused
    assert got.network == "net"
    assert (got.calm, got.detail) == (None, 0.75)
    np.testing.assert_array_equal(got.code, code)
    np.testing.assert_array_equal(got.tone_out, tone_out)
    assert runtime.control() is None
    runtime.report(bridge.Report("failed", "ü" * 300, "great-wave", "openvino", 12.5, 3, 4, 5))
    status = engine.status()
    assert status.link == "live"
    assert status.report.state == "failed"
    assert status.report.reason == "ü" * 127  # cut between characters
    assert status.report.fields_made == 3


def test_links(engine):
    assert engine.status().link == "none"
    with bridge.RuntimeSession("game"):
        assert engine.status().link == "live"
    assert engine.status().link == "lost"
    with bridge.RuntimeSession("game"):
        assert engine.status().link == "live"


def test_names_belong_to_one_engine_and_one_runtime(engine, runtime):
    with pytest.raises(BridgeError, match='the name "game", which a live engine has'):
        bridge.EngineSession("game", 200, 120)
    with pytest.raises(BridgeError, match="another runtime serves"):
        bridge.RuntimeSession("game")
    with pytest.raises(BridgeError, match="a live engine"):
        bridge.remove("game")
    (info,) = bridge.sessions()
    assert (info.name, info.engine, info.version) == ("game", "Test 1.0", "1.1")
    assert info.engine_live
    assert info.runtime_live
    assert not info.leftover
    engine.close()
    with pytest.raises(bridge.PeerGone):
        runtime.wait(1)
    with pytest.raises(BridgeError, match="no session"):
        bridge.RuntimeSession("game")
    assert bridge.sessions() == []


@pytest.mark.parametrize(
    "name", ["", "x" * 48, ".x", "-x", "a/b", "../x", "a b", "a\0b", "ä", "a~1"]
)
def test_names_are_checked(name):
    with pytest.raises(InputError, match="session name"):
        bridge.EngineSession(name, 200, 120)
    with pytest.raises(InputError, match="session name"):
        bridge.RuntimeSession(name)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (8193, 10)])
def test_sizes_of_a_session_are_checked(size):
    with pytest.raises(InputError, match="1 to 8192 pixels"):
        bridge.EngineSession("game", *size)


@pytest.mark.parametrize("extent", [(0.0, 1.0), (1.0, 1.5), (float("nan"), 1.0)])
def test_frames_are_checked_before_they_are_sent(engine, extent):
    with pytest.raises(InputError, match="extent"):
        engine.send(frames(), (120, 200), 1, extent)


def test_small_px_is_the_size_that_ingest_makes():
    for n in (1, 15, 16, 63, 64, 65, 71, 72, 73, 512, 1439, 1440, 1600, 2064, 2208, 8192):
        assert core.small_px(n) == field_size(n, n)[0]


def test_records_have_the_offsets_that_the_header_asserts():
    """Each ``offsetof`` and ``sizeof`` in eyebrush_bridge.h holds for the numpy records, too."""
    text = HEADER.read_text()
    records = {
        "eb_view": bridge_structs.VIEW,
        "eb_frame": bridge_structs.FRAME,
        "eb_field": bridge_structs.FIELD,
        "eb_control": bridge_structs.CONTROL,
        "eb_report": bridge_structs.REPORT,
        "eb_status": bridge_structs.STATUS,
        "eb_session_info": bridge_structs.SESSION_INFO,
        "eb_engine_config": bridge_structs.ENGINE_CONFIG,
    }
    sizes = dict(re.findall(r"sizeof\((eb_\w+)\) == (\d+)", text))
    assert sizes == {name: str(record.itemsize) for name, record in records.items()}
    offsets = re.findall(r"offsetof\((eb_\w+), (\w+)\) == (\d+)", text)
    assert len(offsets) >= 12
    for struct, name, offset in offsets:
        assert records[struct].fields[name][1] == int(offset), f"{struct}.{name}"
