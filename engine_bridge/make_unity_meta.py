#!/usr/bin/env python3
"""Write the Unity package's .meta files, which Unity wants for every file and folder it imports.

    python engine_bridge/make_unity_meta.py            write them, remove what is left over
    python engine_bridge/make_unity_meta.py --check    fail where one is missing or wrong

The GUID of a file is made from its path, so that it is the same on every machine; a file that moves
gets another one.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent / "unity"
NAME = "com.eyebrush.eyebrush"
COMMON = "  externalObjects: {}\n  userData: \n  assetBundleName: \n  assetBundleVariant: \n"
# What stands between the GUID and COMMON, by the file's ending.
IMPORTERS = {
    ".asmdef": "AssemblyDefinitionImporter:\n",
    ".asset": "NativeFormatImporter:\n  mainObjectFileID: 11400000\n",
    ".hlsl": "ShaderIncludeImporter:\n",
    ".jpg": (
        "TextureImporter:\n  serializedVersion: 13\n  mipmaps:\n    enableMipMap: 0\n"
        "  textureSettings:\n    serializedVersion: 2\n    filterMode: 1\n"
        "    wrapU: 1\n    wrapV: 1\n"
        "  nPOTScale: 0\n  textureType: 2\n"
    ),
    ".md": "TextScriptImporter:\n",
    ".shader": "ShaderImporter:\n  defaultTextures: []\n  nonModifiableTextures: []\n",
    ".unity": "DefaultImporter:\n",
}
SCRIPT = (
    "MonoImporter:\n  serializedVersion: 2\n  defaultReferences:{}\n  executionOrder: 0\n"
    "  icon: {{instanceID: 0}}\n"
)
PLUGIN = """\
PluginImporter:
  serializedVersion: 2
  iconMap: {{}}
  executionOrder: {{}}
  defineConstraints: []
  isPreloaded: 0
  isOverridable: 0
  isExplicitlyReferenced: 0
  validateReferences: 1
  platformData:
  - first:
      Any:
    second:
      enabled: 0
      settings: {{}}
  - first:
      Editor: Editor
    second:
      enabled: 1
      settings:
        CPU: x86_64
        OS: {os}
  - first:
      Standalone: {player}
    second:
      enabled: 1
      settings:
        CPU: x86_64
"""
PLUGINS = {
    "Plugins/x86_64/libeyebrush_bridge.so": PLUGIN.format(os="Linux", player="Linux64"),
    "Plugins/x86_64/eyebrush_bridge.dll": PLUGIN.format(os="Windows", player="Win64"),
}
SHADER = "Runtime/Shaders/Eyebrush.shader"
# Fields of scripts that are filled in when somebody adds them: the shader gets into builds by that.
DEFAULTS = {
    "Runtime/EyebrushFeature.cs": f"\n  - shader: {{fileID: 4800000, guid: %({SHADER})s, type: 3}}"
}


def guid(path: str) -> str:
    """32 hexadecimal digits for a path within the package."""
    return hashlib.md5(f"{NAME}/{path}".encode(), usedforsecurity=False).hexdigest()


def importer(path: str, is_folder: bool) -> str:
    """The part of the .meta that says how Unity reads the file."""
    if is_folder:
        return "folderAsset: yes\nDefaultImporter:\n"
    if path == "package.json":
        return "PackageManifestImporter:\n"
    if path in PLUGINS:
        return PLUGINS[path]
    if path.endswith(".cs"):
        defaults = DEFAULTS.get(path, " []")
        return SCRIPT.format(defaults % {SHADER: guid(SHADER)})
    return IMPORTERS[Path(path).suffix]


def meta(path: str, is_folder: bool = False) -> str:
    """The whole .meta of a path within the package."""
    return f"fileFormatVersion: 2\nguid: {guid(path)}\n{importer(path, is_folder)}{COMMON}"


def imported(folder: Path) -> list[Path]:
    """Everything below that Unity imports: not what is hidden, not in folders that end in ~."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith("~") or path.suffix == ".meta":
            continue
        found.append(path)
        if path.is_dir():
            found += imported(path)
    return found


def wanted() -> dict[Path, str]:
    """Every .meta that should be there, and its text. A sample is imported when somebody asks for
    it; native libraries come with `eyebrush install unity`, and find their settings in Plugins~."""
    out = {}
    samples = [path for folder in PACKAGE.glob("Samples~/*") for path in imported(folder)]
    for path in imported(PACKAGE) + samples:
        name = path.relative_to(PACKAGE).as_posix()
        out[path.with_name(path.name + ".meta")] = meta(name, path.is_dir())
    for name in PLUGINS:
        place = PACKAGE / name.replace("Plugins/", "Plugins~/")
        out[place.with_name(place.name + ".meta")] = meta(name)
    return out


def problems() -> list[str]:
    """What --check finds."""
    texts = wanted()
    found = [f"{p} is missing" for p in texts if not p.is_file()]
    found += [
        f"{p} is stale" for p, t in texts.items() if p.is_file() and p.read_text("utf-8") != t
    ]
    return found + [f"{p} is left over" for p in sorted(PACKAGE.rglob("*.meta")) if p not in texts]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        found = problems()
        print("\n".join(found), file=sys.stderr, end="\n" if found else "")
        return bool(found)
    texts = wanted()
    for path in PACKAGE.rglob("*.meta"):
        if path not in texts:
            path.unlink()
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
