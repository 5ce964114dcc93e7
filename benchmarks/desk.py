"""What the style desk costs the session: frame and field times without it, with it, with those
who look, many at once, some that have stopped reading, and with a browser on the same cores.

    python benchmarks/desk.py [--seconds 20] [--rounds 3]

One loop shows the shipped clip (``eyebrush demo --desk`` does the same) at its own rate; the
conditions take turns in blocks, so that what else the machine does hits all of them alike. Readers
are sockets that take every picture and state, in a nice process: as a phone beside the headset,
which draws with cores of its own. Chromium draws the page here, on the session's cores.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import harness
from eyebrush import Stylizer, ops
from eyebrush.clip import ClipReader, replayed
from eyebrush.desk.link import DeskLink
from eyebrush.desk.loop import LoopDesk
from eyebrush.governor import Governor, State
from eyebrush.painter import Painter

CONDITIONS = {  # name -> readers, readers that stop, Chromiums; None: no desk at all
    "no desk": None,
    "desk, nobody looks": (0, 0, 0),
    "one reader": (1, 0, 0),
    "ten readers": (10, 0, 0),
    "one reader, nine that stopped": (1, 9, 0),
    "one Chromium on the same cores": (0, 0, 1),
}
CHROMIUM = os.environ.get("EYEBRUSH_CHROMIUM") or shutil.which("chromium")
READERS_NICENESS = 19
OPTIONS = {"host": "127.0.0.1", "port": 0, "osc": None, "backend": "auto", "precision": "auto"}
SETTLE_S = 2.0  # after a change of condition
CHROMIUM_SETTLE_S = 8.0  # it starts for seconds
READER = """
import asyncio, os, sys
from websockets.asyncio.client import connect
async def read(link, reads):
    async with connect(link, max_size=None, max_queue=1) as socket:
        await socket.send('{"kind": "watch", "session": "", "pictures": true}')
        while reads:
            await socket.recv()
        await asyncio.Event().wait()
async def main(link, readers, stuck):
    await asyncio.gather(*(read(link, i < readers) for i in range(readers + stuck)))
os.nice(int(sys.argv[4]))
asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def run() -> int:
    p = harness.parser(__doc__)
    p.add_argument("--seconds", type=float, default=20.0, help="of each block (20)")
    p.add_argument("--rounds", type=int, default=3, help="how often each has its turn (3)")
    p.add_argument("--rate", type=float, default=72.0, help="frames a second (72)")
    args = p.parse_args()
    facts = harness.machine()
    ops.set_threads(args.threads)
    conditions = dict(CONDITIONS)
    if CHROMIUM is None:
        harness.say("no chromium here: its row is left out (apt-get install chromium)")
        conditions = {name: who for name, who in conditions.items() if who is None or not who[2]}
    measured = {name: Times() for name in conditions}
    with ClipReader(args.clip) as clip:
        frames = [clip[i] for i in range(min(60, len(clip)))]
    stylizer = Stylizer("starry-night", threads=args.threads)
    with closing(Painter(stylizer, Governor(pinned=State.FULL))) as painter:
        out = np.empty_like(frames[0].color)
        painter.warm_up(frames[0], out)
        for number in range(args.rounds):
            for name, browsers in conditions.items():
                harness.say(f"round {number + 1}: {name} ...")
                with desk_of(stylizer, painter, browsers) as desk:
                    settle_s = CHROMIUM_SETTLE_S if browsers and browsers[2] else SETTLE_S
                    show(painter, frames, out, args, desk, measured[name], settle_s)
    figures = {name: times.summary(measured["no desk"]) for name, times in measured.items()}
    settings = {key: getattr(args, key) for key in ("seconds", "rounds", "rate", "threads")}
    body = harness.result("desk", "What the desk costs the session", facts, settings, figures)
    body["tables"] = {"desk": table(figures)}
    harness.publish(body, args.out)
    return 0


@dataclass
class Times:
    """Milliseconds of every frame, and of every field that came; how many frames were late; and
    what the desk took of the loop's thread after each frame, microseconds of CPU time."""

    frame: list[float] = field(default_factory=list)
    desk_us: list[float] = field(default_factory=list)
    field: list[float] = field(default_factory=list)
    late: int = 0

    def summary(self, bare: Times) -> dict[str, Any]:
        """Percentiles; ``p99_change`` is against those of ``bare``."""
        p50, p95, p99 = np.percentile(self.frame, [50, 95, 99])
        fields = np.percentile(self.field, [50, 99]) if self.field else (np.nan, np.nan)
        return {
            "frames": len(self.frame),
            "fields": len(self.field),
            "p50": round(p50, 3),
            "p95": round(p95, 3),
            "p99": round(p99, 3),
            "p99_change": round(p99 / np.percentile(bare.frame, 99) - 1, 4),
            "late": self.late,
            "desk_us_p50": round(float(np.median(self.desk_us)), 1) if self.desk_us else 0.0,
            "desk_us_p99": round(float(np.percentile(self.desk_us, 99)), 1)
            if self.desk_us
            else 0.0,
            "field_p50": round(float(np.nan_to_num(fields[0])), 2),
            "field_p99": round(float(np.nan_to_num(fields[1])), 2),
        }


@contextmanager
def desk_of(stylizer: Stylizer, painter: Painter, browsers: tuple[int, int, int] | None) -> Any:
    """A desk with that many who look; None without one."""
    if browsers is None:
        yield None
        return
    with ExitStack() as stack:
        link = stack.enter_context(closing(DeskLink({**OPTIONS, "command": "benchmark"})))
        desk = LoopDesk(link, "bench", "benchmark", stylizer, painter.governor)
        stack.callback(desk.close)
        *sockets, pages = browsers
        if sum(sockets):
            socket = link.url.replace("http", "ws", 1) + "api/live"
            numbers = (str(n) for n in (*sockets, READERS_NICENESS))
            reader = subprocess.Popen([sys.executable, "-c", READER, socket, *numbers])
            stack.callback(reader.wait)
            stack.callback(reader.kill)
        for _ in range(pages):
            stack.enter_context(_chromium(link.url))
        yield desk


@contextmanager
def _chromium(page: str) -> Any:
    """A browser of its own with the page open; ended with all its processes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")
        browser = subprocess.Popen(
            [str(CHROMIUM), *options, page],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(browser.pid, signal.SIGTERM)
            browser.wait()


def show(
    painter: Painter,
    frames: Any,
    out: Any,
    args: Any,
    desk: LoopDesk | None,
    times: Times,
    settle_s: float,
) -> None:
    """Show frames for a block, and note what each took after ``settle_s``."""
    period_ns = round(1e9 / args.rate)
    began_ns = time.perf_counter_ns()
    measured_from_ns = began_ns + round(settle_s * 1e9)
    end_ns = measured_from_ns + round(args.seconds * 1e9)
    last, number = painter.field, 0
    while (now_ns := time.perf_counter_ns()) < end_ns:
        number = max(number + 1, (now_ns - began_ns) // period_ns)
        due_ns = began_ns + number * period_ns
        time.sleep(max(0, due_ns - time.perf_counter_ns()) * 1e-9)
        started_ns = time.perf_counter_ns()
        shown = replayed(frames, number, period_ns)
        restyled = painter.paint(shown, out, started_ns, period_ns)
        took_ns = time.perf_counter_ns() - started_ns
        painter.done(restyled)
        late = took_ns > period_ns
        if started_ns >= measured_from_ns:
            times.frame.append(took_ns * 1e-6)
            times.late += late
            if painter.field is not None and painter.field is not last:
                times.field.append(sum(painter.field.stage_ns.values()) * 1e-6)
        last = painter.field
        if desk is not None:
            composite_ns = painter.composite_ns
            stages = {"composite": composite_ns, "other": took_ns - composite_ns}
            options = {"period_ns": period_ns, "late": late, "restyled": restyled}
            before_ns = time.thread_time_ns()
            desk.frame(shown, out, painter, stages, **options)
            times.desk_us.append((time.thread_time_ns() - before_ns) * 1e-3)


def table(figures: dict[str, dict[str, Any]]) -> str:
    """For people: milliseconds."""
    head = ("", "frame p50", "p95", "p99", "p99, to no desk", "late", "field p50", "p99")
    head = (*head, "desk, us of the loop's thread, p50", "p99")
    rows = [
        (
            name,
            *(f"{f[key]:.2f}" for key in ("p50", "p95", "p99")),
            f"{100 * f['p99_change']:+.1f} %",
            f"{f['late']} of {f['frames']}",
            *(f"{f[key]:.1f}" for key in ("field_p50", "field_p99")),
            *(f"{f[key]:.0f}" for key in ("desk_us_p50", "desk_us_p99")),
        )
        for name, f in figures.items()
    ]
    return harness.table(head, rows)


if __name__ == "__main__":
    harness.main(run)
