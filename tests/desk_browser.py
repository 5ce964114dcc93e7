"""A real browser for the desk's page: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from desk_stage import until

CHROMIUM = os.environ.get("EYEBRUSH_CHROMIUM") or shutil.which("chromium")
PATIENCE_MS = 60_000
DESK_SIZE = {"width": 1440, "height": 1000}
PHONE_SIZE = {"width": 390, "height": 844}


@pytest.fixture(name="browser", scope="module")
def browser_fixture() -> Iterator[Any]:
    """Chromium without a window; the test is skipped, with its reason, where there is none."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium here (apt-get install chromium, or EYEBRUSH_CHROMIUM)")
    playwright = pytest.importorskip("playwright.sync_api")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=root)
        yield browser
        browser.close()


@pytest.fixture(name="tab")
def tab_fixture(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """An empty tab of its own; a script's error on the page fails the test. Parametrise it with a
    size for another than a desk's."""
    size = getattr(request, "param", DESK_SIZE)
    context = browser.new_context(viewport=size, has_touch=size is PHONE_SIZE)
    context.set_default_timeout(PATIENCE_MS)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


def opened(tab: Any, link: str) -> Any:
    """The page, with pictures of a session that runs."""
    tab.goto(link)
    tab.wait_for_selector("#state.running")
    tab.wait_for_selector("#nothing", state="hidden")
    return tab


# Mean colour [3] of a part of the eyes' canvas, in shares of its size.
MEAN = """([left, right]) => {
    const canvas = document.getElementById("eyes");
    const [x, wide] = [Math.round(left * canvas.width), Math.round((right - left) * canvas.width)];
    const [y, high] = [Math.round(canvas.height / 4), Math.round(canvas.height / 2)];
    const { data } = canvas.getContext("2d").getImageData(x, y, wide, high);
    const sum = [0, 0, 0];
    data.forEach((value, i) => { if (i % 4 < 3) sum[i % 4] += value; });
    return sum.map((value) => (4 * value) / data.length);
}"""
LEFT_BEFORE, LEFT_AFTER = (0.05, 0.2), (0.3, 0.45)  # the divider stands in the middle at first


def mean_colours(tab: Any, pictures: int = 16) -> np.ndarray:
    """Left eye, [before or after, RGB]: averaged over pictures, for the clip moves."""
    rows = []
    for _ in range(pictures):
        rows.append([tab.evaluate(MEAN, part) for part in (LEFT_BEFORE, LEFT_AFTER)])
        tab.wait_for_timeout(100)
    return np.mean(rows, axis=0)


def holds(tab: Any, script: str, argument: Any = None) -> None:
    """Wait until a function says yes on the page. (Playwright's own wait_for_function needs eval,
    which the page's Content-Security-Policy forbids.)"""
    until(lambda: tab.evaluate(script, argument), f"{script} of {argument}")
