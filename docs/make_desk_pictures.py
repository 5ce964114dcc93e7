"""The pictures of docs/desk.md: a desk that runs, as Chromium shows it.

    eyebrush serve --desk --desk-no-open --style great-wave &
    eyebrush feed --rate 20 --frames 100000 --name garden &
    python docs/make_desk_pictures.py LINK

Leaves two presets, three-storms and garden-pond, among your own.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parent / "pictures"
PATIENCE_MS = 120_000


def main() -> None:
    link = sys.argv[1]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1060})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(link)
        page.wait_for_selector("#styles li[data-style=shipwreck] .look img")  # the last but one
        compose(page)
        page.screenshot(path=PICTURES / "desk.jpg", type="jpeg", quality=88)
        phone = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
        phone.goto(link)
        phone.wait_for_selector("#nothing", state="hidden", timeout=PATIENCE_MS)
        phone.wait_for_timeout(3000)
        phone.screenshot(path=PICTURES / "desk-phone.jpg", type="jpeg", quality=85)
        browser.close()


def compose(page: Any) -> None:
    """A mix of three on the pad, two presets, two snapshots."""
    click(page, "#styles li[data-style=water-lilies] .tile")
    save(page, "garden-pond")
    page.click("#keep-b")
    click(page, "#styles li[data-style=great-wave] .tile")
    click(page, "#styles li[data-style=scream] .plus")
    click(page, "#styles li[data-style=starry-night] .plus")
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"], steps=5)
    page.mouse.up()
    page.wait_for_timeout(2000)
    page.click("#keep-a")
    save(page, "three-storms")
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    page.mouse.move(4, 500)
    page.wait_for_timeout(8000)


def click(page: Any, selector: str) -> None:
    page.click(selector)
    page.wait_for_timeout(1500)


def save(page: Any, name: str) -> None:
    page.fill("#preset-name", name)
    page.click("#save button")
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
