"""A folder of models and textures, restyled file by file; what is done already is not done again.

OUT/restyled.jsonl holds a line for each finished file: a hash of all that went in (the bytes of the
file and of those it names, the style, the dials, the version) and the hashes of what came out. A
run that was killed, or a folder to which files were added, goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import eyebrush
from eyebrush.atomic import check_writable_folder
from eyebrush.errors import EyebrushError, InputError
from eyebrush.retexture.container import companions
from eyebrush.retexture.job import Look
from eyebrush.retexture.model import SUFFIXES

MANIFEST = "restyled.jsonl"
TEXTURES = (".png", ".jpg", ".jpeg", ".webp")
# How loose textures that are no colours are called; of models, the file itself says what is what.
NO_COLOUR = re.compile(
    r"(?:^|[_.\- ])(?:n|nrm|norm|normals?|bump|height|disp|displacement|rough|roughness|metal|"
    r"metallic|metalness|orm|arm|rma|mr|ao|occlusion|spec|specular|gloss|glossiness|emissive|"
    r"emission|mask|opacity)(?:[_.\- ]?(?:gl|dx|map|tex|texture))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Task:
    """source and out, absolute or relative to the working folder; name: relative to the folder."""

    name: str
    source: Path
    out: Path


@dataclass
class Summary:
    """What became of a folder: names in each."""

    done: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


Outcome = dict[str, Any]  # {"files": [path, ...], "figures": [...]} or {"error": text}
Run = Callable[[list[Task]], Iterable[tuple[Task, Outcome]]]


def restyle_folder(
    look: Look, folder: Path, out: Path, run: Run, tick: Callable[[int, int], None]
) -> Summary:
    """Restyle all of ``folder`` into ``out``, which gets the same folders and names.

    run: does tasks, in any order, and yields each with its outcome; tick(finished, of). A file that
    cannot be restyled is named in the summary and stops nothing. Raises InputError where there is
    nothing to do.
    """
    summary = Summary()
    tasks = _plan(folder, out, summary)
    check_writable_folder(out)
    finished = _finished(out)
    waiting, keys = [], {}
    for task in tasks:
        keys[task.name] = _key(look, task.source)
        if _intact(finished.get(task.name), keys[task.name], out):
            summary.already.append(task.name)
        else:
            waiting.append(task)
    tick(len(summary.already), len(tasks))
    cut = (out / MANIFEST).is_file() and not (out / MANIFEST).read_bytes().endswith(b"\n")
    with (out / MANIFEST).open("a", encoding="utf-8") as manifest:
        manifest.write("\n" if cut else "")  # after a line that a kill cut off
        for count, (task, outcome) in enumerate(run(waiting), len(summary.already) + 1):
            if "error" in outcome:
                summary.failed[task.name] = outcome["error"]
            else:
                files = {os.path.relpath(f, out): _digest(Path(f)) for f in outcome["files"]}
                entry = {"source": task.name, "key": keys[task.name], "files": files}
                entry["textures"] = outcome["figures"]
                manifest.write(json.dumps(entry) + "\n")
                manifest.flush()
                summary.done.append(task.name)
            tick(count, len(tasks))
    return summary


def _plan(folder: Path, out: Path, summary: Summary) -> list[Task]:
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    if out.resolve() == folder.resolve():
        raise InputError(
            got=f"output {out}, which is the input",
            wanted="another folder: originals are never touched",
            fix="choose another -o",
        )
    paths = [p for p in paths if out.resolve() not in p.resolve().parents]
    models = [p for p in paths if p.suffix.lower() in SUFFIXES]
    owned = {c.resolve(): m for m in models for c in companions(m)}
    tasks = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        suffix = path.suffix.lower()
        if path.resolve() in owned:
            if suffix in TEXTURES:
                summary.skipped[name] = f"is done with {owned[path.resolve()].name}"
        elif suffix in TEXTURES and NO_COLOUR.search(path.stem):
            summary.skipped[name] = "by its name no base colour"
        elif suffix in (*SUFFIXES, *TEXTURES):
            tasks.append(Task(name, path, out / name))
    if not tasks:
        raise InputError(
            got=f"folder {folder} without models or textures",
            wanted=f"files such as hero.glb or wall.png ({' '.join((*SUFFIXES, *TEXTURES))})",
            fix="check the path",
        )
    return tasks


def _key(look: Look, source: Path) -> str:
    """Of all that a result depends on."""
    total = hashlib.sha256(eyebrush.__version__.encode())
    total.update(look.style.network.encode())
    total.update(look.style.code.tobytes() + look.style.tone_out.tobytes())
    total.update(json.dumps([look.strength, look.detail, look.precision, look.tile]).encode())
    for path in (source, *sorted(companions(source))):
        total.update(bytes.fromhex(_digest(path)))
    return total.hexdigest()


def _digest(path: Path) -> str:
    """SHA-256 of a file's bytes; of none, where it cannot be read (restyling it says why)."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return hashlib.sha256().hexdigest()


def _finished(out: Path) -> dict[str, dict[str, Any]]:
    """The manifest's last entry for each source. A line that a kill cut off counts as none."""
    found = {}
    for line in _lines(out / MANIFEST):
        try:
            entry = json.loads(line)
            found[str(entry["source"])] = dict(entry)
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _lines(path: Path) -> Iterator[str]:
    if path.is_file():
        yield from path.read_text("utf-8", "replace").splitlines()


def _intact(entry: dict[str, Any] | None, key: str, out: Path) -> bool:
    if entry is None or entry.get("key") != key or not isinstance(entry.get("files"), dict):
        return False
    files = entry["files"]
    return all((out / n).is_file() and _digest(out / n) == known for n, known in files.items())


def outcome_of(work: Callable[[], Any]) -> Outcome:
    """What restyling one file came to; its error as text, so that the others go on."""
    try:
        done = work()
    except EyebrushError as error:
        return {"error": str(error)}
    except (Exception, MemoryError) as error:
        return {"error": f"unforeseen {type(error).__name__}: {error}"}
    return {"files": [str(f) for f in done.files], "figures": done.figures}
