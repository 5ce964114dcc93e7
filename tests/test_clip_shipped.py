"""The clip that eyebrush ships: what it promises, and that poses and depth fit the pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from eyebrush.clip import ClipReader, shipped_clip
from eyebrush.frame import EyeFrames, View, reprojection
from eyebrush.reference import field_coordinates, ingest, sample_bilinear


@pytest.fixture(scope="module")
def clip() -> Iterator[ClipReader]:
    with ClipReader(shipped_clip()) as reader:
        yield reader


def disagreement(
    target: tuple[np.ndarray, np.ndarray, View], source: tuple[np.ndarray, np.ndarray, View]
) -> tuple[float, float, float]:
    """(warped, unwarped, share): rms difference 0..1 of the target and the warped source.

    Each is (colour [h, w, 3] 0..1, depth [h, w], view). Only pixels count that the source saw:
    those inside its picture whose depth there is the predicted one within 3 %.
    """
    (color, depth, view), (other_color, other_depth, other_view) = target, source
    h, w = depth.shape
    matrix, parallax = reprojection(view, other_view)
    uv = field_coordinates(h, w, matrix, parallax, depth)
    u, v = (np.arange(w) + 0.5) / w, (np.arange(h) + 0.5) / h
    uv1 = np.stack(np.broadcast_arrays(u[None], v[:, None], 1.0), -1)
    # 1 / distance of the point from the other eye, along that eye's axis; 0 for the sky
    nearer = (uv1 @ matrix.T + parallax / depth[..., None])[..., 2]
    expected = (1 / depth) / np.maximum(nearer, 1e-6)
    found = sample_bilinear((1 / other_depth)[..., None], uv)[..., 0]
    seen = np.abs(found - expected) < 0.03 * expected + 1e-3
    seen &= np.all((uv > 0.01) & (uv < 0.99), -1)
    warped = sample_bilinear(other_color, uv)
    rms = [float(np.sqrt(np.mean((x - color)[seen] ** 2))) for x in (warped, other_color)]
    return rms[0], rms[1], float(seen.mean())


def eye(frame: EyeFrames, k: int) -> tuple[np.ndarray, np.ndarray, View]:
    assert frame.depth_m is not None
    small = ingest(frame.color, frame.color.shape[1] // frame.depth_m.shape[1])
    return small[k].transpose(1, 2, 0), frame.depth_m[k], frame.views[k]


def test_is_what_was_promised(clip: ClipReader) -> None:
    assert len(clip) >= 72
    assert shipped_clip().stat().st_size <= 6_000_000
    assert min(clip.manifest.width_px, clip.manifest.height_px) >= 512
    for text in (clip.info.title, clip.info.scene, clip.info.licence, clip.info.recorded):
        assert text
    assert "Godot 4.6" in clip.info.engine
    assert "Monado" in clip.info.runtime
    steps = np.diff([f.display_time_ns for f in clip.frames])
    np.testing.assert_allclose(steps, 1e9 / 72, atol=1)  # whole nanoseconds


def test_head_turns_and_walks(clip: ClipReader) -> None:
    left = [f.views[0] for f in clip.frames]
    right = [f.views[1] for f in clip.frames]
    apart = np.array(
        [np.subtract(b.position_m, a.position_m) for a, b in zip(left, right, strict=True)]
    )
    np.testing.assert_allclose(np.linalg.norm(apart, axis=1), 0.063, atol=2e-4)
    places = np.array([v.position_m for v in left])
    assert np.linalg.norm(places[-1] - places[0]) > 3
    # smooth: the step between frames changes by less than 3 mm from one to the next
    assert np.abs(np.diff(places, 2, axis=0)).max() < 0.003
    ahead = np.array([-v.rotation()[:, 2] for v in left])
    turned = np.degrees(np.arccos(np.clip(ahead @ ahead.T, -1, 1)))
    assert turned.max() > 8


def test_depth_is_sane(clip: ClipReader) -> None:
    first, last = clip[0].depth_m, clip[-1].depth_m
    assert first is not None
    assert last is not None
    assert first.min() > 0.3
    assert np.isfinite(first).mean() > 0.97  # indoors, but for a glimpse through door and window
    assert np.isinf(last).mean() > 0.1  # outdoors there is sky
    assert np.median(last[np.isfinite(last)]) > 1.2 * np.median(first[np.isfinite(first)])


@pytest.mark.parametrize("share", [0.0, 0.35, 0.7, 0.99])
def test_left_eye_warped_by_depth_is_the_right_eye(clip: ClipReader, share: float) -> None:
    frame = clip[int(share * len(clip))]
    warped, unwarped, seen = disagreement(eye(frame, 1), eye(frame, 0))
    assert seen > 0.7
    # Not zero: depth is one sample for 4x4 pixels, highlights move with the eye.
    assert warped < 0.05
    assert warped < 0.6 * unwarped


@pytest.mark.parametrize("share", [0.0, 0.35, 0.7, 0.93])
def test_earlier_frame_warped_by_pose_and_depth_is_the_later(
    clip: ClipReader, share: float
) -> None:
    i = int(share * len(clip))
    # the head walks forwards: what it sees later, it saw before
    warped, unwarped, seen = disagreement(eye(clip[i + 4], 0), eye(clip[i], 0))
    assert seen > 0.7
    assert warped < 0.05
    assert warped < 0.6 * unwarped


def test_something_moves_on_its_own(clip: ClipReader) -> None:
    """The balloon drifts through the world: head motion is taken out by pose and depth."""

    def balloon(frame: EyeFrames) -> np.ndarray:
        color, depth, view = eye(frame, 0)
        red = (color[..., 0] > 0.5) & (color[..., 1] < 0.3) & (color[..., 2] < 0.3)
        rows, columns = np.nonzero(red & (depth > 4) & (depth < 9))
        above = rows < depth.shape[0] // 2  # the horizon: flowers lie below it
        rows, columns = rows[above], columns[above]
        assert len(rows) > 8
        h, w = depth.shape
        uv1 = np.stack([(columns + 0.5) / w, (rows + 0.5) / h, np.ones(len(rows))])
        ray = view.rotation() @ view.uv_to_ray() @ uv1
        return np.median(ray * depth[rows, columns] + np.reshape(view.position_m, (3, 1)), axis=1)

    i = int(0.75 * len(clip))
    moved = balloon(clip[-1]) - balloon(clip[i])
    assert 0.2 < np.linalg.norm(moved) < 2
