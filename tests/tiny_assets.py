"""A folder with everything the package ships, in tiny: networks, three styles, a stereo clip."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import tiny_network
from eyebrush import resources
from eyebrush.clip import ClipInfo, ClipWriter
from eyebrush.frame import EyeFrames, View
from eyebrush.styles import Style
from eyebrush.styles.files import write_styles

NAMES = ("alpha", "beta", "gamma")
CLIP_FRAMES, CLIP_PX, CLIP_HZ = 12, 96, 72


def tiny_style(name: str, seed: int, network: str = tiny_network.NETWORK_ID) -> Style:
    rng = np.random.default_rng(seed)
    tone_out = np.column_stack([np.eye(3) * 0.2, rng.random(3)]).astype(np.float32)
    code = rng.normal(1, 0.3, tiny_network.CODE).astype(np.float32)
    return Style(name, code, tone_out, network, {"title": name.title(), "artist": "Nobody"})


def stereo_frames(count: int = CLIP_FRAMES, size: int = CLIP_PX, seed: int = 5) -> list[EyeFrames]:
    """A head that turns left before a smooth wall 3 m away: views, times, depth."""
    rng = np.random.default_rng(seed)
    blobs = rng.random((3, 9, 9))
    ramp = np.linspace(0, 8, size + 2 * count + 8)
    low = ramp.astype(int).clip(0, 7)
    part = ramp - low
    wide = blobs[:, low] * (1 - part)[:, None] + blobs[:, low + 1] * part[:, None]
    wide = wide[:, :, low] * (1 - part) + wide[:, :, low + 1] * part
    wall = np.ascontiguousarray((wide * 255).astype(np.uint8).transpose(1, 2, 0))
    frames = []
    for i in range(count):
        eyes = [wall[4 : 4 + size, 2 * i + 3 * e : 2 * i + 3 * e + size] for e in range(2)]
        half = 0.5 * 0.01 * i
        turn = (0.0, -math.sin(half), 0.0, math.cos(half))
        views = tuple(View(turn, (0.064 * e - 0.032, 1.6, 0.0)) for e in range(2))
        depth = np.full((2, 8, 8), 3.0, np.float32)
        frames.append(EyeFrames(np.stack(eyes), views, (i + 1) * 10**9 // CLIP_HZ, depth))
    return frames


def make_assets(folder: Path) -> Path:
    """Write all shipped files, in tiny, and their checksums."""
    tiny_network.field_network(folder / resources.FIELD_NETWORK)
    tiny_network.style_encoder(folder / resources.STYLE_ENCODER)
    styles = [tiny_style(name, seed) for seed, name in enumerate(NAMES)]
    write_styles(folder / resources.STYLES, styles)
    with ClipWriter(folder / "clip.eyeclip", ClipInfo("a wall"), quality=None) as clip:
        for frame in stereo_frames():
            clip.add(frame)
    return folder


@pytest.fixture(name="assets", scope="session")
def assets_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, read-only by convention; copy it before damaging anything."""
    folder = make_assets(tmp_path_factory.mktemp("assets"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(resources.OVERRIDE, str(folder))
        resources.write_checksums()
    return folder


@pytest.fixture(name="installed")
def installed_fixture(assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny assets in place of the shipped ones, and an empty style folder of one's own."""
    monkeypatch.setenv(resources.OVERRIDE, str(assets))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    return assets
