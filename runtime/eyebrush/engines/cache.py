"""Where engines are kept, and which engine files are trusted.

An entry is three files of one name, the key: ``.engine``, ``.json`` (what it is for, its SHA-256,
its layers) and, once a card has run it, ``.jit`` (TensorRT for RTX's finished kernels). Engines are
code: only bytes whose hash was recorded here when they were compiled, or when the user said
``--trust``, are ever handed to the library. Bytes are read once, hashed, and those are used.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eyebrush.atomic import replacing, unwritable
from eyebrush.engines.spec import EngineSpec, from_dict
from eyebrush.errors import InputError

log = logging.getLogger("eyebrush")

FORMAT = "eyebrush-engine/1"
LIMIT_BYTES = 1 << 30
ENGINE, RECORD, JIT = ".engine", ".json", ".jit"


def cache_folder() -> Path:
    """EYEBRUSH_CACHE, or the platform's place for what can be made again."""
    if os.environ.get("EYEBRUSH_CACHE"):
        return Path(os.environ["EYEBRUSH_CACHE"]) / "engines"
    if os.environ.get("XDG_CACHE_HOME"):
        base = Path(os.environ["XDG_CACHE_HOME"]) / "eyebrush"
    elif sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        base = Path(local) / "eyebrush" / "cache"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches" / "eyebrush"
    else:
        base = Path.home() / ".cache" / "eyebrush"
    return base / "engines"


@dataclass(frozen=True)
class Entry:
    """An engine in the cache, by its record; the engine file itself may have gone or changed."""

    spec: EngineSpec
    sha256: str
    size_bytes: int
    engine: Path
    network: str = ""  # the network's id, for people
    scratch_bytes: int = 0
    layers: tuple[dict[str, object], ...] = ()

    @property
    def jit(self) -> Path:
        return self.engine.with_suffix(JIT)

    def record(self) -> dict[str, object]:
        """What stands in the .json file, here and beside an engine written with -o."""
        fields = asdict(self)
        return {"format": FORMAT, **{k: v for k, v in fields.items() if k != "engine"}}


class EngineCache:
    """The engines of this user. ``limit_bytes``: the least recently used go beyond it."""

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder = folder or cache_folder()
        self.limit_bytes = limit_bytes
        self._said: set[str] = set()

    def entries(self) -> list[Entry]:
        """All readable records, the most recently used first; unreadable ones are removed."""
        found = []
        self._check_owner()
        for path in self.folder.glob(f"*{RECORD}"):
            try:
                found.append((path.stat().st_mtime_ns, read_record(path)))
            except FileNotFoundError:
                continue  # another process removed it
            except (OSError, ValueError) as error:
                self._drop(path, f"its record cannot be read ({error})")
        return [entry for _, entry in sorted(found, key=lambda pair: -pair[0])]

    def find(self, wanted: EngineSpec) -> tuple[Entry, bytes] | None:
        """An engine that does what is wanted, and its bytes, proved to be those recorded.

        One that is not whole is removed, which the log says once; None means: compile it.
        """
        for entry in self.entries():
            if not entry.spec.covers(wanted):
                continue
            data = self._intact(entry)
            if data is not None:
                os.utime(entry.engine.with_suffix(RECORD))
                return entry, data
        return None

    def add(
        self,
        spec: EngineSpec,
        data: bytes,
        *,
        network: str = "",
        scratch_bytes: int = 0,
        layers: tuple[dict[str, object], ...] = (),
    ) -> Entry:
        """Keep an engine and record its hash: from now on it is trusted. Raises InputError."""
        self._make_folder()
        engine = self.folder / f"{spec.key()}{ENGINE}"
        entry = Entry(spec, digest(data), len(data), engine, network, scratch_bytes, layers)
        engine.with_suffix(JIT).unlink(missing_ok=True)  # kernels of the engine before
        with replacing(engine) as temporary:
            temporary.write_bytes(data)
        write_record(engine.with_suffix(RECORD), entry)
        self._shrink(keep=engine)
        return entry

    def trusted(self, data: bytes) -> Entry | None:
        """The entry whose engine has these very bytes; None if they were never recorded."""
        wanted = digest(data)
        return next((e for e in self.entries() if e.sha256 == wanted), None)

    def clean(self) -> int:
        """Remove everything; returns the bytes that this freed."""
        freed = 0
        for path in self.folder.glob("*"):
            if path.suffix in (ENGINE, RECORD, JIT):
                freed += path.stat().st_size
                path.unlink(missing_ok=True)
        return freed

    def remove(self, entry: Entry, why: str) -> None:
        """Drop an entry that turned out to be unusable; the log says why, once."""
        self._drop(entry.engine, why)

    def size_bytes(self) -> int:
        return sum(p.stat().st_size for p in self.folder.glob("*") if p.is_file())

    def _intact(self, entry: Entry) -> bytes | None:
        try:
            data = entry.engine.read_bytes()
        except OSError as error:
            self._drop(entry.engine, f"it cannot be read ({error.strerror or error})")
            return None
        if digest(data) != entry.sha256:
            self._drop(entry.engine, "its bytes are not those that were compiled")
            return None
        return data

    def _drop(self, path: Path, why: str) -> None:
        if path.stem not in self._said:
            self._said.add(path.stem)
            log.warning("cached engine %s: %s; it is compiled again", path.stem, why)
        for suffix in (RECORD, ENGINE, JIT):
            path.with_suffix(suffix).unlink(missing_ok=True)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        self._check_owner()

    def _check_owner(self) -> None:
        if not self.folder.is_dir():
            return
        about = self.folder.stat()
        if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o022):
            raise InputError(
                got=f"cache folder {self.folder}, which others can write to",
                wanted="one of your own, for engines are code",
                fix=f"chmod go-w {self.folder}, or set EYEBRUSH_CACHE to another folder",
            )

    def _shrink(self, keep: Path) -> None:
        for entry in reversed(self.entries()):
            if self.size_bytes() <= self.limit_bytes:
                return
            if entry.engine != keep:
                for suffix in (RECORD, ENGINE, JIT):
                    entry.engine.with_suffix(suffix).unlink(missing_ok=True)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_record(path: Path) -> Entry:
    """An entry from its record. Raises OSError, or ValueError where it is none."""
    raw = json.loads(path.read_text("utf-8"))
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise ValueError(f"no {FORMAT}")
    try:
        return Entry(
            spec=from_dict(raw["spec"]),
            sha256=str(raw["sha256"]),
            size_bytes=int(raw["size_bytes"]),
            engine=path.with_suffix(ENGINE),
            network=_word(raw.get("network", "")),
            scratch_bytes=int(raw.get("scratch_bytes", 0)),
            layers=tuple(_layer(layer) for layer in raw.get("layers", ())),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"no {FORMAT} ({error})") from error


def _layer(raw: dict[str, Any]) -> dict[str, object]:
    """A layer of a record, its words printable: a file beside an engine may hold anything."""
    outputs = [
        {"type": _word(t["type"]), "shape": [int(n) for n in t["shape"]]} for t in raw["outputs"]
    ]
    return {**raw, "name": _word(raw["name"]), "kind": _word(raw["kind"]), "outputs": outputs}


def _word(raw: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(raw))[:1000]


def write_record(path: Path, entry: Entry) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(entry.record(), indent=1) + "\n", "utf-8")
