"""Keeps what moves comfortable: bounded change per second, and few turns, whatever is asked.

Photosensitive viewers are at risk where a picture flashes more than three times a second (WCAG
2.3.1, ITU-R BT.1702); a flash is a pair of opposing changes. So there is a budget of turns (up to
down, or back) for any second: five for beats, one for all that is slow. A channel that may not turn
stays where it is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

TURNS = {"beat": 5, "slow": 1}  # in any WINDOW_S
WINDOW_S = 1.0
LONGEST_STEP_S = 0.1  # after a pause no more is made up for


@dataclass(frozen=True)
class Channel:
    """low, high: what it may be. start: what it is before anything is heard. rate_s: how far it may
    move in a second. budget: which of TURNS it spends. dead: what is wanted less far away on the
    other side is no reason to turn."""

    low: float
    high: float
    start: float
    rate_s: float
    budget: str
    dead: float = 0.0


class Comfort:
    """Follows wishes as far as comfort allows. ``values`` are the channels' by name."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = dict(channels)
        self.values = {name: channel.start for name, channel in channels.items()}
        self._way = dict.fromkeys(channels, 0)  # -1, 0 (never moved), 1: which way it went last
        self._turns = {name: deque[float](maxlen=most) for name, most in TURNS.items()}  # when
        self._now_s: float | None = None

    def step(self, now_s: float, wanted: Mapping[str, float]) -> dict[str, float]:
        """Move towards what is wanted at a time; what is not finite, or not there, is not wanted.
        A time that is not later changes nothing."""
        last_s, self._now_s = self._now_s, now_s
        if last_s is None or not now_s > last_s:
            self._now_s = now_s if last_s is None else last_s
            return self.values
        elapsed_s = min(now_s - last_s, LONGEST_STEP_S)
        self.values = {name: self._moved(name, wanted, elapsed_s, now_s) for name in self.values}
        return self.values

    def _moved(
        self, name: str, wanted: Mapping[str, float], elapsed_s: float, now_s: float
    ) -> float:
        value, channel = self.values[name], self._channels[name]
        wish = wanted.get(name, value)
        if not math.isfinite(wish):
            return value
        reach = channel.rate_s * elapsed_s
        away = min(max(wish, channel.low), channel.high) - value
        change = min(max(away, -reach), reach)
        way = (change > 0) - (change < 0)
        if way == 0:
            return value
        if way == -self._way[name]:
            turns = self._turns[channel.budget]
            spent = len(turns) == turns.maxlen and turns[0] > now_s - WINDOW_S
            if spent or abs(away) < channel.dead:
                return value
            turns.append(now_s)
        self._way[name] = way
        return value + change
