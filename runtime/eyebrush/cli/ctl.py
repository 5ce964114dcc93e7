"""eyebrush ctl: change the look of a running Eyebrush from a script, through its desk."""

from __future__ import annotations

import argparse
import json
import os
import urllib.error
import urllib.request
from typing import Any

from eyebrush.cli.common import note, print_json
from eyebrush.errors import BackendError, InputError

HELP = "change the look of a running eyebrush (one with --desk) from a script"
EXAMPLES = """\
examples:
  eyebrush ctl set style=great-wave strength=0.8
  eyebrush ctl set style=starry-night:0.6,great-wave:0.4 calm=1 --session my-game
  eyebrush ctl set release=true                back to what the engine asks for
  eyebrush ctl preset evening                  a look that was saved at the desk
  eyebrush ctl get                             what really runs, as JSON
  eyebrush ctl link                            the desk's link, to open it again
"""
WAIT_S = 10.0
LINK = "EYEBRUSH_DESK"  # environment: the link of a desk, as --link


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    command = _action(actions, "set", run_set, "style=, strength=, calm=, detail=, release=")
    command.add_argument("values", nargs="+", metavar="KEY=VALUE", help="what shall be changed")
    _add_session(command)

    command = _action(actions, "preset", run_preset, "take a saved look")
    command.add_argument("name", help="of the preset: see eyebrush ctl presets")
    _add_session(command)

    _action(actions, "presets", run_presets, "the saved looks")
    _action(actions, "get", run_get, "what really runs, as JSON")
    _action(actions, "link", run_link, "print the desk's link")


def run(args: argparse.Namespace) -> int:
    """Never reached: every action sets its own ``run``."""
    raise AssertionError(args)


def run_set(args: argparse.Namespace) -> int:
    wish = dict(_value(text) for text in args.values)
    session = ask(args.link, "POST", "api/wish", {**wish, **_session(args)})
    _tell(session)
    return 0


def run_preset(args: argparse.Namespace) -> int:
    from eyebrush.styles.style import check_name

    name = check_name(args.name, "preset")
    _tell(ask(args.link, "POST", f"api/presets/{name}/apply", _session(args)))
    return 0


def run_presets(args: argparse.Namespace) -> int:
    print_json(ask(args.link, "GET", "api/presets"))
    return 0


def run_get(args: argparse.Namespace) -> int:
    print_json(ask(args.link, "GET", "api/state"))
    return 0


def run_link(args: argparse.Namespace) -> int:
    print(_link(args.link))
    return 0


def ask(link: str | None, method: str, path: str, body: Any = None) -> Any:
    """The desk's answer. Raises InputError with its own words, BackendError if it is not there."""
    data = None if body is None else json.dumps(body).encode()
    url = _link(link) + path
    try:
        request = urllib.request.Request(url, data=data, method=method)
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        raise BackendError(
            f"got no answer from the desk ({why}); wanted one that runs; "
            "fix: eyebrush serve --desk, or another --link"
        ) from error


def _action(actions: Any, name: str, function: Any, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = actions.add_parser(name, help=text)
    command.add_argument(
        "--link", help=f"of the desk (default: ${LINK}, or the desk that was started last)"
    )
    command.set_defaults(run=function)
    return command


def _add_session(command: argparse.ArgumentParser) -> None:
    command.add_argument("--session", default="", help="its name (default: the first)")


def _session(args: argparse.Namespace) -> dict[str, str]:
    return {"session": args.session} if args.session else {}


def _value(text: str) -> tuple[str, Any]:
    key, _, value = text.partition("=")
    try:
        if key == "style" and value:
            return key, value
        if key in ("strength", "calm", "detail"):
            return key, float(value)
        if key == "release" and value in ("true", "false"):
            return key, value == "true"
    except ValueError:
        pass
    raise InputError(
        got=f"{text!r}",
        wanted="style=NAME, style=a:0.6,b:0.4, strength=, calm= and detail=0..1, or release=true",
        fix="eyebrush ctl set --help",
    )


def _link(link: str | None) -> str:
    from eyebrush.desk.place import newest_link

    found = link or os.environ.get(LINK) or newest_link()
    return found if found.endswith("/") else found + "/"


def _refused(error: urllib.error.HTTPError) -> InputError:
    try:
        words = str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        words = f"got status {error.code} from the desk"
    got, _, rest = words.removeprefix("got ").partition("; wanted ")
    wanted, _, fix = rest.partition("; fix: ")
    return InputError(got=got, wanted=wanted or "another wish", fix=fix or "see docs/desk.md")


def _tell(session: dict[str, Any]) -> None:
    look = session["look"]
    note(
        f"{session['name']}: {look['style']}, strength {look['strength']:g}, "
        f"calm {look['calm']:g}, detail {look['detail']:g}"
    )
