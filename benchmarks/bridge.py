"""The bridge between an engine and the runtime: wake-up, copies, round trip, a million frames.

    python benchmarks/bridge.py [--no-peer] [--frames 1000000]        five minutes

Two processes each. Wake-ups: from the moment when the sender puts a message into its place to the
moment when the receiver, which sleeps, is back from its waiting call; contestants take turns.
Round trip and copies are C on both sides (engine_bridge/tests/bench.c); a C compiler is needed.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

import harness
from bridge_contestants import CONTESTANTS, Contestant
from eyebrush.errors import InputError

BRIDGE = harness.ROOT / "engine_bridge"
BLOCKS, WAKES, WARM_UP = 5, 400, 50
PERIOD_S = 0.002
BLOCK_PATIENCE_S = 60.0
LAST_STAMP = 1
IDLE_LOAD = 0.5
COPY_PROCESSES, COPY_TIMES = 9, ("memcpy_us", "bridge_us")
PROFILE = "1440x1600"
ROUND_TRIPS, ROUND_PERIOD_US = 2000, 4000


def build(folder: Path, program: str) -> Path:
    """Compile one of the bridge's C programs."""
    compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if compiler is None:
        raise InputError(got="no C compiler", wanted="cc", fix="apt-get install gcc")
    sources = [*sorted((BRIDGE / "src").glob("*.c")), BRIDGE / "tests" / f"{program}.c"]
    flags = ["-std=c11", "-O2", "-D_DEFAULT_SOURCE"]
    includes = ["-I", str(BRIDGE / "include"), "-I", str(BRIDGE / "src")]
    out = folder / program
    line = [compiler, *flags, *includes, *map(str, sources), "-lm", "-o", str(out)]
    subprocess.run(line, check=True)
    return out


def together(*commands: list[str], **environment: str) -> list[dict[str, Any]]:
    """Run programs beside each other; the JSON that each printed."""
    env = {**os.environ, **environment}
    processes = [subprocess.Popen(c, stdout=subprocess.PIPE, text=True, env=env) for c in commands]
    texts = [process.communicate(timeout=3600)[0] for process in processes]
    for command, process in zip(commands, processes, strict=True):
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} left with {process.returncode}")
    return [json.loads(text) for text in texts]


def _receive(contestant: Contestant, results: Connection) -> None:
    contestant.start_receiver()
    results.send("ready")
    latencies = []
    while True:
        stamp_ns, woken_ns = contestant.receive()
        if stamp_ns == LAST_STAMP:
            break
        latencies.append(woken_ns - stamp_ns)
    results.send(latencies)  # where the newest wins, one may have been replaced


def _send(contestant: Contestant, go: Connection) -> None:
    contestant.start_sender()
    go.send("ready")
    go.recv()
    for _ in range(WARM_UP + WAKES):
        time.sleep(PERIOD_S)  # the receiver is asleep again
        contestant.send(time.monotonic_ns)
    time.sleep(PERIOD_S)
    contestant.send(lambda: LAST_STAMP)
    go.recv()  # stay until all has arrived


def wake_ups(contestant: Contestant) -> list[int]:
    """One block of latencies, ns."""
    context = multiprocessing.get_context("spawn")
    (results, their_results), (go, their_go) = context.Pipe(), context.Pipe()
    sender = context.Process(target=_send, args=(contestant, their_go), daemon=True)
    receiver = context.Process(target=_receive, args=(contestant, their_results), daemon=True)
    for process in (sender, receiver):
        process.start()
    for end in (go, results):
        _next(end)
    go.send("go")
    latencies: list[int] = _next(results)
    go.send("done")
    for process in (sender, receiver):
        process.join()
    contestant.close()
    return latencies[WARM_UP:]


def _next(end: Connection) -> Any:
    if not end.poll(BLOCK_PATIENCE_S):
        raise RuntimeError("a contestant's process does not answer")
    return end.recv()


def compare_wake_ups(peers: bool) -> dict[str, dict[str, float]]:
    """Contestant -> percentiles of its wake-ups, us."""
    all_ns: dict[str, list[int]] = {}
    for block in range(BLOCKS):
        for kind in CONTESTANTS if peers else CONTESTANTS[:1]:
            try:
                contestant: Contestant = kind()
            except ImportError as missing:
                if block == 0:
                    harness.say(f"{kind.name} is left out: {missing}")
                continue
            harness.say(f"wake-ups, block {block + 1} of {BLOCKS}: {kind.name}")
            all_ns.setdefault(kind.name, []).extend(wake_ups(contestant))
    return {name: _percentiles_us(values) for name, values in all_ns.items()}


def _percentiles_us(values_ns: list[int]) -> dict[str, float]:
    p50, p90, p99, most = np.percentile(values_ns, [50, 90, 99, 100]) / 1e3
    named = {"p50": p50, "p90": p90, "p99": p99, "max": most}
    return {name: round(float(value), 2) for name, value in named.items()}


def copies(bench: Path) -> dict[str, dict[str, float]]:
    """GB/s of pictures into slots and out of them, beside memcpy through as many buffers; medians
    over processes, for where a process's pages lie decides a third of either."""
    found = {}
    for kind in ("small", "whole"):
        speeds = []
        for _ in range(COPY_PROCESSES):
            (times,) = together([str(bench), "copy", "bench-copy", PROFILE, kind])
            speeds.append([times["bytes"] / times[k]["p50"] / 1e3 for k in COPY_TIMES])
        memcpy, ours = np.median(speeds, axis=0)
        shares = [bridge / plain for plain, bridge in speeds]
        found[f"{kind} pictures"] = {
            "memcpy_gb_per_s": round(float(memcpy), 2),
            "bridge_gb_per_s": round(float(ours), 2),
            "share": round(float(np.median(shares)), 3),
            "lowest_share": round(min(shares), 3),
            "highest_share": round(max(shares), 3),
        }
    return found


def round_trip(bench: Path) -> dict[str, Any]:
    """An echo runtime in C at the 1440x1600 profile: what an engine waits and works."""
    name = "bench-echo"
    engine = [str(bench), "engine", name, str(ROUND_TRIPS), str(ROUND_PERIOD_US), PROFILE]
    echo, sent = together([str(bench), "runtime", name], engine)
    return {**echo, **sent}


def floor(bench: Path) -> dict[str, Any]:
    """What the system takes to wake a sleeping process: two C processes and a bare futex."""
    (times,) = together([str(bench), "futex", str(BLOCKS * WAKES), str(int(PERIOD_S * 1e6))])
    return times


def million(peer: Path, frames: int) -> dict[str, Any]:
    """Frames at full speed, every byte checked; memory of both processes must not grow."""
    runs = []
    for count in (frames // 100, frames):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        got, sent = together(
            [str(peer), "check", "bench"], [str(peer), "flood", "bench", str(count)]
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        runs.append({"sent": sent["sent"], **got, "peak_kb": max(before, after)})
    short, long = runs
    counted = long["received"] + long["skipped"] == long["last"] - long["first"] + 1
    return {
        **{key: long[key] for key in ("received", "skipped", "torn", "wrong")},
        "sent": frames,
        "all_counted": bool(counted),
        "memory_growth_kb": long["peak_kb"] - short["peak_kb"],
    }


def tables(figures: dict[str, Any], load: float | None) -> dict[str, str]:
    wake = figures["wake_up_us"]
    rows = [
        [f"**{name}**" if name.startswith("eyebrush") else name]
        + [f"{found[key]:.1f}" for key in ("p50", "p90", "p99", "max")]
        for name, found in wake.items()
    ]
    trip, flood = figures["round_trip"], figures["million"]
    for name, found in (
        ("the bridge, C to C, with the pictures", trip["wake_us"]),
        ("a bare futex, C to C: the floor", figures["floor"]["wake_us"]),
    ):
        rows.append([name, f"{found['p50']:.1f}", "", f"{found['p99']:.1f}", f"{found['max']:.1f}"])
    lines = [
        harness.table(["publish to wake-up, us", "p50", "p90", "p99", "max"], rows),
        "",
        f"Stereo at {PROFILE} per eye with an echo runtime (pictures in, grid and strokes out): "
        f"field there after {trip['round_trip_us']['p50'] / 1e3:.2f} ms "
        f"(p99 {trip['round_trip_us']['p99'] / 1e3:.2f}), copied out after "
        f"{trip['round_trip_copied_out_us']['p50'] / 1e3:.2f} ms; the engine's own CPU time "
        f"{trip['engine_cpu_us']['p50'] / 1e3:.2f} ms a frame, "
        f"{trip['engine_cpu_copied_out_us']['p50'] / 1e3:.2f} ms if it copies the field out.",
        "Copies at "
        + ", ".join(
            f"{c['share']:.0%} of memcpy ({n}; {c['lowest_share']:.0%} to {c['highest_share']:.0%} "
            "from process to process)"
            for n, c in figures["copies"].items()
        )
        + ".",
        f"{flood['sent']:,} frames at full speed, every byte checked: {flood['torn']} torn, "
        f"{flood['wrong']} wrong, {flood['received']:,} read, {flood['skipped']:,} replaced by "
        f"newer ones and counted, {'none' if flood['all_counted'] else 'SOME'} lost otherwise; "
        f"memory grew by {flood['memory_growth_kb']} KB.",
    ]
    if load is None or load > IDLE_LOAD:
        lines.append(f"Measured while other work ran on the machine (load {load}).")
    return {"bridge": "\n".join(lines)}


def run() -> int:
    parser = harness.parser(__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000, help="of the flood")
    args = parser.parse_args()
    facts = harness.machine()
    with tempfile.TemporaryDirectory() as folder:
        bench, peer = (build(Path(folder), name) for name in ("bench", "peer"))
        figures = {"wake_up_us": compare_wake_ups(not args.no_peer)}
        harness.say("a bare futex")
        figures["floor"] = floor(bench)
        harness.say("copies")
        figures["copies"] = copies(bench)
        harness.say("round trip")
        figures["round_trip"] = round_trip(bench)
        harness.say(f"{args.frames:,} frames")
        figures["million"] = million(peer, args.frames)
    settings = {
        "wake-ups": f"{BLOCKS} blocks of {WAKES}, one every {PERIOD_S * 1e3:.0f} ms",
        "round trips": f"{ROUND_TRIPS}, one every {ROUND_PERIOD_US / 1e3:.0f} ms",
    }
    body = harness.result("bridge", "The bridge", facts, settings, figures)
    body["tables"] = tables(figures, facts["load_1min"])
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(run)
