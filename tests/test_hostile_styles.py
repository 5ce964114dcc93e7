"""Bad and hostile style images: a code like those of paintings, or one clear line of refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eyebrush import Stylizer, backends, resources
from eyebrush.cli import main
from eyebrush.clip import ClipReader, shipped_clip
from eyebrush.frame import EyeFrames
from eyebrush.styles.add import encode_painting, read_painting
from eyebrush.styles.files import read_styles

RNG = np.random.default_rng(8)


def uniform(*colour: int) -> np.ndarray:
    return np.tile(np.uint8(colour), (300, 300, 1))


def one_dot() -> np.ndarray:
    picture = uniform(128, 128, 128)
    picture[0, 0] = 255
    return picture


def noise(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def see_through(share: float) -> np.ndarray:
    """Noise of which ``share`` can be seen; white lies under the rest."""
    picture = np.full((200, 200, 4), 255, np.uint8)
    picture[..., :3], picture[..., 3] = noise(200, 200, 3) // 2, 0
    rows = round(200 * share)
    picture[:rows, :, 3] = 255
    picture[rows:, :, :3] = 255
    return picture


REFUSED: dict[str, tuple[Callable[[], np.ndarray], str]] = {
    "black": (lambda: uniform(0, 0, 0), "one colour"),
    "white": (lambda: uniform(255, 255, 255), "one colour"),
    "red": (lambda: uniform(255, 0, 0), "one colour"),
    "one dot": (one_dot, "one colour"),
    "one pixel": (lambda: np.zeros((1, 1, 3), np.uint8), "1x1 pixels"),
    "ribbon": (lambda: noise(64, 20000, 3), "at most 8 times as long"),
    "needle": (lambda: noise(2000, 70, 3), "at most 8 times as long"),
    "invisible": (lambda: see_through(0.0), "0% can be seen"),
    "nearly invisible": (lambda: see_through(0.2), "20% can be seen"),
    "huge": (lambda: np.zeros((8100, 8000), np.uint8), "64 megapixels"),
}
TAKEN: dict[str, Callable[[], np.ndarray]] = {
    "noise": lambda: noise(256, 256, 3),
    "bits": lambda: noise(256, 256, 3) // 128 * 255,
    "chequers": lambda: (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8),
    "ramp": lambda: np.tile(np.arange(256, dtype=np.uint8), (256, 1)),
    "halves": lambda: np.repeat(np.uint8([[0, 255]]), 128, 1).repeat(256, 0),
    "16 bit": lambda: RNG.integers(0, 65536, (128, 128)).astype(np.uint16),
    "half seen": lambda: see_through(0.5),
    "long": lambda: noise(64, 500, 3),
}


def put(folder: Path, picture: np.ndarray) -> Path:
    Image.fromarray(picture).save(folder / "bad.png")
    return folder / "bad.png"


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("command", ["add", "restyle"])
def test_what_would_paint_nothing_is_refused_in_one_line(
    name: str,
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    make, said = REFUSED[name]
    bad, out = put(tmp_path, make()), tmp_path / "out.safetensors"
    if command == "add":
        code = main(["style", "add", str(bad), "--name", "bad", "-o", str(out)])
    else:
        out = tmp_path / "out.png"
        code = main(["restyle", str(shipped_clip()), "--painting", str(bad), "-o", str(out)])
    (line,) = capsys.readouterr().err.splitlines()
    assert code != 0
    assert said in line
    assert "wanted" in line
    assert "fix" in line
    assert not out.exists()


@pytest.fixture(scope="module")
def shipped() -> tuple[backends.StyleEncoder, np.ndarray, Stylizer, EyeFrames]:
    """The real encoder, codes of the library [styles, K], a stylizer and a frame to restyle."""
    styles = list(read_styles(resources.asset(resources.STYLES)).values())
    encoder = backends.load_encoder(resources.asset(resources.STYLE_ENCODER))
    with ClipReader(shipped_clip()) as clip:
        frame = EyeFrames(np.ascontiguousarray(clip[0].color[:1, :256, :256]))
    return encoder, np.stack([s.code for s in styles]), Stylizer(styles[0], threads=1), frame


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_gives_a_code_like_a_paintings_and_a_picture(
    name: str, shipped: tuple, tmp_path: Path
) -> None:
    encoder, codes, stylizer, frame = shipped
    style = encode_painting(encoder, put(tmp_path, TAKEN[name]()), "bad")
    middle = codes.mean(0)
    farthest = np.linalg.norm(codes - middle, axis=1).max()
    assert np.isfinite(style.tone_out).all()
    assert np.linalg.norm(style.code - middle) < farthest, "further out than any painting's"
    assert np.abs(style.code).max() < 1.5 * np.abs(codes).max()
    stylizer.set_style(style)
    stylizer.reset()
    out = stylizer.restyle(frame).color[0, ..., :3].astype(float)
    assert 20 < out.mean() < 235
    luma = out @ (0.299, 0.587, 0.114)
    scene = frame.color[0, ..., :3] @ (0.299, 0.587, 0.114)
    assert luma.std() > 4, "the scene must still be there"
    assert abs(np.corrcoef(luma.ravel(), scene.ravel())[0, 1]) > 0.3


def test_what_is_transparent_does_not_colour_the_style(tmp_path: Path) -> None:
    """White under the transparent half is not part of the painting."""
    painting = read_painting(put(tmp_path, see_through(0.5)))
    assert painting.shape == (512, 512, 3)
    assert painting.max() < 170
    np.testing.assert_allclose(painting[:200].mean(), painting[300:].mean(), atol=2)
