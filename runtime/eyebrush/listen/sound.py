"""Sound in: files and microphones through miniaudio, the sound of videos through PyAV."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from eyebrush.errors import BackendError, InputError
from eyebrush.listen.features import RATE_HZ, Hearing
from eyebrush.listen.moments import Moments
from eyebrush.media.sources import VIDEO_SUFFIXES

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg")
WANTED = f"a sound ({' '.join(SUFFIXES)}) or a video with sound"
LONGEST_S = 3 * 3600.0
KEEP_S = 20.0  # of what a microphone heard
PERIOD_MS = 20  # of a microphone: what it hears comes so often
NO_DEVICE = "Discard all samples"  # how ALSA calls the device that is none


def library() -> Any:
    """miniaudio. Raises BackendError where the extra is not installed."""
    try:
        import miniaudio
    except ImportError as error:
        raise BackendError(
            "got no miniaudio; wanted it to hear; fix: pip install 'eyebrush[listen]'"
        ) from error
    return miniaudio


def read_sound(path: Path) -> np.ndarray:
    """A file's sound, mono at RATE_HZ: [N] float32 -1..1. Raises InputError, BackendError."""
    if not path.is_file():
        raise InputError(got=f"no file {path}", wanted=WANTED, fix="check the path, or say mic")
    if path.suffix.lower() in VIDEO_SUFFIXES:
        sound = _of_video(path)
    else:
        miniaudio = library()
        try:
            decoded = miniaudio.decode_file(str(path), miniaudio.SampleFormat.FLOAT32, 1, RATE_HZ)
        except (miniaudio.MiniaudioError, ValueError) as error:
            raise InputError(
                got=f"{path}, which is no sound that can be read ({error})",
                wanted=WANTED,
                fix="convert it: ffmpeg -i IN out.flac",
            ) from error
        sound = np.frombuffer(decoded.samples, np.float32)
    if not 0 < len(sound) <= LONGEST_S * RATE_HZ:
        raise InputError(
            got=f"{path} of {len(sound) / RATE_HZ:.1f} s",
            wanted=f"a sound of at most {LONGEST_S / 3600:.0f} hours",
            fix="cut it",
        )
    return sound


def hear_file(path: Path, *, again: bool) -> Moments:
    """All that is to be heard in a file. again: it begins anew at its end."""
    sound = read_sound(path)
    moments = Moments(length_s=len(sound) / RATE_HZ if again else None)
    moments.add(Hearing().feed(sound))
    return moments


def _of_video(path: Path) -> np.ndarray:
    import av

    import eyebrush.media.video  # noqa: F401 (says how to install PyAV where it is not)

    parts: list[np.ndarray] = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise InputError(got=f"{path} without sound", wanted=WANTED, fix="another file")
            resampler = av.AudioResampler("flt", "mono", RATE_HZ)
            for frame in container.decode(container.streams.audio[0]):
                parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
            parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    except av.error.FFmpegError as error:
        raise InputError(
            got=f"{path}, whose sound cannot be read ({error})", wanted=WANTED, fix="another file"
        ) from error
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


class Microphone:
    """The machine's microphone, or another device; ``moments`` has what it heard, with times of
    ``time.monotonic``. backends: miniaudio's, for tests; the machine's own without."""

    def __init__(self, backends: Sequence[Any] | None = None) -> None:
        miniaudio = library()
        self.moments = Moments(keep_s=KEEP_S)
        self._hearing = Hearing()
        missing = InputError(
            got="--react mic on a machine without a microphone",
            wanted="one that the system knows (arecord -l, or the sound settings)",
            fix="plug one in, or name a file: --react music.flac",
        )
        try:
            devices = miniaudio.Devices(list(backends) if backends else []).get_captures()
            if not [d for d in devices if not d["name"].startswith(NO_DEVICE)]:
                raise missing
            self._device = miniaudio.CaptureDevice(
                miniaudio.SampleFormat.FLOAT32,
                1,
                RATE_HZ,
                buffersize_msec=PERIOD_MS,
                backends=list(backends) if backends else None,
                app_name="eyebrush",
            )
            listener = self._listen()
            next(listener)
            self._device.start(listener)
        except miniaudio.MiniaudioError as error:
            raise missing from error

    def _listen(self) -> Generator[None, Any, None]:
        """miniaudio's callback, on a thread of its own."""
        while True:
            data = yield
            self.heard(np.frombuffer(data, np.float32))

    def heard(self, samples: np.ndarray) -> None:
        """Samples [N] that have just ended. Times are those of arrival, so that no reader that
        asks for what is new can miss a beat."""
        moments = self._hearing.feed(samples)
        now_s = time.monotonic()
        self.moments.add(replace(moment, time_s=now_s) for moment in moments)

    def close(self) -> None:
        """Stop listening."""
        self._device.close()
