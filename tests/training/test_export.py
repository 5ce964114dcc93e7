"""What is exported is what was trained: ONNX against torch, and the contract with the runtime."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

import onnx  # noqa: E402
from safetensors import safe_open  # noqa: E402

from eyebrush import resources  # noqa: E402
from eyebrush.errors import InputError  # noqa: E402
from eyebrush_training import stylebank, warmstart  # noqa: E402
from eyebrush_training.encoder import StyleEncoder, StyleHead  # noqa: E402
from eyebrush_training.export import INPUTS, OUTPUTS, Checkpoint, RuntimeField, export  # noqa: E402
from eyebrush_training.loop import Model  # noqa: E402
from eyebrush_training.networks import AdaIN, FieldNet, FieldShape  # noqa: E402
from eyebrush_training.recipe import Recipe  # noqa: E402
from eyebrush_training.vgg import Vgg16  # noqa: E402

SMALL = Recipe("tiny", shape=FieldShape(8, 16, 1, 8))


@pytest.fixture(scope="module")
def exported(tiny_vgg: Vgg16, data: dict[str, Path], tmp_path_factory) -> tuple[Model, Path]:
    torch.manual_seed(1)
    files = sorted(data["paintings"].glob("*.png"))
    model = Model(SMALL, 2).eval().requires_grad_(False)
    model.own.data.normal_(0, 0.1)
    model.head.fit_whitening(torch.randn(8, 896))
    out = tmp_path_factory.mktemp("assets")
    export(Checkpoint(SMALL, model, 5, [f.stem for f in files[:2]]), tiny_vgg, files, out)
    return model, out


@pytest.mark.parametrize("size", [(1, 32, 48), (2, 64, 40), (2, 16, 16)])
@pytest.mark.parametrize("fresh", [1.0, 0.25])
def test_onnx_equals_torch(
    exported: tuple[Model, Path], size: tuple[int, ...], fresh: float
) -> None:
    model, folder = exported
    core = pytest.importorskip("openvino").Core()
    rng = torch.Generator().manual_seed(2)
    eyes, h, w = size
    field = model.field
    k, s = field.code_size, field.stats_size
    inputs = (
        torch.rand(eyes, 3, h, w, generator=rng),
        (torch.arange(k) < k // 2).float() + 0.2 * torch.randn(k, generator=rng),
        torch.rand(2, s, generator=rng),
        torch.tensor([fresh]),
        torch.eye(3, 4) + 0.1 * torch.randn(3, 4, generator=rng),
        torch.eye(3, 4) * 0.2 + 0.3,
        torch.tensor([0.7]),
    )
    compiled = core.compile_model(
        core.read_model(folder / "field.onnx"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    ours = compiled(dict(zip(INPUTS, (i.numpy() for i in inputs), strict=True)))
    theirs = RuntimeField(field)(*inputs)
    for name, truth, tolerance in zip(OUTPUTS, theirs, (5e-3, 2, 5e-3), strict=True):
        # weights are stored as fp16 (2^-11 relative); strokes may round to a neighbouring level
        difference = np.abs(ours[name].astype(float) - truth.numpy().astype(float))
        assert difference.max() <= tolerance, name


def test_contract_with_the_runtime(exported: tuple[Model, Path]) -> None:
    model, folder = exported
    network = onnx.load(str(folder / "field.onnx"))
    about = {p.key: p.value for p in network.metadata_props}
    assert [i.name for i in network.graph.input] == list(INPUTS)
    assert [o.name for o in network.graph.output] == list(OUTPUTS)
    assert about["eyebrush.down"] == "4"
    assert about["eyebrush.code"] == str(model.field.code_size)
    with safe_open(str(folder / "styles.safetensors"), "np") as styles:
        metadata = styles.metadata()
        names = json.loads(metadata["styles"])
        assert metadata["network"] == about["eyebrush.network"]
        assert [n["seen_in_training"] for n in names.values()] == [True, True, False, False]
        for name in names:
            assert styles.get_tensor(f"{name}/code").shape == (model.field.code_size,)
            assert np.isfinite(styles.get_tensor(f"{name}/tone_out")).all()
    for line in (folder / resources.CHECKSUMS).read_text().splitlines():
        digest, name = line.split("  ")
        assert resources.sha256(folder / name) == digest


def test_encoder_onnx_equals_torch(exported: tuple[Model, Path], tiny_vgg: Vgg16) -> None:
    model, folder = exported
    core = pytest.importorskip("openvino").Core()
    painting = torch.rand(1, 3, 96, 64, generator=torch.Generator().manual_seed(4))
    compiled = core.compile_model(
        core.read_model(folder / "style_encoder.onnx"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    ours = compiled([painting.numpy()])[0]
    theirs = StyleEncoder(tiny_vgg, model.head)(painting).detach().numpy()
    np.testing.assert_allclose(ours, theirs, atol=0.01)  # fp16 weights


def test_detail_keeps_strokes_off_lettering_and_only_there() -> None:
    """Hard black on white in the left half, a soft slope in the right one."""
    torch.manual_seed(5)
    field = FieldNet(FieldShape(8, 16, 1, 8)).requires_grad_(False)
    rgb = torch.linspace(0.4, 0.6, 64).expand(1, 3, 64, 64).clone()
    rgb[..., 8:24] = (torch.arange(16) // 2 % 2).float()
    code = torch.cat((torch.ones(field.stats_size), torch.zeros(field.stats_size)))[None]
    tone = torch.eye(3, 4)[None]

    def mask(detail: float) -> torch.Tensor:
        planes = field(rgb, code, tone, tone, detail=torch.tensor([detail]))[1]
        return planes[0, 12:]

    everywhere, half, clear = mask(0.0), mask(0.5), mask(1.0)
    assert everywhere.min() > 0.05
    assert clear[..., 10:22].max() < 1e-6
    torch.testing.assert_close(half[..., 10:22], everywhere[..., 10:22] / 2)
    torch.testing.assert_close(clear[..., 30:], everywhere[..., 30:])


def test_both_eyes_share_statistics() -> None:
    norm, rng = AdaIN(), torch.Generator().manual_seed(6)
    x = torch.rand(2, 4, 8, 8, generator=rng)
    style = torch.stack((torch.ones(4), torch.zeros(4)))[None]
    y, used = norm(x, style, torch.zeros(2, 4), torch.ones(1))
    seen = y[:, :, ::2, ::2]  # the pixels that statistics are taken from
    assert used.shape == (1, 2, 4)
    assert seen.mean((0, 2, 3)).abs().max() < 1e-5
    assert (seen.mean((2, 3))[0] - seen.mean((2, 3))[1]).abs().max() > 1e-3
    kept, _ = norm(x, style, used[0], torch.zeros(1))
    torch.testing.assert_close(kept, y)


def test_whitening_gives_unit_components() -> None:
    head = StyleHead(10)
    statistics = torch.randn(40, 896, generator=torch.Generator().manual_seed(8))
    head.fit_whitening(statistics)
    projected = (statistics - head.centre) @ head.basis.T
    std = projected.std(0, correction=0)
    assert ((std - 1).abs() < 1e-3).sum() == 39  # 40 samples span 39 directions
    assert head.whiten(100 * statistics).abs().max() <= 3


def test_training_goes_on_from_what_was_exported(
    exported: tuple[Model, Path], tiny_vgg: Vgg16, data: dict[str, Path]
) -> None:
    """Field, head and the paintings' corrections come back; fp16 is what export rounds to."""
    model, folder = exported
    files = sorted(data["paintings"].glob("*.png"))[:2]
    bank = stylebank.build(tiny_vgg, files, [], parts=0, seed=1, device=torch.device("cpu"))
    again = Model(SMALL, 2)
    warmstart.load_exported(again, bank, folder)
    for (name, got), wanted in zip(
        again.state_dict().items(), model.state_dict().values(), strict=True
    ):
        # the corrections are differences to codes that went through VGG-16 in bf16
        close = 0.05 if name == "own" else 2e-3
        torch.testing.assert_close(got, wanted, atol=close, rtol=close, msg=lambda m, n=name: n + m)
    with pytest.raises(InputError, match="another shape"):
        warmstart.load_exported(
            Model(Recipe("wide", shape=FieldShape(8, 24, 1, 8)), 2), bank, folder
        )


def test_explain_knows_the_layers_of_the_network() -> None:
    """``eyebrush explain`` has no other way to know which of a code's numbers are whose."""
    from eyebrush.explain.parts import LAYERS

    widths = FieldNet().widths
    blocks = [sum(pair) for pair in zip(widths[2:-2:2], widths[3:-2:2], strict=True)]
    assert [count for _, count in LAYERS] == [*widths[:2], *blocks, *widths[-2:]]
