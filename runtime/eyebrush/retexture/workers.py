"""Files restyled by several processes of this machine, or in this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path

from eyebrush.errors import BackendError
from eyebrush.retexture.batch import Outcome, Task, outcome_of
from eyebrush.retexture.job import Look, restyle_file
from eyebrush.stylizer import Stylizer

_mine: tuple[Stylizer, str] | None = None  # of a worker process


def run_here(look: Look, tasks: list[Task]) -> Iterator[tuple[Task, Outcome]]:
    """One after the other in this process."""
    if not tasks:
        return
    stylizer = look.stylizer()
    for task in tasks:
        yield task, outcome_of(partial(restyle_file, stylizer, task.source, task.out, look.tile))


def run_processes(look: Look, tasks: list[Task], jobs: int) -> Iterator[tuple[Task, Outcome]]:
    """In ``jobs`` processes, each with a network of its own. Ctrl-C finishes the files in hand."""
    if not tasks:
        return
    context = multiprocessing.get_context("spawn")  # the native threads do not survive a fork
    pool = ProcessPoolExecutor(jobs, context, _start, (look,))
    try:
        waiting = {pool.submit(_work, str(t.source), str(t.out)): t for t in tasks}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    except BrokenProcessPool as error:
        raise BackendError(
            "a worker process died (out of memory?); what was finished is kept; "
            "fix: run it again with fewer --jobs"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(look: Look) -> None:
    global _mine
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _mine = look.stylizer(), look.tile


def _die_with_parent() -> None:
    """A killed parent says nothing to its workers: without this they would wait for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _work(source: str, out: str) -> Outcome:
    assert _mine is not None
    stylizer, tile = _mine
    return outcome_of(partial(restyle_file, stylizer, Path(source), Path(out), tile))
