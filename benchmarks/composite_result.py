"""Run composite.py and keep its figures in results/, in the form of the other benchmarks.

python benchmarks/composite_result.py [--threads N]     a minute
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import harness


def tables(body: dict[str, Any]) -> dict[str, str]:
    """One row for each size of an eye, one column for each op; both eyes, ms."""
    lines = body["figures"]["lines"]
    ops = list(dict.fromkeys(line["op"] for line in lines))
    sizes = list(dict.fromkeys((line["width"], line["height"]) for line in lines))
    found = {(line["op"], line["width"], line["height"]): line["median_ms"] for line in lines}
    rows = [[f"{w}x{h}", *(f"{found[op, w, h]:.2f}" for op in ops)] for w, h in sizes]
    core = body["figures"]["core"]
    notes = (
        f"Median ms, both eyes; {core['isa']} instructions, {core['threads']} threads, "
        f"{body['machine']['cpu']}."
    )
    return {"composite": "\n".join([harness.table(["per eye", *ops], rows), "", notes])}


def run() -> int:
    args = harness.parser(__doc__).parse_args()
    facts = harness.machine()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "composite.json"
        script = Path(__file__).with_name("composite.py")
        command = [sys.executable, str(script), "--threads", str(args.threads)]
        subprocess.run([*command, "--json", str(file)], check=True)
        figures = json.loads(file.read_text("utf-8"))
    settings = {"threads": args.threads}
    body = harness.result("composite", "Native ops", facts, settings, figures)
    body["tables"] = tables(body)
    for path in harness.write(body, args.out):
        harness.say(f"wrote {path}")
    return 0


if __name__ == "__main__":
    harness.main(run)
