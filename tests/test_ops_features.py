"""AdaIN and Gram against PyTorch in float64, on the CPU's instruction sets and on CUDA.

Tolerances. float32: a relative error of 1e-5, of the largest exact value for y and of
sqrt(G_ii G_jj) for Gram: sums are split into short ones, and their rounding errors of 2^-24 each
grow with the length of a split alone. 16 bits: the exact result rounded once, half a unit in the
last place, and 1e-5 for what came before the rounding. Inputs are new in each run; their seed is
printed where a test fails.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from devices import Device  # noqa: E402
from eyebrush import ops, reference  # noqa: E402
from eyebrush.errors import InputError  # noqa: E402

DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
HALF_ULP = {torch.float32: 0.0, torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8}
SMALLEST = {torch.float32: 0.0, torch.float16: 2.0**-25, torch.bfloat16: 0.0}
EXACT = 1e-5
# Tensor cores cut a sum's last bits off instead of rounding it: with 2^10 additions (the most in
# gram.cu) up to 2^-23 each, 2^-13 of the sum. float16's own rounding is 2^-11, bfloat16's 2^-8.
TENSOR_CORES = 2.0**-13


@pytest.fixture
def rng() -> torch.Generator:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    return torch.Generator().manual_seed(seed)


def assert_rounded(got: Any, exact: Any, scale: Any = None, share: float = EXACT) -> None:
    """``got`` is ``exact`` (float64) rounded to its own type, give or take a share of ``scale``."""
    scale = exact.abs().max() if scale is None else scale
    dtype = got.dtype
    allowed = share * scale + HALF_ULP[dtype] * exact.abs() * (1 + EXACT) + SMALLEST[dtype]
    off = (got.double() - exact).abs() - allowed
    assert not torch.isnan(off).any(), "NaN"
    assert (off <= 0).all(), f"{float(off.max())} more than allowed"


def plain(x: Any) -> Any:
    return x.contiguous()


def channels_last(x: Any) -> Any:
    return x.to(memory_format=torch.channels_last)


def every_second(x: Any) -> Any:
    e, c, h, w = x.shape
    room = x.new_zeros((e, c, 2 * h, 2 * w))
    room[:, :, ::2, ::2] = x
    return room[:, :, ::2, ::2]


def unaligned(x: Any) -> Any:
    room = x.new_zeros(x.numel() + 1)
    room[1:] = x.flatten()
    return room[1:].view(x.shape)


def padded_rows(x: Any) -> Any:
    e, c, h, w = x.shape
    room = x.new_zeros((e, c, h, w + 3))
    room[..., :w] = x
    return room[..., :w]


def channels_swapped(x: Any) -> Any:
    return x.transpose(0, 1).contiguous().transpose(0, 1)


VIEWS: list[Callable[[Any], Any]] = [
    plain,
    channels_last,
    every_second,
    unaligned,
    padded_rows,
    channels_swapped,
]
SHAPES = [
    (2, 24, 24, 30),
    (1, 3, 1, 1),
    (2, 5, 7, 9),
    (3, 17, 1, 131),
    (4, 33, 65, 3),
    (2, 8, 40, 130),
]


def maps(rng: torch.Generator, shape: Any, dtype: Any, mean: float = 0.3) -> Any:
    return (torch.randn(shape, generator=rng) * 0.7 + mean).to(dtype)


def statistics(x: Any, shared: bool) -> tuple[Any, Any]:
    dims = (0, 2, 3) if shared else (2, 3)
    wide = x.double()
    mean = wide.mean(dims).reshape(-1, x.shape[1])
    return mean, wide.var(dims, correction=0).reshape(-1, x.shape[1])


def styled(
    x: Any, mean: Any, var: Any, style: Any, relu: bool, eps: float = ops.features.EPS
) -> Any:
    part = [t[:, :, None, None].double() for t in (mean, var, style[:, 0], style[:, 1])]
    y = part[2] * (x.double() - part[0]) / torch.sqrt(part[1] + eps) + part[3]
    return y.clamp_min(0) if relu else y


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_adain(
    device: Device, rng: torch.Generator, shape: Any, view: Callable[[Any], Any], dtype: str
) -> None:
    x = maps(rng, shape, DTYPES[dtype])
    shared = shape[0] % 2 == 0
    style = torch.randn((1 if shared else shape[0], 2, shape[1]), generator=rng)
    mean, var = statistics(x, shared)
    on = view(device.put(x))
    y, used = ops.adain(on, device.put(style), shared=shared, relu=shared, out=device.poison(on))
    got = device.get(used)
    scale = var.sqrt() + mean.abs()
    assert_rounded(got[:, 0], mean, scale)
    assert_rounded(got[:, 1], var, var.abs() + 1e-30)
    assert_rounded(device.get(y), styled(x, mean, var, style, relu=shared))

    alone = ops.adain_stats(on, shared=shared)
    assert_rounded(device.get(alone)[:, 1], var, var.abs() + 1e-30)
    again = ops.adain_apply(on, alone, device.put(style), relu=shared, out=device.poison(on))
    assert_rounded(device.get(again), styled(x, mean, var, style, relu=shared))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
@pytest.mark.parametrize(
    "shape", [*SHAPES, (1, 136, 8, 40), (2, 130, 9, 11), (1, 1, 2, 2)], ids=str
)
def test_gram(
    device: Device, rng: torch.Generator, shape: Any, view: Callable[[Any], Any], dtype: str
) -> None:
    x = maps(rng, shape, DTYPES[dtype])
    flat = x.double().flatten(2)
    exact = flat @ flat.transpose(1, 2) / flat.shape[2]
    out = device.put(torch.full(exact.shape, float("nan")))
    got = device.get(ops.gram(view(device.put(x)), out=out))
    size = exact.diagonal(dim1=1, dim2=2).sqrt()
    share = TENSOR_CORES if device.tensor_cores and dtype != "f32" else EXACT
    assert_rounded(got, exact, size[:, :, None] * size[:, None, :], share)
    assert torch.equal(got, got.transpose(1, 2))


def test_a_long_channel(device: Device, rng: torch.Generator) -> None:
    """More pixels than any piece that the kernels take at a time."""
    size = (130, 100) if device.small else (250, 300)
    x = maps(rng, (2, 3, *size), torch.float32, mean=5.0)
    style = torch.randn((1, 2, 3), generator=rng)
    mean, var = statistics(x, True)
    y, used = ops.adain(device.put(x), device.put(style))
    assert_rounded(device.get(used)[:, 0], mean, mean.abs())
    assert_rounded(device.get(used)[:, 1], var, var)
    assert_rounded(device.get(y), styled(x, mean, var, style, relu=False))
    flat = x.double().flatten(2)
    exact = flat @ flat.transpose(1, 2) / flat.shape[2]
    assert_rounded(device.get(ops.gram(device.put(x))), exact)


@pytest.mark.parametrize("view", [plain, channels_last], ids=lambda view: view.__name__)
def test_huge_means_and_tiny_variances(
    device: Device, rng: torch.Generator, view: Callable[[Any], Any]
) -> None:
    """Catastrophic cancellation: E[x^2] - E[x]^2 has no digit left here."""
    offset = torch.tensor([1e4, -3e5, 2.0**20, 0.0])[None, :, None, None]
    x = torch.randn((2, 4, 20, 33), generator=rng) * 0.25 + offset
    style = torch.tensor([1.0, 0.0])[None, :, None].repeat(1, 1, 4)
    mean, var = statistics(x, True)
    y, used = ops.adain(view(device.put(x)), device.put(style), eps=0.0)
    assert_rounded(device.get(used)[:, 1], var, var)
    assert_rounded(device.get(y), styled(x, mean, var, style, relu=False, eps=0.0))


def test_an_outlier_first(device: Device, rng: torch.Generator) -> None:
    """The value that a channel is shifted by may be the odd one out."""
    x = torch.randn((1, 2, 30, 40), generator=rng)
    x[:, :, 0, 0] = 3e4
    mean, var = statistics(x, True)
    used = device.get(ops.adain_stats(device.put(x)))
    assert_rounded(used[:, 0], mean, mean.abs())
    assert_rounded(used[:, 1], var, var)


def test_constant_channels(device: Device) -> None:
    x = torch.full((2, 3, 17, 19), 7.25)
    style = torch.tensor([[2.0] * 3, [0.5] * 3])[None]
    y, used = ops.adain(device.put(x), device.put(style))
    assert (device.get(used)[:, 1] == 0).all()
    assert (device.get(used)[:, 0] == 7.25).all()
    assert (device.get(y) == 0.5).all()


def test_running_statistics(device: Device, rng: torch.Generator) -> None:
    x = maps(rng, (2, 6, 9, 11), torch.float32)
    running = torch.rand((1, 2, 6), generator=rng) + 0.1
    mean, var = statistics(x, True)
    now = torch.stack((mean, var), 1)
    exact = running.double() + 0.25 * (now - running)
    used = device.put(running.clone())  # in place: used replaces running
    ops.adain_stats(device.put(x), running=used, fresh=0.25, out=used)
    assert_rounded(device.get(used), exact, exact.abs())
    style = torch.randn((2, 2, 6), generator=rng)  # one for each eye
    y, _ = ops.adain(device.put(x), device.put(style), running=device.put(running), fresh=0.25)
    assert_rounded(device.get(y), styled(x, exact[:, 0], exact[:, 1], style, relu=False))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("view", [plain, channels_last], ids=lambda view: view.__name__)
def test_bad_numbers_stay_in_their_channel(
    device: Device, rng: torch.Generator, view: Callable[[Any], Any], bad: float
) -> None:
    x = maps(rng, (2, 5, 9, 16), torch.float32)
    style = torch.randn((1, 2, 5), generator=rng)
    good_y, good = ops.adain(view(device.put(x)), device.put(style))
    x[1, 3, 4, 5] = bad
    y, used = ops.adain(view(device.put(x)), device.put(style))
    assert not torch.isfinite(device.get(used)[:, :, 3]).any()
    assert torch.isnan(device.get(y)[:, 3]).all()
    others = [0, 1, 2, 4]
    assert torch.equal(device.get(used)[:, :, others], device.get(good)[:, :, others])
    assert torch.equal(device.get(y)[:, others], device.get(good_y)[:, others])
    got = device.get(ops.gram(view(device.put(x))))
    assert not torch.isfinite(got[1, 3]).any()
    assert torch.isfinite(got[0]).all()
    assert torch.isfinite(got[1][others][:, others]).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_that_round_to_infinity_and_to_nothing(device: Device, dtype: str) -> None:
    kind = DTYPES[dtype]
    x = torch.tensor([-1.0, 1.0], dtype=kind).reshape(1, 1, 1, 2).repeat(1, 3, 1, 1)
    style = torch.tensor([[1e38, 1e-30, 1.0], [0.0, 0.0, 0.0]])[None]
    stats = torch.tensor([[0.0] * 3, [1.0] * 3])[None]
    y = ops.adain_apply(device.put(x), device.put(stats), device.put(style), eps=0.0)
    exact = styled(x, stats[:, 0], stats[:, 1], style, relu=False, eps=0.0)
    assert torch.equal(device.get(y), exact.float().to(kind))


@pytest.mark.parametrize("dtype", DTYPES)
def test_same_bits_each_time(device: Device, rng: torch.Generator, dtype: str) -> None:
    x = device.put(maps(rng, (2, 35, 41, 37), DTYPES[dtype]))
    style = device.put(torch.randn((1, 2, 35), generator=rng))
    first_y, first_used = ops.adain(x, style)
    first_gram = ops.gram(x)
    for _ in device.ways():  # other numbers of threads, or another order of them
        y, used = ops.adain(x, style)
        assert torch.equal(device.get(y), device.get(first_y))
        assert torch.equal(device.get(used), device.get(first_used))
        assert torch.equal(device.get(ops.gram(x)), device.get(first_gram))


def test_in_place(device: Device, rng: torch.Generator) -> None:
    x = maps(rng, (2, 9, 13, 7), torch.float32)
    style = device.put(torch.randn((1, 2, 9), generator=rng))
    wanted, _ = ops.adain(device.put(x), style)
    own = device.put(x.clone())
    got, _ = ops.adain(own, style, out=own)
    assert got is own
    assert torch.equal(device.get(got), device.get(wanted))


def test_numpy_and_its_reference() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 7, 12, 10)).astype(np.float32)
    style = rng.normal(size=(2, 2, 7)).astype(np.float32)
    y, used = ops.adain(x, style, shared=False, relu=True)
    exact = reference.adain_stats(x, shared=False)
    np.testing.assert_allclose(used, exact, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        y, reference.adain_apply(x, exact, style, relu=True), rtol=1e-5, atol=1e-5
    )
    half = x.astype(np.float16)
    np.testing.assert_allclose(ops.gram(half), reference.gram(half), rtol=1e-5, atol=1e-6)
    assert y.dtype == np.float32
    assert ops.gram(x, scale=2.0).shape == (2, 7, 7)


def good() -> dict[str, Any]:
    return {"x": np.zeros((2, 4, 3, 5), np.float32), "style": np.zeros((1, 2, 4), np.float32)}


@pytest.mark.parametrize(
    ("replaced", "says"),
    [
        ({"x": np.zeros((2, 4, 15), np.float32)}, "x float32 [2, 4, 15]"),
        ({"x": np.zeros((2, 4, 0, 5), np.float32)}, "[2, 4, 0, 5]"),
        ({"x": np.zeros((2, 4, 3, 5), np.uint8)}, "x uint8"),
        ({"x": np.zeros((2, 4, 3, 5))}, "x of type float64"),
        ({"x": [1.0]}, "x of type list"),
        ({"x": torch.zeros((2, 4, 3, 5), requires_grad=True)}, "x of type torch.float32"),
        ({"style": np.zeros((3, 2, 4), np.float32)}, "style [3, 2, 4] for 2 eyes"),
        ({"style": np.zeros((1, 2, 5), np.float32)}, "style float32 [1, 2, 5]"),
        ({"eps": -1.0}, "eps=-1.0"),
        ({"fresh": 0.5}, "fresh=0.5 without running"),
        ({"running": np.zeros((2, 2, 4), np.float32)}, "running float32 [2, 2, 4]"),
        ({"running": np.zeros((1, 2, 4), np.float32), "fresh": 2.0}, "fresh=2.0"),
        ({"out": np.zeros((2, 4, 3, 5), np.float16)}, "out float16"),
        ({"out": np.broadcast_to(np.float32(0), (2, 4, 3, 5))}, "read-only"),
        ({"stream": "first"}, "stream='first'"),
    ],
)
def test_refuses(replaced: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as error:
        ops.adain(**(good() | replaced))
    assert says in error.value.got
    assert "\n" not in str(error.value)


def test_refuses_an_out_that_overlaps_in_part() -> None:
    room = np.zeros((3, 4, 3, 5), np.float32)
    with pytest.raises(InputError, match="overlapping x"):
        ops.adain(room[:2], good()["style"], out=room[1:])


def test_refuses_too_many_pixels() -> None:
    """2^31 of them as a view of one: no memory is needed to ask."""
    x = np.broadcast_to(np.float32(1), (1, 1, 1 << 16, 1 << 15))
    with pytest.raises(InputError, match="2\\^30"):
        ops.gram(x)
