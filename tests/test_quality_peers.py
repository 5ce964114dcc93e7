"""Peers' networks in the quality harness: tiny random ones of the right layout, made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install eyebrush[train]")

from eyebrush.errors import InputError  # noqa: E402
from eyebrush.frame import EyeFrames  # noqa: E402
from quality import microast  # noqa: E402
from quality.methods import parse_methods  # noqa: E402
from quality.paintings import Painting  # noqa: E402

WIDTHS = 4, 6, 8
RNG = np.random.default_rng(2)


def array(*shape: int) -> np.ndarray:
    return RNG.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)


def painting(name: str, level: int = 90) -> Painting:
    picture = RNG.integers(level - 40, level + 40, (64, 80, 3), dtype=np.uint8)
    return Painting(Path(f"{name}.png"), "unseen", None, picture)


def reflected() -> dict[str, np.ndarray]:
    """PyTorch's example, narrow."""
    a, b, c = WIDTHS
    shapes = {"conv1": (a, 3, 9), "conv2": (b, a, 3), "conv3": (c, b, 3)}
    shapes |= {f"res{i}.conv{k}": (c, c, 3) for i in range(1, 6) for k in (1, 2)}
    shapes |= {"deconv1": (b, c, 3), "deconv2": (a, b, 3), "deconv3": (3, a, 9)}
    norms = {"in1": a, "in2": b, "in3": c, "in4": b, "in5": a}
    norms |= {f"res{i}.in{k}": c for i in range(1, 6) for k in (1, 2)}
    found = {}
    for name, (out, into, side) in shapes.items():
        found[f"{name}.conv2d.weight"] = array(out, into, side, side)
        found[f"{name}.conv2d.bias"] = np.zeros(out, np.float32)
    for name, width in norms.items():
        found[f"{name}.weight"] = np.ones(width, np.float32)
        found[f"{name}.bias"] = np.zeros(width, np.float32)
    found["deconv3.conv2d.weight"] *= 60  # colours of 0..255, around the middle
    found["deconv3.conv2d.bias"] += 128
    return found


def variables() -> dict[str, np.ndarray]:
    """TensorFlow's, in their order, narrow; kernels [side, side, in, out], up: [.., out, in]."""
    a, b, c = WIDTHS
    kernels = [(9, 3, a), (3, a, b), (3, b, c), *[(3, c, c)] * 10, (3, b, c), (3, a, b), (9, a, 3)]
    outs = [a, b, c, *[c] * 10, b, a, 3]
    arrays = []
    for (side, first, second), out in zip(kernels, outs, strict=True):
        arrays += [array(side, side, first, second), np.zeros(out), np.ones(out)]
    return {"Variable" if n == 0 else f"Variable_{n}": x for n, x in enumerate(arrays)}


def paint(word: str, who: Painting, color: np.ndarray) -> np.ndarray:
    (method,) = parse_methods([word], 1)
    contestant = method.contestant(who)
    assert contestant is not None
    return contestant.restyle([EyeFrames(color[None])], {0})[0][0]


@pytest.mark.parametrize("layout", [reflected, variables])
def test_johnson_networks_paint_at_any_size(layout: object, tmp_path: Path) -> None:
    np.savez(tmp_path / "wave.npz", **layout())  # type: ignore[operator]
    color = RNG.integers(0, 256, (38, 45, 3), dtype=np.uint8)
    word = f"johnson:wave={tmp_path / 'wave.npz'}"
    made = paint(word, painting("wave"), color)
    assert made.shape == color.shape
    assert made.std() > 1
    (method,) = parse_methods([word], 1)
    assert method.contestant(painting("another")) is None
    cost = method.cost(64)
    assert cost is not None
    a, b, c = WIDTHS
    weights = 243 * a + 9 * (a * b + b * c) * 2 + 90 * c * c + 243 * a
    assert weights <= cost.parameters <= weights + 20 * (a + b + c)
    per_eye = 64**2 * 486 * a + 32**2 * 9 * a * b + 16**2 * 9 * (b * c + 10 * c * c)
    up = {reflected: (32**2 * b * c + 64**2 * a * b), variables: (16**2 * b * c + 32**2 * a * b)}
    assert cost.gmac == pytest.approx(2e-9 * (per_eye + 9 * up[layout]), abs=1e-3)  # type: ignore[index]


def test_johnsons_last_layer_makes_colours_of_255(tmp_path: Path) -> None:
    arrays = reflected()
    arrays["deconv3.conv2d.weight"][:] = 0
    arrays["deconv3.conv2d.bias"][:] = 200, 100, 50
    np.savez(tmp_path / "a.npz", **arrays)
    color = np.zeros((16, 16, 3), np.uint8)
    made = paint(f"johnson:a={tmp_path / 'a.npz'}", painting("a"), color)
    np.testing.assert_allclose(made.reshape(-1, 3), [[200, 100, 50]] * 256, atol=1)  # bf16
    arrays = variables()
    arrays["Variable_47"][:] = 0  # scale of the last layer; its shift goes through tanh
    arrays["Variable_46"][:] = np.arctanh((np.array([200, 100, 50]) - 127.5) / 150)
    np.savez(tmp_path / "a.npz", **arrays)
    made = paint(f"johnson:a={tmp_path / 'a.npz'}", painting("a"), color)
    np.testing.assert_allclose(made.reshape(-1, 3), [[200, 100, 50]] * 256, atol=1)


def test_johnsons_blocks_add_to_their_input() -> None:
    """With blocks that give nothing, both layouts are the same network as without blocks."""
    from quality.johnson import _Network, _Reflected

    arrays = reflected()
    for name in arrays:
        if name.startswith("res") and ".in2." in name:
            arrays[name][:] = 0
    x = torch.rand(1, 3, 16, 16) * 255
    layers = _Reflected(arrays)
    through = x
    for i, stride in enumerate((1, 2, 2)):
        through = layers.down(i, through, stride).relu()
    for i in range(2):
        through = layers.up(i, through).relu()
    torch.testing.assert_close(_Network(layers)(x), layers.last(through))


def test_an_onnx_network_is_taken_as_it_is(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install eyebrush[train]")
    from onnx import TensorProto, helper

    node = helper.make_node("Sub", ["white", "x"], ["y"])
    shape = [1, 3, "h", "w"]
    graph = helper.make_graph(
        [node],
        "negative",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [helper.make_tensor("white", TensorProto.FLOAT, [1], [255.0])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, tmp_path / "negative.onnx")
    color = RNG.integers(0, 256, (20, 22, 3), dtype=np.uint8)
    made = paint(f"johnson:a={tmp_path / 'negative.onnx'}", painting("a"), color)
    np.testing.assert_allclose(made, 255 - color, atol=1)


def test_strange_files_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    arrays = variables()
    del arrays["Variable_9"]
    np.savez(tmp_path / "short.npz", **arrays)
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    for name in ("other.npz", "short.npz", "bad.onnx", "missing.npz"):
        (method,) = parse_methods([f"johnson:a={tmp_path / name}"], 1)
        with pytest.raises(InputError):
            method.contestant(painting("a"))
    with pytest.raises(InputError, match="content_encoder"):
        parse_methods([f"microast:{tmp_path}"], 1)


def micro_parts(slim: tuple[int, int, int] = (4, 8, 8)) -> dict[str, dict[str, torch.Tensor]]:
    """MicroAST's state dicts, narrow."""
    a, b, c = slim

    def convolution(name: str, out: int, into: int, side: int) -> dict[str, torch.Tensor]:
        return {
            f"{name}.conv_layer.weight": torch.from_numpy(array(out, into, side, side)),
            f"{name}.conv_layer.bias": torch.zeros(out),
        }

    def block(name: str) -> dict[str, torch.Tensor]:
        return convolution(f"{name}.conv1", c, c, 3) | convolution(f"{name}.conv2", c, c, 3)

    def encoder() -> dict[str, torch.Tensor]:
        found = convolution("enc1.0", a, 3, 9) | convolution("enc1.2", b, 1, 3)
        found |= convolution("enc1.4", b, b, 1) | convolution("enc1.6", c, 1, 3)
        return found | convolution("enc1.8", c, c, 1) | block("enc1.10") | block("enc2.0")

    modulator = {}
    for name in ("weight1.0", "bias1.0", "weight2.0", "bias2.0"):
        modulator |= convolution(name, c, 1, 3)
    decoder = block("dec1") | block("dec2") | convolution("dec3.1", b, c // b, 3)
    decoder |= convolution("dec3.3", b, b, 1) | convolution("dec3.6", a, b // a, 3)
    decoder |= convolution("dec3.8", a, a, 1) | convolution("dec3.10", 3, a, 9)
    decoder["dec3.10.conv_layer.weight"] *= 300  # colours of 0..1, around the middle
    decoder["dec3.10.conv_layer.bias"] += 0.5
    return {
        "content_encoder": encoder(),
        "style_encoder": encoder(),
        "modulator": modulator,
        "decoder": decoder,
    }


def test_microast_paints_each_painting_otherwise(tmp_path: Path) -> None:
    for part, state in micro_parts((4, 8, 16)).items():
        torch.save(state, tmp_path / f"{part}_iter_1.pth.tar")
    (method,) = parse_methods([f"microast:{tmp_path}"], 1)
    assert method.cost(64) is None  # until it has met a painting
    color = RNG.integers(0, 256, (36, 30, 3), dtype=np.uint8)
    made = []
    for name, level in (("a", 60), ("b", 190)):
        contestant = method.contestant(painting(name, level))
        assert contestant is not None
        made.append(contestant.restyle([EyeFrames(color[None])], {0})[0][0])
    assert made[0].shape == color.shape
    assert (made[0] != made[1]).mean() > 0.5
    cost = method.cost(64)
    assert cost is not None
    assert cost.parameters > 1000


def test_microasts_decoder_takes_over_the_styles_moments() -> None:
    x, style = torch.rand(1, 8, 12, 12), 3 * torch.rand(1, 8, 9, 9) + 1
    made = microast._adain(x, style)
    torch.testing.assert_close(made.mean((2, 3)), style.mean((2, 3)))
    torch.testing.assert_close(made.std((2, 3)), style.std((2, 3)), rtol=1e-3, atol=1e-3)
    state, nothing = micro_parts()["decoder"], torch.zeros(1, 8, 1, 1)
    same = microast._modulated(state, "dec1", x, nothing, nothing)
    torch.testing.assert_close(same, x)  # neither scaled nor shifted: nothing is added
