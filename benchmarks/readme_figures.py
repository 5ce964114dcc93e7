"""Copy measured figures into README.md and docs/, between their markers.

    python benchmarks/readme_figures.py            rewrite README.md and docs/*.md
    python benchmarks/readme_figures.py --check    change nothing; exit 1 where one is out of date

A marker pair ``<!-- figures:NAME -->`` ... ``<!-- /figures -->`` is filled with the table NAME
of ``benchmarks/results/*.json``. Several machines may have results: --machine picks one by its
part of the file name, else the newest result with that table is taken.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path

import harness
from eyebrush.atomic import replacing
from eyebrush.errors import InputError

MARKED = re.compile(r"(<!-- figures:([\w-]+) -->\n)(.*?)(<!-- /figures -->)", re.DOTALL)


def load_tables(folder: Path, machine: str = "") -> dict[str, str]:
    """Table name -> Markdown, of the newest results first written under ``folder``."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(p for p in folder.glob("*.json") if machine in p.stem):
        try:
            body = json.loads(path.read_text("utf-8"))
            date, tables = body["date"], body["tables"].items()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                got=f"{path}, which is not a benchmark's result ({error})",
                wanted=f"JSON of the form {harness.SCHEMA}",
                fix="run the benchmark again",
            ) from error
        for name, text in tables:
            if name not in found or date >= found[name][0]:
                found[name] = date, text
    return {name: text for name, (_, text) in found.items()}


def fill(readme: str, tables: Mapping[str, str]) -> str:
    """A page's text with every marked place filled; a name without a table is an InputError."""
    if readme.count("<!-- figures:") != len(MARKED.findall(readme)):
        raise InputError(
            got="a figures marker without its end",
            wanted="<!-- figures:NAME --> on a line, later <!-- /figures -->",
            fix="close every marker of the page",
        )

    def replaced(match: re.Match[str]) -> str:
        opening, name, _, closing = match.groups()
        if name not in tables:
            raise InputError(
                got=f"the marker figures:{name}",
                wanted=f"one of: {', '.join(sorted(tables)) or 'no result has been written yet'}",
                fix=f"run the benchmark that writes the table {name}",
            )
        return f"{opening}{tables[name].strip()}\n{closing}"

    return MARKED.sub(replaced, readme)


def run() -> int:
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--readme", type=Path, metavar="PAGE", help="only this one")
    p.add_argument("--results", type=Path, default=harness.RESULTS)
    p.add_argument("--machine", default="", help="part of the result's file name")
    p.add_argument("--check", action="store_true")
    args = p.parse_args()
    if args.readme is not None and not args.readme.is_file():
        raise InputError(got=f"no file {args.readme}", wanted="a page", fix="pass --readme FILE")
    tables = load_tables(args.results, args.machine)
    stale = 0
    for page in [args.readme] if args.readme else pages():
        before = page.read_text("utf-8")
        after = fill(before, tables)
        if before == after:
            print(f"{page.name} is up to date")
        elif args.check:
            print(f"{page.name} is out of date; fix: python benchmarks/readme_figures.py")
            stale += 1
        else:
            with replacing(page) as temporary:
                temporary.write_text(after, "utf-8")
            print(f"{page.name}: {len(MARKED.findall(after))} places filled")
    return 1 if stale else 0


def pages() -> list[Path]:
    """README.md, and every page of docs/ with a marker."""
    docs = sorted((harness.ROOT / "docs").glob("*.md"))
    return [harness.ROOT / "README.md", *(p for p in docs if MARKED.search(p.read_text("utf-8")))]


if __name__ == "__main__":
    harness.main(run)
