"""The scenes: walls where geometry puts them, panoramas without seams, the right depth."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eyebrush.errors import InputError
from eyebrush.frame import View
from eyebrush.scene import DEPTH_PX, panorama, room

SIZE = 96


def look(yaw: float, pitch: float = 0.0, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> View:
    """Turned left by ``yaw`` and then up by ``pitch``."""
    a, b, c, d = (
        math.sin(yaw / 2),
        math.cos(yaw / 2),
        math.sin(pitch / 2),
        math.cos(pitch / 2),
    )
    return View((b * c, a * d, -a * c, b * d), at)


def rays(view: View, size: int) -> np.ndarray:
    """World directions with depth 1 along the view axis: [size, size, 3]."""
    at = (np.arange(size) + 0.5) / size
    u, v = np.meshgrid(at, at)
    uv1 = np.stack([u, v, np.ones_like(u)], -1)
    return uv1 @ (view.rotation() @ view.uv_to_ray()).T


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0), (0.7, -0.4, 1.1)])
@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (0.7, 0.2), (-2.0, -0.9), (3.0, 0.5)])
def test_depth_is_that_of_a_box(yaw: float, pitch: float, at: tuple[float, float, float]) -> None:
    view = look(yaw, pitch, at)
    out = np.empty((1, SIZE, SIZE, 3), np.uint8)
    depth = room(64).draw((view,), out, 0).depth_m
    assert depth is not None
    direction = rays(view, DEPTH_PX)
    with np.errstate(divide="ignore"):
        wanted = ((np.sign(direction) * 2.5 - at) / direction).min(-1)
    close = np.isclose(depth[0], wanted, rtol=1e-4)
    assert close.mean() > 0.97  # beside an edge the nearer of two walls may be the grown one
    assert (depth[0] <= wanted * 1.01).all()


def test_the_walls_are_told_apart_and_the_eyes_see_parallax() -> None:
    scene, seen = room(), []
    for yaw in (0.0, math.pi / 2, math.pi, -math.pi / 2):
        out = np.empty((2, SIZE, SIZE, 4), np.uint8)
        scene.draw((look(yaw, at=(-0.2, 0, 0)), look(yaw, at=(0.2, 0, 0))), out, 5)
        assert (out[..., 3] == 255).all()
        assert (out[0] != out[1]).any() or yaw in (math.pi / 2, -math.pi / 2)
        seen.append(out[0, ..., :3].reshape(-1, 3).mean(0))
    apart = [np.abs(a - b).max() for i, a in enumerate(seen) for b in seen[:i]]
    assert min(apart) > 8


@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (0.78, 0.6), (2.4, -0.6), (3.14, 0.0)])
def test_a_panorama_shows_what_lies_in_each_direction(
    tmp_path: Path, yaw: float, pitch: float
) -> None:
    """Colours that are smooth functions of the direction come out so, across all seams."""
    height = 256
    v, u = np.mgrid[0:height, 0 : 2 * height]
    longitude = ((u + 0.5) / (2 * height) - 0.5) * 2 * math.pi
    latitude = (0.5 - (v + 0.5) / height) * math.pi
    world = np.stack(
        [
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
            -np.cos(latitude) * np.cos(longitude),
        ],
        -1,
    )
    Image.fromarray((127.5 + 127 * world).round().astype(np.uint8)).save(tmp_path / "pano.png")
    out = np.empty((1, SIZE, SIZE, 3), np.uint8)
    view = look(yaw, pitch, (9.0, 9.0, 9.0))  # infinitely far: where one stands does not matter
    assert panorama(tmp_path / "pano.png").draw((view,), out, 0).depth_m is None
    direction = rays(view, SIZE)
    wanted = 127.5 + 127 * direction / np.linalg.norm(direction, axis=-1, keepdims=True)
    assert np.abs(out[0] - wanted).max() < 4  # 2 for each of the two samplings on the way


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: Image.new("RGB", (100, 100)).save(p, "PNG"), "twice as wide as high"),
        (lambda p: p.write_bytes(b"no picture"), "a 360 degree picture"),
        (lambda p: None, "a 360 degree picture"),
    ],
    ids=["square", "damaged", "missing"],
)
def test_what_is_no_panorama_is_refused(tmp_path: Path, make, said: str) -> None:
    make(tmp_path / "pano.png")
    with pytest.raises(InputError, match=said):
        panorama(tmp_path / "pano.png")
