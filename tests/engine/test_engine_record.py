"""The real thing: Godot renders both eyes in an OpenXR session, and the clip reads back."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from eyebrush.clip import ClipInfo, ClipReader

HERE = Path(__file__).resolve().parent


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


recorder = load(HERE / "record_clip.py")
packer = load(recorder.PROJECT / "pack_clip.py")


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.skipif(bool(recorder.why_not()), reason=recorder.why_not() or "never")
def test_records_eight_frames(tmp_path_factory: pytest.TempPathFactory) -> None:
    raw = tmp_path_factory.mktemp("raw", numbered=True)
    if not raw.is_relative_to("/tmp"):
        pytest.skip("the engine root sees only /tmp, and pytest's temporary folder is elsewhere")
    # every 15th frame of the walk, at the runtime's own small size: indoors to outdoors
    recorder.record(raw, ["frames=8", "every=15", "multiplier=1", "warmup=2"], timeout_s=1800)
    target = raw / "eight.eyeclip"
    assert packer.pack(raw, target, ClipInfo("eight"), quality=80, step=0.0005) == 8
    with ClipReader(target) as clip:
        frames = list(clip)
        assert "Monado" in clip.info.runtime
        assert "Godot 4." in clip.info.engine
    assert len(frames) == 8
    for frame in frames:
        left, right = (np.array(v.position_m) for v in frame.views)
        # the simulated headset's eyes are 63 mm apart, and look the same way
        assert np.linalg.norm(right - left) == pytest.approx(0.063, abs=2e-4)
        across = frame.views[0].rotation()[:, 0]
        assert (right - left) @ across == pytest.approx(0.063, abs=2e-4)
        assert frame.color.std() > 20
        assert np.abs(frame.color[0].astype(int) - frame.color[1]).mean() > 1  # real parallax
        assert frame.depth_m is not None
        assert 0.05 < frame.depth_m.min() < 5
    walked = np.subtract(frames[-1].views[0].position_m, frames[0].views[0].position_m)
    assert np.linalg.norm(walked) > 3
    steps = np.diff([f.display_time_ns for f in frames])
    np.testing.assert_allclose(steps, 15e9 / 72, atol=2)


def test_matrices_give_back_the_view() -> None:
    """The packer's poses, against a canted, off-centre eye made by hand (no engine needed)."""
    from eyebrush.frame import View

    half = 0.1
    want = View((0.0, np.sin(half), 0.0, np.cos(half)), (0.3, 1.6, -2.0), (-0.9, 0.6, 0.7, -0.8))
    left, right, up, down = np.tan(want.fov_rad)
    clip_from_eye = np.array(
        [
            [2 / (right - left), 0, (right + left) / (right - left), 0],
            [0, -2 / (up - down), -(up + down) / (up - down), 0],  # row 0 is on top
            [0, 0, 0.001, 0.05],
            [0, 0, -1, 0],
        ]
    )
    camera = np.hstack([np.eye(3), [[0.1], [1.5], [-1.9]]])
    world_from_eye = np.eye(4)
    world_from_eye[:3, :3], world_from_eye[:3, 3] = want.rotation(), want.position_m
    world_from_camera = np.vstack([camera, [0, 0, 0, 1]])
    projection = clip_from_eye @ np.linalg.inv(world_from_eye) @ world_from_camera
    got = packer.view_from_matrices(camera, projection, [0.0, 0.0, 1.0, 1.0])
    np.testing.assert_allclose(got.orientation_xyzw, want.orientation_xyzw, atol=1e-12)
    np.testing.assert_allclose(got.position_m, want.position_m, atol=1e-12)
    np.testing.assert_allclose(got.fov_rad, want.fov_rad, atol=1e-12)
    crop = packer.view_from_matrices(camera, projection, [0.25, 0.0, 0.5, 1.0])
    quarter = (right - left) / 4
    np.testing.assert_allclose(
        np.tan(crop.fov_rad), [left + quarter, right - quarter, up, down], atol=1e-12
    )
