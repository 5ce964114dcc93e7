"""The quality harness measures what it says: where the right answer is known, it is found."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="torch is not installed: pip install eyebrush[train]")
pytest.importorskip("cv2", reason="OpenCV is not installed: pip install eyebrush[quality]")

import contestants  # noqa: E402
from eyebrush.errors import InputError  # noqa: E402
from eyebrush.frame import EyeFrames  # noqa: E402
from eyebrush_training.recipe import UNSEEN  # noqa: E402
from eyebrush_training.vgg import BLOCKS  # noqa: E402
from quality import asked, disparity, flicker, pareto, stills, streams  # noqa: E402
from quality.colour import histogram, histogram_distance  # noqa: E402
from quality.cost import network_cost  # noqa: E402
from quality.judge import Judge  # noqa: E402
from quality.legibility import box_mean, edge_ssim  # noqa: E402
from quality.methods import LITE, PLAIN, STYLE_COPY, TRANSFER, parse_methods  # noqa: E402
from quality.paintings import Painting  # noqa: E402
from quality.scenes import head_scene  # noqa: E402
from quality.warping import aligned, disparity_warp, flow_warp, warping_error  # noqa: E402
from test_benchmarks import program, wall_fixture  # noqa: E402, F401
from tiny_assets import assets_fixture, installed_fixture  # noqa: E402, F401

SIZE = 96


def texture(seed: int, height: int = SIZE, width: int = SIZE, blur: int = 3) -> np.ndarray:
    """Noise with structure of ``blur`` pixels, [H,W,3] uint8."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (height // blur + 1, width // blur + 1, 3), dtype=np.uint8)
    size = (small.shape[1] * blur, small.shape[0] * blur)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))[
        :height, :width
    ]


@pytest.fixture(name="weights", scope="session")
def weights_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """VGG-16's layout with random weights."""
    rng, last, weights = np.random.default_rng(3), 3, {}
    widths = (64, 64, 128, 128, *[256] * 3, *[512] * 3)
    for name, width in zip(sum(BLOCKS, ()), widths, strict=True):
        scale = math.sqrt(2 / (9 * last))
        weights[f"conv{name}.weight"] = rng.normal(0, scale, (width, last, 3, 3)).astype(np.float16)
        weights[f"conv{name}.bias"] = np.zeros(width, np.float16)
        last = width
    path = tmp_path_factory.mktemp("vgg16") / "random.npz"
    np.savez(path, **weights)
    return path


@pytest.fixture(name="judge", scope="session")
def judge_fixture(weights: Path) -> Judge:
    return Judge(weights, [texture(1, blur=9), texture(2, blur=2)], torch.get_num_threads(), "f32")


def painting(seed: int = 1) -> Painting:
    return Painting(Path(f"painting-{seed}.png"), "unseen", None, texture(seed, blur=9))


def test_a_known_shift_leaves_no_error() -> None:
    wide = texture(4, SIZE, SIZE + 3)
    here, there = wide[:, :SIZE], wide[:, 3:]  # what is at x here is at x - 3 there
    warp = flow_warp(np.broadcast_to([-3.0, 0.0], (SIZE, SIZE, 2)), np.ones((SIZE, SIZE), bool))
    assert warping_error(warp, here, there) < 1e-6
    np.testing.assert_array_equal(aligned(warp, there)[warp.visible], here[warp.visible])
    still = flow_warp(np.zeros((SIZE, SIZE, 2)), np.ones((SIZE, SIZE), bool))
    assert warping_error(still, here, there) > 0.02


def test_what_cannot_be_seen_does_not_count(judge: Judge) -> None:
    a = texture(4)
    b, visible = a.copy(), np.ones((SIZE, SIZE), bool)
    b[20:60, 20:60], visible[20:60, 20:60] = 255 - b[20:60, 20:60], False
    assert judge.apart(a, b, visible) == 0
    assert judge.apart(a, b, np.ones_like(visible)) > 0.01


def test_the_same_picture_is_no_distance_away_and_more_noise_is_farther(judge: Judge) -> None:
    a, everywhere = texture(4), np.ones((SIZE, SIZE), bool)
    noise = np.random.default_rng(5).normal(0, 1, a.shape)
    made = [np.clip(a + s * noise, 0, 255).astype(np.uint8) for s in (0, 8, 32)]
    found = [judge.apart(a, m, everywhere) for m in made]
    assert found[0] == 0
    assert found[1] < found[2]


def test_disparities_of_a_shifted_pair_are_found_and_those_of_another_picture_are_not() -> None:
    wide = texture(6, SIZE, SIZE + 40)
    left, right = wide[:, :-40], wide[:, 7:-33]
    truth = disparity.truth_px(disparity_warp(np.full((SIZE, SIZE), 7.0, np.float32)))
    known = np.isfinite(truth)
    assert known[:, 8:].all()
    np.testing.assert_allclose(truth[known], 7, atol=1e-3)
    lost, wrong = disparity.shares(left, right, truth)
    assert lost + wrong < 0.05
    lost, wrong = disparity.shares(left, texture(7), truth)
    assert lost + wrong > 0.6


def test_eyes_that_are_not_level_are_refused() -> None:
    flow = np.broadcast_to([-7.0, 2.0], (SIZE, SIZE, 2))
    with pytest.raises(InputError, match="rectified"):
        disparity.truth_px(flow_warp(flow, np.ones((SIZE, SIZE), bool)))


def test_a_flicker_of_known_frequency_is_the_peak() -> None:
    t = np.arange(72) / 72
    wave = 0.5 + 0.1 * np.sin(2 * np.pi * 9 * t)[:, None, None] * np.ones((1, 4, 4))
    found = flicker.spectrum(wave)
    assert found.peak_hz == pytest.approx(9)
    assert found.band(3, 20) == pytest.approx(0.1 / math.sqrt(2), rel=1e-5)
    assert found.band(0, 3) < 1e-6
    noise = np.random.default_rng(1).normal(0, 0.02, (72, 40, 40))
    total = flicker.spectrum(noise).band(0, np.inf)
    assert total == pytest.approx(noise.std(0).mean(), rel=0.02)  # Parseval


def test_a_static_view_has_the_sensors_noise_and_a_picture_that_stays_has_none() -> None:
    frames = flicker.noisy_stream(EyeFrames(np.full((2, 32, 32, 3), 128, np.uint8)), 24)
    plain = flicker.measure(contestants.EachPicture("as it is", lambda c: c), frames)
    frozen = flicker.measure(contestants.EachPicture("frozen", np.zeros_like), frames)
    assert frozen["slow"] == frozen["middle"] == frozen["fast"] == 0
    total = math.hypot(plain["slow"], plain["middle"], plain["fast"])
    # half size halves the noise; luma is a weighted mean of three channels
    assert total == pytest.approx(2 / 255 / 2 * math.hypot(0.299, 0.587, 0.114), rel=0.1)


def test_edge_ssim_is_one_for_itself_and_falls_with_blur() -> None:
    plain = texture(8)
    half = np.asarray(Image.fromarray(plain).reduce(6).resize((SIZE, SIZE)))
    assert edge_ssim(plain, plain) == pytest.approx(1)
    assert edge_ssim(plain, half) < 0.9
    window = np.random.default_rng(1).random((9, 11))
    assert box_mean(window, 7)[1, 2] == pytest.approx(window[1:8, 2:9].mean())


def test_histograms() -> None:
    a, b = texture(1), texture(1)[::-1]
    assert histogram(a).sum() == pytest.approx(1)
    assert histogram_distance(histogram(a), histogram(b)) < 1e-6
    black, white = (histogram(np.full((4, 4, 3), v, np.uint8)) for v in (0, 255))
    assert histogram_distance(black, white) == 1


def test_controls_order_as_they_must(judge: Judge) -> None:
    photograph, target = texture(11, blur=4), painting(1)
    content = judge.features(photograph)
    found = {}
    for method in parse_methods(["content-copy", "style-copy", "colour-transfer"], 1):
        contestant = method.contestant(target)
        assert contestant is not None
        made = contestant.restyle([EyeFrames(photograph[None])], {0})[0][0]
        found[method.name] = judge.still(made, photograph, content, 0)
        assert method.cost(64) is None
    plain, copy, transfer = found[PLAIN], found[STYLE_COPY], found[TRANSFER]
    assert plain["content"] == 0
    assert plain["edges"] == pytest.approx(1)
    for measure in ("style", "style_scales", "moments"):
        assert copy[measure] < 1e-6 < plain[measure]
    assert copy["colours"] < 1e-6 < transfer["colours"] < plain["colours"]
    assert copy["nearest"] == copy["nearest_even"] == 0
    assert copy["content"] > transfer["content"] > 0


def test_a_picture_that_sticks_to_the_screen_is_not_calm(tmp_path: Path) -> None:
    path = tmp_path / "around.jpg"
    Image.fromarray(texture(12, 256, 512, 8)).save(path)
    scene = head_scene(path)
    assert {p.kind for p in scene.pairs} == {"head turn, 1 frame", "head turn, 10 frames"}
    made = {}
    for method in parse_methods(["content-copy", "style-copy"], 1):
        contestant = method.contestant(painting())
        assert contestant is not None
        rows = streams.measure(contestant, scene, None)
        made[method.name] = streams.summary([{"method": method.name, **r} for r in rows])
    for gap, most in (("1 frame", 0.02), ("10 frames", 0.02)):
        kind = f"head turn, {gap}"
        assert made[PLAIN][kind][PLAIN]["error"] < most  # resampling, twice
    stuck = made[STYLE_COPY]["head turn, 10 frames"][STYLE_COPY]["error"]
    assert stuck > 3 * made[PLAIN]["head turn, 10 frames"][PLAIN]["error"]


def test_costs_are_counted(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install eyebrush[train]")
    from onnx import TensorProto, helper, numpy_helper

    path = tmp_path / "two.onnx"
    full = np.ones((8, 3, 3, 3), np.float32)
    deep = np.ones((8, 1, 3, 3), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "full"], ["a"], pads=[1] * 4),
            helper.make_node("Conv", ["a", "deep"], ["y"], pads=[1] * 4, strides=[2, 2], group=8),
        ],
        "two",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(full, "full"), numpy_helper.from_array(deep, "deep")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)
    cost = network_cost(path, 64)
    assert cost.parameters == full.size + deep.size
    macs = 2 * (64 * 64 * full.size + 32 * 32 * deep.size)
    assert cost.gmac == pytest.approx(macs / 1e9, abs=1e-3)


def test_unknown_stylizers_are_refused() -> None:
    for word in ("picasso", "johnson:x", "eyebrush:calm=much", "eyebrush:shine=1", "microast:"):
        with pytest.raises(InputError):
            parse_methods([word], 1)
    look = parse_methods(["eyebrush:calm=0.5,every=2"], 1)[0]
    assert look.name == "eyebrush, calm 0.5, every 2"
    assert look.candidate


def still_row(method: str, content: float, style: float, group: str = "unseen") -> dict[str, Any]:
    names = dict.fromkeys(stills.MEANS, style) | {"content": content}
    about = {"method": method, "group": group, "painting": 0, "photograph": 0}
    return {**about, **names, "nearest": 0, "nearest_even": 1}


class Counter:
    """Stands for a Judge: the mean colour, and how often it was asked."""

    asked = 0

    def features(self, picture: np.ndarray) -> None:
        pass

    def still(self, picture: np.ndarray, *_: object) -> dict[str, float]:
        self.asked += 1
        return dict.fromkeys(stills.MEANS, float(picture.mean())) | {
            "nearest": 0,
            "nearest_even": 0,
        }


def test_pictures_that_are_alike_are_judged_once(tmp_path: Path) -> None:
    Image.fromarray(texture(1)).save(tmp_path / "photograph.png")
    methods = parse_methods(["content-copy", "style-copy", "content-copy"], 1)
    judge = Counter()
    photographs = [tmp_path / "photograph.png"]
    rows, kept = stills.measure(methods, [painting()], photographs, 4, judge)  # type: ignore[arg-type]
    assert judge.asked == 2
    assert [r["method"] for r in rows] == [PLAIN, STYLE_COPY, PLAIN]
    assert rows[0]["content"] == rows[2]["content"] != rows[1]["content"]
    assert set(kept) == {(0, 0, PLAIN), (0, 0, STYLE_COPY)}
    assert stills.summary(rows)["unseen"][PLAIN]["retrieval"] == 1


def test_goals_are_judged_by_the_figures() -> None:
    rows = [still_row("eyebrush", 0.8, 0.3), still_row(LITE, 1.0, 0.3)]
    moving = [
        {"method": who, "kind": kind, "error": error, "contrast": 0.2, "lost": lost, "wrong": 0.0}
        for kind in ("temporal, 1 frame", "stereo")
        for who, error, lost in (("eyebrush", 0.02, 0.2), (PLAIN, 0.01, 0.1))
    ]
    figures = {
        "stills_rows": rows,
        "kinds": streams.summary(moving),
        "ms": {"eyebrush": 20.0, LITE: 250.0},
        "sign": {"eyebrush": 0.7},
    }
    goals = {g.what: g for g in asked.goals(figures)}
    assert goals[f"unseen paintings: content, times {LITE}"].met is True
    assert goals[f"unseen paintings: style, full size, times {LITE}"].reached == 1
    assert goals[f"unseen paintings: style, full size, times {LITE}"].met is False
    assert goals[f"one stereo frame: times as fast as {LITE}"].met is True
    assert goals["temporal: warping error, gap 1"].met is True
    assert goals["temporal: warping error, gap 10"].met is None
    assert goals["stereo, clip: warping error times the unstyled"].reached == 2
    more = goals["stereo, clip: share of lost and wrong disparities, more than unstyled"]
    assert more.reached == pytest.approx(0.1)
    assert more.met is False
    assert goals["the sign: edge SSIM"].met is False


def test_the_front_is_of_those_that_nobody_surpasses() -> None:
    found = [
        ("strong", "ours", 0.2, 0.05),
        ("calm", "peer", 0.4, 0.02),
        ("worse", "peer", 0.41, 0.05),
        ("control", "control", 0.0, 0.0),
    ]
    assert [p[0] for p in pareto.front(found)] == ["strong", "calm"]


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
def test_the_whole_command(weights: Path, wall: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for folder, names in (
        ("content", [f"{i:02}" for i in range(11)]),
        ("styles", ["alpha", "beta", UNSEEN[0]]),
    ):
        (data / folder).mkdir(parents=True)
        for i, name in enumerate(names):
            Image.fromarray(texture(i)).save(data / folder / f"{name}.png")
    sintel, middlebury = data / "gt" / "flow_a", data / "gt" / "stereo_a"
    for folder in (sintel, middlebury):
        folder.mkdir(parents=True)
    wide = texture(20, SIZE, SIZE + 40)
    for i in range(4):  # everything moves two pixels to the left in every frame
        Image.fromarray(wide[:, 2 * i : 2 * i + SIZE]).save(sintel / f"frame_000{i + 1}.png")
    np.savez(sintel / "flow_2to3.npz", flow=np.full((SIZE, SIZE, 2), (-2, 0), np.float16))
    Image.new("L", (SIZE, SIZE), 255).save(sintel / "valid_2to3.png")
    for name, at in (("left", 0), ("right", 7)):
        Image.fromarray(wide[:, at : at + SIZE]).save(middlebury / f"{name}.png")
    np.savez(middlebury / "disparity_left.npz", disparity=np.full((SIZE, SIZE), 7, np.float16))
    done = program(
        "quality", "--data", data, "--vgg", weights, "--clip", wall, "--pairs", 2, "--styles", 1,
        "--moments", 1, "--out", tmp_path, "--page", tmp_path / "page.html", "--plot",
        tmp_path / "plot.svg", "--no-peer", "--threads", max(1, torch.get_num_threads()),
        "--stylizers", "eyebrush", "eyebrush:calm=0", "lite",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("quality-*.json")
    figures = json.loads(path.read_text("utf-8"))["figures"]
    for group in ("shipped", "unseen"):
        found = figures["stills"][group]
        assert found["eyebrush"]["pairs"] == 1
        assert found[PLAIN]["content"] == 0 < found["eyebrush"]["content"]
    for kind in ("temporal, 1 frame", "temporal, 10 frames", "stereo"):
        assert figures["kinds"][kind][PLAIN]["error"] < 0.015
        assert figures["kinds"][kind]["eyebrush"]["error"] > 0
    assert figures["kinds"]["Sintel, temporal"][PLAIN]["error"] == 0
    plain = figures["kinds"]["Middlebury, stereo"][PLAIN]
    assert plain["error"] == 0
    assert plain["lost"] + plain["wrong"] < 0.05
    assert set(figures["kinds"]["temporal, 1 frame"]) > {"eyebrush, calm 0"}
    assert "eyebrush, calm 0" not in figures["kinds"]["Sintel, temporal"]
    assert figures["flicker"]["eyebrush"]["fast"] > 0
    assert figures["costs"]["eyebrush"]["parameters"] > 1000
    assert set(figures["ms"]) == {"eyebrush", "eyebrush, calm 0"}
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count("data:image/webp") == 2 * 6  # both groups; photograph .. painters
    assert "<b>no</b>" in page or "yes" in page
    assert "eyebrush, calm 0" in (tmp_path / "plot.svg").read_text("utf-8")
