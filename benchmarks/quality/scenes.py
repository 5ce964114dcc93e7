"""What comfort is measured on: a clip with its exact flow, panoramas under a turning head, and
pairs with ground truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from eyebrush.clip import ClipReader
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View
from eyebrush.scene import panorama
from quality.warping import Warp, disparity_warp, flow_warp, pose_warp, without_movers

GAPS = (1, 10)
STEREO = "stereo"
SINTEL_FPS = 24
HEAD_FPS, HEAD_FRAMES, HEAD_PX = 72, 24, 512
HEAD_SPEED = math.radians(60)  # of a head that looks around, in a second
MIN_VISIBLE = 0.05  # share of a picture; pairs that share less say nothing and are left out


def temporal(gap: int) -> str:
    return f"temporal, {gap} frame{'s' if gap > 1 else ''}"


def head(gap: int) -> str:
    return f"head turn, {gap} frame{'s' if gap > 1 else ''}"


@dataclass(frozen=True)
class Pair:
    """Two pictures of a scene, each (frame, eye), and the warp from the first to the second."""

    kind: str
    here: tuple[int, int]
    there: tuple[int, int]
    warp: Warp


@dataclass(frozen=True)
class Scene:
    """A stream of frames and the pairs that are compared in it."""

    name: str
    frames: Sequence[EyeFrames]
    pairs: tuple[Pair, ...]

    def wanted(self) -> set[int]:
        return {frame for p in self.pairs for frame, _ in (p.here, p.there)}


def clip_scene(clip: ClipReader, moments: int) -> Scene:
    """``moments`` frames spread over the clip, each against earlier ones and left against right."""
    first = GAPS[-1]
    if len(clip) <= first or clip[0].depth_m is None:
        raise InputError(
            got=f"{clip.path} with {len(clip)} frames{'' if clip.manifest.depth else ', no depth'}",
            wanted=f"more than {first} frames, with depth",
            fix="take the clip that eyebrush ships",
        )
    pairs = []
    for i in spread(first, len(clip) - 1, moments):
        for gap in GAPS:
            pairs += [_pair(clip, temporal(gap), (i, eye), (i - gap, eye)) for eye in range(2)]
        pairs.append(_pair(clip, STEREO, (i, 0), (i, 1)))
    kept = tuple(p for p in pairs if p.warp.visible.mean() >= MIN_VISIBLE)
    missing = ", ".join(sorted({p.kind for p in pairs} - {p.kind for p in kept}))
    if missing:
        raise InputError(
            got=f"{clip.path}, whose pictures have nothing in common ({missing})",
            wanted="a clip whose poses and depth fit its pictures",
            fix="take the clip that eyebrush ships",
        )
    return Scene("clip", clip, kept)


def spread(first: int, last: int, count: int) -> list[int]:
    """Up to ``count`` frame numbers, even and odd in turn: live fields are made from every second
    frame, so that half of the neighbours share a field and half do not."""
    evenly = np.linspace(first, last, count).astype(int)
    alternating = (int(n) - (int(n) + first + k) % 2 for k, n in enumerate(evenly))
    return sorted({max(n, first) for n in alternating})


def head_scene(path: Path) -> Scene:
    """A panorama seen by a head that turns to the right and a little up, 24 frames at 72 Hz. Only
    rotation, so that the flow is exact and there is nothing hidden."""
    room, frames = panorama(path), []
    for i in range(HEAD_FRAMES):
        yaw = -HEAD_SPEED * i / HEAD_FPS
        pitch = 0.3 * yaw
        half = -0.5 * pitch, 0.5 * yaw
        turn = (
            math.sin(half[0]) * math.cos(half[1]),
            math.cos(half[0]) * math.sin(half[1]),
            -math.sin(half[0]) * math.sin(half[1]),
            math.cos(half[0]) * math.cos(half[1]),
        )
        color = np.empty((1, HEAD_PX, HEAD_PX, 3), np.uint8)
        frames.append(room.draw((View(turn),), color, (i + 1) * 10**9 // HEAD_FPS))
    far = np.full((2, 2), np.inf, np.float32)
    pairs = []
    for i in (GAPS[-1], HEAD_FRAMES - 1):
        for gap in GAPS:
            here, there = frames[i].views[0], frames[i - gap].views[0]
            warp = pose_warp(here, there, far, far, (HEAD_PX, HEAD_PX))
            pairs.append(Pair(head(gap), (i, 0), (i - gap, 0), warp))
    return Scene(path.stem, frames, tuple(pairs))


def sintel_scene(folder: Path) -> Scene:
    """frame_0001..0004, flow_2to3.npz, valid_2to3.png."""
    pictures = [np.asarray(Image.open(f).convert("RGB")) for f in sorted(folder.glob("frame_*"))]
    frames = [
        EyeFrames(p[None], display_time_ns=(i + 1) * 10**9 // SINTEL_FPS)
        for i, p in enumerate(pictures)
    ]
    with np.load(folder / "flow_2to3.npz") as stored:
        flow = stored["flow"]
    valid = np.asarray(Image.open(folder / "valid_2to3.png").convert("L")) > 127
    pair = Pair("Sintel, temporal", (1, 0), (2, 0), flow_warp(flow, valid))
    return Scene(folder.name, frames, (pair,))


def middlebury_scene(folder: Path) -> Scene:
    """left and right picture, disparity_left.npz."""
    eyes = [np.asarray(Image.open(next(folder.glob(f"{e}.*")))) for e in ("left", "right")]
    with np.load(folder / "disparity_left.npz") as stored:
        warp = disparity_warp(stored["disparity"])
    frame = EyeFrames(np.stack([np.ascontiguousarray(e[..., :3]) for e in eyes]))
    return Scene(folder.name, [frame], (Pair("Middlebury, stereo", (0, 0), (0, 1), warp),))


def truth_scenes(folder: Path) -> list[Scene]:
    """Every ``flow_*`` (Sintel's) and ``stereo_*`` (Middlebury's) folder."""
    found = [sintel_scene(f) for f in sorted(folder.glob("flow_*"))]
    return found + [middlebury_scene(f) for f in sorted(folder.glob("stereo_*"))]


def _pair(clip: ClipReader, kind: str, here: tuple[int, int], there: tuple[int, int]) -> Pair:
    a, b = clip[here[0]], clip[there[0]]
    assert a.depth_m is not None
    assert b.depth_m is not None
    color_a, color_b = a.color[here[1]], b.color[there[1]]
    warp = pose_warp(
        a.views[here[1]],
        b.views[there[1]],
        a.depth_m[here[1]],
        b.depth_m[there[1]],
        color_a.shape[:2],
    )
    return Pair(kind, here, there, without_movers(warp, color_a, color_b))
