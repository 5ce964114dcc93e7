"""Judging a finished picture: is this a good result, in that style, of that frame?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eyebrush.errors import InputError
from eyebrush.features import FeatureNetwork, Features
from eyebrush.judge.calibration import Calibration, load_calibration
from eyebrush.judge.network import JudgeNetwork
from eyebrush.styles import Style

WINDOW_PX = 256  # judged at the picture's own scale, for strokes have a size
SMALLEST_PX = 64
GOOD, BAD = 0.5, 0.1  # of ``good``: above a good result, below a bad one


@dataclass(frozen=True)
class Verdict:
    """score: mean logit of the discriminator.  style: distance of VGG-16's channel means and
    deviations from the painting's, None where the painting is not known.  content: distance of
    relu3_3 from the frame's, over its own mean square.  good: 0..1.

    better_than: measure -> share of good results that are no better.
    scene, painting: how unlike the training's, 1 at the limit; above it, ``warnings`` says so.
    """

    score: float
    style: float | None
    content: float
    good: float
    better_than: dict[str, float]
    scene: float
    painting: float
    warnings: list[str]

    @property
    def word(self) -> str:
        return "good" if self.good >= GOOD else "bad" if self.good < BAD else "doubtful"

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        rounded = {k: round(v, 3) for k, v in self.better_than.items()}
        style = None if self.style is None else round(self.style, 4)
        return {
            "verdict": self.word,
            "good": round(self.good, 4),
            "score": round(self.score, 4),
            "style_distance": style,
            "content_distance": round(self.content, 4),
            "better_than": rounded,
            "scene_unlikeness": round(self.scene, 3),
            "painting_unlikeness": round(self.painting, 3),
            "warnings": self.warnings,
        }


class Judge:
    """Judges pictures in one style after the other; loading takes a second."""

    def __init__(self, calibration: Calibration | None = None, threads: int | None = None) -> None:
        self.calibration = calibration or load_calibration()
        self._features = FeatureNetwork(threads=threads)
        self._threads = threads
        self._networks: dict[tuple[int, int], JudgeNetwork] = {}

    def painting(self, picture: np.ndarray) -> np.ndarray:
        """What a painting [H, W, 3] uint8, as ``read_painting`` gives it, looks like to VGG-16."""
        return self._features(picture).logs

    def judge(
        self,
        frame: np.ndarray,
        styled: np.ndarray,
        style: Style,
        painting: np.ndarray | None = None,
    ) -> Verdict:
        """frame and styled [H, W, 3] uint8 of one size; painting: what ``painting`` returns, for
        styles that are not shipped."""
        check_pair(frame, styled)
        c = self.calibration
        style.require_network(c.network, c.space.centre.size)
        vector = c.space.vector(style.code, style.tone_out)
        target = c.targets.get(style.name) if painting is None else painting
        rows = [self._window(frame[at], styled[at], vector, target) for at in windows(*frame.shape)]
        score, content, scene, *known = np.mean(rows, 0).tolist()
        distance = known[0] if known else None
        better = {"score": c.better_than("score", score)}
        if distance is not None:
            better["style"] = c.better_than("style", distance)
        better["content"] = c.better_than("content", content)
        scene /= c.scene.limit
        unlike = c.painting.distance(style.code) / c.painting.limit
        return Verdict(
            score,
            distance,
            content,
            c.good(score, distance, content),
            better,
            scene,
            unlike,
            _warnings(scene, unlike, distance),
        )

    def _window(
        self,
        frame: np.ndarray,
        styled: np.ndarray,
        vector: np.ndarray,
        target: np.ndarray | None,
    ) -> list[float]:
        """Score, content distance, the scene's distance, and the style distance if there is one."""
        size = frame.shape[:2]
        if size not in self._networks:
            self._networks[size] = JudgeNetwork(size, threads=self._threads)
        before, after = self._features(frame), self._features(styled)
        row = [
            float(self._networks[size](styled, vector).mean()),
            content_distance(after, before),
            self.calibration.scene.distance(before.logs),
        ]
        return row if target is None else [*row, style_distance(after, target)]


def style_distance(features: Features, target: np.ndarray) -> float:
    """Relative squared distance of channel means and deviations, mean of relu1_2 to relu3_3: the
    training's ``moments``. target [896]: ``Features.logs`` of the painting."""
    wanted = Features(features.relu3_3, target).moments
    apart = [
        np.square(ours - theirs).sum(1) / np.square(theirs).sum(1)
        for ours, theirs in zip(features.moments, wanted, strict=True)
    ]
    return float(np.mean(apart))


def content_distance(features: Features, frame: Features) -> float:
    """Mean squared difference of relu3_3 over the frame's mean square there."""
    apart = np.square(features.relu3_3 - frame.relu3_3).mean()
    return float(apart / max(float(np.square(frame.relu3_3).mean()), 1e-8))


def windows(height: int, width: int, _: int = 3) -> list[tuple[slice, slice]]:
    """At most two by two windows of WINDOW_PX, spread evenly; the whole of a smaller picture."""

    def along(size: int) -> list[slice]:
        side = min(size, WINDOW_PX)
        starts = {0} if size == side else {0, size - side}
        if side < size < 1.25 * side:
            starts = {(size - side) // 2}
        return [slice(s, s + side) for s in sorted(starts)]

    return [(y, x) for y in along(height) for x in along(width)]


def check_pair(frame: np.ndarray, styled: np.ndarray) -> None:
    """InputError unless the two are pictures of one size that is large enough."""
    (h, w), (h2, w2) = frame.shape[:2], styled.shape[:2]
    if (h, w) != (h2, w2):
        raise InputError(
            got=f"a frame of {w}x{h} and a styled one of {w2}x{h2} pixels",
            wanted="two pictures of one size",
            fix="judge a picture beside the very frame it was made from",
        )
    if min(h, w) < SMALLEST_PX:
        raise InputError(
            got=f"pictures of {w}x{h} pixels",
            wanted=f"at least {SMALLEST_PX}x{SMALLEST_PX}",
            fix="use larger ones",
        )


def _warnings(scene: float, painting: float, style: float | None) -> list[str]:
    found = []
    if scene > 1:
        found.append(
            f"the scene is unlike anything trained on ({scene:.1f} times the limit): "
            "the judge may be wrong about it"
        )
    if painting > 1:
        found.append(
            f"the painting is unlike anything trained on ({painting:.1f} times the limit): "
            "the result may be poor, and the judge wrong about it"
        )
    if style is None:
        found.append("the style's painting is not known: no style distance; name it by --painting")
    return found
