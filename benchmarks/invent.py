"""Are invented styles real, and are they various? The shipped mapping against codes of paintings.

    python benchmarks/invent.py --data DIR      three minutes; DIR holds styles/

Paintings whole and in parts, encoded as ``eyebrush style add`` does: those that the mapping was
taught with, and those that no training has seen. Precision, density and coverage by k-nearest
neighbours (Naeem et al. 2020), mean pairwise distance, in the style space of the mapping. Controls:
the real ones against themselves; a Gaussian of their mean and deviations; one style for all.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import harness
from eyebrush.backends import load_encoder
from eyebrush.resources import STYLE_ENCODER, asset
from eyebrush.styles.add import encode_picture, read_painting
from eyebrush.styles.invent import NOISE, load_inventor
from eyebrush.styles.space import StyleSpace

harness.use_training()

from eyebrush_training import variety  # noqa: E402
from eyebrush_training.data import list_pictures, seen_paintings  # noqa: E402
from eyebrush_training.stylebank import part_of  # noqa: E402

PARTS = 6  # of each painting, besides the whole
MADE = 1000


def vectors_of(paintings: list[Path], space: StyleSpace, seed: int) -> np.ndarray:
    """Style vectors of paintings and their parts, painting by painting."""
    encoder = load_encoder(asset(STYLE_ENCODER))
    rng = np.random.default_rng(seed)
    rows = []
    for file in paintings:
        whole = read_painting(file)
        for picture in [whole, *(part_of(whole, rng) for _ in range(PARTS))]:
            style = encode_picture(encoder, picture, "part", {})
            rows.append(space.vector(style.code, style.tone_out))
        harness.say(file.stem)
    return np.stack(rows)


def main() -> int:
    parser = harness.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with styles/")
    args = parser.parse_args()
    facts = harness.machine()
    inventor = load_inventor()
    files = list_pictures(args.data / "styles")
    seen = seen_paintings(files)
    real = vectors_of(seen, inventor.space, 31)  # other parts than those of the training
    unseen = vectors_of([f for f in files if f not in seen], inventor.space, 32)
    rng = np.random.default_rng(1)
    made = inventor.vectors(rng.standard_normal((MADE, NOISE)))
    gaussian = real.mean(0) + real.std(0) * rng.standard_normal((MADE, real.shape[1]))
    one = made[:1] + 0.05 * rng.standard_normal((MADE, real.shape[1]))
    clouds = {
        "**invented styles**": made,
        "other parts of the same paintings": vectors_of(seen, inventor.space, 33),
        "six unseen paintings": unseen,
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
