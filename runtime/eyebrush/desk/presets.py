"""Presets: looks that are kept as files, which engine plugins read, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eyebrush.atomic import replacing, unwritable
from eyebrush.desk import schema
from eyebrush.errors import InputError
from eyebrush.styles import user_folder
from eyebrush.styles.style import check_name

FORMAT = "eyebrush-preset/1"
SUFFIX = ".json"
MAX_BYTES = 64 << 10
MOST = 500  # files that are looked at

Preset = dict[str, Any]


def presets_folder() -> Path:
    """Where a user's presets are, beside the styles."""
    return user_folder().parent / "presets"


def read_preset(path: Path) -> Preset:
    """A preset file. Raises InputError, which names the line where something is wrong in it."""
    wanted = f"a preset ({FORMAT}) as the desk saves it"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8")
    except FileNotFoundError as error:
        raise InputError(got=f"no file {path}", wanted=wanted, fix="check the name") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            got=f"{path}, which cannot be read ({error})", wanted=wanted, fix="save it again"
        ) from error
    if len(data) > MAX_BYTES:
        raise InputError(
            got=f"{path} of more than {MAX_BYTES} bytes", wanted=wanted, fix="save it again"
        )
    return parse_preset(text, str(path))


def parse_preset(text: str, name: str) -> Preset:
    """The same from its text; ``name`` is what errors call it."""
    preset: Preset = schema.parse(text, schema.load("preset.schema.json"), name)
    return preset


def mix_text(mix: list[dict[str, Any]]) -> str:
    """As styles are mixed on the command line and over the bridge: "monet:0.6,hokusai:0.4"."""
    if len(mix) == 1:
        return str(mix[0]["style"])
    total = sum(part["weight"] for part in mix)
    return ",".join(f"{part['style']}:{part['weight'] / total:.4g}" for part in mix)


def preset_wish(preset: Preset) -> dict[str, Any]:
    """What to ask the runtime for, so that a session looks like it."""
    wish: dict[str, Any] = {
        key: preset[key] for key in ("strength", "calm", "detail") if key in preset
    }
    return {**wish, "style": mix_text(preset["mix"])}


class PresetFolder:
    """The presets of a user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[dict[str, Any]]:
        """Every preset by name: {"name", "preset"} or {"name", "problem"}."""
        rows: list[dict[str, Any]] = []
        for path in sorted(self.folder.glob(f"*{SUFFIX}"))[:MOST]:
            try:
                rows.append({"name": path.stem, "preset": read_preset(path)})
            except InputError as error:  # one bad file must not hide the others
                rows.append({"name": path.stem, "problem": str(error)})
        return rows

    def get(self, name: str) -> Preset:
        """One of them. Raises InputError."""
        return read_preset(self._path(name))

    def save(self, preset: Preset) -> Path:
        """Keep a preset that was checked, under its name; one of that name is replaced."""
        path = self._path(preset["name"])
        text = json.dumps(preset, indent=2, ensure_ascii=False) + "\n"
        with replacing(path) as temporary:
            temporary.write_text(text, "utf-8")
        return path

    def remove(self, name: str) -> None:
        """Delete one. Raises InputError."""
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError as error:
            raise InputError(
                got=f"no preset {name!r}", wanted="one of yours", fix="see eyebrush ctl presets"
            ) from error
        except OSError as error:
            raise unwritable(path, error) from error

    def _path(self, name: str) -> Path:
        return self.folder / f"{check_name(name, 'preset')}{SUFFIX}"
