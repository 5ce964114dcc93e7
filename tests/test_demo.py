"""The demo: its schedule, its timed loop, its report and pictures."""

import json
import time

import numpy as np
import pytest
from PIL import Image

from eyebrush.cli import main
from eyebrush.clip import replayed
from eyebrush.demo import StyleSchedule, build_report, play
from eyebrush.demo.loop import Picture
from eyebrush.demo.pictures import _wipe_position, write_animation, write_contact_sheet
from eyebrush.stylizer import Stylizer
from tiny_assets import CLIP_PX, stereo_frames, tiny_style
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture


class TestSchedule:
    styles = tuple(tiny_style(name, seed) for seed, name in enumerate("abc"))

    def test_every_style_gets_its_share_and_fades_into_the_next(self):
        schedule = StyleSchedule(self.styles, frames=90, fade=4)
        places = [schedule.place(i) for i in range(90)]
        assert places[:26] == [0.0] * 26
        assert places[26:31] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
        assert places[30:56] == [1.0] * 26
        assert places[60:] == [2.0] * 30
        assert places == sorted(places)

    def test_places_are_styles_and_their_mixes(self):
        schedule = StyleSchedule(self.styles, frames=90, fade=4)
        assert [schedule.style(p) for p in (0.0, 1.0, 2.0)] == list(self.styles)
        mixed = schedule.style(1.25)
        wanted = 0.75 * self.styles[1].code + 0.25 * self.styles[2].code
        np.testing.assert_allclose(mixed.code, wanted, rtol=1e-5)

    def test_one_style_stays(self):
        schedule = StyleSchedule(self.styles[:1], frames=20, fade=5)
        assert {schedule.place(i) for i in range(20)} == {0.0}


def test_the_clip_runs_back_and_forth_and_time_only_forward():
    frames = stereo_frames(4)
    shown = [replayed(frames, i, 10) for i in range(9)]
    order = [next(k for k, f in enumerate(frames) if f.views == s.views) for s in shown]
    assert order == [0, 1, 2, 3, 2, 1, 0, 1, 2]
    assert [s.display_time_ns for s in shown] == list(range(10, 100, 10))


def keeps(index, kept):
    """The first frame, and the first one shown after the last style change."""
    if index == 0 or (index >= 12 and len(kept) == 1):
        kept.append(index)
        return True
    return False


@pytest.mark.parametrize("live", [True, False])
def test_play_measures_every_frame(installed, live):
    frames = stereo_frames(6)
    stylizer = Stylizer("alpha")
    styles = [stylizer.library.get(n) for n in ("alpha", "beta")]
    kept: list[int] = []
    recording = play(
        stylizer,
        frames,
        StyleSchedule(styles, 24, fade=3),
        rate_hz=72.0,
        live=live,
        keep=lambda i: keeps(i, kept),
        progress=lambda _: None,
    )
    shown = 24 - recording.skipped
    assert len(recording.frame_ns) == len(recording.composite_ns) == shown
    assert len(recording.field_age) == shown
    assert len(recording.switch_ns) == len(recording.switched_at)
    assert [p.index for p in recording.pictures] == kept
    assert [p.style for p in recording.pictures] == ["alpha", "beta"]
    assert all((p.before != p.after).any() for p in recording.pictures)
    assert all(c <= f for c, f in zip(recording.composite_ns, recording.frame_ns, strict=True))
    if live:
        assert 1 <= len(recording.field_ns) <= shown
        assert recording.wall_ns >= 22 * 1e9 / 72
        assert min(recording.field_age) >= 0
    else:
        assert len(recording.field_ns) == 24
        assert recording.switched_at == [0, 9, 10, 11, 12]
        assert set(recording.field_age) == {0}
    report = build_report(
        recording, backend=stylizer.describe(), clip={}, styles=["alpha", "beta"], outputs={}
    )
    assert report["mode"] == ("live" if live else "offline")
    assert report["budget_ms"] == 13.89
    assert set(report["stages_ms"]) == {
        "ingest", "tone", "network",
        "calm", "field", "composite", "frame",
    }  # fmt: skip
    for numbers in report["stages_ms"].values():
        assert 0 < numbers["p50"] <= numbers["p95"] <= numbers["p99"] <= numbers["max"]


def pictures(count):
    rng = np.random.default_rng(0)
    return [
        Picture(
            i,
            f"style-{i}",
            rng.integers(0, 256, (2, 40, 50, 3), dtype=np.uint8),
            rng.integers(0, 256, (2, 40, 50, 3), dtype=np.uint8),
        )
        for i in range(count)
    ]


def test_contact_sheet_has_a_row_for_each_moment(tmp_path):
    sizes = []
    for count in (1, 3):
        write_contact_sheet(tmp_path / "s.png", pictures(count), 72.0, "A title")
        with Image.open(tmp_path / "s.png") as sheet:
            sizes.append(sheet.size)
    assert sizes[0][0] == sizes[1][0] > 4 * 400
    assert sizes[1][1] - sizes[0][1] >= 2 * 320


def test_animation_wipes_from_rendered_to_restyled_and_back(tmp_path):
    positions = [_wipe_position(i, 60) for i in range(60)]
    assert positions[0] == positions[-1] == 1.0
    assert positions[30] == 0.0
    black_white = [
        Picture(i, "x", np.zeros((2, 40, 40, 3), np.uint8), np.full((2, 40, 40, 3), 255, np.uint8))
        for i in range(30)
    ]
    write_animation(tmp_path / "a.webp", black_white, 24.0)
    with Image.open(tmp_path / "a.webp") as animation:
        assert animation.n_frames > 5  # equal neighbours may be stored as one
        first = np.asarray(animation.convert("RGB"), int)
        animation.seek(animation.n_frames // 2)
        middle = np.asarray(animation.convert("RGB"), int)
    assert first.shape == (40, 80, 3)
    assert first[:10].mean() < 10
    assert middle[:10].mean() > 235  # lossy


@pytest.mark.parametrize("mode", [[], ["--offline"]])
def test_the_command_writes_all_it_promises(capsys, installed, tmp_path, mode):
    out = tmp_path / "demo"
    args = ["demo", "--clip", str(installed / "clip.eyeclip"), "--seconds", "0.5", "-o", str(out)]
    assert main([*args, "--styles", "alpha,beta", "--json", *mode]) == 0
    printed = json.loads(capsys.readouterr().out)
    report = json.loads((out / "report.json").read_text())
    assert printed == report
    assert report["mode"] == ("offline" if mode else "live")
    assert report["frames"] + report["frames_skipped"] == 36
    assert report["styles"] == ["alpha", "beta"]
    assert report["backend"]["backend"] == "openvino"
    assert report["clip"]["width_px"] == CLIP_PX
    assert report["peak_rss_mb"] > 50
    assert report["style_switch"]["count"] > 2
    assert sorted(p.name for p in out.iterdir()) == sorted(report["outputs"].values())
    with Image.open(out / "before-after.webp") as animation:
        assert animation.n_frames > 3
    assert (out / "before-after.webp").stat().st_size < 10_000_000


def test_the_table_for_people(capsys, installed, tmp_path):
    args = ["demo", "--clip", str(installed / "clip.eyeclip"), "--seconds", "0.2", "--no-animation"]
    assert main([*args, "-o", str(tmp_path / "demo")]) == 0
    out = capsys.readouterr().out
    for word in ("p99 ms", "network", "composite", "late", "openvino", "contact-sheet.png"):
        assert word in out
    assert not (tmp_path / "demo" / "before-after.webp").exists()


def test_a_late_frame_costs_the_ones_it_overlaps(installed, monkeypatch):
    stylizer = Stylizer("alpha")
    composite, calls = stylizer.composite, []

    def sometimes_slow(*args, **options):
        calls.append(None)
        if len(calls) == 4 + 2 * 3 + 1:  # the fourth frame after the warm-up, its left eye
            time.sleep(0.35)
        return composite(*args, **options)

    monkeypatch.setattr(stylizer, "composite", sometimes_slow)
    recording = play(
        stylizer,
        stereo_frames(4),
        StyleSchedule([stylizer.style], 10, fade=0),
        rate_hz=10.0,
        live=True,
        keep=lambda _: False,
        progress=lambda _: None,
    )
    assert 3 in recording.late
    assert recording.skipped >= 2
    assert len(recording.frame_ns) + recording.skipped == 10
