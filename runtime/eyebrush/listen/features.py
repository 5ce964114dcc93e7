"""What is heard: loudness, brightness and beats, hop by hop, from the past alone.

The same code hears a file and a microphone, so that a film reacts as a live session would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eyebrush.listen.beat import BeatTracker

RATE_HZ = 22050
FRAME, HOP = 1024, 256
HOP_S = HOP / RATE_HZ
SILENCE_DB = -60.0  # below this nothing is heard
FAINT = 0.2  # what is less loud is noise between notes, and its brightness is not listened to
SPAN_DB = 30.0  # from loudness 0 to 1, below the loudest of late
FORGET_DB_S = 1.5  # how fast "the loudest of late" is forgotten
DULL_HZ, BRIGHT_HZ = 300.0, 4000.0  # spectral centroid at brightness 0 and 1
BANDS = 24  # of the onset detection, from 60 to 8000 Hz
DRUM_HZ, DRUM = 200.0, 4.0  # bands below it count so many times: the drum says where the beat is
COMPRESSION = 1000.0  # log(1 + this * magnitude): what soft onsets count beside loud ones


@dataclass(frozen=True)
class Moment:
    """time_s: end of the samples it was heard in, from the first sample on. loudness, brightness:
    0..1. beat: whether a beat falls here."""

    time_s: float
    loudness: float
    brightness: float
    beat: bool


class Hearing:
    """Samples in, moments out. State is a few seconds of the past."""

    def __init__(self) -> None:
        self._window = np.hanning(FRAME).astype(np.float32)
        self._rest = np.zeros(0, np.float32)
        self._past = np.zeros(FRAME, np.float32)
        hz = np.fft.rfftfreq(FRAME, 1 / RATE_HZ)
        self._audible = (hz >= 60) & (hz <= 8000)
        self._hz = hz[self._audible]
        edges = np.geomspace(60, 8000, BANDS + 1)
        self._band = np.clip(np.searchsorted(edges, self._hz, "right") - 1, 0, BANDS - 1)
        self._weight = np.where(edges[:-1] < DRUM_HZ, DRUM, 1.0)
        self._bands = [np.zeros(BANDS), np.zeros(BANDS)]  # of the two hops before
        self._loudest_db = SILENCE_DB + SPAN_DB
        self._brightness = 0.5
        self._beats = BeatTracker(1 / HOP_S)
        self._hops = 0

    def feed(self, samples: np.ndarray) -> list[Moment]:
        """[N] float32 -1..1, mono at RATE_HZ, any N; what is not finite counts as silence."""
        clean = np.nan_to_num(np.asarray(samples, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        self._rest = np.concatenate([self._rest, np.clip(clean, -1, 1)])
        count = len(self._rest) // HOP
        hops, self._rest = self._rest[: count * HOP], self._rest[count * HOP :]
        return [self._hop(hop) for hop in hops.reshape(count, HOP)]

    def _hop(self, hop: np.ndarray) -> Moment:
        self._past = np.concatenate([self._past[HOP:], hop])
        self._hops += 1
        level_db = 20 * np.log10(np.sqrt(np.mean(self._past**2)) + 1e-9)
        spectrum = np.abs(np.fft.rfft(self._past * self._window))[self._audible] / FRAME
        floor = SILENCE_DB + SPAN_DB
        self._loudest_db = max(floor, level_db, self._loudest_db - FORGET_DB_S * HOP_S)
        loudness = float(np.clip(1 + (level_db - self._loudest_db) / SPAN_DB, 0, 1))
        if loudness > FAINT and level_db > SILENCE_DB:
            total = spectrum.sum() + 1e-12
            octaves = np.log((self._hz @ spectrum) / total / DULL_HZ)
            self._brightness = float(np.clip(octaves / np.log(BRIGHT_HZ / DULL_HZ), 0, 1))
        beat = self._beats.step(self._onset(spectrum))
        return Moment(self._hops * HOP_S, loudness, self._brightness, beat)

    def _onset(self, spectrum: np.ndarray) -> float:
        """How much louder the bands are than two hops before (spectral flux)."""
        bands = np.log1p(COMPRESSION * np.bincount(self._band, spectrum, BANDS))
        flux = self._weight @ np.maximum(bands - self._bands[0], 0)
        self._bands = [self._bands[1], bands]
        return float(flux)
