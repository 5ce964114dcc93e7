"""Fair times of short calls: on a GPU by CUDA events with cold caches, on a CPU by the clock.

Needs torch and numpy alone.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch

Call = Callable[[int], object]  # the argument says which set of buffers to use

GPU_ROUNDS = 15
COLD_BYTES = 256 << 20  # buffers of one rotation hold at least this: more than any L2 cache
CPU_SECONDS = 2.0  # for one contestant
CPU_BLOCK, CPU_PAUSE_S = 8, 0.05


def rotation(bytes_of_one: int, limit: int = 64) -> int:
    """How many sets of buffers a call must rotate among so that none is in a cache any more."""
    return max(3, min(limit, -(-COLD_BYTES // max(1, bytes_of_one))))


def gpu_times(contestants: Mapping[str, Call], sets: int) -> dict[str, float]:
    """Median ms of one call of each contestant; they take turns, each over all sets of buffers.

    The calls of a turn are queued behind a sleeping kernel, so that the GPU finds all of them
    waiting: what Python and launches cost the CPU is not in the figure, for anybody.
    """
    for call in contestants.values():
        for i in range(sets):
            call(i)
    torch.cuda.synchronize()
    sleep = {name: _cycles_to_queue(call, sets) for name, call in contestants.items()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(GPU_ROUNDS):
        for name, call in contestants.items():
            times[name].append(_turn_ms(call, sets, sleep[name]) / sets)
    return {name: statistics.median(ms) for name, ms in times.items()}


def _cycles_to_queue(call: Call, sets: int) -> int:
    """GPU cycles in which the CPU surely has queued a turn."""
    started = time.perf_counter()
    for i in range(sets):
        call(i)
    queued_s = time.perf_counter() - started
    torch.cuda.synchronize()
    return int((1.5 * queued_s + 2e-4) * 2e9)


def _turn_ms(call: Call, sets: int, sleep_cycles: int) -> float:
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda._sleep(sleep_cycles)
    start.record()
    for i in range(sets):
        call(i)
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def copy_bytes_per_ms() -> float:
    """Bytes read plus bytes written in a ms by plain copies, far beyond the caches."""
    source = [torch.empty(256 << 20, dtype=torch.uint8, device="cuda") for _ in range(3)]
    target = torch.empty_like(source[0])
    ms = gpu_times({"copy": lambda i: target.copy_(source[i])}, 3)["copy"]
    return 2 * target.numel() / ms


def flops_per_ms(dtype: torch.dtype = torch.float16, n: int = 4096) -> float:
    """What the largest matrix product reaches."""
    a = torch.randn(n, n, device="cuda").to(dtype)
    ms = gpu_times({"matmul": lambda i: a @ a}, 3)["matmul"]
    return 2 * n**3 / ms


def cpu_times(contestants: Mapping[str, Call], sets: int = 3) -> dict[str, float]:
    """Median ms of one call of each contestant.

    They take turns of ``CPU_BLOCK`` calls, with a pause before each turn and a first call that is
    not counted: threads of a library spin for a while after its call, on the core that the next
    one's second thread needs.
    """
    times: dict[str, list[float]] = {name: [] for name in contestants}
    stop = time.perf_counter() + CPU_SECONDS * len(contestants)
    turns = 0
    while turns < 2 or time.perf_counter() < stop:
        for name, call in contestants.items():
            time.sleep(CPU_PAUSE_S)
            call(0)
            for i in range(CPU_BLOCK):
                before = time.perf_counter()
                call(i % sets)
                times[name].append((time.perf_counter() - before) * 1e3)
        turns += 1
    return {name: statistics.median(ms) for name, ms in times.items()}
