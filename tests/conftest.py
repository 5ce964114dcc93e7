"""What all tests share: a summary that names every skipped test, and a switch that forbids skips.

EYEBRUSH_NO_SKIP=1 turns each skip into a failure, for machines where everything must run;
EYEBRUSH_NO_SKIP=here all but those that say "not here: ..." of a package, for `make gpu-check`.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

import simt_build
from devices import Cuda, Device, Simt
from eyebrush import _core

try:
    from hypothesis import HealthCheck, settings
except ModuleNotFoundError:
    pass  # on a bare machine with a GPU (make gpu-check) the tests that need it are not asked for
else:
    # No deadline: a timed test fails on a busy machine. The seed of a failure is printed.
    settings.register_profile(
        "eyebrush",
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("eyebrush")


SETS = ("plain", "avx2", "avx512")


@contextmanager
def _instruction_set(name: str) -> Iterator[None]:
    if SETS.index(name) > SETS.index(_core.best_isa()):
        pytest.skip(f"this processor (or build) has no {name}")
    before = _core.isa()
    _core.set_isa(name)
    yield
    _core.set_isa(before)


@pytest.fixture(params=SETS)
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each instruction set of the native ops that this processor has."""
    with _instruction_set(request.param):
        yield request.param


@pytest.fixture(params=[*SETS, "simt", pytest.param("cuda", marks=pytest.mark.needs_cuda)])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """Each place where the native ops can run; see devices.py."""
    if request.param == "simt":
        yield Simt(request.getfixturevalue("simt_core"), monkeypatch)
    elif request.param == "cuda":
        yield Cuda()
    else:
        with _instruction_set(request.param):
            yield Device()


@pytest.fixture(scope="session")
def simt_core() -> ModuleType:
    """The CUDA ops' own source, compiled for the CPU (half a minute, the first time)."""
    return simt_build.load()


def _skips_forbidden() -> bool:
    return os.environ.get("EYEBRUSH_NO_SKIP", "") not in ("", "0")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or not _skips_forbidden():
        return
    if os.environ["EYEBRUSH_NO_SKIP"] == "here" and _reason(report).startswith("not here: "):
        return
    report.outcome = "failed"
    report.longrepr = f"skipped, and EYEBRUSH_NO_SKIP is set: {_reason(report)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        terminalreporter.write_line("nothing was skipped")
        return
    terminalreporter.section(f"{len(skipped)} skipped, and why")
    alike: dict[tuple[str, str], list[str]] = {}
    for report in skipped:
        place = report.nodeid.partition("::")[0]
        alike.setdefault((place, _reason(report)), []).append(report.nodeid)
    for (place, reason), names in alike.items():
        for name in names if len(names) <= 10 else [f"{len(names)} tests of {place}"]:
            terminalreporter.write_line(f"{name}: {reason}")
