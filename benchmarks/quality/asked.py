"""What the project wants to reach, and whether this run did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from quality.methods import LITE, PLAIN
from quality.paintings import UNSEEN
from quality.stills import ratios

OURS = "eyebrush"
JOHNSON = "Johnson-type network"


@dataclass(frozen=True)
class Goal:
    """A figure that must not be above (or, ``least``, below) what is asked. reached None: the run
    had no such data or peer."""

    what: str
    asked: float
    reached: float | None
    least: bool = False

    @property
    def met(self) -> bool | None:
        if self.reached is None:
            return None
        return self.reached >= self.asked if self.least else self.reached <= self.asked

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


def goals(figures: dict[str, Any], ours: str = OURS) -> list[Goal]:
    """Every figure asked for, of the method ``ours``."""
    stills, kinds = figures["stills_rows"], figures["kinds"]
    lite = ratios(stills, ours, LITE, UNSEEN)
    johnson = ratios(stills, ours, JOHNSON)
    found = []
    for label, name in (
        ("style, both scales", "style_scales"),
        ("style, full size", "style"),
        ("content", "content"),
    ):
        found.append(Goal(f"unseen paintings: {label}, times {LITE}", 0.9, lite.get(name)))
    for label, name in (("style, both scales", "style_scales"), ("content", "content")):
        found.append(Goal(f"shipped paintings: {label}, times {JOHNSON}", 1.0, johnson.get(name)))
    ms = figures["ms"]
    for peer in (LITE, JOHNSON):
        faster = None if peer not in ms else round(ms[peer] / ms[ours], 2)
        found.append(Goal(f"one stereo frame: times as fast as {peer}", 10.0, faster, least=True))

    def error(kind: str, key: str = "error", who: str = ours) -> float | None:
        return kinds.get(kind, {}).get(who, {}).get(key)

    def over_plain(kind: str) -> float | None:
        a, b = error(kind), error(kind, who=PLAIN)
        return None if a is None or not b else round(a / b, 3)

    def more_bad(kind: str) -> float | None:
        if error(kind, "lost") is None or error(kind, "lost", PLAIN) is None:
            return None
        bad = (kinds[kind][who]["lost"] + kinds[kind][who]["wrong"] for who in (ours, PLAIN))
        return round(next(bad) - next(bad), 4)

    for where in ("temporal", "head turn"):
        found.append(Goal(f"{where}: warping error, gap 1", 0.025, error(f"{where}, 1 frame")))
        found.append(Goal(f"{where}: warping error, gap 10", 0.061, error(f"{where}, 10 frames")))
    for gap in ("1 frame", "10 frames"):
        what = f"head turn: warping error times the unstyled, {gap}"
        found.append(Goal(what, 1.25, over_plain(f"head turn, {gap}")))
    for kind, label in (("stereo", "clip"), ("Middlebury, stereo", "Middlebury")):
        what = f"stereo, {label}: warping error times the unstyled"
        found.append(Goal(what, 1.15, over_plain(kind)))
        what = f"stereo, {label}: share of lost and wrong disparities, more than unstyled"
        found.append(Goal(what, 0.05, more_bad(kind)))
    found.append(Goal("the sign: edge SSIM", 0.8, figures["sign"].get(ours), least=True))
    return found
