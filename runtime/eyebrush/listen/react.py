"""From what is heard to what is seen: loudness to strength, beats to the mix, brightness to hue."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from eyebrush.accent import Accent
from eyebrush.listen.comfort import Channel, Comfort
from eyebrush.listen.moments import Moments
from eyebrush.styles.style import Style

QUIET = 0.5  # share of the strength that is left in silence
PULSE = 0.7  # share of the second style on a beat
PULSE_S, FADE_S = 0.16, 0.22  # a beat is held, then fades with this time constant
HUE_RAD = math.radians(25)  # dull sounds turn colours so far to warm, bright ones to cool
LOUDNESS_S, BRIGHTNESS_S = 0.6, 1.5  # time constants of what follows them
SAME_STREAM_NS = 1_000_000_000
CHANNELS = {
    "strength": Channel(QUIET, 1.0, 1.0, 0.2, "slow", dead=0.05),
    "share": Channel(0.0, PULSE, 0.0, 2.8, "beat"),
    "hue": Channel(-HUE_RAD, HUE_RAD, 0.0, math.radians(15), "slow", dead=math.radians(4)),
}


class Reactor:
    """``Stylizer.accents`` for one stylizer: the same accent for both eyes of a frame.

    heard: what was heard when.  toward: the style that beats mix in.  clock: display time
    in nanoseconds -> seconds in ``heard``; that of a live session ignores what it is handed.
    """

    def __init__(self, heard: Moments, toward: Style, clock: Callable[[int], float]) -> None:
        self._heard, self._toward, self._clock = heard, toward, clock
        self._comfort = Comfort(CHANNELS)
        self._loudness, self._brightness = 1.0, 0.5
        self._beat_s = -math.inf
        self._now_s: float | None = None
        self._display_ns: int | None = None
        self._accent = Accent(toward=toward)
        self._lock = threading.Lock()

    def __call__(self, display_time_ns: int) -> Accent:
        """The accent for a frame. One a little earlier than the last, such as that of a field in
        the making, gets what the last got; a jump back is another stream."""
        with self._lock:
            last_ns = self._display_ns
            if last_ns is None or not 0 <= last_ns - display_time_ns < SAME_STREAM_NS:
                self._display_ns = display_time_ns
                self._advance(self._clock(display_time_ns))
            return self._accent

    def _advance(self, now_s: float) -> None:
        before_s = now_s if self._now_s is None else self._now_s
        elapsed_s = max(0.0, now_s - before_s)
        self._now_s = now_s
        moment, beat_s = self._heard.since(before_s, now_s)
        if beat_s is not None:
            self._beat_s = beat_s
        loudness, brightness = (moment.loudness, moment.brightness) if moment else (0.0, 0.5)
        self._loudness += (loudness - self._loudness) * (1 - math.exp(-elapsed_s / LOUDNESS_S))
        follow = 1 - math.exp(-elapsed_s / BRIGHTNESS_S)
        self._brightness += (brightness - self._brightness) * follow
        values = self._comfort.step(
            now_s,
            {
                "strength": QUIET + (1 - QUIET) * self._loudness,
                "share": PULSE * _pulse(now_s - self._beat_s),
                "hue": HUE_RAD * (2 * self._brightness - 1),
            },
        )
        self._accent = Accent(values["strength"], self._toward, values["share"], values["hue"])


def _pulse(since_s: float) -> float:
    """1 on a beat and a little after it, then less and less."""
    return 1.0 if since_s < PULSE_S else math.exp(-(since_s - PULSE_S) / FADE_S)
