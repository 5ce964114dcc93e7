"""Styles that nobody painted: the space of styles, the mapping, walks, the command."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eyebrush.cli import main
from eyebrush.errors import InputError
from eyebrush.resources import INVENTOR, asset
from eyebrush.styles import open_library
from eyebrush.styles.files import read_styles
from eyebrush.styles.invent import NOISE, load_inventor, walk
from eyebrush.styles.sheet import sheet
from eyebrush.styles.space import FLOOR, PALETTE, StyleSpace, palette_numbers, tone_from


@pytest.fixture(scope="module")
def inventor():
    return load_inventor()


@pytest.fixture(scope="module")
def library():
    return open_library()


class TestSpace:
    def test_there_and_back(self, inventor, library):
        """A vector's style has that vector; a shipped code loses little on the way."""
        space = inventor.space
        for style in library.shipped.values():
            vector = space.vector(style.code, style.tone_out)
            code, tone_out = space.style(vector)
            assert space.vector(code, tone_out) == pytest.approx(vector, abs=0.02)
            lost = np.linalg.norm(code - style.code) / np.linalg.norm(style.code)
            assert lost < 0.1, style.name

    def test_palettes_survive(self, library):
        for style in library.shipped.values():
            again = tone_from(palette_numbers(style.tone_out))
            assert again == pytest.approx(style.tone_out, abs=1.2 * FLOOR)  # none below the floor

    @given(st.lists(st.floats(-30, 30, width=32), min_size=PALETTE, max_size=PALETTE))
    def test_whatever_the_numbers_a_palette_is_sound(self, numbers):
        tone_out = tone_from(np.array(numbers, np.float32))
        assert np.isfinite(tone_out).all()
        assert ((tone_out[:, 3] >= 0) & (tone_out[:, 3] <= 1)).all()
        values = np.linalg.eigvalsh(tone_out[:, :3].astype(np.float64))
        assert values.min() >= FLOOR * 0.99
        assert values.max() <= 1.01

    def test_a_fitted_space_has_deviation_one(self):
        rng = np.random.default_rng(4)
        codes = (rng.normal(size=(200, 6)) * [9, 5, 3, 1, 0.5, 0.1]) @ rng.normal(size=(6, 40))
        tones = np.stack([tone_from(rng.normal(0, 1, PALETTE)) for _ in codes])
        space = StyleSpace.fit(codes, tones, 4)
        vectors = np.stack([space.vector(c, t) for c, t in zip(codes, tones, strict=True)])
        assert vectors.shape == (200, 4 + PALETTE)
        assert vectors[:, :4].std(0) == pytest.approx(1, abs=0.01)
        assert np.abs(np.corrcoef(vectors[:, :4].T) - np.eye(4)).max() < 0.01

    def test_a_code_of_another_length_is_refused(self, inventor):
        with pytest.raises(InputError, match="a style code of 8 numbers"):
            inventor.space.vector(np.zeros(8, np.float32), np.zeros((3, 4), np.float32))


class TestMapping:
    def test_no_collapse(self, inventor, library):
        """Sixty invented styles lie, in the mean, nearly as far apart as the shipped paintings."""
        rng = np.random.default_rng(3)
        made = inventor.vectors(rng.standard_normal((60, NOISE)))
        space = inventor.space
        real = np.stack([space.vector(s.code, s.tone_out) for s in library.shipped.values()])
        assert 0.6 < _apart(made) / _apart(real) < 1.2
        nearest = np.sort(np.linalg.norm(made[:, None] - made, axis=2), 1)[:, 1]
        assert nearest.min() > 0.1 * _apart(real)  # no two alike
        assert made.std(0).min() > 0.2  # and no number of the vector that is always the same

    def test_near_a_style_is_nearer_than_anything_else(self, inventor, library):
        rng = np.random.default_rng(8)
        style = library.get("great-wave")
        names = [f"v-{i}" for i in range(12)]
        found = inventor.near(style, len(names), rng, names)
        others = [s for s in library.shipped.values() if s.name != style.name]
        gaps = [np.linalg.norm(f.code - style.code) for f in found]
        assert np.median(gaps) < min(np.linalg.norm(o.code - style.code) for o in others)
        assert len({f.code.tobytes() for f in found}) == len(names)

    def test_the_same_noise_gives_the_same_style(self, inventor):
        noise = np.random.default_rng(1).standard_normal((2, NOISE))
        a, b = inventor.styles(noise, ["a", "b"]), inventor.styles(noise[::-1], ["b", "a"])
        assert a[0].code == pytest.approx(b[1].code, abs=1e-4)  # another order of summing
        assert not np.allclose(a[0].code, a[1].code)


class TestWalk:
    def test_it_visits_every_noise_and_closes(self):
        noise = np.random.default_rng(2).standard_normal((3, NOISE))
        path = walk(noise, 8)
        assert path.shape == (24, NOISE)
        assert path[::8] == pytest.approx(noise)
        steps = np.linalg.norm(np.diff(np.vstack([path, path[:1]]), axis=0), axis=1)
        assert steps.max() < 3 * steps.min()  # even, the way back to the first included

    def test_it_keeps_the_length_of_noise(self):
        noise = np.random.default_rng(5).standard_normal((2, NOISE))
        lengths = np.linalg.norm(walk(noise, 16), axis=1)
        ends = np.linalg.norm(noise, axis=1)
        assert lengths.min() >= ends.min() - 1e-9  # a straight line would pass much nearer to 0

    def test_a_walk_of_one_stays(self):
        noise = np.ones((1, NOISE))
        assert walk(noise, 3) == pytest.approx(np.ones((3, NOISE)))


@pytest.mark.parametrize(("count", "size"), [(1, 1), (4, 4), (16, 16), (7, 9)])
def test_sheets_have_room_for_all(count, size):
    pictures = [np.full((32, 64, 3), 200, np.uint8)] * count
    image = np.asarray(sheet(pictures, [f"n{i}" for i in range(count)]))
    painted = (image == 200).all(-1).sum() / (320 * 160)
    assert painted == pytest.approx(count, rel=0.02)
    assert image.shape[0] * image.shape[1] < (size + 4) * 330 * 200


class TestCommand:
    @pytest.fixture
    def frame(self, tmp_path):
        rng = np.random.default_rng(3)
        small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        small.resize((128, 96), Image.Resampling.BICUBIC).save(tmp_path / "frame.png")
        return tmp_path / "frame.png"

    def test_codes_and_a_sheet(self, tmp_path, frame, capsys, library):
        out = tmp_path / "out"
        line = ["style", "invent", "--seed", "7", "--count", "3", "--frame", frame, "-o", out]
        assert main([str(a) for a in (*line, "--json", "-q")]) == 0
        report = json.loads(capsys.readouterr().out)
        assert sorted(p.name for p in out.iterdir()) == [
            *(f"invented-7-{i:02d}.safetensors" for i in range(3)),
            "sheet.jpg",
        ]
        for file in report["styles"]:
            library.resolve(file).require_network(library.network, library.code_size)
        codes = [next(iter(read_styles(p).values())).code for p in sorted(out.glob("*.saf*"))]
        assert not np.allclose(codes[0], codes[1])
        again = tmp_path / "again"
        assert main([str(a) for a in (*line[:-1], again, "-q")]) == 0
        second = next(iter(read_styles(again / "invented-7-01.safetensors").values())).code
        assert np.array_equal(second, codes[1])

    def test_a_walk_is_an_animation(self, tmp_path, frame):
        line = ["style", "invent", "--count", "2", "--walk", "--frame", frame, "-o", tmp_path, "-q"]
        assert main([str(a) for a in line]) == 0
        with Image.open(tmp_path / "walk.webp") as image:
            assert image.n_frames == 24
            frames = []
            for i in (0, 12):
                image.seek(i)
                frames.append(np.asarray(image.convert("RGB")).astype(int))
        assert np.abs(frames[0] - frames[1]).mean() > 5

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--near", "nobody"], "one of the"),
            (["--near", "scream", "--walk"], "--walk with --near"),
            (["--frame", "missing.png"], "no file"),
            (["--count", "0"], "1..256"),
            (["--seed", "-1"], "4294967295"),
        ],
    )
    def test_bad_input_leaves_nothing(self, tmp_path, capsys, options, message):
        out = tmp_path / "out"
        assert main(["style", "invent", *options, "-o", str(out)]) == 2
        assert message in capsys.readouterr().err
        assert not out.exists()

    def test_an_output_that_is_a_file(self, tmp_path, frame, capsys):
        (tmp_path / "out").write_text("")
        line = ["style", "invent", "--count", "1", "--frame", frame, "-o", tmp_path / "out"]
        assert main([str(a) for a in line]) == 2
        assert "place that can be written to" in capsys.readouterr().err


def test_a_damaged_inventor_is_refused(tmp_path):
    whole = asset(INVENTOR).read_bytes()
    for name, content in {"cut": whole[: len(whole) // 2], "empty": b"", "text": b"x" * 99}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="damaged or no inventor"):
            load_inventor(tmp_path / name)


def _apart(x):
    gaps = np.linalg.norm(x[:, None] - x, axis=2)
    return gaps.sum() / (len(x) * (len(x) - 1))
