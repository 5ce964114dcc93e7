"""Threads that let others go first."""

from __future__ import annotations

import contextlib
import os
import sys


def less_urgent(niceness: int) -> None:
    """Make the calling thread so much less urgent than others, as nice(1) would; on Linux alone,
    for elsewhere priorities are a process's. Threads that it starts inherit that."""
    if niceness and sys.platform == "linux":
        with contextlib.suppress(OSError):  # a container may forbid it
            os.setpriority(os.PRIO_PROCESS, 0, os.nice(0) + niceness)  # 0: this thread
