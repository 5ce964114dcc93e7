"""``python -m eyebrush_training.judge``: the discriminator of a training becomes a judge.

A discriminator is taught to tell paintings from what the network paints *now*; it has never seen a
photograph, a blurred picture or noise, and need not rank them. Here only it is trained on, with the
network frozen and shipped, to rank in every style

    the painting  >  what the network paints  >  the same, spoilt

by margins of mean logits, and to put the first two above 0 and the last below, whatever the style
and the scene: a single number must do to tell them apart. It learns to know a style by its code
(``eyebrush.styles.space``), so that it can speak about any style that there is a code of:
mixes, and paintings never seen.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from eyebrush import EyeFrames, Stylizer
from eyebrush.styles import Style, open_library
from eyebrush.styles.add import read_painting
from eyebrush.styles.space import StyleSpace
from eyebrush_training import calibrate, spoil
from eyebrush_training.codes import codes_of, shipped_styles, style_name
from eyebrush_training.data import list_pictures, split_photographs
from eyebrush_training.discriminator import Discriminator

COMPONENTS = 32  # of codes; they hold 99 % of the codes' variance
STEPS = 2800
SIDE = 256  # pixels of what the network paints for the judge to learn from
CROP = 128  # pixels of what the judge is shown
MARGIN = 0.5  # of mean logits, on either side of 0
BATCH = 4
RATE = 4e-4


@dataclass(frozen=True)
class Subject:
    """A style that the judge learns from: its code's owner, and the painting itself."""

    style: Style
    picture: np.ndarray  # [H,W,3] uint8, short side 512


def shape_for(space: StyleSpace, checkpoint: Path) -> Discriminator:
    """A judge whose eye is a training's discriminator; how it knows styles is to be learnt."""
    judge = Discriminator(space.size)
    known = torch.load(checkpoint, map_location="cpu", weights_only=True)["judge"]
    eye = {k: v for k, v in known.items() if not k.startswith("embed.")}
    missing = judge.load_state_dict(eye, strict=False).missing_keys
    assert all(k.startswith("embed.") for k in missing), missing
    return judge


class Lessons:
    """Batches: what the network paints of a photograph, spoilt ones, and paintings."""

    def __init__(
        self, subjects: list[Subject], photographs: list[Path], space: StyleSpace, seed: int = 3
    ) -> None:
        self.subjects, self.photographs = subjects, photographs
        self.rng = np.random.default_rng(seed)
        self.vectors = torch.from_numpy(
            np.stack([space.vector(s.style.code, s.style.tone_out) for s in subjects])
        )
        self.stylizer = Stylizer(subjects[0].style, smoothing_s=0.0, threads=1)

    def photograph(self, side: int = SIDE) -> np.ndarray:
        """A random square, [side,side,3] uint8."""
        picture = Image.open(self.photographs[self.rng.integers(len(self.photographs))])
        picture.draft("RGB", (2 * side, 2 * side))
        picture = picture.convert("RGB")
        size = int(self.rng.uniform(0.5, 1.0) * min(picture.size))
        x, y = (int(self.rng.integers(0, n - size + 1)) for n in picture.size)
        return np.asarray(picture.resize((side, side), Image.BICUBIC, (x, y, x + size, y + size)))

    def paint(self, picture: np.ndarray, style: Style) -> np.ndarray:
        self.stylizer.set_style(style)
        self.stylizer.reset()
        return self.stylizer.restyle(EyeFrames(picture[None])).color[0]

    def spoilt(self, picture: np.ndarray, painted: np.ndarray) -> np.ndarray:
        """One of the ways that are taught, the wrong painting excepted."""
        way = self.rng.integers(3)
        if way == 0:
            return picture
        if way == 1:
            return spoil.blurred(painted, self.rng.uniform(0.8, 3.0))
        return spoil.noisy(painted, self.rng.uniform(8, 40), self.rng)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """(pictures [3B,3,CROP,CROP]: painted, spoilt, real; own and other vectors [B, D])."""
        while True:
            index = self.rng.choice(len(self.subjects), 2 * BATCH, replace=False)
            rows: list[list[np.ndarray]] = [[], [], []]
            for i in index[:BATCH]:
                subject, picture = self.subjects[i], self.photograph()
                painted = self.paint(picture, subject.style)
                bad = self.spoilt(picture, painted)
                at = self._place(painted)
                rows[0].append(painted[at])
                rows[1].append(bad[at])
                rows[2].append(subject.picture[self._place(subject.picture)])
            pictures = np.stack([p for row in rows for p in row])
            x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
            yield x, self.vectors[index[:BATCH]], self.vectors[index[BATCH:]]

    def _place(self, picture: np.ndarray) -> tuple[slice, slice]:
        y, x = (int(self.rng.integers(0, n - CROP + 1)) for n in picture.shape[:2])
        return slice(y, y + CROP), slice(x, x + CROP)


def lesson_loss(judge: Discriminator, x: Tensor, own: Tensor, other: Tensor) -> dict[str, Tensor]:
    """Hinge losses: each picture on its side of 0, and pairs of one scene or painting apart."""
    features = judge.features(x)
    mean = lambda f, s: judge.logits(f, s).mean((1, 2, 3))  # noqa: E731
    painted, spoilt, real = features.chunk(3)
    good, bad, best = mean(painted, own), mean(spoilt, own), mean(real, own)
    wrong, wrong_real = mean(painted, other), mean(real, other)
    below = lambda s: F.relu(MARGIN + s).mean()  # noqa: E731
    above = lambda s: F.relu(MARGIN - s).mean()  # noqa: E731
    return {
        "painted": 2 * above(good),
        "spoilt": below(bad) + above(good - bad - MARGIN),
        "wrong": below(wrong) + above(good - wrong - MARGIN),
        "painting": 0.5 * (above(best) + below(wrong_real)) + above(best - good + MARGIN),
    }


def teach(judge: Discriminator, lessons: Lessons, steps: int, out: Path) -> Discriminator:
    """Train in place; writes out/judge.pt and out/judge-curves.jsonl."""
    optimiser = torch.optim.Adam(judge.parameters(), RATE, betas=(0.5, 0.99))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps, RATE / 20)
    judge.train()
    sums: dict[str, float] = {}
    with (out / "judge-curves.jsonl").open("w") as curves:
        for step, batch in zip(tqdm(range(1, steps + 1), desc="judge"), lessons, strict=False):
            terms = lesson_loss(judge, *batch)
            optimiser.zero_grad(set_to_none=True)
            sum(terms.values()).backward()
            optimiser.step()
            schedule.step()
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            if step % 50 == 0 or step == steps:
                line = {k: round(v / (1 + (step - 1) % 50), 4) for k, v in sums.items()}
                curves.write(json.dumps({"step": step, **line}) + "\n")
                curves.flush()
                sums = {}
    judge.eval().requires_grad_(False)
    torch.save(judge.state_dict(), out / "judge.pt")
    return judge


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eyebrush_training.judge", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="that was exported")
    parser.add_argument(
        "--discriminator", type=Path, required=True, help="checkpoint that it is in"
    )
    parser.add_argument("--bank", type=Path, required=True, help="stylebank-*.pt of the training")
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--paintings", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--start", type=Path, help="judge.pt to go on from; --steps 0: to ship")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder to write into")
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    library, files = open_library(), list_pictures(args.paintings)
    photographs, held_out = split_photographs(list_pictures(args.photographs))
    shipped = shipped_styles(library, files)
    codes = codes_of(args.bank, args.checkpoint, library)
    space = StyleSpace.fit(codes.codes, codes.tones, COMPONENTS)
    judge = shape_for(space, args.discriminator)
    if args.start is not None:
        judge.load_state_dict(torch.load(args.start, weights_only=True))
    if args.steps:
        subjects = [Subject(style, read_painting(f)) for style, f in shipped.values()]
        teach(judge, Lessons(subjects, photographs, space), args.steps, args.out)
    judge.eval().requires_grad_(False)
    calibration = calibrate.calibrate(
        judge, space, codes.codes, library, {style_name(f): f for f in files}, photographs, held_out
    )
    calibrate.ship(judge, calibration, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
