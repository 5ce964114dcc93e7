"""The headset benchmark: its frames, its numbers, its pages. Nothing here judges a time."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eyebrush.bench import PROFILES, Profile, clip_frames, measure, refuse_fallback, summary
from eyebrush.bench import energy as energy_module
from eyebrush.bench.energy import EnergyMeter
from eyebrush.bench.frames import MOST_BYTES, frames_held, synthetic_frames
from eyebrush.bench.measure import without_warm_up
from eyebrush.cli import main
from eyebrush.demo.loop import Recording
from eyebrush.errors import BackendError
from eyebrush.frame import FIELD_STAGES
from eyebrush.governor import State
from eyebrush.stylizer import Stylizer
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

SMALL = Profile("small", 64, 48, 50.0, "for tests")
MADE_NS = 1_000_000, 1_000_000, 5_000_000, 1_000_000  # 8 ms for a field


def recording(times_ms: list[float], **changes: Any) -> Recording:
    """A run whose frames took these times, with everything else as it should be."""
    n = len(times_ms)
    r = Recording(
        live=True,
        rate_hz=SMALL.rate_hz,
        index=list(range(n)),
        frame_ns=[round(t * 1e6) for t in times_ms],
        composite_ns=[round(t * 8e5) for t in times_ms],
        field_age=[1] * n,
        field_ns=[dict(zip(FIELD_STAGES, MADE_NS, strict=True))] * (n // 2),
        state=[int(State.FULL)] * n,
        governor={"state": "full", "changes": 0, "last_change": ""},
    )
    for name, value in changes.items():
        setattr(r, name, value)
    return r


def test_profiles_are_those_of_the_headsets() -> None:
    wanted = {"desk": (512, 512, 72), "index90": (1440, 1600, 90), "index120": (1440, 1600, 120)}
    wanted["quest3-90"] = (2064, 2208, 90)
    assert {n: (p.width_px, p.height_px, p.rate_hz) for n, p in PROFILES.items()} == wanted


@pytest.mark.parametrize("profile", [SMALL, PROFILES["desk"]], ids=lambda p: p.name)
def test_frames_are_the_same_every_time(installed: Path, profile: Profile) -> None:
    clip = installed / "clip.eyeclip"
    for make in (lambda: clip_frames(clip, profile), lambda: synthetic_frames(profile)):
        once, again = make(), make()
        assert len(once) >= 2
        assert once[0].color.shape == (2, profile.height_px, profile.width_px, 3)
        assert all((a.color == b.color).all() for a, b in zip(once, again, strict=True))
        assert (once[0].color != once[-1].color).any()
        assert len({f.views for f in once}) > 1
        assert all(f.depth_m is not None for f in once)


def test_frames_fit_into_memory() -> None:
    for profile in PROFILES.values():
        size = 2 * profile.width_px * profile.height_px * 3
        assert 2 <= frames_held(profile) <= 120
        assert frames_held(profile) * size <= max(MOST_BYTES, 2 * size)


def test_numbers_of_a_run() -> None:
    s = summary(recording([4.0] * 99 + [9.0]), SMALL)
    assert s["stages_ms"]["frame"]["p50"] == 4.0
    assert s["stages_ms"]["frame"]["max"] == 9.0
    assert s["stages_ms"]["composite"]["p50"] == pytest.approx(3.2)
    assert s["stages_ms"]["rest"]["p50"] == pytest.approx(0.8)
    assert s["stages_ms"]["field"]["p50"] == 8.0
    assert s["motion_to_photon_added"]["share_of_period"]["p50"] == pytest.approx(0.2)
    assert s["motion_to_photon_added"]["strokes_are_old_ms"]["p50"] == 20.0
    assert s["state_shares"] == {"full": 1.0}
    assert s["verdict"] == {
        "holds": True,
        "with_room": True,
        "line": "holds: p99 4.05 ms, 20% of the budget",
    }


@pytest.mark.parametrize(
    ("times", "changes", "said"),
    [
        ([15.0] * 100, {}, "holds, without much room: p99 15.00 ms, 75%"),
        ([25.0] * 100, {}, "does not hold: p99 25.00 ms of 20.0 ms"),
        ([4.0] * 100, {"late": [7]}, "does not hold: 1.0% of the frames late"),
        ([4.0] * 100, {"skipped": 25}, "does not hold: 20.0% of the frames late"),
        ([4.0] * 100, {"passed": [1, 2]}, "does not hold: 2.0% passed through unstyled"),
        ([4.0] * 100, {"state": [0] * 90 + [2] * 10}, "does not hold: 10.0% with less than full"),
    ],
)
def test_a_verdict_hides_nothing(times: list[float], changes: dict[str, Any], said: str) -> None:
    verdict = summary(recording(times, **changes), SMALL)["verdict"]
    assert verdict["line"].startswith(said)
    assert verdict["holds"] is said.startswith("holds")
    assert verdict["with_room"] is False


def test_warm_up_is_left_out() -> None:
    r = recording([50.0] * 20 + [2.0] * 80, late=[3, 50], passed=[4, 60], skipped=0)
    rest = without_warm_up(r, 20)
    assert rest.index == list(range(20, 100))
    assert set(rest.frame_ns) == {2_000_000}
    assert (rest.late, rest.passed) == ([50], [60])
    assert len(rest.field_ns) == 40


def test_a_fallback_is_refused() -> None:
    really = {"backend": "openvino", "precision": "f32"}
    for asked in (("auto", "auto"), ("openvino", "f32"), ("auto", "f32")):
        refuse_fallback(*asked, really)
    with pytest.raises(BackendError, match=r"'tensorrt' but 'openvino' ran.*no result is written"):
        refuse_fallback("tensorrt", "auto", really)
    with pytest.raises(BackendError, match=r"precision 'bf16' but 'f32' ran.*fix: ask for what"):
        refuse_fallback("openvino", "bf16", really)


class TestEnergy:
    @pytest.fixture(autouse=True)
    def no_gpu(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(energy_module, "_nvidia", lambda: None)

    def counter(self, folder: Path, name: str, value: int) -> None:
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "energy_uj").write_text(f"{value}\n")
        (folder / name / "max_energy_range_uj").write_text("1000000\n")

    def test_packages_are_added_up_and_counters_start_again(self, tmp_path: Path) -> None:
        self.counter(tmp_path, "intel-rapl:0", 100_000)
        self.counter(tmp_path, "intel-rapl:1", 900_000)
        self.counter(tmp_path, "intel-rapl:0:0", 5)  # a part of package 0: not counted twice
        meter = EnergyMeter(tmp_path)
        meter.start()
        self.counter(tmp_path, "intel-rapl:0", 600_000)
        self.counter(tmp_path, "intel-rapl:1", 100_000)
        self.counter(tmp_path, "intel-rapl:0:0", 900_000)
        assert meter.stop() == pytest.approx(0.7)
        assert meter.parts == ["CPU package (RAPL)"]

    def test_none_is_said_with_its_reason(self, tmp_path: Path) -> None:
        meter = EnergyMeter(tmp_path)
        meter.start()
        assert meter.stop() is None
        assert "no RAPL" in meter.why_not

    def test_a_gpu_counts_millijoules(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Library:
            now = 5000

            def nvmlDeviceGetTotalEnergyConsumption(self, _: object, value: Any) -> int:
                value._obj.value = self.now
                return 0

        library = Library()
        monkeypatch.setattr(energy_module, "_nvidia", lambda: (library, None))
        meter = EnergyMeter(tmp_path)
        meter.start()
        library.now = 7500
        assert meter.stop() == pytest.approx(2.5)


def test_measure_replays_after_a_second_of_warm_up(installed: Path) -> None:
    frames = synthetic_frames(SMALL)
    r, beside = measure(Stylizer("alpha"), frames, SMALL, seconds=0.5, governed=False)
    assert min(r.index) >= 50
    assert max(r.index) <= 74
    assert set(r.state) == {State.FULL}
    assert r.governor["pinned"] is True
    assert beside["resident_mb"]["after"] > 20
    assert (beside["energy"]["watts"] is None) is bool(beside["energy"]["why_not"])


def test_the_command_writes_report_page_and_rows(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bench"
    command = ["bench", "--seconds", "0.4", "-o", str(out), "--style", "beta", "--json"]
    command += ["--clip", str(installed / "clip.eyeclip"), "--backend", "openvino,auto"]
    assert main(command) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads((out / "report.json").read_text())
    assert [run["name"][-3:] for run in report["runs"]] == ["(1)", "(2)"]
    assert [run["asked"]["backend"] for run in report["runs"]] == ["openvino", "auto"]
    assert all(run["really"]["backend"] == "openvino" for run in report["runs"])
    with (out / "frames.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(run["summary"]["frames_shown"] for run in report["runs"])
    assert {row["run"] for row in rows} == {run["name"] for run in report["runs"]}
    page = (out / "report.html").read_text()
    for outside in ("http:", "https:", "<script", "src=", "@import", "url("):
        assert outside not in page, outside
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 1 + 3 * 2
    for drawing in drawings:
        ET.fromstring(drawing)
        assert "nan" not in drawing
    assert page.count(report["runs"][0]["summary"]["verdict"]["line"].split(":")[0]) >= 1
    assert "prefers-color-scheme:dark" in page


@pytest.mark.parametrize("source", ["clip", "synthetic"])
def test_the_table_for_people(
    installed: Path, tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["bench", "--seconds", "0.2", "--source", source, "-o", str(tmp_path)]
    assert main([*command, "--clip", str(installed / "clip.eyeclip"), "--no-governor"]) == 0
    text = capsys.readouterr().out
    for word in ("desk", "p99 ms", "composite", "hold", "energy", "openvino", "report.html"):
        assert word in text


def test_what_does_not_exist_is_refused(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["bench", "-o", str(tmp_path / "out"), "--source", "synthetic"]
    assert main([*command, "--backend", "cuda"]) == 3
    assert "wanted auto or one of" in capsys.readouterr().err
    assert not (tmp_path / "out" / "report.html").exists()
    assert main(["bench", "--profile", "vive"]) == 2


def test_a_single_odd_run_can_be_drawn() -> None:
    """Two frames, one far too late: every plot still has a finite scale."""
    from eyebrush.bench import plots

    times = np.array([0.01, 900.0])
    for drawing in (
        plots.frame_graph([5, 6], times, 11.1, [0, 4], {6}, {5}),
        plots.histogram(times, 11.1),
        plots.stage_stack([("a <b>", {"composite": 0.0, "rest": 0.0})], 11.1),
    ):
        ET.fromstring(drawing)
        assert "nan" not in drawing
        assert "inf" not in drawing
