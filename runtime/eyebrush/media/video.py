"""Video files through PyAV (FFmpeg); the extra [video]. See docs/decisions/video-library.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from eyebrush.atomic import check_writable_folder, replacing
from eyebrush.errors import BackendError, InputError
from eyebrush.frame import EyeFrames
from eyebrush.media.stereo import join_sbs

try:
    import av
except ImportError as error:
    raise BackendError(
        "reading and writing videos needs PyAV, which is not installed; "
        "fix: pip install 'eyebrush[video]', or use a folder of numbered frames"
    ) from error

FALLBACK_FPS = 30.0
CODECS = {".webm": "libvpx-vp9"}  # every other container gets H.264
QUALITY = {"libx264": {"crf": "18", "preset": "veryfast"}, "libvpx-vp9": {"crf": "28", "b": "0"}}


class VideoSource:
    """The frames of a video's first picture stream, in order of display."""

    kind, moving = "video", True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wanted = "a video that FFmpeg can read (MP4, MKV, WebM, ...)"
        if not path.is_file():
            raise InputError(got=f"no file {path}", wanted=self._wanted, fix="check the path")
        try:
            self._container: Any = av.open(str(path))
        except (av.FFmpegError, OSError, ValueError) as error:
            raise self._damaged(error) from error
        if not self._container.streams.video:
            self._container.close()
            raise InputError(
                got=f"{path} without pictures", wanted=self._wanted, fix="check the file"
            )
        stream = self._container.streams.video[0]
        stream.thread_type = "AUTO"
        self.fps = float(stream.average_rate or stream.guessed_rate or FALLBACK_FPS)
        self.count: int | None = stream.frames or None

    def names(self) -> list[str] | None:
        return None

    def __iter__(self) -> Iterator[EyeFrames]:
        done = 0
        try:
            for frame in self._container.decode(video=0):
                color = frame.to_ndarray(format="rgb24")
                turns = round((getattr(frame, "rotation", 0) or 0) / 90) % 4
                color = np.ascontiguousarray(np.rot90(color, turns))
                time_s = frame.time if frame.time is not None else done / self.fps
                yield EyeFrames(color[None], display_time_ns=round(time_s * 1e9))
                done += 1
        except (av.FFmpegError, ValueError) as error:
            raise self._damaged(error, f" after {done} frames") from error
        if done == 0:
            raise self._damaged(ValueError("no frame could be decoded"))

    def close(self) -> None:
        self._container.close()

    def _damaged(self, error: Exception, where: str = "") -> InputError:
        reason = getattr(error, "strerror", None) or str(error)
        return InputError(
            got=f"{self.path}, which is damaged or no video{where} ({reason})",
            wanted=self._wanted,
            fix="get an intact copy, or convert it: ffmpeg -i IN -c:v libx264 OUT.mp4",
        )


class VideoSink:
    """H.264 (VP9 in .webm), without sound. Odd sizes grow by one repeated row or column,
    for the 4:2:0 pictures that every player shows have even sizes."""

    def __init__(self, path: Path, fps: float) -> None:
        check_writable_folder(path.parent)
        self.path = path
        self._codec = CODECS.get(path.suffix.lower(), "libx264")
        if self._codec not in av.codecs_available:
            raise BackendError(
                f"this PyAV {av.__version__} has no encoder {self._codec}; "
                "fix: pip install --force-reinstall av, or choose a folder as output"
            )
        self._rate = Fraction(fps).limit_denominator(1001)
        self._stack = ExitStack()
        temporary = self._stack.enter_context(replacing(path))
        self._container: Any = av.open(str(temporary), "w")
        self._stream: Any = None
        self._size = (0, 0)

    def add(self, frames: EyeFrames) -> None:
        picture = join_sbs(frames.color)[..., :3]
        if self._stream is None:
            self._size = picture.shape[:2]
            self._stream = self._container.add_stream(
                self._codec, rate=self._rate, options=QUALITY[self._codec]
            )
            self._stream.height, self._stream.width = (n + n % 2 for n in self._size)
            self._stream.pix_fmt = "yuv420p"
        if picture.shape[:2] != self._size:
            raise InputError(
                got=f"a frame of {picture.shape[1]}x{picture.shape[0]} after frames of "
                f"{self._size[1]}x{self._size[0]}",
                wanted="frames of one size for a video",
                fix="choose a folder as output",
            )
        odd_rows, odd_columns = (n % 2 for n in self._size)
        if odd_rows or odd_columns:
            picture = np.pad(picture, ((0, odd_rows), (0, odd_columns), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        if self._stream is None:
            raise InputError(got="no frames", wanted="one or more", fix="check the input")
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._stack.close()

    def abort(self) -> None:
        self._container.close()
        error = RuntimeError("aborted")  # makes ``replacing`` drop the unfinished file
        self._stack.__exit__(RuntimeError, error, None)
