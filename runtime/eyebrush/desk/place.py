"""Where desks leave their links and their token, for ``eyebrush ctl`` and for pages left open."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from eyebrush.atomic import replacing
from eyebrush.errors import BackendError
from eyebrush.styles import user_folder

TOKEN_CHARS = 43  # 256 bits in base64


def folder() -> Path:
    """This user's own, mode 0700; it goes with the login session where that has a folder."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    path = Path(base) / "eyebrush" if base else user_folder().parent / "desk"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def token() -> str:
    """The secret of the link. Kept, so that a page left open finds a runtime that was restarted;
    who deletes the file ``desk-token`` gets a new one."""
    path = folder() / "desk-token"
    try:
        known = path.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        known = ""
    private = os.name == "nt" or (bool(known) and path.stat().st_mode & 0o077 == 0)
    if len(known) == TOKEN_CHARS and private:
        return known
    fresh = secrets.token_urlsafe(32)
    _write(path, fresh)
    return fresh


def announce(port: int, url: str, command: str) -> Path:
    """Say where a desk is; delete the file when it ends."""
    path = folder() / f"desk-{port}.json"
    _write(path, json.dumps({"url": url, "pid": os.getpid(), "command": command}))
    return path


def newest_link() -> str:
    """The link of the desk that was started last and still runs. Raises BackendError."""
    found = sorted(folder().glob("desk-*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in found:
        try:
            desk = json.loads(path.read_text("utf-8"))
            os.kill(int(desk["pid"]), 0)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # ended without a word
        return str(desk["url"])
    raise BackendError(
        "got no desk that runs; wanted one to talk to; "
        "fix: start one: eyebrush serve --desk (or demo, or xr), or name it: --link URL"
    )


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        os.chmod(temporary, 0o600)
        temporary.write_text(text, "utf-8")
