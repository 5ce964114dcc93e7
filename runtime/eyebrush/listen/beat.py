"""Beats as they fall, from onset strengths: tempo by autocorrelation, place by dynamic programming.

The method is that of Davies and Plumbley (2007) and Stark, Davies and Plumbley (2009): a score that
grows where onsets lie one beat period apart, continued into the future to say when the next falls.
"""

from __future__ import annotations

import math

import numpy as np

MEMORY_S = 6.0  # of onsets, for the tempo
LEAST_BPM, MOST_BPM, USUAL_BPM = 50.0, 200.0, 120.0
OCTAVES = 0.7  # standard deviation of tempi around the usual one
TEMPO_EVERY_S = 0.25
INERTIA = 0.8  # of the tempo: share that earlier seconds have in it
ALPHA, TIGHTNESS = 0.9, 5.0  # of the score: weight of the past, and how even beats are
LEAST = 0.15  # onset strength that is none: a tone that lasts is not quite even
PERIODIC = 0.2  # autocorrelation at the beat's lag, over that at 0; less is no music with a beat


class BeatTracker:
    """One onset strength a hop in; whether a beat falls on this hop out."""

    def __init__(self, hops_per_s: float) -> None:
        self._hops_per_s = hops_per_s
        size = round(MEMORY_S * hops_per_s)
        self._onsets, self._score = np.zeros(size), np.zeros(size)  # the newest is last
        self._lags = np.arange(
            math.floor(60 * hops_per_s / MOST_BPM), math.ceil(60 * hops_per_s / LEAST_BPM) + 1
        )
        bpm = 60 * hops_per_s / self._lags
        self._prior = np.exp(-0.5 * (np.log2(bpm / USUAL_BPM) / OCTAVES) ** 2)
        self._tempo = np.zeros(len(self._lags))
        self._period = 60 * hops_per_s / USUAL_BPM  # hops
        self._mean = self._spread = 0.0
        self._hop = 0
        self._next = -1  # the hop on which the next beat falls; -1: nobody knows
        self._look = 0  # when to look for it
        self._periodic = False

    @property
    def bpm(self) -> float:
        """The tempo that is heard now; 0 where there is none."""
        return 60 * self._hops_per_s / self._period if self._periodic else 0.0

    def step(self, onset: float) -> bool:
        """The next hop. ``onset``: any finite number, larger where something begins."""
        self._hop += 1
        novelty = self._normal(onset)
        self._onsets = np.append(self._onsets[1:], novelty)
        self._score = np.append(
            self._score[1:], (1 - ALPHA) * novelty + ALPHA * self._best_before(self._score[1:])
        )
        if self._hop % round(TEMPO_EVERY_S * self._hops_per_s) == 0:
            self._find_tempo()
        beat = self._hop == self._next
        if beat:
            self._look = self._hop + round(self._period / 2)
        if self._hop >= self._look and self._next <= self._hop:
            self._next = self._hop + self._predicted()
        return beat and self._periodic

    def _normal(self, onset: float) -> float:
        """Above the mean of the last second or so, over the usual spread."""
        pace = 1 / self._hops_per_s
        self._mean += pace * (onset - self._mean)
        above = max(0.0, onset - self._mean - LEAST)
        self._spread += 0.25 * pace * (above - self._spread)
        return min(8.0, above / (self._spread + 1e-6)) if self._spread > 1e-6 else 0.0

    def _best_before(self, score: np.ndarray) -> float:
        """The best score about one period ago."""
        near, far = max(1, round(self._period / 2)), round(2 * self._period)
        ago = np.arange(far, near - 1, -1)
        weight = np.exp(-0.5 * (TIGHTNESS * np.log(ago / self._period)) ** 2)
        return float((score[-far : len(score) - near + 1] * weight).max())

    def _predicted(self) -> int:
        """How many hops from now the next beat falls: the score goes on by itself for a period, and
        about half a period from now its peak is expected."""
        span = round(self._period)
        future = self._score.copy()
        for _ in range(span):
            future = np.append(future[1:], ALPHA * self._best_before(future))
        ahead = np.arange(1, span + 1)
        expected = np.exp(-0.5 * ((ahead - self._period / 2) / (self._period / 4)) ** 2)
        return int(np.argmax(future[-span:] * expected)) + 1

    def _find_tempo(self) -> None:
        x = self._onsets - self._onsets.mean()
        size = len(x)
        power = np.abs(np.fft.rfft(x, 2 * size)) ** 2
        correlation = np.fft.irfft(power)[:size]
        if correlation[0] <= 1e-9:
            self._periodic = False
            return
        correlation = correlation / correlation[0] * size / (size - np.arange(size))
        at = correlation[self._lags]
        twice = correlation[np.minimum(2 * self._lags, size - 1)]  # a beat repeats
        seen = np.maximum(at + 0.5 * twice, 0) * self._prior
        self._tempo = INERTIA * self._tempo + (1 - INERTIA) * seen
        best = int(np.argmax(self._tempo))
        self._periodic = bool(max(at[best], at[max(0, best - 1) : best + 2].max()) > PERIODIC)
        self._period = float(self._lags[best]) + _vertex(self._tempo, best)


def _vertex(values: np.ndarray, best: int) -> float:
    """Where between its neighbours a peak really lies, -0.5..0.5."""
    if not 0 < best < len(values) - 1:
        return 0.0
    before, at, after = values[best - 1 : best + 2]
    bend = before - 2 * at + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0
