"""What the style desk costs the session: frame and field times without it, with it, and with
browsers that look, many at once, and one that has stopped reading.

    python benchmarks/desk.py [--seconds 20] [--rounds 3]

One loop shows the shipped clip (``eyebrush demo --desk`` does the same) at its own rate; the
conditions take turns in blocks, so that what else the machine does hits all of them alike. The
browsers are sockets that read every picture and state, in a process of their own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import harness
from eyebrush import Stylizer
from eyebrush.clip import ClipReader, replayed, shipped_clip
from eyebrush.desk.link import DeskLink
from eyebrush.desk.loop import LoopDesk
from eyebrush.governor import Governor, State
from eyebrush.painter import Painter

CONDITIONS = {  # name -> browsers that read, browsers that do not; None: no desk at all
    "no desk": None,
    "desk, nobody looks": (0, 0),
    "one browser": (1, 0),
    "ten browsers": (10, 0),
    "one browser, nine that stopped reading": (1, 9),
}
OPTIONS = {"host": "127.0.0.1", "port": 0, "osc": None, "backend": "auto", "precision": "auto"}
SETTLE_S = 2.0  # after a change of condition
READER = """
import asyncio, sys
from websockets.asyncio.client import connect
async def read(link, reads):
    async with connect(link, max_size=None, max_queue=1) as socket:
        await socket.send('{"kind": "watch", "session": "", "pictures": true}')
        while reads:
            await socket.recv()
        await asyncio.Event().wait()
async def main(link, readers, stuck):
    await asyncio.gather(*(read(link, i < readers) for i in range(readers + stuck)))
asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each block (20)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each has its turn (3)")
    parser.add_argument("--rate", type=float, default=72.0, help="frames a second (72)")
    args = parser.parse_args()
    started = harness.machine()
    times: dict[str, dict[str, list[float]]] = {
        name: {"frame": [], "field": []} for name in CONDITIONS
    }
    lates = dict.fromkeys(CONDITIONS, 0)
    with ClipReader(shipped_clip()) as clip:
        frames = [clip[i] for i in range(60)]
    stylizer = Stylizer("starry-night")
    with closing(Painter(stylizer, Governor(pinned=State.FULL))) as painter:
        out = np.empty_like(frames[0].color)
        painter.warm_up(frames[0], out)
        for _ in range(args.rounds):
            for name, browsers in CONDITIONS.items():
                with desk_of(stylizer, painter, browsers) as desk:
                    lates[name] += show(painter, frames, out, args, desk, times[name])
    rows = [row(name, times[name], lates[name], times["no desk"]) for name in CONDITIONS]
    table = "\n".join(
        [
            "| | frame p50 ms | p95 | p99 | p99, to no desk | late | field p50 ms | p99 |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *rows,
        ]
    )
    print(table)
    print(f"load before: {started['load_1min']}; {started['cpu']}; {args}")
    place = Path(__file__).parent / "results" / f"desk-{harness.machine_slug()}.md"
    place.write_text(
        f"# What the desk costs the session\n\n{table}\n\n{args.rounds} blocks of "
        f"{args.seconds:g} s each in turn, the shipped clip at {args.rate:g} Hz, 512x512 per eye; "
        f"the governor was pinned to full. {started['cpu']}, {started['usable_cores']} cores, load "
        f"{started['load_1min']} before the run.\n",
        "utf-8",
    )
    return 0


@contextmanager
def desk_of(stylizer: Stylizer, painter: Painter, browsers: tuple[int, int] | None) -> Any:
    """A desk with that many browsers; None without one."""
    if browsers is None:
        yield None
        return
    with ExitStack() as stack:
        link = stack.enter_context(closing(DeskLink({**OPTIONS, "command": "benchmark"})))
        desk = LoopDesk(link, "bench", "benchmark", stylizer, painter.governor)
        stack.callback(desk.close)
        if sum(browsers):
            socket = link.url.replace("http", "ws", 1) + "api/live"
            reader = subprocess.Popen(
                [sys.executable, "-c", READER, socket, *(str(n) for n in browsers)]
            )
            stack.callback(reader.wait)
            stack.callback(reader.kill)
        yield desk


def show(
    painter: Painter, frames: Any, out: Any, args: Any, desk: Any, times: dict[str, list[float]]
) -> int:
    """Show frames for a block; adds milliseconds to ``times``; returns how many were late."""
    period_ns = round(1e9 / args.rate)
    began_ns = time.perf_counter_ns()
    measured_from_ns = began_ns + round(SETTLE_S * 1e9)
    end_ns = measured_from_ns + round(args.seconds * 1e9)
    field, number, late = painter.field, 0, 0
    while (now_ns := time.perf_counter_ns()) < end_ns:
        number = max(number + 1, (now_ns - began_ns) // period_ns)
        due_ns = began_ns + number * period_ns
        time.sleep(max(0, due_ns - time.perf_counter_ns()) * 1e-9)
        started_ns = time.perf_counter_ns()
        shown = replayed(frames, number, period_ns)
        restyled = painter.paint(shown, out, started_ns, period_ns)
        took_ns = time.perf_counter_ns() - started_ns
        painter.done(restyled)
        if started_ns >= measured_from_ns:
            times["frame"].append(took_ns * 1e-6)
            late += took_ns > period_ns
            if painter.field is not field and painter.field is not None:
                times["field"].append(sum(painter.field.stage_ns.values()) * 1e-6)
        field = painter.field
        if desk is not None:
            stages = {"composite": painter.composite_ns, "other": took_ns - painter.composite_ns}
            desk.frame(
                shown, out, painter, stages,
                period_ns=period_ns, late=took_ns > period_ns, restyled=restyled,
            )  # fmt: skip
    return late


def row(name: str, times: dict[str, list[float]], late: int, bare: dict[str, list[float]]) -> str:
    frame, field = np.array(times["frame"]), np.array(times["field"])
    p50, p95, p99 = np.percentile(frame, [50, 95, 99])
    change = 100 * (p99 / np.percentile(np.array(bare["frame"]), 99) - 1)
    f50, f99 = np.percentile(field, [50, 99])
    share = 100 * late / len(frame)
    return (
        f"| {name} | {p50:.2f} | {p95:.2f} | {p99:.2f} | {change:+.1f} % | {share:.2f} % "
        f"| {f50:.1f} | {f99:.1f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
