"""``python -m eyebrush_training.invent``: a mapping from noise to codes, learnt adversarially.

Sixteen numbers of noise become a style vector (32 principal components of codes and 9 numbers of a
palette, ``eyebrush.styles.space``), which must look, to a critic, like those of real paintings
and of their parts. Real ones are few and lie in clusters, one for each painting, which is where
such trainings collapse. Against it: the critic sees how much a batch varies (minibatch deviation,
Karras et al. 2018), its gradient at real vectors is penalised (R1, Mescheder et al. 2018), every
painting counts the same, real and made vectors are blurred, and two noises must not map to one
style (Mao et al. 2019). The mapping is averaged.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file
from torch import Tensor, nn

from eyebrush.styles import open_library
from eyebrush.styles.invent import FORMAT, NOISE, SLOPE
from eyebrush.styles.space import StyleSpace
from eyebrush_training import variety
from eyebrush_training.codes import Codes, codes_of

COMPONENTS = 32  # of codes; they hold 99 % of the codes' variance
STEPS = 4000
HIDDEN = 128
BATCH = 64
R1 = 0.3
SPREAD = 1.0  # weight of the term that keeps two noises' styles apart
BLUR = 0.12  # of the vectors' deviation: what is added to real ones
RATE = 1e-3
KEEP = 0.998  # of the averaged mapping, a step


class Mapping(nn.Module):
    """noise [B, NOISE] -> style vector [B, D]."""

    def __init__(self, size: int) -> None:
        super().__init__()
        widths = (NOISE, HIDDEN, HIDDEN, HIDDEN, size)
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(widths))

    def forward(self, z: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            z = F.leaky_relu(layer(z), SLOPE)
        return self.layers[-1](z)


class Critic(nn.Module):
    """vector [B, D] -> logit [B]; knows how much its group of the batch varies."""

    def __init__(self, size: int, group: int = 8) -> None:
        super().__init__()
        self.group = group
        self.eye = nn.Sequential(
            nn.Linear(size, 256), nn.LeakyReLU(0.2), nn.Linear(256, 256), nn.LeakyReLU(0.2)
        )
        self.logit = nn.Linear(257, 1)

    def forward(self, x: Tensor) -> Tensor:
        f = self.eye(x)
        groups = f.reshape(-1, self.group, f.shape[1])
        spread = (groups.var(1, correction=0) + 1e-6).sqrt().mean(1)  # one number for each group
        return self.logit(torch.cat((f, spread.repeat_interleave(self.group)[:, None]), 1))[:, 0]


@dataclass(frozen=True)
class Reals:
    """Style vectors [N, D] of paintings and their parts; painting [N]: whose each is."""

    vectors: Tensor
    painting: Tensor

    @cached_property
    def chances(self) -> Tensor:
        """[N]: of being drawn; together the same for every painting."""
        return 1 / torch.bincount(self.painting)[self.painting].float()

    def batch(self, count: int, rng: torch.Generator) -> Tensor:
        """Every painting as often as every other, blurred."""
        index = torch.multinomial(self.chances, count, replacement=True, generator=rng)
        x = self.vectors[index]
        return x + BLUR * torch.randn(x.shape, generator=rng) * self.vectors.std(0)


def teach(reals: Reals, steps: int, seed: int = 5) -> Mapping:
    """The averaged mapping after ``steps``."""
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    size = reals.vectors.shape[1]
    mapping, average, critic = Mapping(size), Mapping(size), Critic(size)
    average.load_state_dict(mapping.state_dict())
    ours = torch.optim.Adam(mapping.parameters(), RATE, betas=(0.0, 0.99))
    theirs = torch.optim.Adam(critic.parameters(), RATE, betas=(0.0, 0.99))
    for step in range(steps):
        factor = min(1.0, 2 * (1 - step / steps))  # the second half slows down to a stop
        for optimiser in (ours, theirs):
            optimiser.param_groups[0]["lr"] = RATE * factor
        real = reals.batch(BATCH, rng).requires_grad_(True)
        fake = mapping(torch.randn(BATCH, NOISE, generator=rng)).detach()
        fake = fake + BLUR * torch.randn(fake.shape, generator=rng) * reals.vectors.std(0)
        logits = critic(real)
        (slope,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
        penalty = R1 * slope.square().sum(1).mean() / 2
        loss = F.softplus(-logits).mean() + F.softplus(critic(fake)).mean() + penalty
        theirs.zero_grad(set_to_none=True)
        loss.backward()
        theirs.step()

        z = torch.randn(BATCH, NOISE, generator=rng)
        made = mapping(z)
        blurred = made + BLUR * torch.randn(made.shape, generator=rng) * reals.vectors.std(0)
        apart = (made - made.roll(1, 0)).norm(dim=1) / (z - z.roll(1, 0)).norm(dim=1)
        loss = F.softplus(-critic(blurred)).mean() + SPREAD / (apart.mean() + 1e-3)
        ours.zero_grad(set_to_none=True)
        loss.backward()
        ours.step()
        with torch.no_grad():
            for a, p in zip(average.parameters(), mapping.parameters(), strict=True):
                a.lerp_(p, 1 - min(KEEP, (1 + step) / (10 + step)))
    return average.requires_grad_(False)


def ship(mapping: Mapping, space: StyleSpace, network: str, path: Path) -> None:
    """inventor.safetensors, for ``eyebrush.styles.invent``."""
    tensors = space.tensors()
    for i, layer in enumerate(mapping.layers):
        tensors[f"layer{i}/weight"] = layer.weight.numpy().astype(np.float16)
        tensors[f"layer{i}/bias"] = layer.bias.numpy()
    tensors = {k: np.ascontiguousarray(v) for k, v in tensors.items()}
    save_file(tensors, str(path), {"format": FORMAT, "network": network})
    path.chmod(0o644)


def reals_of(codes: Codes) -> tuple[StyleSpace, Reals]:
    """Of paintings and their parts; photographs are no styles that anybody would invent."""
    keep = codes.painting >= 0
    space = StyleSpace.fit(codes.codes[keep], codes.tones[keep], COMPONENTS)
    pairs = zip(codes.codes[keep], codes.tones[keep], strict=True)
    vectors = np.stack([space.vector(code, tone) for code, tone in pairs])
    return space, Reals(torch.from_numpy(vectors), torch.from_numpy(codes.painting[keep]))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eyebrush_training.invent", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="that was exported")
    parser.add_argument("--bank", type=Path, required=True, help="stylebank-*.pt of the training")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("-o", "--out", type=Path, required=True, help="inventor.safetensors")
    args = parser.parse_args(argv)
    library = open_library()
    space, reals = reals_of(codes_of(args.bank, args.checkpoint, library))
    mapping = teach(reals, args.steps)
    made = mapping(torch.randn(1000, NOISE, generator=torch.Generator().manual_seed(1)))
    print(variety.measure(reals.vectors.numpy(), made.numpy()))
    ship(mapping, space, library.network, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
