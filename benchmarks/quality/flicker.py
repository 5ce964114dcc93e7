"""What moves in a picture of something that does not: a static view whose sensor has noise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from contestants import Contestant
from eyebrush.frame import EyeFrames
from eyebrush.reference import LUMA
from quality.judge import smaller

FPS, FRAMES = 72, 72
NOISE = 2.0  # standard deviation of the sensor's noise, of 255
SLOW_HZ, FAST_HZ = 3.0, 20.0  # between them the eye is the most sensitive to flicker


@dataclass(frozen=True)
class Spectrum:
    """amplitude[k]: root mean square over pixels of luma at hz[k], 0..1, without the mean over
    time. Its squares add up to the variance over time."""

    hz: np.ndarray
    amplitude: np.ndarray

    def band(self, low: float, high: float) -> float:
        """Root mean square of what lies in low <= hz < high."""
        inside = (self.hz >= low) & (self.hz < high)
        return float(np.sqrt(np.square(self.amplitude[inside]).sum()))

    @property
    def peak_hz(self) -> float:
        return float(self.hz[np.argmax(self.amplitude)])


def noisy_stream(still: EyeFrames, count: int = FRAMES, seed: int = 1) -> list[EyeFrames]:
    """The left eye's view, ``count`` times, each with noise of its own."""
    rng = np.random.default_rng(seed)
    eye = still.eyes(slice(0, 1))
    frames = []
    for i in range(count):
        noise = rng.normal(0, NOISE, eye.color.shape).astype(np.float32)
        color = np.clip(np.rint(eye.color + noise), 0, 255).astype(np.uint8)
        frames.append(replace(eye, color=color, display_time_ns=(i + 1) * 10**9 // FPS))
    return frames


def spectrum(pictures: np.ndarray, fps: float = FPS) -> Spectrum:
    """pictures [T,H,W] luma 0..1, evenly in time."""
    count = len(pictures)
    lines = np.fft.rfft(pictures.astype(np.float32), axis=0)[1:] / count
    power = np.square(np.abs(lines)).mean((1, 2)) * 2
    if count % 2 == 0:
        power[-1] /= 2  # the highest line stands once, not twice
    return Spectrum(np.fft.rfftfreq(count, 1 / fps)[1:], np.sqrt(power))


def measure(contestant: Contestant, frames: list[EyeFrames]) -> dict[str, Any]:
    """Bands of the spectrum at half size (where noise of single pixels has averaged out a little,
    as it does in the eye), and the spectrum itself."""
    made = contestant.restyle(frames, range(len(frames)))
    luma = np.stack([smaller(made[i][0], 2) @ LUMA / 255 for i in range(len(frames))])
    found = spectrum(luma)
    return {
        "slow": round(found.band(0, SLOW_HZ), 6),
        "middle": round(found.band(SLOW_HZ, FAST_HZ), 6),
        "fast": round(found.band(FAST_HZ, np.inf), 6),
        "peak_hz": round(found.peak_hz, 2),
        "amplitude": [round(float(a), 7) for a in found.amplitude],
    }
