"""``python -m eyebrush_training COMMAND``: --help lists them; see training/README.md."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from eyebrush.errors import EyebrushError, InputError
from eyebrush_training import native, samples, warmstart
from eyebrush_training.blend import blend
from eyebrush_training.data import list_pictures, seen_paintings, split_photographs
from eyebrush_training.distill import distill
from eyebrush_training.evaluate import evaluate, load_painting
from eyebrush_training.export import export_file, load_checkpoint
from eyebrush_training.recipe import RECIPES, get_recipe, with_resist
from eyebrush_training.refine import refine
from eyebrush_training.search import plan_of, search
from eyebrush_training.seeds import train_seeds
from eyebrush_training.train import train
from eyebrush_training.vgg import load_vgg

SEARCH_EXAMPLES = """\
examples:
  python -m eyebrush_training search --steps 600 --trials 40 --workers 2 \\
    --photographs DATA/content --paintings DATA/styles --vgg DATA/vgg16.npz -o runs/search
  ... --storage postgresql://host/eyebrush     the same command on other machines joins in
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eyebrush_training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    t = commands.add_parser("train", help="train from a recipe; run again to resume")
    t.add_argument("--recipe", choices=sorted(RECIPES), default="cpu")
    for name in ("steps", "batch", "size", "seed"):
        t.add_argument(f"--{name}", type=int, help=f"change the recipe's {name}")
    t.add_argument("--photographs", type=Path, help="folder of content photographs")
    t.add_argument("--paintings", type=Path, help="folder of style images")
    t.add_argument("--vgg", help="VGG-16 weights (.npz or .pth), or 'shipped' (smoke recipe)")
    t.add_argument(
        "--start", help="begin with exported networks (a folder, or 'shipped'), or a checkpoint .pt"
    )
    t.add_argument(
        "--resist",
        type=float,
        metavar="WEIGHT",
        help="weight of the loss that makes noise, JPEG and attacks matter less (try 200; 0: off)",
    )
    t.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1")
    t.add_argument("--threads", type=int, help="CPU threads (default: torch's own choice)")
    t.add_argument(
        "--ops",
        choices=("torch", "native"),
        default="torch",
        help="whose AdaIN and Gram matrices: torch's, or Eyebrush's own",
    )
    s = commands.add_parser("seeds", help="train a recipe with several seeds: how far apart?")
    s.add_argument("--recipe", choices=sorted(RECIPES), default="cpu")
    s.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    s.add_argument("--steps", type=int, help="change the recipe's steps")
    s.add_argument("--count", type=int, default=6, help="held-out photographs to measure on")
    s.add_argument("--device", default="auto")
    h = commands.add_parser(
        "search",
        help="tune loss weights and widths (Optuna); run again to go on",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=SEARCH_EXAMPLES,
    )
    h.add_argument("--recipe", choices=sorted(RECIPES), default="cpu")
    for name in ("steps", "batch", "size"):
        h.add_argument(f"--{name}", type=int, help=f"change the recipe's {name}")
    h.add_argument("--trials", type=int, default=40, help="in all, pruned ones included")
    h.add_argument("--workers", type=int, default=1, help="processes on this machine")
    h.add_argument("--threads", type=int, default=1, help="CPU threads of each worker")
    h.add_argument("--content", type=float, default=1.4, help="bound of held-out content distance")
    h.add_argument("--flicker", type=float, default=40.0, help="bound of held-out flicker, 1/1000")
    h.add_argument("--pictures", type=int, default=2, help="held-out photographs to judge by")
    h.add_argument("--storage", help="database URL (default: SQLite in the output folder)")
    d = commands.add_parser(
        "distill",
        help="teach a narrower network what an exported one does, for train to go on with",
    )
    d.add_argument("--recipe", choices=sorted(RECIPES), default="cpu-continue")
    d.add_argument("--teacher", default="shipped", help="folder of exported networks, or 'shipped'")
    d.add_argument("--steps", type=int, default=2500)
    d.add_argument("--device", default="auto")
    f = commands.add_parser("refine", help="train only the codes of a checkpoint's own paintings")
    f.add_argument("--steps", type=int, default=400)
    f.add_argument("--batch", type=int, help="pictures of a step (default: the recipe's)")
    f.add_argument("--device", default="auto")
    b = commands.add_parser("blend", help="a network between a checkpoint and its continuation")
    b.add_argument("--before", type=Path, required=True, help="a checkpoint")
    b.add_argument("--after", type=Path, required=True, help="one that was trained on from it")
    b.add_argument("--share", type=float, default=0.5, help="0: before, 1: after")
    x = commands.add_parser(
        "export", help="last.pt -> field.onnx, style_encoder.onnx, styles.safetensors"
    )
    e = commands.add_parser("evaluate", help="held-out content and style distances, retrieval")
    e.add_argument("--count", type=int, default=6, help="held-out photographs to use")
    for command in (s, h, d, f, e):
        command.add_argument("--photographs", type=Path, required=True)
    for command in (s, h, d, f, b, x):
        command.add_argument("-o", "--out", type=Path, required=True, help="folder to write into")
    for command in (f, x, e):
        command.add_argument("--checkpoint", type=Path, required=True, help="last.pt of a training")
    for command in (s, h, d, f, x, e):
        command.add_argument("--paintings", type=Path, required=True, help="folder of style images")
        command.add_argument("--vgg", type=Path, required=True, help="VGG-16 weights, .npz or .pth")
    t.add_argument(
        "-o", "--out", type=Path, default=Path("runs/smoke"), help="folder to write into"
    )
    x.add_argument("--note", default="", help="a sentence for the model card on how it went")
    return parser


def _complete(args: argparse.Namespace) -> None:
    """The smoke recipe makes do with stand-in data; every other one needs to be told."""
    smoke = args.recipe == "smoke"
    for name in ("photographs", "paintings", "vgg"):
        if getattr(args, name) is None and not smoke:
            raise InputError(
                got=f"recipe {args.recipe} without --{name}", wanted="a path", fix="see --help"
            )
    args.vgg = args.vgg or "shipped"
    args.photographs = args.photographs or samples.write_photographs(args.out / "photographs")
    args.paintings = args.paintings or samples.write_paintings(args.out / "paintings")


def main(argv: list[str] | None = None) -> int:
    args = build_parser().parse_args(argv)
    try:
        if args.command == "train":
            if args.threads:
                torch.set_num_threads(args.threads)
            native.use(args.ops)
            recipe = get_recipe(
                args.recipe, steps=args.steps, batch=args.batch, size=args.size, seed=args.seed
            )
            if args.resist is not None:
                recipe = with_resist(recipe, args.resist)
            _complete(args)
            folders = (args.vgg, args.paintings, args.photographs, args.out)
            print(train(recipe, *folders, args.device, args.start))
        elif args.command == "seeds":
            recipe = get_recipe(args.recipe, steps=args.steps)
            folders = (args.vgg, args.paintings, args.photographs, args.out)
            page = train_seeds(recipe, args.seeds, *folders, args.device, args.count)
            print(page.read_text())
        elif args.command == "search":
            print(search(plan_of(args), args.workers))
        elif args.command == "distill":
            folders = (args.vgg, args.paintings, args.photographs, args.out)
            teacher = warmstart.folder_of(args.teacher)
            print(distill(get_recipe(args.recipe), teacher, *folders, args.steps, args.device))
        elif args.command == "refine":
            names = [f.stem for f in seen_paintings(list_pictures(args.paintings))]
            recipe = load_checkpoint(args.checkpoint, names).recipe
            folders = (args.vgg, args.paintings, args.photographs, args.out)
            print(refine(recipe, args.checkpoint, *folders, args.steps, args.batch, args.device))
        elif args.command == "blend":
            print(blend(args.before, args.after, args.share, args.out))
        elif args.command == "export":
            export_file(
                args.checkpoint, args.vgg, list_pictures(args.paintings), args.out, args.note
            )
        else:
            files = list_pictures(args.paintings)
            names = [f.stem for f in seen_paintings(files)]
            vgg, checkpoint = load_vgg(args.vgg), load_checkpoint(args.checkpoint, names)
            paintings = [load_painting(f, vgg, names) for f in files]
            _, held_out = split_photographs(list_pictures(args.photographs))
            photos = held_out[:: max(1, len(held_out) // args.count)][: args.count]
            print(
                json.dumps(evaluate(checkpoint.model, vgg, photos, paintings, paintings), indent=1)
            )
    except EyebrushError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
