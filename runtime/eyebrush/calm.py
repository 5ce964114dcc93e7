"""Steady strokes: what was painted stays where it is, from field to field and from eye to eye.

A network that sees every frame anew paints other strokes on the same wall in each of them, and in
each eye. Averaging them is calm, and blurs them away. Here one stroke layer, the *anchor*, is kept
as it was painted and reprojected into every later field, so that it is resampled once and no
stroke is mixed with another; fresh strokes are taken where the anchor does not reach (see
``reference.history_weight``: new places, moving things, hidden surfaces, strokes that would be
stretched). They, too, stay: a second layer, the one shown a moment ago, serves where the anchor
does not. When the view has moved on, the fresh strokes become the next anchor and fade in. The
other eye's strokes come the same way, where depth tells what both eyes see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eyebrush import ops
from eyebrush.errors import share
from eyebrush.frame import EyeFrames, View, reprojections

DEFAULT_CALM = 1.0
MOVED_ON = 0.05  # mean way, in picture sizes, that an anchor may be away before there is a new one
FADE_S = 0.2  # how long the next anchor takes to fade in, ...
HOLD_S = 4.0  # ... and how long one is kept where nothing moves
RECENT_S = 0.1  # how old the second layer becomes: resampled at each step, it is not for longer


@dataclass(frozen=True)
class _Layer:
    """Strokes, and what they were painted from."""

    strokes: np.ndarray  # [E,2h,2w,4] uint8
    guide: np.ndarray  # [E,3,h,w] float32: the network's input
    extent: tuple[float, float]
    views: tuple[View, ...]
    depth_m: np.ndarray | None  # [E,hd,wd]
    time_ns: int

    def copy(self) -> _Layer:
        """With arrays of its own: the others are taken up again by their owners."""
        depth_m = None if self.depth_m is None else self.depth_m.copy()
        return replace(self, strokes=self.strokes.copy(), guide=self.guide.copy(), depth_m=depth_m)

    def eye(self, index: int) -> _Layer:
        """One eye of it; shares the arrays' memory."""
        part = slice(index, index + 1)
        return replace(
            self,
            strokes=self.strokes[part],
            guide=self.guide[part],
            views=self.views[part],
            depth_m=None if self.depth_m is None else self.depth_m[part],
        )

    def seen_from(self, fresh: _Layer, share: float = 1.0) -> ops.History:
        """It as a history of fresh strokes of the same eyes."""
        matrix, parallax = reprojections(fresh.views, self.views)
        now, then = fresh.depth_m, self.depth_m
        known = now is not None and then is not None and now.shape == then.shape
        return ops.History(
            self.strokes,
            self.guide,
            share,
            matrix,
            None if now is None else parallax,
            then if known else None,
        )


def _eye_of(history: ops.History, index: int) -> ops.History:
    """One eye of it; shares the arrays' memory."""
    strokes, guide, share, *where = history
    part = slice(index, index + 1)
    return ops.History(
        strokes[part], guide[part], share, *(None if a is None else a[part] for a in where)
    )


def check_calm(calm: float) -> float:
    """``calm`` itself; InputError unless 0..1."""
    return share("calm", calm, "0 paints every frame anew")


class SteadyStrokes:
    """The anchors of one stream. ``calm``: 0 (off) .. 1, the share that anchors have."""

    def __init__(self, calm: float = DEFAULT_CALM) -> None:
        self.calm = check_calm(calm)
        self._now: _Layer | None = None
        self._recent: _Layer | None = None  # for what the anchor does not show
        self._last: _Layer | None = None  # fades out while ``_now`` is young

    def reset(self) -> None:
        """Forget all strokes: another scene, another style."""
        self._now = self._recent = self._last = None

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
        painted = None if self.calm == 1.0 else strokes.copy()
        fresh = _Layer(strokes, guide, extent, frames.views, frames.depth_m, frames.display_time_ns)
        self._draw(fresh)
        if painted is not None:
            strokes[:] = painted + np.trunc(self.calm * (strokes - painted.astype(np.float32)))

    def _draw(self, fresh: _Layer) -> None:
        """Make the fresh layer the steady one, and keep what later ones need of it."""
        now = self._now = self._anchor_for(fresh)
        fading = 0.0 if self._last is None else 1.0 - _seconds(now, fresh) / FADE_S
        if fading <= 0:
            self._last = None
        below = [
            layer.seen_from(fresh, share)
            for layer, share in ((self._recent, 1.0), (now, 1.0), (self._last, fading))
            if layer is not None
        ]
        for eye in range(len(fresh.views)):
            part = fresh.eye(eye)
            histories = [_eye_of(history, eye) for history in below]
            if eye == 1 and fresh.depth_m is not None:
                histories.append(fresh.eye(0).seen_from(part))
            ops.temporal_blend(
                part.strokes,
                part.guide,
                histories,
                extent=fresh.extent,
                depth_m=part.depth_m,
                out=part.strokes,
            )
        if self._recent is None or _seconds(self._recent, fresh) >= RECENT_S:
            self._recent = fresh.copy()

    def _anchor_for(self, fresh: _Layer) -> _Layer:
        """The anchor in use; the fresh layer becomes one where that is old or far away."""
        now = self._now
        if now is not None and (now.strokes.shape, now.extent) != (
            fresh.strokes.shape,
            fresh.extent,
        ):
            self._recent = now = None
        elif now is not None:
            age_s = _seconds(now, fresh)
            if age_s < FADE_S or not (age_s > HOLD_S or _way(fresh, now) > MOVED_ON):
                return now
        self._last = now
        return fresh.copy()


def _seconds(then: _Layer, now: _Layer) -> float:
    return (now.time_ns - then.time_ns) * 1e-9


_PLACES = np.array([[u, v, 1.0] for u in (0.2, 0.5, 0.8) for v in (0.2, 0.5, 0.8)])


def _way(fresh: _Layer, anchor: _Layer) -> float:
    """How far an anchor is away: mean over nine places and all eyes, in picture sizes; a change
    of distance counts as its share. Behind the anchor's eye is far."""
    matrix, parallax = reprojections(fresh.views, anchor.views)
    depth_m = fresh.depth_m
    p = np.einsum("eij,nj->eni", matrix, _PLACES)
    if depth_m is not None:
        h, w = depth_m.shape[1:]
        rows, columns = (_PLACES[:, 1] * h).astype(int), (_PLACES[:, 0] * w).astype(int)
        p = p + parallax[:, None] / np.maximum(depth_m[:, rows, columns], 1e-3)[..., None]
    if (p[..., 2] < 0.2).any():
        return 1.0
    away = np.abs(p[..., :2] / p[..., 2:] - _PLACES[:, :2]).sum(-1)
    return float((away + np.abs(np.log(p[..., 2]))).mean())
