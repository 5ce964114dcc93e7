#!/usr/bin/env python3
"""Make a clip from a folder that the recorder filled:  pack_clip.py FOLDER OUT.eyeclip

Needs the `eyebrush` package. Poses and fields of view are worked out from the camera's transform
and each view's projection, exactly as the engine rendered with them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from eyebrush.clip import ClipInfo, ClipWriter
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View

EYES = ("left", "right")


def quaternion_xyzw(rotation: np.ndarray) -> tuple[float, float, float, float]:
    """Rotation matrix [3, 3] -> unit quaternion (Shepperd's method: divide by the largest part)."""
    r = rotation
    parts = 1 + np.array(
        [
            r[0, 0] - r[1, 1] - r[2, 2],
            r[1, 1] - r[0, 0] - r[2, 2],
            r[2, 2] - r[0, 0] - r[1, 1],
            r[0, 0] + r[1, 1] + r[2, 2],
        ]
    )
    k = int(np.argmax(parts))
    x, y, z, w = (
        (parts[0], r[0, 1] + r[1, 0], r[0, 2] + r[2, 0], r[2, 1] - r[1, 2]),
        (r[0, 1] + r[1, 0], parts[1], r[1, 2] + r[2, 1], r[0, 2] - r[2, 0]),
        (r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], parts[2], r[1, 0] - r[0, 1]),
        (r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], parts[3]),
    )[k]
    n = float(np.sqrt(x * x + y * y + z * z + w * w))
    return float(x) / n, float(y) / n, float(z) / n, float(w) / n


def view_from_matrices(camera: np.ndarray, projection: np.ndarray, crop: list[float]) -> View:
    """The eye's pose and field of view, from what the engine rendered with.

    camera:     [3, 4], camera space -> world space.
    projection: [4, 4], camera space -> clip space, Vulkan's (row 0 on top is y = -1); it holds the
                eye's own place and turn as well.
    crop:       (u, v, width, height) of the recorded part of the picture.
    """
    scale = np.linalg.norm(projection[3, :3])
    x_row, y_row, forward = (projection[k, :3] / scale for k in (0, 1, 3))
    shift_x = x_row @ forward
    right = x_row - shift_x * forward
    focal_x = np.linalg.norm(right)
    right /= focal_x
    up = np.cross(-forward, right)
    shift_y, focal_y = y_row @ forward, y_row @ up
    eye = np.linalg.solve(projection[[0, 1, 3], :3], -projection[[0, 1, 3], 3])
    u0, v0, width, height = crop
    left, right_tan = ((2 * u - 1 - shift_x) / focal_x for u in (u0, u0 + width))
    top, bottom = ((2 * v - 1 - shift_y) / focal_y for v in (v0, v0 + height))
    turn = camera[:, :3] @ np.stack([right, up, -forward], axis=1)
    place = camera[:, :3] @ eye + camera[:, 3]
    fov = np.arctan([left, right_tan, top, bottom])
    return View(
        quaternion_xyzw(turn),
        (float(place[0]), float(place[1]), float(place[2])),
        (float(fov[0]), float(fov[1]), float(fov[2]), float(fov[3])),
    )


def read_frame(folder: Path, entry: dict[str, object]) -> EyeFrames:
    """One line of frames.jsonl and its four files."""
    i = entry["frame"]
    width, height = entry["color_size"]
    w, h = entry["depth_size"]
    camera = np.array(entry["camera"]).reshape(4, 3).T
    views, color, inverse = [], [], []
    for eye, view in zip(EYES, entry["views"], strict=True):
        projection = np.array(view["projection"]).reshape(4, 4).T
        views.append(view_from_matrices(camera, projection, view["crop"]))
        rgba = np.fromfile(folder / f"{i:05d}.{eye}.rgba", np.uint8)
        color.append(rgba.reshape(height, width, 4)[..., :3])
        inverse.append(np.fromfile(folder / f"{i:05d}.{eye}.inverse", "<f4").reshape(h, w))
    with np.errstate(divide="ignore"):
        depth = np.float32(1) / np.stack(inverse)
    return EyeFrames(np.stack(color), tuple(views), entry["display_time_ns"], depth)


def pack(
    folder: Path, target: Path, info: ClipInfo, *, quality: int, step: float, first: int = 0
) -> int:
    """Write the clip from frame ``first`` on; returns the number of frames."""
    try:
        lines = (folder / "frames.jsonl").read_text("utf-8").splitlines()[first:]
        session = json.loads((folder / "session.json").read_text("utf-8"))
        with ClipWriter(
            target,
            ClipInfo(
                **{**info.__dict__, "engine": session["engine"], "runtime": session["runtime"]}
            ),
            quality=quality,
            inverse_step_per_m=step,
        ) as clip:
            for line in lines:
                clip.add(read_frame(folder, json.loads(line)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            got=f"{folder} ({type(error).__name__}: {error})",
            wanted="a folder that the recorder filled",
            fix="record again into an empty folder",
        ) from error
    return len(lines)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--title", default="A recorded scene")
    parser.add_argument("--scene", default="")
    parser.add_argument("--licence", default="")
    parser.add_argument("--recorded", default="")
    parser.add_argument("--first", type=int, default=0, help="leave out the frames before this one")
    parser.add_argument("--quality", type=int, default=80, help="of the colour, 1..100")
    parser.add_argument("--step", type=float, default=0.001, help="of the inverse depth, 1/m")
    a = parser.parse_args()
    info = ClipInfo(a.title, scene=a.scene, licence=a.licence, recorded=a.recorded)
    try:
        count = pack(a.folder, a.target, info, quality=a.quality, step=a.step, first=a.first)
    except InputError as error:
        print(f"pack_clip: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{count} frames, {a.target.stat().st_size / 1e6:.2f} MB: {a.target}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
