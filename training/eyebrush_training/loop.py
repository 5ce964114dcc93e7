"""The training loop: one step, checkpoints with exact resume, curves and sample pictures."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from eyebrush import tone
from eyebrush_training import motion, resist
from eyebrush_training.balance import Balance
from eyebrush_training.composite import clamp_soft, composite
from eyebrush_training.data import Photographs
from eyebrush_training.discriminator import Discriminator, hinge_discriminator, r1_penalty
from eyebrush_training.distances import (
    Style,
    energy_distances,
    gram_distances,
    library_distances,
    moment_distances,
    structure_distance,
    style_of,
)
from eyebrush_training.encoder import StyleHead
from eyebrush_training.networks import FieldNet, strokes_image
from eyebrush_training.recipe import Recipe
from eyebrush_training.stylebank import StyleBank
from eyebrush_training.vgg import Vgg16


class Model(nn.Module):
    """What is trained together: the field network, the style head, codes of the paintings' own."""

    def __init__(self, recipe: Recipe, paintings: int) -> None:
        super().__init__()
        self.field = FieldNet(recipe.shape)
        self.head = StyleHead(self.field.code_size)
        self.own = nn.Parameter(torch.zeros(paintings, self.field.code_size))

    def forward(
        self,
        x: Tensor,
        statistics: Tensor,
        own: Tensor,
        tone_in: Tensor,
        tone_out: Tensor,
        detail: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x [B,3,H,W] -> (composited picture, affine part, mask); see ``paint``."""
        small = F.avg_pool2d(x, 4)
        out, affine, strokes = self.paint(small, x, statistics, own, tone_in, tone_out, detail)
        return out, affine, strokes[:, 3:]

    def paint(
        self,
        small: Tensor,
        x: Tensor,
        statistics: Tensor,
        own: Tensor,
        tone_in: Tensor,
        tone_out: Tensor,
        detail: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x [B,3,H,W] and its small copy, which the field is made of -> (composited picture,
        affine part, stroke layer), soft-clamped.

        own [B]: index of the painting whose own code is added, -1 for none.
        """
        with torch.autocast(x.device.type, enabled=False):  # the code's path stays fp32
            code = self.head(statistics)
        code = code + self.own[own.clamp_min(0)] * (own >= 0).float()[:, None]
        grid, planes, _ = self.field(small, code, tone_in, tone_out, detail=detail)
        strokes = strokes_image(planes)
        strokes = torch.cat((clamp_soft(strokes[:, :3]), strokes[:, 3:]), 1)
        out, affine = composite(x, grid, strokes)
        return clamp_soft(out), affine, strokes


def tones(x: Tensor) -> Tensor:
    """Content tone of every picture [B,3,H,W] -> [B,3,4], as the runtime computes it."""
    return small_tones(F.avg_pool2d(x, 4))


def small_tones(small: Tensor) -> Tensor:
    """The same of the pictures that the network sees."""
    maps = [tone.tone_in(tone.planar_statistics(p)) for p in small.cpu().numpy()]
    return torch.from_numpy(np.stack(maps)).to(small.device)


def _tone_distance(affine: Tensor, x: Tensor, tone_in: Tensor, tone_out: Tensor) -> Tensor:
    """Mean squared difference, over blocks of 16x16 pixels, of the affine part [B,3,H,W] and the
    closed-form colour transfer of the content: no coloured haloes and patches."""
    wanted = F.avg_pool2d(x, 16)
    for tone_map in (tone_in, tone_out):
        matrix, offset = tone_map.split((3, 1), 2)
        wanted = torch.einsum("bij,bjhw->bihw", matrix, wanted) + offset[..., None]
    return (F.avg_pool2d(affine.float(), 16) - wanted).square().mean()


class Trainer:
    """Owns the model, its average, the judge, both optimisers and the random numbers."""

    def __init__(
        self,
        recipe: Recipe,
        vgg: Vgg16,
        bank: StyleBank,
        photographs: Photographs,
        device: torch.device,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.recipe, self.vgg, self.bank = recipe, vgg, bank
        self.photographs, self.device = photographs, device
        self.rank, self.world = rank, world
        torch.manual_seed(recipe.seed)
        self.model = Model(recipe, len(bank.names)).to(device)
        self.model.head.fit_whitening(bank.statistics.to(device))
        self.model.field.to(memory_format=torch.channels_last)
        self.average = Model(recipe, len(bank.names)).to(device).requires_grad_(False)
        self.average.load_state_dict(self.model.state_dict())
        self.library = {k: g[bank.whole].float().to(device) for k, g in bank.gram.items()}
        self.judge = Discriminator(len(self.model.head.basis)).to(device)
        own, rest = [self.model.own], [p for n, p in self.model.named_parameters() if n != "own"]
        groups = [{"params": rest}, {"params": own, "scale": 2.0}]
        self.optimiser = torch.optim.Adam(groups, lr=recipe.rate, betas=(0.9, 0.99), fused=True)
        self.judge_optimiser = torch.optim.Adam(self.judge.parameters(), lr=4e-4, betas=(0.0, 0.99))
        self.balance = Balance()
        self.events: list[str] = []  # what the watch over the judge had to say, since last asked
        self.step_done = 0
        self.rng = np.random.default_rng([recipe.seed, rank])
        self.torch_rng = torch.Generator().manual_seed(recipe.seed + 1000 * rank)
        self.replica: nn.Module = self.model
        self.judge_replica: nn.Module = self.judge
        if world > 1:
            parallel = nn.parallel.DistributedDataParallel
            self.replica = parallel(self.model, find_unused_parameters=True)
            self.judge_replica = parallel(self.judge, broadcast_buffers=False)

    # ------------------------------------------------------------------ one step
    def step(self) -> dict[str, float]:
        r, w = self.recipe, self.recipe.weights
        progress = self.step_done / r.steps
        self._set_rate(progress)
        photos = self.photographs.batch(r.batch // 2, self.rng)
        x = photos.repeat_interleave(2, 0).to(self.device)
        index, own = self._pick_styles(progress)
        statistics = self.bank.statistics[index].to(self.device)
        tone_out = self.bank.tone_out[index].to(self.device)
        tone_in = tones(x)

        detail = torch.rand(r.batch, generator=self.torch_rng).to(
            self.device
        )  # every setting counts

        flow = motion.random_flow(r.batch, r.size, r.size, self.torch_rng).to(self.device)
        x2 = motion.disturb(motion.warp(x, flow).cpu(), self.torch_rng).to(self.device)
        twins = []
        if w.resist:
            twins = [self._twin(x, statistics, own, tone_in, tone_out, detail)]
        inputs = (x, x2, *twins)
        again = lambda t: torch.cat((t,) * len(inputs))  # noqa: E731
        colours = torch.cat((tone_in, tone_in, *(tones(t) for t in twins)))
        style_in = again(statistics), again(own), colours, again(tone_out), again(detail)
        every, affine, mask = self._paint(torch.cat(inputs), *style_in)
        out, out2, *of_twins = every.split(r.batch)

        with torch.autocast(self.device.type, torch.bfloat16):
            features = self.vgg(out)
            with torch.no_grad():
                content = self.vgg(photos.to(self.device), last="relu3_3")
        content = {k: v.repeat_interleave(2, 0) for k, v in content.items()}
        grams, moments = self.bank.targets(index)
        to = lambda d: {k: v.to(self.device) for k, v in d.items()}  # noqa: E731
        style = style_of(features)
        gram = gram_distances(style, to(grams)).mean(0)
        terms = {
            "energy": energy_distances(style, to(grams)).mean(),
            "identity": self._identity(style, index),
            "tone": _tone_distance(affine[: r.batch], x, tone_in, tone_out),
            "structure": structure_distance(features, content).mean(),
            "detail": structure_distance(features, content, "relu2_2").mean(),
            "moments": moment_distances(style, to(moments)).mean(),
            "motion": ((out2 - motion.warp(out, flow)).square() * motion.inside(flow)).mean(),
            "mask": mask.mean(),
            "range": (affine - affine.clamp(0, 1)).square().mean(),
        }
        if of_twins:
            terms["resist"] = (of_twins[0] - out).square().mean()
        loss = sum(getattr(w, k) * v for k, v in terms.items())
        loss = loss + (gram * torch.tensor(w.gram[: len(gram)], device=self.device)).mean()
        terms["style"] = gram.mean()
        if progress >= r.judge_from and w.adversarial and self.balance.judge_counts:
            whitened = self.model.head.whiten(statistics).detach()
            painted = self.bank.painting[index] >= 0
            if painted.any():
                self.judge.requires_grad_(False)
                score = self.judge(out[painted], whitened[painted]).mean()
                self.judge.requires_grad_(True)
                ramp = min(1.0, (progress - r.judge_from) / 0.1)
                loss = loss - w.adversarial * ramp * score
                terms["generator"] = -score
                terms |= self._judge_step(out[painted].detach(), index[painted], whitened[painted])
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 20.0)
        if torch.isfinite(norm):
            self.optimiser.step()
        self._update_average()
        self.step_done += 1
        terms["total"] = loss
        return {k: float(v.detach()) for k, v in terms.items()}

    def _identity(self, style: Style, index: Tensor) -> Tensor:
        """Cross-entropy of finding each picture's own painting among all by style distance.

        Chen et al. 2021 (CAST) and others contrast styles in a learnt space; here in the very
        distance that retrieval is measured by. Only samples that use a whole painting count.
        """
        whole = self.bank.whole[index]
        if not whole.any() or len(self.bank.names) < 2:
            return next(iter(style.gram.values())).sum() * 0
        chosen = Style({k: g[whole] for k, g in style.gram.items()}, {})
        distances = library_distances(chosen, self.library)
        own = self.bank.painting[index[whole]].to(distances.device)  # wholes lie in this order
        return F.cross_entropy(-distances / self.recipe.temperature, own)

    def _twin(self, x: Tensor, *style: Tensor) -> Tensor:
        """Near twins of x [B,3,H,W]: the first of every two styles attacked, the second disturbed.

        style: what ``Model.forward`` takes after x. The attack takes the content's colours among
        them as given: they hardly move.
        """
        rest = [t[::2] for t in style]

        def paint(pictures: Tensor) -> Tensor:
            with torch.autocast(self.device.type, torch.bfloat16):
                return self.model(pictures, *rest)[0]

        with torch.no_grad():
            target = paint(x[::2])
        attacked = resist.attack(paint, x[::2], target, self.torch_rng)
        disturbed = resist.disturb(x[1::2].cpu(), self.torch_rng).to(self.device)
        return torch.stack((attacked, disturbed), 1).flatten(0, 1)

    def _paint(self, *args: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16):
            return self.replica(*args)

    def _pick_styles(self, progress: float) -> tuple[Tensor, Tensor]:
        """Bank entries [batch] and, late in the training, paintings whose own code is used."""
        r, bank = self.recipe, self.bank
        wholes, others = torch.where(bank.whole)[0], torch.where(~bank.whole)[0]
        index = np.empty(r.batch, np.int64)
        for i in range(r.batch):
            pool = wholes if self.rng.random() < r.whole_share or not len(others) else others
            index[i] = pool[self.rng.integers(len(pool))]
        chosen = torch.from_numpy(index)
        use = bank.whole[chosen] & torch.from_numpy(self.rng.random(r.batch) < r.own_share)
        own = torch.where(use, bank.painting[chosen], -1)
        if progress < r.free_from:
            own = torch.full_like(own, -1)
        return chosen, own.to(self.device)

    def _judge_step(self, fake: Tensor, index: Tensor, style: Tensor) -> dict[str, Tensor]:
        real = torch.stack([self._painting_crop(int(self.bank.painting[i])) for i in index])
        real = real.to(self.device)
        learns = self.balance.judge_learns
        with torch.set_grad_enabled(learns):
            judge = self.judge_replica if learns else self.judge
            loss = hinge_discriminator(judge(real, style), judge(fake, style))
        self._watch(loss.detach())
        found = {"discriminator": loss, "judge_learns": torch.tensor(float(learns))}
        if not (learns and self.balance.judge_counts):
            return found
        total = loss
        if self.step_done % 16 == 0:  # lazy R1: every 16th step, 16 times the weight
            total = total + 16 * 0.5 * self.recipe.weights.r1 * r1_penalty(self.judge, real, style)
        self.judge_optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.judge_optimiser.step()
        return found

    def _watch(self, loss: Tensor) -> None:
        """Tell the watch; all ranks hear the same, so that all draw the same conclusion."""
        if self.world > 1:
            dist.all_reduce(loss)
            loss /= self.world
        event = self.balance.see(float(loss))
        if event:
            self.events.append(f"step {self.step_done}: {event}")

    def _painting_crop(self, painting: int) -> Tensor:
        picture, size = self.bank.pictures[painting], self.recipe.size
        _, h, w = picture.shape
        y, x = self.rng.integers(0, h - size + 1), self.rng.integers(0, w - size + 1)
        return picture[:, y : y + size, x : x + size].float() / 255

    def _set_rate(self, progress: float) -> None:
        warm = min(1.0, (self.step_done + 1) / self.recipe.warmup)
        factor = warm * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate * factor * group.get("scale", 1.0)

    @torch.no_grad()
    def _update_average(self) -> None:
        keep = min(self.recipe.ema, (1 + self.step_done) / (10 + self.step_done))
        torch._foreach_lerp_(
            list(self.average.parameters()), list(self.model.parameters()), 1 - keep
        )
        for a, p in zip(self.average.buffers(), self.model.buffers(), strict=True):
            a.copy_(p)

    # ------------------------------------------------------------------ checkpoints
    def state(self) -> dict:
        return {
            "recipe": json.dumps(dataclasses.asdict(self.recipe)),
            "step": self.step_done,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "judge": self.judge.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "judge_optimiser": self.judge_optimiser.state_dict(),
            "balance": json.dumps(vars(self.balance)),
            "rng": json.dumps(self.rng.bit_generator.state),
            "torch_rng": self.torch_rng.get_state(),
        }

    def save(self, path: Path) -> None:
        beside = path.with_suffix(".tmp")
        torch.save(self.state(), beside)
        beside.replace(path)

    def load(self, path: Path, *, optimiser: bool = True) -> None:
        """Go on from a checkpoint. optimiser: with the generator's, too; a refined checkpoint has
        that of its codes alone."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.judge.load_state_dict(state["judge"])
        if optimiser:
            self.optimiser.load_state_dict(state["optimiser"])
        self.judge_optimiser.load_state_dict(state["judge_optimiser"])
        self.balance = Balance(**json.loads(state.get("balance", "{}")))  # an older one has none
        self.step_done = int(state["step"])
        if self.world > 1:  # the checkpoint holds rank 0's random numbers: each rank starts its own
            self.rng = np.random.default_rng([self.recipe.seed, self.rank, self.step_done])
            self.torch_rng.manual_seed(hash((self.recipe.seed, self.rank, self.step_done)) % 2**63)
        else:
            self.rng.bit_generator.state = json.loads(state["rng"])
            self.torch_rng.set_state(state["torch_rng"].cpu())


class Curves:
    """Appends one JSON line per report to ``curves.jsonl``: mean of every term since the last."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "curves.jsonl"
        self.sums: dict[str, list[float]] = {}
        self.since = time.monotonic()

    def add(self, terms: dict[str, float]) -> None:
        for k, v in terms.items():
            self.sums.setdefault(k, []).append(v)

    def report(self, step: int, events: list[str] | None = None) -> dict[str, float]:
        """``events``: what happened meanwhile, kept in the line where there is any."""
        line: dict = {k: round(float(np.mean(v)), 5) for k, v in self.sums.items()}
        count = max(1, len(self.sums.get("total", ())))
        line |= {
            "step": step,
            "seconds_per_step": round((time.monotonic() - self.since) / count, 3),
        }
        if events:
            line["events"] = events
        self.sums, self.since = {}, time.monotonic()
        with self.path.open("a") as f:
            f.write(json.dumps(line) + "\n")
        return line
