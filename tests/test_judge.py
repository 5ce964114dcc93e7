"""eyebrush judge: verdicts, what they are calibrated on, warnings, the live score, the command."""

import dataclasses
import json
import threading
import time

import numpy as np
import pytest
from PIL import Image, ImageFilter

from eyebrush import EyeFrames, Stylizer, ops
from eyebrush.cli import main
from eyebrush.clip import ClipReader, shipped_clip
from eyebrush.errors import InputError
from eyebrush.features import Features
from eyebrush.judge.calibration import MEASURES, Plane, load_calibration
from eyebrush.judge.live import LiveJudge, composite, cut_window
from eyebrush.judge.network import REACH_PX, JudgeNetwork
from eyebrush.judge.verdict import Judge, content_distance, style_distance, windows
from eyebrush.resources import JUDGE, asset
from eyebrush.styles import open_library

STYLES = ("starry-night", "great-wave", "mosaic")


@pytest.fixture(scope="module")
def frame():
    """From the shipped clip, which no training has seen, [256, 256, 3]."""
    with ClipReader(shipped_clip()) as clip:
        return np.ascontiguousarray(clip[int(0.72 * len(clip))].color[0, 128:384, 128:384, :3])


@pytest.fixture(scope="module")
def painted(frame):
    """Style name -> the frame in it."""
    stylizer = Stylizer(STYLES[0], smoothing_s=0.0)
    found = {}
    for name in STYLES:
        stylizer.set_style(name)
        stylizer.reset()
        found[name] = stylizer.restyle(EyeFrames(frame[None])).color[0]
    return found


@pytest.fixture(scope="module")
def judge():
    return Judge()


@pytest.fixture(scope="module")
def library():
    return open_library()


class TestVerdict:
    @pytest.mark.parametrize("name", STYLES)
    def test_a_good_result_beats_every_spoilt_one(self, judge, library, frame, painted, name):
        style = library.get(name)
        good = judge.judge(frame, painted[name], style)
        assert good.word != "bad"
        rng = np.random.default_rng(2)
        noise = rng.normal(0, 30, frame.shape)
        blurred = Image.fromarray(painted[name]).filter(ImageFilter.GaussianBlur(2.5))
        spoilt = {
            "unstyled": frame,
            "noisy": np.clip(painted[name] + noise, 0, 255).astype(np.uint8),
            "blurred": np.asarray(blurred),
            "another style": painted[STYLES[(STYLES.index(name) + 1) % 3]],
        }
        for what, picture in spoilt.items():
            verdict = judge.judge(frame, picture, style)
            assert verdict.good < good.good, what

    def test_the_frame_itself_has_all_content_and_no_style(self, judge, library, frame):
        verdict = judge.judge(frame, frame, library.get("starry-night"))
        assert verdict.content == 0
        assert verdict.better_than["content"] == 1
        assert verdict.better_than["style"] < 0.05
        assert verdict.word == "bad"

    def test_a_style_without_its_painting_says_so(self, judge, library, frame, painted):
        mixed = library.resolve("great-wave:0.5,mosaic:0.5")
        verdict = judge.judge(frame, painted["mosaic"], mixed)
        assert verdict.style is None
        assert "style" not in verdict.better_than
        assert any("--painting" in w for w in verdict.warnings)
        assert 0 <= verdict.good <= 1

    def test_a_painting_at_hand_is_used(self, judge, library, frame, painted):
        """The painted frame as the painting of its own style: no distance at all."""
        style = dataclasses.replace(library.get("mosaic"), name="mine")
        logs = judge.painting(painted["mosaic"])
        verdict = judge.judge(frame, painted["mosaic"], style, logs)
        assert verdict.style == pytest.approx(0, abs=1e-6)

    def test_odd_scenes_and_paintings_are_warned_of(self, judge, library, frame, painted):
        style = library.get("mosaic")
        usual = judge.judge(frame, painted["mosaic"], style)
        assert not usual.warnings
        assert usual.scene < 1
        assert usual.painting < 1
        rng = np.random.default_rng(9)
        noise = rng.integers(0, 256, frame.shape, dtype=np.uint8)
        for odd in (noise, np.full_like(frame, 90)):
            verdict = judge.judge(odd, painted["mosaic"], style)
            assert verdict.scene > 1
            assert any("scene is unlike" in w for w in verdict.warnings)
        code = style.code + rng.normal(0, 3 * style.code.std(), style.code.shape)
        strange = dataclasses.replace(style, code=code.astype(np.float32))
        verdict = judge.judge(frame, painted["mosaic"], strange)
        assert any("painting is unlike" in w for w in verdict.warnings)

    @pytest.mark.parametrize(
        ("shape", "message"),
        [((256, 200, 3), "one size"), ((32, 32, 3), "at least 64x64")],
    )
    def test_pairs_that_cannot_be_judged(self, judge, library, frame, shape, message):
        other = np.zeros(shape, np.uint8)
        before = frame if message == "one size" else other
        with pytest.raises(InputError, match=message):
            judge.judge(before, other, library.get("mosaic"))

    def test_a_style_of_another_network(self, judge, library, frame):
        strange = dataclasses.replace(library.get("mosaic"), network="field-v0-00000000")
        with pytest.raises(InputError, match="made for network field-v0"):
            judge.judge(frame, frame, strange)


@pytest.mark.parametrize(
    ("size", "count"),
    [((64, 64), 1), ((256, 256), 1), ((300, 200), 1), ((400, 256), 2), ((2000, 3000), 4)],
)
def test_windows_lie_inside_and_have_the_same_size(size, count):
    found = windows(*size)
    assert len(found) == count
    sides = {(y.stop - y.start, x.stop - x.start) for y, x in found}
    assert sides == {tuple(min(256, n) for n in size)}
    assert all(s.start >= 0 and s.stop <= n for at in found for s, n in zip(at, size, strict=True))


def test_distances_are_what_they_say():
    rng = np.random.default_rng(1)
    maps = rng.random((256, 8, 8)).astype(np.float32)
    logs = np.log(rng.random(896) + 0.05)
    a = Features(maps, logs)
    assert content_distance(a, a) == 0
    assert content_distance(Features(2 * maps, logs), a) == pytest.approx(1)
    doubled = np.log(2 * (np.exp(logs) - 0.05) + 0.05)  # all means and deviations twice as large
    assert style_distance(a, logs) == pytest.approx(0, abs=1e-9)
    assert style_distance(Features(maps, doubled), logs) == pytest.approx(1, rel=1e-6)


class TestCalibration:
    def test_shares_rise_from_worst_to_best(self):
        c = load_calibration()
        for measure in MEASURES:
            known = c.quantiles[measure]
            assert (np.diff(known) >= 0).all()
            shares = [c.better_than(measure, v) for v in (known[0] - 9, *known, known[-1] + 9)]
            steps = np.diff(shares) if measure in ("score", "live") else -np.diff(shares)
            assert (steps >= -1e-9).all()
            assert sorted({shares[0], shares[-1]}) == [0, 1]

    def test_every_shipped_painting_is_known(self, library):
        c = load_calibration(network=library.network)
        assert set(c.targets) == set(library.shipped)
        inside = [c.painting.distance(s.code) <= c.painting.limit for s in library.shipped.values()]
        assert np.mean(inside) > 0.9

    def test_a_plane_knows_what_lies_beside_it(self):
        rng = np.random.default_rng(5)
        flat = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 20)) + rng.normal(0, 0.05, (400, 20))
        plane = Plane.fit(flat[:300], 3)
        usual = [plane.distance(v) for v in flat[300:]]
        assert np.median(usual) == pytest.approx(1, abs=0.4)
        beside = flat[300] + 2 * np.linalg.svd(flat[:300])[2][-1]  # where nothing ever went
        assert plane.distance(beside) > 2 * max(usual)
        assert plane.distance(flat.mean(0) + 8 * (flat[300] - flat.mean(0))) > 3

    def test_another_network_is_refused(self):
        with pytest.raises(InputError, match="a judge of field-v1-other"):
            load_calibration(network="field-v1-other")

    def test_a_damaged_file_is_refused(self, tmp_path):
        whole = asset(JUDGE).read_bytes()
        for name, content in {"cut": whole[: len(whole) // 2], "empty": b""}.items():
            (tmp_path / name).write_bytes(content)
            with pytest.raises(InputError, match="damaged or no judge"):
                load_calibration(tmp_path / name)


class TestLive:
    @pytest.mark.parametrize("size", [(64, 64), (48, 72), (360, 400)])
    def test_a_window_shows_the_middle_of_the_eye(self, size):
        """Composited from its part of the field as the whole eye would be, but for the edges."""
        rng = np.random.default_rng(3)
        h, w = size
        coarse = (rng.random((h // 8, w // 8, 3)) * 255).astype(np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize((w, h), Image.Resampling.BICUBIC))
        small = smooth.transpose(2, 0, 1).astype(np.float32) / 255
        grid = np.zeros((12, 8, 16, 16), np.float32)
        grid[[0, 5, 10]] = 1
        grid[[3, 7, 11]] = 0.2 * rng.random((3, 1, 16, 16))
        strokes = np.zeros((2 * h, 2 * w, 4), np.uint8)
        window = composite(cut_window(small, grid, strokes))
        large = np.asarray(Image.fromarray(smooth).resize((4 * w, 4 * h)))
        whole = ops.composite(large[None], grid[None], strokes[None])[0]
        y, x = ((n - m) // 2 for n, m in zip(whole.shape, window.shape, strict=False) if n > 3)
        part = whole[y : y + window.shape[0], x : x + window.shape[1]]
        inner = np.s_[window.shape[0] // 4 : -window.shape[0] // 4, window.shape[1] // 4 : -48]
        assert min(window.shape[:2]) >= 120
        assert max(window.shape[:2]) <= 300
        # a pixel of the small picture where cells do not divide it: 4 of the eye's, which is smooth
        assert np.abs(window[inner].astype(int) - part[inner]).mean() < 6

    def test_every_nth_field_is_judged_on_another_thread(self, frame):
        seen = []

        class Spy(JudgeNetwork):
            def __call__(self, picture, vector):
                seen.append((threading.current_thread().name, picture.shape))
                return super().__call__(picture, vector)

        live = LiveJudge(every=3, network=Spy)
        stylizer = Stylizer("starry-night", observer=live)
        frames = EyeFrames(np.stack([frame, frame]))
        for _ in range(7):
            stylizer.field(frames)
            _settle(live)
        status = live.status()
        live.close()
        assert [name for name, _ in seen] == ["eyebrush-judge"] * 3  # fields 1, 4 and 7
        assert status["field"] == 7
        assert status["style"] == "starry-night"
        assert 0 <= status["better_than"] <= 1

    def test_noise_scores_less_than_the_field_it_spoils(self, frame):
        scores = []
        rng = np.random.default_rng(4)
        stylizer = Stylizer("starry-night", smoothing_s=0.0)
        field = stylizer.field(EyeFrames(frame[None]))
        small = ops.ingest(frame[None])
        noise = rng.integers(0, 256, field.strokes.shape, dtype=np.uint8)
        noise[..., 3] = 255
        for strokes in (field.strokes, noise):
            live = LiveJudge()
            live.offer(small, field.grid, strokes, stylizer.style)
            _settle(live)
            scores.append(live.status()["score"])
            live.close()
        assert scores[1] < scores[0]

    def test_a_judge_that_fails_costs_no_field(self, frame, caplog):
        class Broken(JudgeNetwork):
            def __call__(self, picture, vector):
                raise RuntimeError("out of order")

        live = LiveJudge(every=1, network=Broken)
        stylizer = Stylizer("starry-night", observer=live)
        stylizer.field(EyeFrames(frame[None]))
        live._thread.join(30)
        for _ in range(2):
            stylizer.field(EyeFrames(frame[None]))
        live.close()
        assert live.status() is None
        assert caplog.text.count("no live score any more: out of order") == 1

    def test_half_fields_are_not_judged(self, frame):
        live = LiveJudge(every=1)
        Stylizer("starry-night", observer=live).field(EyeFrames(frame[None]), half=True)
        _settle(live)
        assert live.status() is None
        live.close()


class TestCommand:
    def test_words_and_json(self, tmp_path, capsys, frame, painted):
        Image.fromarray(frame).save(tmp_path / "frame.png")
        Image.fromarray(painted["mosaic"]).save(tmp_path / "painted.png")
        line = ["judge", str(tmp_path / "frame.png"), str(tmp_path / "painted.png")]
        assert main([*line, "--style", "mosaic"]) == 0
        text = capsys.readouterr().out
        assert "of good results" in text
        assert "warning" not in text
        assert main([*line, "--style", "mosaic", "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert text.startswith(report["verdict"])
        assert set(report["better_than"]) == {"score", "style", "content"}

    def test_a_painting_instead_of_a_style(self, tmp_path, capsys, frame, painted):
        for name, picture in {"frame": frame, "painted": painted["mosaic"]}.items():
            Image.fromarray(picture).save(tmp_path / f"{name}.png")
        files = [str(tmp_path / f"{n}.png") for n in ("frame", "painted", "painted")]
        assert main(["judge", *files[:2], "--painting", files[2], "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["style"] == "painted"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ([], "neither --style nor --painting"),
            (["--style", "nobody"], "one of the"),
            (["--painting", "missing.png"], "no file"),
        ],
    )
    def test_bad_input(self, tmp_path, capsys, frame, options, message):
        Image.fromarray(frame).save(tmp_path / "frame.png")
        path = str(tmp_path / "frame.png")
        assert main(["judge", path, path, *options]) == 2
        err = capsys.readouterr().err
        assert message in err
        assert err.count("\n") == 1

    def test_sizes_that_differ(self, tmp_path, capsys, frame):
        for name, part in {"a": frame, "b": frame[:200]}.items():
            Image.fromarray(part).save(tmp_path / f"{name}.png")
        line = ["judge", str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--style", "mosaic"]
        assert main(line) == 2
        assert "one size" in capsys.readouterr().err


def test_one_logit_for_sixteen_pixels(library, frame):
    c = load_calibration()
    style = library.get("mosaic")
    logits = JudgeNetwork((128, 192))(frame[:128, :192], c.space.vector(style.code, style.tone_out))
    assert logits.shape == (128 // REACH_PX, 192 // REACH_PX)


def _settle(live):
    """Until nothing is waiting to be judged; fails loudly if that never comes."""
    until = time.monotonic() + 30
    while live._pending is not None:
        assert time.monotonic() < until
        time.sleep(0.01)
