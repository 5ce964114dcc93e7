"""What the judge's numbers mean, measured on held-out photographs; and what ships of it.

Of the photographs that no training has seen every other one calibrates, and the rest test
(``benchmarks/judge.py``). The judge was taught neither.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file
from torch import Tensor, nn
from tqdm import tqdm

from eyebrush import EyeFrames, Stylizer, ops
from eyebrush.features import FeatureNetwork, Features
from eyebrush.judge.calibration import FORMAT, MEASURES, Calibration, Plane, evidence
from eyebrush.judge.live import composite, cut_window
from eyebrush.judge.verdict import content_distance, style_distance
from eyebrush.styles import Style, StyleLibrary
from eyebrush.styles.add import read_painting
from eyebrush.styles.space import StyleSpace
from eyebrush_training import spoil
from eyebrush_training.discriminator import Discriminator
from eyebrush_training.export import to_onnx

SIDE = 256  # pixels of the pictures that calibrate
STYLES_EACH = 4  # styles that every photograph is painted in
QUANTILES = 41
SCENE_COMPONENTS = 32
LIMIT_SHARE = 0.99  # of held-out photographs, or of the training's styles, within the limit


def for_calibration(held_out: list[Path]) -> list[Path]:
    return held_out[::2]


def for_testing(held_out: list[Path]) -> list[Path]:
    return held_out[1::2]


@dataclass(frozen=True)
class Case:
    """One picture and how it was made: ``kind`` is "good" or a way of spoiling."""

    kind: str
    style: str
    score: float
    style_distance: float
    content_distance: float
    live: float


Score = Callable[[np.ndarray, np.ndarray], float]  # picture [H,W,3] uint8, style vector [D]


class Measurer:
    """Measures cases; ``score`` is the judge's, in torch or as it ships."""

    def __init__(
        self, score: Score, space: StyleSpace, styles: list[Style], targets: dict[str, np.ndarray]
    ) -> None:
        self.score, self.styles, self.targets = score, styles, targets
        self.features = FeatureNetwork()
        self.stylizer = Stylizer(styles[0], smoothing_s=0.0)
        self.vectors = {s.name: space.vector(s.code, s.tone_out) for s in styles}

    def cases(
        self, photographs: list[Path], kinds: tuple[str, ...], seed: int = 17
    ) -> Iterator[Case]:
        """Every photograph in some styles, each result good and spoilt in each of ``kinds``."""
        rng = np.random.default_rng(seed)
        for file in tqdm(photographs, desc="cases"):
            frame = square(file)
            before = self.features(frame)
            for i in rng.permutation(len(self.styles))[:STYLES_EACH]:
                style = self.styles[i]
                good, tone, live = self.paint(frame, style)
                after = self.features(good)
                yield self.case("good", good, style, before, after, live)
                for kind in kinds:
                    if kind == "wrong painting":
                        shift = int(rng.integers(1, len(self.styles)))
                        other = self.styles[(i + shift) % len(self.styles)]
                        yield self.case(kind, good, other, before, after)
                    elif kind == "unstyled":
                        yield self.case(kind, frame, style, before, before)
                    else:
                        bad = spoilt(kind, frame, good, tone, rng)
                        yield self.case(kind, bad, style, before, self.features(bad))

    def paint(self, frame: np.ndarray, style: Style) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(painted, its colours only, the live window)."""
        self.stylizer.set_style(style)
        self.stylizer.reset()
        frames = EyeFrames(frame[None])
        field = self.stylizer.field(frames)
        painted = self.stylizer.composite(frames, field)[0]
        tone = self.stylizer.composite(frames, field, strokes=False)[0]
        small = ops.ingest(frame[None])[0]
        return painted, tone, composite(cut_window(small, field.grid[0], field.strokes[0]))

    def case(
        self,
        kind: str,
        picture: np.ndarray,
        style: Style,
        before: Features,
        after: Features,
        live: np.ndarray | None = None,
    ) -> Case:
        return Case(
            kind,
            style.name,
            self.score(picture, self.vectors[style.name]),
            style_distance(after, self.targets[style.name]),
            content_distance(after, before),
            float("nan") if live is None else self.score(live, self.vectors[style.name]),
        )


def in_torch(judge: nn.Module) -> Score:
    """Scores of a judge before it is exported."""

    @torch.no_grad()
    def score(picture: np.ndarray, vector: np.ndarray) -> float:
        x = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255
        return float(judge(x, torch.from_numpy(vector)[None]).mean())

    return score


def square(file: Path, side: int = SIDE) -> np.ndarray:
    """The middle of a photograph, [side, side, 3] uint8."""
    picture = Image.open(file).convert("RGB")
    short = min(picture.size)
    x, y = (picture.width - short) // 2, (picture.height - short) // 2
    box = (x, y, x + short, y + short)
    return np.asarray(picture.resize((side, side), Image.LANCZOS, box))


def spoilt(
    kind: str, frame: np.ndarray, good: np.ndarray, tone: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """One of the ways of ``spoil``; those that spoil no pixel excepted."""
    mixed = (frame + (good.astype(np.float32) - frame) / 3 + 0.5).astype(np.uint8)
    ways = {
        "blurred": lambda: spoil.blurred(good, 2.0),
        "noisy": lambda: spoil.noisy(good, 25.0, rng),
        "a third of the strength": lambda: mixed,
        "colours only": lambda: tone,
        "JPEG of quality 8": lambda: spoil.jpeg(good, 8),
        "half the resolution": lambda: spoil.halved(good),
    }
    return ways[kind]()


def weigh(cases: list[Case]) -> np.ndarray:
    """[2, 4]: logistic regression of good against spoilt, both classes weighing the same; the
    second row without the style distance."""
    x = np.stack([evidence(c.score, c.style_distance, c.content_distance) for c in cases])
    good = np.array([c.kind == "good" for c in cases])
    weight = np.where(good, 0.5 / good.sum(), 0.5 / (~good).sum())
    rows = []
    for use in ([1, 1, 1, 1], [1, 0, 1, 1]):
        mask, w = np.array(use, float), np.zeros(4)
        scale = x.std(0) + (x.std(0) == 0)
        z = x / scale * mask
        for _ in range(50):  # Newton; the ridge keeps it finite where classes are separable
            p = 1 / (1 + np.exp(-z @ w))
            slope = z.T @ (weight * (p - good)) + 1e-3 * w
            curve = (z * (weight * p * (1 - p))[:, None]).T @ z + 1e-3 * np.eye(4)
            w -= np.linalg.solve(curve, slope)
        rows.append(w / scale * mask)
    return np.stack(rows)


def quantiles(cases: list[Case]) -> dict[str, np.ndarray]:
    """Of every measure over the good ones, rising."""
    good = [c for c in cases if c.kind == "good"]
    names = dict(
        zip(MEASURES, ("score", "style_distance", "content_distance", "live"), strict=True)
    )
    share = np.linspace(0, 1, QUANTILES)
    return {m: np.quantile([getattr(c, n) for c in good], share) for m, n in names.items()}


def scene_plane(photographs: list[Path], held_out: list[Path]) -> Plane:
    """Where photographs lie; the limit is what 1 in 100 of those that calibrate passes."""
    network = FeatureNetwork()
    logs = [network(square(f)).logs for f in tqdm(photographs, desc="scenes")]
    plane = Plane.fit(np.stack(logs), SCENE_COMPONENTS)
    found = [plane.distance(network(square(f)).logs) for f in held_out]
    return dataclasses.replace(plane, limit=float(np.quantile(found, LIMIT_SHARE)))


def painting_plane(codes: np.ndarray, components: int) -> Plane:
    """Where the codes of the training's style images lie."""
    plane = Plane.fit(codes, components)
    found = [plane.distance(code) for code in codes]
    return dataclasses.replace(plane, limit=float(np.quantile(found, LIMIT_SHARE)))


def painting_targets(paintings: dict[str, Path]) -> dict[str, np.ndarray]:
    """Style name -> VGG-16 statistics of its painting, as the runtime measures them."""
    network = FeatureNetwork()
    return {name: network(read_painting(f)).logs for name, f in paintings.items()}


def calibrate(
    judge: Discriminator,
    space: StyleSpace,
    codes: np.ndarray,
    library: StyleLibrary,
    paintings: dict[str, Path],
    photographs: list[Path],
    held_out: list[Path],
) -> Calibration:
    """codes [N, K]: of the training's style images; paintings: of all shipped styles by name."""
    targets = painting_targets(paintings)
    styles = [s for n in paintings if (s := library.get(n)).info["seen_in_training"] == "True"]
    measurer = Measurer(in_torch(judge), space, styles, targets)
    cases = list(measurer.cases(for_calibration(held_out), spoil.TAUGHT))
    scene = scene_plane(photographs, for_calibration(held_out))
    plane = painting_plane(codes, len(space.basis))
    weights = weigh(cases)
    return Calibration(library.network, space, quantiles(cases), weights, scene, plane, targets)


def ship(judge: Discriminator, calibration: Calibration, out: Path) -> None:
    """judge.onnx and judge.safetensors into ``out``."""
    args: tuple[Tensor, Tensor] = (
        torch.rand(1, 3, 192, 192),
        torch.zeros(1, calibration.space.size),
    )
    plain = _without_spectral_norm(judge)
    to_onnx(
        plain,
        args,
        ("picture", "style"),
        ("logits",),
        {"picture": {2: "H", 3: "W"}, "logits": {2: "h", 3: "w"}},
        out / "judge.onnx",
        {"eyebrush.network": calibration.network},
    )
    metadata = {
        "format": FORMAT,
        "network": calibration.network,
        "targets": json.dumps(list(calibration.targets)),
    }
    tensors = {k: np.ascontiguousarray(v) for k, v in calibration.tensors().items()}
    save_file(tensors, str(out / "judge.safetensors"), metadata)
    (out / "judge.safetensors").chmod(0o644)


def _without_spectral_norm(judge: Discriminator) -> nn.Module:
    """A copy whose weights are what spectral norm makes of them."""
    plain = Discriminator(judge.embed.in_features, judge.layers[0].out_channels)
    plain.load_state_dict(judge.state_dict())
    for layer in (*plain.layers, plain.logit, plain.embed):
        nn.utils.parametrize.remove_parametrizations(layer, "weight")
    return plain.eval()
