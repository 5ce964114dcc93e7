"""What Godot's renderer hands over for an eye, and what the addon should make of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from eyebrush.frame import View, reprojection

NEAR, FAR = 0.05, 400.0


def quaternion(axis: list[float], angle: float) -> tuple[float, float, float, float]:
    x, y, z = np.asarray(axis) / np.linalg.norm(axis) * np.sin(angle / 2)
    return (float(x), float(y), float(z), float(np.cos(angle / 2)))


def clip_from_eye(view: View) -> np.ndarray:
    """Godot's: off centre, row 0 on top, depth reversed. [4, 4]."""
    left, right, up, down = np.tan(view.fov_rad)
    a, b = NEAR / (FAR - NEAR), FAR * NEAR / (FAR - NEAR)
    return np.array(
        [
            [2 / (right - left), 0, (right + left) / (right - left), 0],
            [0, -2 / (up - down), -(up + down) / (up - down), 0],
            [0, 0, a, b],
            [0, 0, -1, 0],
        ]
    )


def world_from(view: View) -> np.ndarray:
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = view.rotation(), view.position_m
    return out


def numbers(view: View) -> list[float]:
    """A view in the bridge's order."""
    return [*view.orientation_xyzw, *view.position_m, *view.fov_rad]


def view_case(eye_in_head: View, head: View, field: View) -> dict[str, Any]:
    """What Godot's renderer hands over for an eye, and what the addon should make of it."""
    projection = clip_from_eye(eye_in_head) @ np.linalg.inv(world_from(eye_in_head))
    world = world_from(head) @ world_from(eye_in_head)
    w = np.sqrt(max(0.0, 1 + np.trace(world[:3, :3]))) / 2
    m = world[:3, :3]
    turn = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]]) / (4 * w)
    view = View(
        (float(turn[0]), float(turn[1]), float(turn[2]), float(w)),
        tuple(map(float, world[:3, 3])),
        eye_in_head.fov_rad,
    )
    matrix, parallax = reprojection(view, field)
    return {
        "camera": world_from(head)[:3].ravel().tolist(),
        "projection": projection.ravel().tolist(),
        "view": numbers(view),
        "field_view": numbers(field),
        "reprojection": np.column_stack([matrix, parallax]).ravel().tolist(),
        "depth_line": [-NEAR / (FAR - NEAR), FAR * NEAR / (FAR - NEAR)],
    }


def view_cases() -> list[dict[str, Any]]:
    fov = (-0.9, 0.6, 0.7, -0.8)
    ordinary = View(fov_rad=(-0.7, 0.7, 0.7, -0.7))
    canted = View(quaternion([0, 1, 0], 0.1), (0.032, 0.0, 0.01), fov)
    head = View(quaternion([0.2, 1, -0.1], 0.8), (1.0, 1.7, -2.0))
    tilted = View(quaternion([1, 0.3, 0.5], -0.3), (0.1, 1.5, 0.4))
    near = View(quaternion([0.2, 1, -0.1], 0.75), (1.02, 1.69, -1.97), fov)
    return [
        view_case(ordinary, View(), View(fov_rad=fov)),
        view_case(canted, head, near),
        view_case(canted, tilted, View(quaternion([0, 0, 1], 0.2), (0, 1.5, 0.5), fov)),
        view_case(View(position_m=(-0.032, 0, 0), fov_rad=fov), head, near),
    ]
