"""eyebrush bridge-ls: which engines have a session open, and what dead ones left behind."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from eyebrush.cli.common import note, print_json
from eyebrush.errors import EyebrushError

if TYPE_CHECKING:
    from eyebrush.bridge import SessionInfo

HELP = "list the sessions of engines, and what dead ones left behind"
EXAMPLES = """\
examples:
  eyebrush bridge-ls
  eyebrush bridge-ls --json
  eyebrush bridge-ls --clean         removes leftovers; live sessions stay
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clean", action="store_true", help="remove what dead engines left behind")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    from eyebrush import bridge

    found = bridge.sessions()
    removed: list[str] = []
    failed: EyebrushError | None = None
    for info in found if args.clean else []:
        if info.leftover:
            try:
                bridge.remove(info.name)
                removed.append(info.name)
            except EyebrushError as error:  # the others can go all the same
                failed = error
    rows = [{**asdict(info), "state": _state(info)} for info in found if info.name not in removed]
    if args.json:
        print_json({"sessions": rows, "removed": removed})
    else:
        _print(rows)
        for name in removed:
            note(f"removed {name}")
    if failed is not None:
        raise failed
    return 0


def _state(info: SessionInfo) -> str:
    if info.problem:
        return info.problem
    if not info.engine_live:
        return "left behind"
    return "served" if info.runtime_live else "waiting for eyebrush serve"


def _print(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("session", "engine", "pid", "runtime", "MB", "state", box=None, pad_edge=False)
    for row in rows:
        runtime = str(row["runtime_pid"]) if row["runtime_live"] else ""
        megabytes = f"{int(str(row['region_bytes'])) / 1e6:.1f}"
        pid = str(row["engine_pid"] or "")
        texts = (str(row["name"]), str(row["engine"]), pid, runtime, megabytes, str(row["state"]))
        table.add_row(*texts)
    if rows:
        Console().print(table)
    else:
        note("no sessions; an engine opens one when its Eyebrush plugin starts")
