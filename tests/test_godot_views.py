"""The Godot extension's view arithmetic (view_math.c), built here, against the runtime's."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bridge_native
from godot_views import view_cases

EXTENSION = bridge_native.BRIDGE / "godot" / "extension"
NO_MOTION = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
VIEW = [0, 0.6, 0, 0.8, 1, 2, 3, -0.7, 0.6, 0.8, -0.9]
Function = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def math(tmp_path_factory: pytest.TempPathFactory) -> Function:
    """Call a function: its name, arrays in, how many floats come out."""
    out = tmp_path_factory.mktemp("views") / "view_math.so"
    line = [bridge_native.compiler(), "-O2", "-shared", "-fPIC", *bridge_native.FLAGS[:-1]]
    subprocess.run([*line, str(EXTENSION / "view_math.c"), "-lm", "-o", str(out)], check=True)
    library = ctypes.CDLL(str(out))

    def call(name: str, *inputs: Any, floats: int) -> np.ndarray:
        arrays = [np.asarray(x, np.float32).ravel() for x in inputs]
        result = np.full(floats, np.nan, np.float32)
        library[name](*(ctypes.c_void_p(x.ctypes.data) for x in [*arrays, result]))
        return result

    return call


def transform(case: dict[str, Any]) -> np.ndarray:
    """Godot's Transform3D: the basis row by row, then the origin."""
    rows = np.reshape(case["camera"], (3, 4))
    return np.concatenate([rows[:, :3].ravel(), rows[:, 3]])


def columns(case: dict[str, Any]) -> np.ndarray:
    """Godot's Projection: column by column."""
    return np.reshape(case["projection"], (4, 4)).T


def padded(view: list[float]) -> list[float]:
    """An eb_view ends with a reserved number."""
    return [*view, 0.0]


@pytest.mark.parametrize("case", view_cases(), ids=lambda case: f"{case['camera'][3]}")
def test_like_the_runtime(math: Function, case: dict[str, Any]) -> None:
    """float32 on both ways: 2e-5 of positions and angles, 2e-4 where they are divided."""
    view = math("view_of", transform(case), columns(case), floats=12)
    np.testing.assert_allclose(view[:11], case["view"], atol=2e-5)
    moved = math("view_reprojection", view, padded(case["field_view"]), floats=12)
    np.testing.assert_allclose(moved, case["reprojection"], atol=2e-4)
    line = math("view_depth_line", columns(case), floats=2)
    np.testing.assert_allclose(line, case["depth_line"], atol=1e-5)


def test_the_same_view_moves_nothing(math: Function) -> None:
    moved = math("view_reprojection", padded(VIEW), padded(VIEW), floats=12)
    np.testing.assert_allclose(moved, NO_MOTION, atol=1e-6)


def test_orthogonal_cameras_have_no_view(math: Function) -> None:
    flat = np.diag([1.0, 1.0, -0.1, 1.0])
    none = math("view_of", [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], flat, floats=12)
    assert not none.any()
    assert math("view_reprojection", none, padded(VIEW), floats=12).tolist() == NO_MOTION


@pytest.mark.parametrize("angle", [0.0, 1.0, 2.5, 3.14])
@pytest.mark.parametrize("axis", np.eye(3).tolist())
def test_turns_of_any_size(math: Function, axis: list[float], angle: float) -> None:
    """All four ways to a quaternion; a scaled camera is one of the same turn."""
    x, y, z = np.asarray(axis) * np.sin(angle / 2)
    w = np.cos(angle / 2)
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    camera = np.concatenate([(3 * turn).ravel(), [1, 2, 3]])
    view = math("view_of", camera, columns(view_cases()[0]), floats=12)
    got = view[:4] * np.sign(view[3] if abs(w) > 0.1 else np.dot(view[:3], axis))
    np.testing.assert_allclose(got, [x, y, z, w], atol=2e-5)
