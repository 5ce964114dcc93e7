"""Sound files for tests, and the reason where what reads them is missing."""

from __future__ import annotations

import wave
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from eyebrush.listen.features import RATE_HZ


def needs_listen() -> ModuleType:
    """miniaudio, or the test is skipped."""
    why = "needs the extra listen: pip install 'eyebrush[listen]'"
    return pytest.importorskip("miniaudio", reason=why)


def write_wav(path: Path, sound: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    """sound [N], -1..1, as 16 bits and one channel."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path
