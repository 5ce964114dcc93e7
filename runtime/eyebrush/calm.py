"""Steady strokes: what was painted stays where it is, from field to field and from eye to eye.

A network that sees every frame anew paints other strokes on the same wall in each of them, and in
each eye. Averaging them is calm, and blurs them away. Here one stroke layer, the *anchor*, is kept
as it was painted and reprojected into every later field, so that it is resampled once and no
stroke is mixed with another; fresh strokes are taken where the anchor does not reach (see
``reference.history_weight``: new places, moving things, hidden surfaces, strokes that would be
stretched). When the view has moved on, the fresh strokes become the next anchor and fade in. The
other eye's strokes come the same way, where depth tells what both eyes see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eyebrush import ops
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View, reprojection

DEFAULT_CALM = 1.0
MOVED_ON = 0.05  # mean way, in picture sizes, that an anchor may be away before there is a new one
FADE_S = 0.2  # how long the next anchor takes to fade in, ...
HOLD_S = 4.0  # ... and how long one is kept where nothing moves

Motion = tuple[np.ndarray, np.ndarray]  # matrices [E,3,3] and parallaxes [E,3]


@dataclass(frozen=True)
class _Anchor:
    """A stroke layer as the network painted it, and the frame that it belongs to."""

    strokes: np.ndarray  # [E,2h,2w,4] uint8
    guide: np.ndarray  # [E,3,h,w] float32
    views: tuple[View, ...]
    extent: tuple[float, float]
    depth_m: np.ndarray | None
    time_ns: int

    def motion(self, views: tuple[View, ...]) -> Motion:
        """From the pictures of ``views`` to those of this layer."""
        return motion_between(views, self.views)


def check_calm(calm: float) -> float:
    """``calm`` itself; InputError unless 0..1 (NaN fails, too)."""
    if not 0.0 <= calm <= 1.0:
        raise InputError(got=f"calm {calm}", wanted="0..1", fix="0 paints every frame anew")
    return float(calm)


def motion_between(views: tuple[View, ...], then: tuple[View, ...]) -> Motion:
    """Matrices [E,3,3] and parallaxes [E,3] from pictures of ``views`` to pictures of ``then``."""
    pairs = [reprojection(a, b) for a, b in zip(views, then, strict=True)]
    return np.stack([m for m, _ in pairs]), np.stack([p for _, p in pairs])


class SteadyStrokes:
    """The anchors of one stream. ``calm``: 0 (off) .. 1, the share that anchors have."""

    def __init__(self, calm: float = DEFAULT_CALM) -> None:
        self.calm = check_calm(calm)
        self._now: _Anchor | None = None
        self._last: _Anchor | None = None

    def reset(self) -> None:
        """Forget all strokes: another scene, another style."""
        self._now = self._last = None

    def steady(
        self,
        strokes: np.ndarray,
        guide: np.ndarray,
        frames: EyeFrames,
        extent: tuple[float, float],
    ) -> None:
        """Draw a field's fresh strokes towards those of before, in place.

        strokes [E,2h,2w,4] uint8; guide [E,3,h,w] float32: the network's input; frames: those that
        the field is made from. Without views nothing is known about motion, and nothing is done.
        """
        if self.calm == 0.0 or not frames.views:
            return
        self._renew(strokes, guide, frames, extent)
        for anchor, weight in self._layers(frames.display_time_ns):
            _blend(strokes, guide, frames, extent, anchor, weight * self.calm)
        if len(frames.views) == 2 and frames.depth_m is not None:
            _share_between_eyes(strokes, guide, frames, extent, self.calm)

    def _layers(self, time_ns: int) -> list[tuple[_Anchor, float]]:
        """Anchors in the order of blending, with their weights: the one that fades out is last."""
        layers = [] if self._now is None else [(self._now, 1.0)]
        if self._now is not None and self._last is not None:
            left = 1.0 - (time_ns - self._now.time_ns) * 1e-9 / FADE_S
            if left > 0:
                layers.append((self._last, left))
            else:
                self._last = None
        return layers

    def _renew(
        self,
        strokes: np.ndarray,
        guide: np.ndarray,
        frames: EyeFrames,
        extent: tuple[float, float],
    ) -> None:
        now = self._now
        if now is not None and (now.strokes.shape, now.extent) != (strokes.shape, extent):
            self.reset()
        elif now is not None:
            age_s = (frames.display_time_ns - now.time_ns) * 1e-9
            moved = _way(now.motion(frames.views), frames.depth_m) > MOVED_ON
            if age_s < FADE_S or not (moved or age_s > HOLD_S):
                return
        depth = frames.depth_m
        self._last, self._now = (
            self._now,
            _Anchor(
                strokes.copy(),
                guide.copy(),
                frames.views,
                extent,
                None if depth is None else depth.copy(),
                frames.display_time_ns,
            ),
        )


def _blend(
    strokes: np.ndarray,
    guide: np.ndarray,
    frames: EyeFrames,
    extent: tuple[float, float],
    anchor: _Anchor,
    weight: float,
) -> None:
    matrix, parallax = anchor.motion(frames.views)
    depth, then = frames.depth_m, anchor.depth_m
    known = depth is not None and then is not None and depth.shape == then.shape
    ops.temporal_blend(
        strokes,
        anchor.strokes,
        guide,
        anchor.guide,
        calm=weight,
        extent=extent,
        matrix=matrix,
        parallax=None if depth is None else parallax,
        depth_m=depth,
        history_depth_m=then if known else None,
        out=strokes,
    )


def _share_between_eyes(
    strokes: np.ndarray,
    guide: np.ndarray,
    frames: EyeFrames,
    extent: tuple[float, float],
    weight: float,
) -> None:
    """The right eye takes the left one's strokes where both see the same surface."""
    assert frames.depth_m is not None
    matrix, parallax = motion_between(frames.views[1:], frames.views[:1])
    ops.temporal_blend(
        strokes[1:],
        strokes[:1],
        guide[1:],
        guide[:1],
        calm=weight,
        extent=extent,
        matrix=matrix,
        parallax=parallax,
        depth_m=frames.depth_m[1:],
        history_depth_m=frames.depth_m[:1],
        out=strokes[1:],
    )


_PLACES = np.array([[u, v, 1.0] for u in (0.2, 0.5, 0.8) for v in (0.2, 0.5, 0.8)])


def _way(motion: Motion, depth_m: np.ndarray | None) -> float:
    """How far an anchor is away: mean over nine places and all eyes, in picture sizes; a change
    of distance counts as its share. Behind the anchor's eye is far."""
    matrix, parallax = motion
    p = np.einsum("eij,nj->eni", matrix, _PLACES)
    if depth_m is not None:
        h, w = depth_m.shape[1:]
        rows, columns = (_PLACES[:, 1] * h).astype(int), (_PLACES[:, 0] * w).astype(int)
        p = p + parallax[:, None] / np.maximum(depth_m[:, rows, columns], 1e-3)[..., None]
    if (p[..., 2] < 0.2).any():
        return 1.0
    away = np.abs(p[..., :2] / p[..., 2:] - _PLACES[:, :2]).sum(-1)
    return float((away + np.abs(np.log(p[..., 2]))).mean())
