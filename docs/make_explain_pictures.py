"""Makes docs/pictures/explain.jpg: the page of ``eyebrush explain``, as Chromium shows it.

python docs/make_explain_pictures.py [--painting FILE]    FILE adds the nearest patches
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from pathlib import Path

from make_pictures import OUT
from PIL import Image
from playwright.sync_api import sync_playwright

from eyebrush.cli import main as eyebrush
from eyebrush.clip import shipped_clip

WIDTH = 760  # of the picture, pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--painting", metavar="FILE", help="in its style (default: starry-night)")
    args = parser.parse_args()
    style = ["--painting", args.painting] if args.painting else ["--style", "starry-night"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "page.html"
        if eyebrush(["explain", str(shipped_clip()), *style, "-o", str(file), "--quiet"]):
            raise SystemExit(1)
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.goto(file.as_uri())
        shot = Image.open(io.BytesIO(page.screenshot(full_page=True)))
        browser.close()
    size = WIDTH, round(shot.height * WIDTH / shot.width)
    shot.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(OUT / "explain.jpg", quality=86)


if __name__ == "__main__":
    main()
