"""Run kernels.py on the CPU and keep its figures in results/, in the form of the other benchmarks.

python benchmarks/kernels_result.py [--threads N]     two minutes; a GPU's figures: make gpu-check
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
import kernels


def run() -> int:
    args = harness.parser(__doc__).parse_args()
    facts = harness.machine()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kernels.json"
        script = Path(__file__).with_name("kernels.py")
        command = [sys.executable, str(script), "--device", "cpu", "--threads", str(args.threads)]
        subprocess.run([*command, "--json", str(file)], check=True, stdout=subprocess.DEVNULL)
        figures = json.loads(file.read_text("utf-8"))["cpu"]
    body = harness.result(
        "kernels",
        "Native ops beside PyTorch on the CPU",
        facts,
        {"threads": args.threads, "element type": "float32; pictures: bytes"},
        figures,
    )
    notes = (
        f"{figures['isa']} instructions, {figures['threads']} threads, {facts['cpu']}; PyTorch "
        "eager with as many threads, in turns with ours. Floor: bytes over what copies move here, "
        "which small cases beat from the caches."
    )
    body["tables"] = {"kernels": f"{kernels.table(figures)}\n\n{notes}"}
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(run)
