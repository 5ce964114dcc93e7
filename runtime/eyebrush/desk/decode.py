"""``python -m eyebrush.desk.decode FILE``: a stranger's picture is decoded here, and only here.

A process that can do little harm: its memory, time and open files are bounded, it can write to no
file, and it starts with an empty environment. Writes one line of JSON, {"height", "width"} or
{"got", "wanted", "fix"}, and then the pixels, [H, W, 3] uint8, as small as the encoder wants them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

MEMORY_BYTES = 1536 << 20  # 64 megapixels with transparency, and their copies while they shrink
CPU_S = 20
FILES = 32


def limit() -> None:
    """Give up what a decoder does not need. Where there are no such limits, nothing happens."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main() -> int:
    """0, or 1 with the error in the first line."""
    limit()
    from eyebrush.errors import InputError
    from eyebrush.styles.add import read_painting

    out = sys.stdout.buffer
    try:
        picture = read_painting(Path(sys.argv[1]))
    except InputError as error:
        told = {"got": error.got, "wanted": error.wanted, "fix": error.fix}
        out.write(json.dumps(told).encode() + b"\n")
        return 1
    height, width, _ = picture.shape
    out.write(json.dumps({"height": height, "width": width}).encode() + b"\n")
    out.write(picture.tobytes())
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
