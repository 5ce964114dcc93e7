"""eyebrush style: list, add, mix, show and remove styles."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyebrush.cli import invent
from eyebrush.cli.common import add_backend_options, note, print_json
from eyebrush.errors import InputError

if TYPE_CHECKING:
    from eyebrush.styles import Style, StyleLibrary

HELP = "list styles, make one from a painting, mix, show and remove them"
EXAMPLES = """\
examples:
  eyebrush style list
  eyebrush style add sunflowers.jpg --name sunflowers --artist "Vincent van Gogh"
  eyebrush style add dunes.jpg --caption "Sand dunes. Thin watercolour. Pale yellow; hot, silent"
  eyebrush style find "stormy sea in thick oil"
  eyebrush style mix starry-night:0.6,great-wave:0.4 --name night-wave
  eyebrush style invent --seed 7 -o invented
  eyebrush style invent --near starry-night --count 9 -o nights
  eyebrush style invent --seed 7 --count 6 --walk -o walk      and walk.webp, an animation
  eyebrush style show night-wave --json
  eyebrush style remove night-wave
"""


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    command = actions.add_parser("list", help="all styles, shipped ones first")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=run_list)

    command = actions.add_parser("add", help="a painting becomes a style, in seconds")
    command.add_argument("painting", type=Path, help="a picture of it, 512 pixels or more")
    for key in ("title", "artist", "year", "licence"):
        command.add_argument(f"--{key}", default="", help=f"{key} of the painting")
    command.add_argument(
        "--caption",
        default="",
        metavar="TEXT",
        help="what is to be seen, how it is painted, its colours and mood: for style find",
    )
    add_backend_options(command)
    _add_output(command, run_add)

    command = actions.add_parser("find", help="the style, or mix, that words describe (offline)")
    command.add_argument("words", metavar="WORDS", help='such as "calm misty harbour"')
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=run_find)

    command = actions.add_parser("mix", help="keep a mix of styles under a name of its own")
    command.add_argument("mix", metavar="a:0.6,b:0.4", help="styles with their weights")
    _add_output(command, run_mix)

    command = actions.add_parser("invent", help="styles that nobody painted, with a preview sheet")
    invent.configure(command)

    command = actions.add_parser("show", help="what is known about a style")
    command.add_argument("style", metavar="NAME", help="a name, a file or a mix")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=run_show)

    command = actions.add_parser("remove", help="delete a style of your own")
    command.add_argument("name", metavar="NAME", help="see eyebrush style list")
    command.set_defaults(run=run_remove)


def run(args: argparse.Namespace) -> int:
    """Never reached: every action sets its own ``run``."""
    raise AssertionError(args)


def _add_output(command: argparse.ArgumentParser, function: Any) -> None:
    command.add_argument("--name", default="", help="name of the new style")
    command.add_argument("-o", "--output", type=Path, help="a file instead of your style folder")
    command.add_argument("--replace", action="store_true", help="replace your style of that name")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=function)


def run_list(args: argparse.Namespace) -> int:
    from eyebrush.styles import open_library

    library = open_library()
    rows = [{"name": s.name, "kind": "shipped", **_facts(s)} for s in library.shipped.values()]
    for name in library.own_names():
        try:
            rows.append({"name": name, "kind": "own", **_facts(library.get(name))})
        except InputError as error:  # one stale file must not hide the others
            rows.append({"name": name, "kind": "own", "problem": str(error)})
    if args.json:
        print_json({"network": library.network, "folder": str(library.folder), "styles": rows})
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table("style", "", "painting", box=None, pad_edge=False)
    for row in rows:
        about = ", ".join(row[k] for k in ("title", "artist", "year") if row.get(k))
        problem = row.get("problem")
        table.add_row(row["name"], "" if row["kind"] == "shipped" else "own", problem or about)
    Console().print(table)
    note(f"{len(rows)} styles; your own are in {library.folder}")
    return 0


def run_add(args: argparse.Namespace) -> int:
    from eyebrush.backends import load_encoder
    from eyebrush.resources import STYLE_ENCODER, asset
    from eyebrush.styles import encode_painting, open_library

    started = time.perf_counter()
    library = open_library()
    encoder = load_encoder(asset(STYLE_ENCODER), args.backend, args.threads)
    known = {k: getattr(args, k) for k in ("title", "artist", "year", "licence", "caption")}
    info = {key: value for key, value in known.items() if value}
    style = encode_painting(encoder, args.painting, args.name, info)
    return _keep(args, library, style, time.perf_counter() - started)


def run_find(args: argparse.Namespace) -> int:
    from eyebrush.speak import find
    from eyebrush.styles import open_library

    found = find(args.words, open_library())
    if args.json:
        print_json(found.as_dict())
        return 0
    for match in found.near:
        share = f"{match.share:4.0%}" if match.share else "   -"
        print(f"{share}  {match.name:<18}{match.likeness:5.2f}  {match.because}")
    for word, does in found.words.said.items():
        print(f"      {word:<18}{'':5}  {does}")
    note(f'use it: --style "{found.as_dict()["use"]}", or --style {found.style.name}')
    return 0


def run_mix(args: argparse.Namespace) -> int:
    from eyebrush.styles import open_library
    from eyebrush.styles.style import Style, check_name, name_from

    started = time.perf_counter()
    library = open_library()
    mixed = library.resolve(args.mix)
    name = check_name(args.name) if args.name else name_from(args.mix)
    style = Style(name, mixed.code, mixed.tone_out, mixed.network, mixed.info)
    return _keep(args, library, style, time.perf_counter() - started)


def run_show(args: argparse.Namespace) -> int:
    from eyebrush.styles import open_library

    style = open_library().resolve(args.style)
    facts = {"name": style.name, "network": style.network, "code_size": style.code.size}
    rows = {**facts, **style.info, "mean_colour": _hex(style)}
    if args.json:
        print_json({**rows, "code": style.code.tolist(), "tone_out": style.tone_out.tolist()})
    else:
        for key, value in rows.items():
            print(f"{key + ':':<14}{value}")
    return 0


def run_remove(args: argparse.Namespace) -> int:
    from eyebrush.styles import open_library

    path = open_library().remove(args.name)
    note(f"removed {path}")
    return 0


def _keep(args: argparse.Namespace, library: StyleLibrary, style: Style, seconds: float) -> int:
    from eyebrush.styles.files import SUFFIX, write_styles

    if args.output is None:
        path = library.save(style, replace=args.replace)
    else:
        path = args.output
        if path.suffix.lower() != SUFFIX:
            raise InputError(
                got=f"output {path}", wanted=f"a name ending in {SUFFIX}", fix=f"-o NAME{SUFFIX}"
            )
        style.require_network(library.network, library.code_size)
        write_styles(path, [style])
    if args.json:
        print_json({"name": style.name, "file": str(path), "seconds": round(seconds, 3)})
    else:
        use = style.name if args.output is None else path
        note(f"style {style.name} -> {path} ({seconds:.1f} s); use it: --style {use}")
    return 0


def _facts(style: Style) -> dict[str, str]:
    return {str(k): str(v) for k, v in style.info.items()}


def _hex(style: Style) -> str:
    levels = (style.tone_out[:, 3].clip(0, 1) * 255).round().astype(int)
    return "#" + "".join(f"{level:02x}" for level in levels)
