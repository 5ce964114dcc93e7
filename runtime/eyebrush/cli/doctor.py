"""eyebrush doctor: what is installed, what works here, and what to do about what doesn't."""

from __future__ import annotations

import argparse
import json
import zipfile
from dataclasses import asdict
from pathlib import Path

from eyebrush.cli.common import note, print_json

HELP = "say what is installed, what works here, and how to mend what doesn't"
EXAMPLES = """\
examples:
  eyebrush doctor
  eyebrush doctor --json
  eyebrush doctor --zip report.zip    everything a bug report needs, in one file

exit code: 0 if the basics work (native core, a backend, the shipped files), else 3
"""
MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]note[/]", "fail": "[red]broken[/]"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--zip", type=Path, metavar="FILE", help="write a support bundle, too")


def run(args: argparse.Namespace) -> int:
    from eyebrush.checks import run_checks

    checks = run_checks()
    healthy = all(check.state != "fail" for check in checks)
    report = {"healthy": healthy, "checks": [asdict(check) for check in checks]}
    if args.zip is not None:
        _write_bundle(args.zip, report)
        note(f"support bundle: {args.zip}", args.json)
    if args.json:
        print_json(report)
        return 0 if healthy else 3
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    for check in checks:
        fix = f"\n[bold]fix:[/] {escape(check.fix)}" if check.fix else ""
        table.add_row(MARKS[check.state], check.name, escape(check.detail) + fix)
    Console().print(table)
    note("all basics work" if healthy else "something basic is broken: see the fixes above")
    return 0 if healthy else 3


def _write_bundle(path: Path, report: dict[str, object]) -> None:
    from importlib.metadata import distributions

    from eyebrush.atomic import replacing

    installed = sorted({f"{d.metadata['Name']}=={d.version}" for d in distributions()})
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as bundle:
        bundle.writestr("doctor.json", json.dumps(report, indent=2))
        bundle.writestr("packages.txt", "\n".join(installed) + "\n")
