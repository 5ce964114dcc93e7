"""Sounds whose beats are known: click tracks, and mixes made like music. All by numpy, by seed."""

from __future__ import annotations

import numpy as np

RATE_HZ = 22050


def click_track(bpm: float, seconds: float, noise_db: float = -90.0, seed: int = 0) -> np.ndarray:
    """Short 1 kHz clicks on every beat over noise, [N] float32; the first beat is at 0.5 s."""
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, 10 ** (noise_db / 20), round(seconds * RATE_HZ))
    t = np.arange(round(0.03 * RATE_HZ)) / RATE_HZ
    click = 0.5 * np.sin(2 * np.pi * 1000 * t) * np.exp(-t / 0.006)
    for beat in beats(bpm, seconds):
        _add(sound, click, beat)
    return sound.astype(np.float32)


def beats(bpm: float, seconds: float) -> np.ndarray:
    """Times of the beats, seconds."""
    return np.arange(0.5, seconds - 0.1, 60 / bpm)


def mix(bpm: float, seconds: float, seed: int, *, drums: bool = True) -> np.ndarray:
    """Kick, snare, hats with swing and off-beats, a bass line, chords, noise: [N] float32.

    Without drums only bass and chords mark the beat, softly.
    """
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, 0.004, round(seconds * RATE_HZ))
    swing = rng.uniform(0.5, 0.66)
    scale = 110 * 2 ** (np.array([0, 3, 5, 7, 10]) / 12)
    hat_level, late_s = rng.uniform(0.02, 0.12), 0.006
    for number, beat in enumerate(beats(bpm, seconds)):
        at = beat + rng.normal(0, late_s)  # players are not machines
        if drums:
            if number % 2 == 0 or rng.random() < 0.15:
                _add(sound, 0.5 * _kick(), at)
            if number % 2 == 1:
                _add(sound, 0.3 * _burst(rng, 0.09), at)
            for part in (0.0, swing):
                if rng.random() < 0.85:
                    _add(sound, hat_level * _burst(rng, 0.03), at + part * 60 / bpm)
        if rng.random() < 0.9:
            length = 60 / bpm * rng.choice([0.5, 0.9])
            _add(sound, 0.2 * _tone(rng.choice(scale) / 2, length, 0.008), at)
        if number % 4 == 0:
            for k in rng.choice(5, 3, replace=False):
                _add(sound, 0.07 * _tone(2 * scale[k], 3.6 * 60 / bpm, 0.03), at)
        if rng.random() < 0.3:
            _add(sound, 0.1 * _tone(4 * rng.choice(scale), 0.2, 0.01), at + 0.5 * 60 / bpm)
    return (sound / max(1.0, np.abs(sound).max())).astype(np.float32)


def f_measure(found: np.ndarray, true: np.ndarray, after_s: float, window_s: float = 0.07) -> float:
    """Share of beats that were found and of those found that were beats, as one number 0..1, from
    ``after_s`` on (the tracker has to hear some first); each beat counts once."""
    found, true = found[found >= after_s], true[true >= after_s]
    if not len(found) or not len(true):
        return 0.0
    hits, used = 0, set[int]()
    for beat in true:
        near = int(np.argmin(np.abs(found - beat)))
        if near not in used and abs(found[near] - beat) <= window_s:
            used.add(near)
            hits += 1
    return 2 * hits / (len(found) + len(true))


def _add(sound: np.ndarray, part: np.ndarray, at_s: float) -> None:
    start = max(0, round(at_s * RATE_HZ))
    end = min(len(sound), start + len(part))
    sound[start:end] += part[: max(0, end - start)]


def _kick() -> np.ndarray:
    t = np.arange(round(0.18 * RATE_HZ)) / RATE_HZ
    return np.sin(2 * np.pi * (50 * t - 4 * np.exp(-t / 0.03))) * np.exp(-t / 0.06)


def _burst(rng: np.random.Generator, seconds: float) -> np.ndarray:
    t = np.arange(round(3 * seconds * RATE_HZ)) / RATE_HZ
    return rng.normal(0, 1, len(t)) * np.exp(-t / seconds)


def _tone(hz: float, seconds: float, attack_s: float) -> np.ndarray:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * n * hz * t) / n for n in range(1, 6))
    ends = np.minimum(1, t / attack_s) * np.minimum(1, (seconds - t) / 0.02)
    return wave * ends * np.exp(-t / seconds)
