"""Losses against their plain definitions, and their hand-written gradients against autograd's."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush_training import distances  # noqa: E402
from eyebrush_training.vgg import LAYERS  # noqa: E402


def features(seed: int, batch: int = 2) -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    sizes = zip(LAYERS, (8, 12, 16, 20), (12, 8, 6, 4), strict=True)
    return {k: torch.rand(batch, c, s, s + 1, generator=rng) for k, c, s in sizes}


def test_gram_is_the_mean_outer_product() -> None:
    f = features(1)["relu3_3"].double()
    expected = torch.einsum("bchw,bdhw->bcd", f, f) / (f.shape[2] * f.shape[3])
    torch.testing.assert_close(distances.gram(f), expected.float(), rtol=1e-6, atol=0)


def test_moments_from_gram_equal_those_of_the_pixels() -> None:
    f = features(2)
    style = distances.style_of(f)
    for layer in LAYERS:  # variance from E[x^2] - E[x]^2 in fp32: a few 1e-5
        torch.testing.assert_close(
            style.moments[layer], distances.moments(f[layer]), rtol=1e-4, atol=1e-4
        )


def test_structure_is_the_distance_of_normalised_maps() -> None:
    a, b = features(3), features(4)

    def normal(f: torch.Tensor) -> torch.Tensor:
        return (f - f.mean((2, 3), keepdim=True)) / f.std((2, 3), keepdim=True, correction=0)

    expected = (normal(a["relu3_3"]) - normal(b["relu3_3"])).square().mean((1, 2, 3))
    # 1 % of the mean variance is added to every channel's: bounded by 1 % of the result
    torch.testing.assert_close(distances.structure_distance(a, b), expected, rtol=0.015, atol=1e-3)


def test_distances_vanish_at_the_target_and_only_there() -> None:
    f, other = features(5), features(6)
    own = distances.style_of(f)
    assert distances.gram_distances(own, own.gram).abs().max() < 1e-9
    assert distances.moment_distances(own, own.moments).abs().max() < 1e-9
    assert distances.content_distance(f, f).max() == 0
    assert distances.gram_distances(distances.style_of(other), own.gram).min() > 1e-4
    assert distances.content_distance(other, f).min() > 0.05


@pytest.mark.parametrize("function", ["gram_mean", "products"])
def test_gradients(function: str) -> None:
    rng = torch.Generator().manual_seed(7)
    a = torch.rand(2, 3, 4, 5, generator=rng, dtype=torch.float64, requires_grad=True)
    b = torch.rand(2, 3, 4, 5, generator=rng, dtype=torch.float64)
    weights = torch.rand(2, 3, 3, generator=rng, dtype=torch.float64)
    n = 20
    if function == "gram_mean":
        g, m = distances._GramMean.apply(a)
        loss = (g.double() * weights).sum() + (m.double() ** 2).sum()
        plain = (torch.einsum("bchw,bdhw->bcd", a, a) / n * weights).sum()
        plain = plain + (a.mean((2, 3)) ** 2).sum()
    else:
        m, s, c = (t.double() for t in distances._Products.apply(a, b))
        loss = (m * 2 + s * 3 + c * 5).pow(2).sum()
        plain = a.mean((2, 3)) * 2 + (a * a).mean((2, 3)) * 3 + (a * b).mean((2, 3)) * 5
        plain = plain.pow(2).sum()
    (ours,) = torch.autograd.grad(loss, a)
    (theirs,) = torch.autograd.grad(plain, a)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-7)  # fp32 sums inside


def test_library_distances_are_gram_distances_to_each() -> None:
    style = distances.style_of(features(7))
    library = {k: distances.gram(v) for k, v in features(8, batch=5).items()}
    got = distances.library_distances(style, library)
    for n in range(5):
        one = {k: g[n : n + 1].expand(2, -1, -1) for k, g in library.items()}
        wanted = distances.gram_distances(style, one).mean(1)
        # |a|^2 - 2ab + |b|^2 in fp32 loses what the distance is smaller than the norms
        torch.testing.assert_close(got[:, n], wanted, rtol=1e-4, atol=1e-5)


def test_energy_distance_is_nothing_for_equal_norms_and_grows_both_ways() -> None:
    found = features(9, batch=1)
    target = {k: distances.gram(v) for k, v in found.items()}
    less, same, more = (
        float(distances.energy_distances(distances.style_of(scaled), target).mean())
        for scaled in ({k: s * v for k, v in found.items()} for s in (0.5, 1.0, 2.0))
    )
    assert same < 1e-8
    assert less == pytest.approx(more, rel=1e-3)
    assert less > 0.5
