"""The frame loop and the player, on a headset that insists on the order of calls."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eyebrush.cli import main
from eyebrush.demo.report import usable_cores
from eyebrush.desk.preview import Boards
from eyebrush.desk.tap import Wish
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from eyebrush.governor import Governor, State
from eyebrush.stylizer import Stylizer
from eyebrush.xr import player as player_module
from eyebrush.xr.loop import Loop
from eyebrush.xr.player import Options, Player
from eyebrush.xr.record import WARM_UP_FRAMES, Record
from eyebrush.xr.runtime import HeadsetLostError
from eyebrush.xr.sources import open_source
from eyebrush.xr.states import SessionState as S
from fake_desk import NoLink
from fake_headset import PERIOD_NS, STOP, FakeHeadset, views_at
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture


class CopyPainter:
    """Shows each frame as it is."""

    composite_ns = 1000
    field = None

    def __init__(self) -> None:
        self.governor = Governor()
        self.done_with: list[bool] = []
        self.forgot = 0

    def paint(self, frames: EyeFrames, out: np.ndarray, began_ns: int, period_ns: int) -> bool:
        np.copyto(out, frames.color)
        return True

    def done(self, restyled: bool) -> None:
        self.done_with.append(restyled)

    def forget_views(self) -> None:
        self.forgot += 1


def run(headset: FakeHeadset, frames: int = 10, source: Any = None) -> tuple[str, Record, Any]:
    record, painter = Record(), CopyPainter()
    source = source or open_source("test", headset.width, headset.height)
    loop: Any = Loop(headset, source, painter, record)  # type: ignore[arg-type]
    ending = loop.run(lambda: record.shown < frames)
    return ending, record, painter


def test_a_run_from_start_to_exit() -> None:
    headset = FakeHeadset()
    ending, record, painter = run(headset)
    assert ending == "leave"
    assert headset.exit_requested
    assert record.shown == len(headset.shown) == len(painter.done_with) == 10
    assert headset.layers[:10] == [1] * 10
    assert headset.prepared == 10, "images for the next frame, after each that was shown"
    assert not any(headset.layers[10:]), "after the wish to end nothing is drawn"
    assert headset.calls[0] == "begin"
    assert headset.calls[-2:] == ["end", "leave"]
    for call in ("xrWaitFrame", "xrBeginFrame", "xrEndFrame"):
        assert headset.calls.count(call) == headset.frame
    assert headset.depths[0].shape == (2, 32, 32)


def test_frames_that_nobody_sees_are_waited_for_and_ended_without_layers() -> None:
    headset = FakeHeadset(hidden=(2, 3), blind=(5,))
    _, record, _ = run(headset)
    assert headset.layers[:8] == [1, 1, 0, 0, 1, 0, 1, 1]
    assert (record.not_rendered, record.unlocated) == (2, 1)
    assert record.shown == 10


def test_a_source_that_fails_still_ends_its_frame() -> None:
    class Broken:
        copies = False

        def close(self) -> None: ...

        def frame(self, *_: object) -> None:
            raise InputError(got="a hole", wanted="a picture", fix="mend it")

    headset = FakeHeadset()
    with pytest.raises(InputError, match="a hole"):
        run(headset, source=Broken())
    assert headset.calls[-1] == "xrEndFrame"
    assert headset.layers == [0]


def test_the_runtime_ends_the_session() -> None:
    headset = FakeHeadset({4: STOP})
    ending, record, _ = run(headset, frames=100)
    assert ending == "leave"
    assert not headset.exit_requested
    assert record.shown == 4
    assert headset.calls[-2:] == ["end", "leave"]


def test_a_session_may_stop_and_start_again() -> None:
    pause = [S.STOPPING, S.IDLE, S.READY, S.SYNCHRONIZED, S.VISIBLE]
    headset = FakeHeadset({3: pause})
    ending, record, _ = run(headset)
    assert ending == "leave"
    assert record.shown == 10
    assert [c for c in headset.calls if not c.startswith(("xr", "show"))][:3] == [
        "begin",
        "end",
        "begin",
    ]


def test_focus_lost_changes_nothing_in_the_picture() -> None:
    headset = FakeHeadset({3: [S.VISIBLE], 6: [S.FOCUSED]})
    _, record, _ = run(headset)
    assert headset.layers[:10] == [1] * 10
    assert record.not_rendered == 0


def test_loss_announced_and_loss_unannounced() -> None:
    ending, record, _ = run(FakeHeadset({4: [S.LOSS_PENDING]}))
    assert (ending, record.shown) == ("lose", 4)
    with pytest.raises(HeadsetLostError, match="INSTANCE_LOST"):
        run(FakeHeadset({4: ["lost"]}))


def test_recentring_reaches_the_painter() -> None:
    _, _, painter = run(FakeHeadset({4: ["recentred"]}))
    assert painter.forgot == 1


def test_a_repeated_display_frame_is_late_and_not_ours() -> None:
    headset = FakeHeadset(skipped=(WARM_UP_FRAMES + 4,), hidden=(WARM_UP_FRAMES + 9,))
    _, record, _ = run(headset, frames=WARM_UP_FRAMES + 20)
    assert (record.late, record.late_by_us) == ([3], 0)
    assert len(record.ours) == record.shown - WARM_UP_FRAMES == 20
    assert record.period_ns == PERIOD_NS
    for ours, *parts in zip(
        record.ours, record.composite, record.upload, record.python, strict=True
    ):
        assert ours == sum(parts)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Headsets that the player finds, one after the other; an exception is raised instead."""
    waiting: list[Any] = []

    def next_headset(*_: object) -> FakeHeadset:
        found = waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    class NoControllers:
        def __init__(self, *_: object) -> None: ...

        def commands(self) -> list[str]:
            return []

    monkeypatch.setattr(player_module, "Headset", next_headset)
    monkeypatch.setattr(player_module, "Controllers", NoControllers)
    monkeypatch.setattr(player_module, "openxr", lambda: None)
    monkeypatch.setattr(player_module, "RETRY_S", 0.01)
    yield waiting
    assert gc.isenabled()


def play(installed: Path, options: Options) -> Player:
    stylizer = Stylizer("alpha")
    styles = [stylizer.library.get(name) for name in ("alpha", "beta", "gamma")]
    player = Player(stylizer, styles, options, Governor(pinned=State.FULL))
    player.play()
    return player


@pytest.mark.parametrize("kind", ["test", "clip"])
def test_the_player_restyles(installed: Path, sessions: list[Any], kind: str) -> None:
    source = f"clip:{installed / 'clip.eyeclip'}" if kind == "clip" else kind
    headset = FakeHeadset()
    sessions.append(headset)
    player = play(installed, Options(source=source, frames=8, overlay=True))
    assert headset.closed
    assert player.record.shown == 8
    assert player.record.passed == []
    plain, _ = open_source(source, headset.width, headset.height).frame(views_at(0), 1)
    assert (headset.shown[0][..., :3] != plain.color[..., :3]).mean() > 0.5
    assert (headset.shown[0][..., 3] == 255).all()


def test_the_player_at_the_desk(installed: Path, sessions: list[Any]) -> None:
    """What was shown goes to the desk frame by frame, and what it wishes is painted."""
    sessions.append(FakeHeadset())
    stylizer = Stylizer("alpha")
    link = NoLink()
    options = Options(source="test", frames=8)
    player = Player(stylizer, [stylizer.style], options, Governor(pinned=State.FULL), desk=link)
    link.tap.wanted = True
    link.tap.apply(Wish(strength=0.0))
    player.play()
    rows = link.tap.take_samples()
    assert len(rows) == 8
    assert set(rows[0]["ms"]) == {"composite", "upload", "other"}
    state = link.tap.state()
    assert (state["name"], state["state"], state["eyes"]) == ("xr", "running", 2)
    assert state["look"]["by"] == "desk"
    assert state["counts"]["fields"] >= 1
    picture = Boards().take("xr", link.tap.take_picture())
    np.testing.assert_array_equal(picture.before[..., :3], picture.after[..., :3])


def test_the_benchmark_on_a_headset(
    installed: Path, sessions: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions.append(FakeHeadset(skipped=(WARM_UP_FRAMES + 4,)))
    command = ["bench", "--xr", "--source", "synthetic", "--seconds", "0.4", "-o", str(tmp_path)]
    assert main([*command, "--no-governor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["profile"]["rate_hz"] == 1e9 / PERIOD_NS
    assert report["profile"]["width_px"] == FakeHeadset.width
    assert "Fake 1.0" in report["profile"]["what"]
    result = report["runs"][0]["summary"]
    assert result["frames_shown"] == 20
    assert result["frames_late"] == 1
    assert result["passed_through_share"] == 0
    assert result["stages_ms"]["network"]["p50"] > 0
    assert "Fake 1.0" in (tmp_path / "report.html").read_text()


def test_a_lost_session_is_opened_again(installed: Path, sessions: list[Any]) -> None:
    first, second = FakeHeadset({5: ["lost"]}), FakeHeadset()
    sessions += [first, HeadsetLostError("not yet; fix: wait"), second]
    player = play(installed, Options(frames=12, reconnect_s=5))
    assert player.sessions == 2
    assert first.closed
    assert second.closed
    assert (len(first.shown), len(second.shown)) == (5, 7)


def test_no_runtime_comes_back(installed: Path, sessions: list[Any]) -> None:
    sessions.append(FakeHeadset({5: ["lost"]}))
    with pytest.raises(HeadsetLostError, match=r"no runtime came back within 0 s; fix: start"):
        play(installed, Options(frames=12, reconnect_s=0))


def test_styles_and_strength_turn_round(installed: Path) -> None:
    stylizer = Stylizer("gamma")
    styles = [stylizer.library.get(name) for name in ("alpha", "beta", "gamma")]
    player = Player(stylizer, styles, Options())
    player._turn(1)
    assert stylizer.style.name == "alpha"
    player._turn(-1)
    assert stylizer.style.name == "gamma"
    for _ in range(20):
        player._change_strength(-0.1)
    assert stylizer.strength == 0.0
    player._change_strength(0.1)
    assert stylizer.strength == pytest.approx(0.1)


def test_the_command_writes_report_and_mirror(
    installed: Path, sessions: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions.append(FakeHeadset())
    mirror = tmp_path / "mirror.png"
    command = ["xr", "--frames", str(WARM_UP_FRAMES + 5), "--mirror", str(mirror), "--json"]
    assert main([*command, "--style", "beta"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == WARM_UP_FRAMES + 5
    assert report["frames_measured"] == 5
    assert report["style"] == "beta"
    assert report["governor"]["frames"] == WARM_UP_FRAMES + 5
    assert report["garbage"]["collections"] == 0
    assert report["backend"]["backend"] == "openvino"
    assert report["backend"]["threads"] == max(1, usable_cores() - 1), "a core for the runtime"
    with Image.open(mirror) as picture:
        assert picture.size == (2 * FakeHeadset.width, FakeHeadset.height)
    sessions.append(FakeHeadset())
    assert main(["xr", "--frames", str(WARM_UP_FRAMES + 5)]) == 0
    text = capsys.readouterr().out
    for word in ("Fake 1.0", "p99", "governor:", "openvino", "late"):
        assert word in text


def test_hours_of_frames_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eyebrush.xr.record.KEPT_FRAMES", 100)
    record = Record()
    for i in range(1000 + WARM_UP_FRAMES):
        slow = i % 250 == 249
        record.add(
            display_time_ns=1 + 10 * i + 10 * (i // 250),
            period_ns=10,
            source_ns=0,
            composite_ns=1,
            upload_ns=1,
            ours_ns=11 if slow else 3,
            state=0,
            restyled=not slow,
            made=None,
        )
        record.ended(2)
    assert (record.shown, record.measured) == (1030, 1000)
    assert 100 <= len(record.ours) < 200
    assert len(record.source) == len(record.state) == len(record.runtime) == len(record.ours)
    assert (record.late_count, record.late_by_us, record.passed_count) == (4, 4, 4)
    kept = record.ours.tolist()
    assert record.late == record.passed == [i for i, ns in enumerate(kept) if ns == 11]
    assert record.as_recording({}).late == record.late
