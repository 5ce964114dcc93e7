"""AdaIN and Gram by Eyebrush's ops in the training: gradients, and that they change nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from devices import Device  # noqa: E402
from eyebrush.errors import InputError  # noqa: E402
from eyebrush_training import distances, native  # noqa: E402
from eyebrush_training.networks import AdaIN  # noqa: E402

EPS = 1e-3


@pytest.fixture
def rng() -> torch.Generator:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def native_ops() -> Iterator[None]:
    native.use("native")
    yield
    native.use("torch")


def exact_adain(x: Any, style: Any, every: int) -> Any:
    """The definition, in whatever precision x has."""
    some = x[:, :, ::every, ::every]
    mean = some.mean((2, 3), keepdim=True)
    var = some.var((2, 3), correction=0, keepdim=True)
    scale, shift = style[:, 0, :, None, None], style[:, 1, :, None, None]
    return scale * (x - mean) / torch.sqrt(var + EPS) + shift


def exact_gram(x: Any) -> Any:
    flat = x.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def inputs(rng: Any, eyes: int = 2, styles: int = 2, last: bool = False) -> tuple[Any, Any]:
    x = torch.randn((eyes, 3, 5, 6), generator=rng, dtype=torch.float64) + 0.5
    if last:
        x = x.to(memory_format=torch.channels_last)
    style = torch.randn((styles, 2, 3), generator=rng, dtype=torch.float64)
    return x.requires_grad_(), style.requires_grad_()


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("styles", [1, 2])
def test_gradcheck_of_adain(device: Device, rng: Any, every: int, styles: int) -> None:
    """Numerical derivatives of an op that computes in fp32: steps of 1/100, whose own error and
    whose rounding errors (2^-24 / 0.01) both stay far below a thousandth here."""

    def run(x: Any, style: Any) -> Any:
        y, _ = native.adain(device.put(x.float()), device.put(style.float()), EPS, every)
        return device.get(y).double()

    assert torch.autograd.gradcheck(run, inputs(rng, 2, styles), eps=1e-2, atol=5e-3, rtol=5e-3)


def test_gradcheck_of_gram(device: Device, rng: Any) -> None:
    def run(x: Any) -> Any:
        return device.get(native.gram(device.put(x.float()))).double()

    assert torch.autograd.gradcheck(run, inputs(rng)[:1], eps=1e-2, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("last", [False, True], ids=["planar", "channels_last"])
@pytest.mark.parametrize("every", [1, 2])
def test_gradients_equal_those_of_the_definitions(
    device: Device, rng: Any, every: int, last: bool
) -> None:
    x, style = inputs(rng, last=last)
    on, its = (device.put(t.detach().float()).requires_grad_() for t in (x, style))
    y, used = native.adain(on, its, EPS, every)
    found = native.gram(on)
    assert not used.requires_grad
    weights = torch.randn(x.shape, generator=rng, dtype=torch.float64)
    crossed = torch.randn(found.shape, generator=rng, dtype=torch.float64)
    exact_loss = (exact_adain(x, style, every) * weights).sum() + (exact_gram(x) * crossed).sum()
    loss = (y.double() * device.put(weights)).sum() + (found.double() * device.put(crossed)).sum()
    exact = torch.autograd.grad(exact_loss, (x, style))
    ours = torch.autograd.grad(loss, (on, its))
    for got, wanted in zip(ours, exact, strict=True):  # fp32: 1e-5 of the largest
        error = (device.get(got).double() - wanted).abs().max()
        assert error <= 1e-5 * wanted.abs().max()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["f32", "bf16"])
def test_the_training_computes_the_same_with_either(rng: Any, native_ops: None, dtype: Any) -> None:
    x = torch.randn((2, 8, 12, 10), generator=rng).to(dtype)
    x = x.to(memory_format=torch.channels_last).requires_grad_()
    style = torch.randn((2, 2, 8), generator=rng).requires_grad_()
    # torch's own rounds scale and shift to x's type before it uses them
    close = {"rtol": 1e-4, "atol": 1e-4} if dtype == torch.float32 else {"rtol": 0.03, "atol": 0.03}

    def everything() -> tuple[Any, ...]:
        y, used = AdaIN()(x, style, None, None)
        found = distances.style_of({"relu1_2": x})
        loss = y.float().square().mean() + y.float().sum() * 0.01 + found.gram["relu1_2"].sum()
        return (y, used, found.gram["relu1_2"], *torch.autograd.grad(loss, (x, style)))

    ours = everything()
    native.use("torch")
    for got, wanted in zip(ours, everything(), strict=True):
        assert got.shape == wanted.shape
        torch.testing.assert_close(got, wanted, **close)


def test_the_switch() -> None:
    # needs Pillow, which a bare machine with a GPU (make gpu-check) has not
    from eyebrush_training.__main__ import build_parser

    assert not native.in_use()
    assert build_parser().parse_args(["train"]).ops == "torch"
    assert build_parser().parse_args(["train", "--ops", "native"]).ops == "native"
    with pytest.raises(InputError, match="ops='cuda'"):
        native.use("cuda")
