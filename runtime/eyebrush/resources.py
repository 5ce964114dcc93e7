"""The files that are shipped inside the package, and whether they are intact."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from eyebrush.errors import InputError

OVERRIDE = "EYEBRUSH_ASSETS"  # environment: a folder with other weights and styles
CHECKSUMS = "SHA256SUMS"  # the format of sha256sum: "<hex>  <name>" on each line

FIELD_NETWORK = "field.onnx"
STYLE_ENCODER = "style_encoder.onnx"
STYLES = "styles.safetensors"
JUDGE_NETWORK = "judge.onnx"
JUDGE = "judge.safetensors"
INVENTOR = "inventor.safetensors"


def folder() -> Path:
    """Where the shipped files lie."""
    override = os.environ.get(OVERRIDE)
    return Path(override) if override else Path(__file__).parent / "assets"


def asset(name: str) -> Path:
    """Path of a shipped file; InputError where the installation lacks it."""
    path = folder() / name
    if not path.is_file():
        raise InputError(
            got=f"an installation without {name}",
            wanted=f"it in {folder()}",
            fix="reinstall eyebrush (pip install --force-reinstall eyebrush)",
        )
    return path


def sha256(path: Path) -> str:
    """Hash of a file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def recorded_checksums() -> dict[str, str]:
    """File name -> hash, as recorded when the package was made."""
    lines = asset(CHECKSUMS).read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines if line)}


def verify() -> dict[str, str]:
    """File name -> "ok", "missing" or "changed", for every recorded file."""
    state = {}
    for name, digest in recorded_checksums().items():
        path = folder() / name
        found = path.is_file()
        state[name] = ("ok" if sha256(path) == digest else "changed") if found else "missing"
    return state


def write_checksums(where: Path | None = None) -> Path:
    """Record the hashes of all files in the assets' folder, or in one that is to become it."""
    where = where or folder()
    files = sorted(p for p in where.iterdir() if p.is_file() and p.name != CHECKSUMS)
    target = where / CHECKSUMS
    target.write_text("".join(f"{sha256(p)}  {p.name}\n" for p in files), "utf-8")
    return target
