"""``python benchmarks/quality``: a folder has no parent package until it is told of one."""

from __future__ import annotations

import sys
from pathlib import Path

BENCHMARKS = str(Path(__file__).resolve().parent.parent)
sys.path[:] = [BENCHMARKS, *(p for p in sys.path if Path(p).resolve() != Path(__file__).parent)]

import harness  # noqa: E402
from quality.command import run  # noqa: E402

if __name__ == "__main__":
    harness.main(run)
