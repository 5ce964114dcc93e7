"""Are invented styles real, and are they various? The shipped mapping against codes of paintings.

    python benchmarks/invent.py --data DIR      five minutes; DIR holds styles/

Paintings whole and in parts, encoded as ``eyebrush style add`` does: those that the mapping was
taught with, and those that no training has seen. Precision, density and coverage by k-nearest
neighbours (Naeem et al. 2020), mean pairwise distance, in the style space of the mapping. Controls:
the real ones against themselves; a Gaussian of their mean and deviations; one style for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

import harness
from eyebrush.backends import load_encoder
from eyebrush.resources import STYLE_ENCODER, asset
from eyebrush.styles.add import encode_picture, read_painting
from eyebrush.styles.invent import NOISE, load_inventor

harness.use_training()

from eyebrush_training import variety  # noqa: E402
from eyebrush_training.data import list_pictures, seen_paintings  # noqa: E402
from eyebrush_training.stylebank import part_of  # noqa: E402

PARTS = 6  # of each painting, besides the whole: more than there are neighbours
OTHERS = 3  # parts of each that are compared with these
MADE = 1000


def views(
    paintings: Sequence[Path], parts: int, seed: int, whole: bool = True
) -> Iterator[np.ndarray]:
    """Every painting, [H, W, 3] uint8, and so many random parts of it, painting by painting."""
    rng = np.random.default_rng(seed)
    for file in paintings:
        painting = read_painting(file)
        if whole:
            yield painting
        for _ in range(parts):
            yield part_of(painting, rng)
        harness.say(file.stem)


def main() -> int:
    parser = harness.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with styles/")
    args = parser.parse_args()
    facts = harness.machine()
    inventor = load_inventor()
    files = list_pictures(args.data / "styles")
    seen = seen_paintings(files)
    encoder = load_encoder(asset(STYLE_ENCODER), threads=args.threads)

    def vectors(pictures: Iterable[np.ndarray]) -> np.ndarray:
        styles = (encode_picture(encoder, p, "part", {}) for p in pictures)
        return np.stack([inventor.space.vector(s.code, s.tone_out) for s in styles])

    real = vectors(views(seen, PARTS, 31))  # other parts than those of the training
    unseen = vectors(views([f for f in files if f not in seen], PARTS, 32))
    others = vectors(views(seen, OTHERS, 33, whole=False))
    rng = np.random.default_rng(1)
    made = inventor.vectors(rng.standard_normal((MADE, NOISE)))
    gaussian = real.mean(0) + real.std(0) * rng.standard_normal((MADE, real.shape[1]))
    one = made[:1] + 0.05 * rng.standard_normal((MADE, real.shape[1]))
    clouds = {
        "**invented styles**": made,
        f"{len(others)} other parts of the same paintings": others,
        f"{len(unseen)} of {len(files) - len(seen)} unseen paintings": unseen,
        "control: a Gaussian": gaussian,
        "control: collapsed onto one style": one,
    }
    figures = {name: variety.measure(real, cloud) for name, cloud in clouds.items()}
    owner = np.repeat(np.arange(len(seen)), PARTS + 1)
    near = variety.distances(real, made) <= variety.radii(real)[:, None]
    reached = len(set(owner[near.any(1)]))
    nearest_made = float(variety.distances(unseen, made).min(1).mean())
    nearest_real = float(variety.distances(unseen, real).min(1).mean())
    figures["paintings reached"] = {"reached": reached, "of": len(seen)}
    figures["unseen"] = {"nearest invented": nearest_made, "nearest real": nearest_real}
    settings = {"parts": PARTS, "made": MADE, "neighbours": variety.NEIGHBOURS}
    body = harness.result("invent", "Invented styles", facts, settings, figures)
    head = ["against the paintings and their parts", *variety.measure(real, real)]
    rows = [[name, *(f"{v:.2f}" for v in figures[name].values())] for name in clouds]
    text = (
        f"{MADE} invented styles against {len(real)} codes of {len(seen)} paintings whole and in "
        f"parts, in 41 dimensions, {variety.NEIGHBOURS} neighbours. Invented styles come among the "
        f"neighbours of {reached} of the {len(seen)} paintings. An unseen painting's nearest "
        f"invented style is {nearest_made / nearest_real:.2f} times as far as its nearest real one."
    )
    body["tables"] = {"invent": "\n\n".join([harness.table(head, rows), text])}
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(main)
