"""The shim that runs CUDA source on the CPU: what is right runs right, and mistakes are found."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import ModuleType

import pytest

COUNT = 64
ORDERS = (0, 1, 2, 3)


@pytest.fixture(params=ORDERS)
def simt(request: pytest.FixtureRequest, simt_core: ModuleType) -> Iterator[ModuleType]:
    """The shim, its threads in one of several orders."""
    simt_core.set_order(request.param)
    yield simt_core
    simt_core.set_order(0)


def test_a_barrier_makes_the_order_of_threads_nothing(simt: ModuleType) -> None:
    assert simt.selfcheck("neighbours") == [(i + 1) % COUNT for i in range(COUNT)]


def test_a_missing_barrier_shows(simt: ModuleType) -> None:
    """In whatever order, somebody reads what has not been written: NaN."""
    assert any(math.isnan(x) for x in simt.selfcheck("neighbours_without_barrier"))


def test_shared_memory_starts_as_nan(simt: ModuleType) -> None:
    assert all(math.isnan(x) for x in simt.selfcheck("unset_memory"))


def test_threads_may_end_early(simt: ModuleType) -> None:
    assert simt.selfcheck("early_exit") == [32.0] * 32 + [0.0] * 32


@pytest.mark.parametrize(
    ("kernel", "says"),
    [
        ("half_a_barrier", "64 threads of 64 wait for ever"),
        ("half_a_warp", "only whole warps"),
        ("all_blocks", "wait for ever"),
    ],
)
def test_what_never_ends_is_reported(simt: ModuleType, kernel: str, says: str) -> None:
    with pytest.raises(RuntimeError, match=says):
        simt.selfcheck(kernel)
    assert simt.selfcheck("neighbours")[0] == 1  # and the next launch is none the worse


def test_blocks_of_a_cooperative_launch_run_together(simt: ModuleType) -> None:
    assert simt.selfcheck("all_blocks", together=True)[0] == 3 * COUNT
