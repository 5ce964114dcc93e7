"""Restyled models through Godot's own importer: it takes them, and shows the restyled pictures."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from engine_root import import_project, process, why_not, work_folder
from PIL import Image

from eyebrush.cli import main
from gltf_models import File, box, image_of, plasma, png, sphere
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

HERE = Path(__file__).resolve().parent
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "never"),
    pytest.mark.usefixtures("installed"),
]


def test_models_go_through_godots_importer(tmp_path: Path) -> None:
    pytest.importorskip("pygltflib", reason="models need pip install 'eyebrush[assets]'")
    ball, crate = sphere(16, 8), box()
    crate.material = 1
    leaf = np.dstack([plasma(64, 64, 4), plasma(64, 64, 9)[..., 0]])
    hero = File([ball, crate], [png(plasma(128, 128)), png(plasma(32, 32, 2))], [0, 0], [None, 1])
    hero.glb(tmp_path / "hero.glb")
    File([box()], [png(plasma(64, 64, 3), "JPEG")]).gltf(tmp_path / "crate.gltf")
    File([box()], [png(leaf)], alpha="MASK").glb(tmp_path / "leaf.glb")
    with work_folder() as work:
        project = work / "project"
        shutil.copytree(HERE / "godot_assets", project)
        for name in ("hero.glb", "crate.gltf", "leaf.glb"):
            line = ["assets", "restyle", tmp_path / name, "--style", "beta", "-q"]
            assert main([str(a) for a in [*line, "-o", project / name]]) == 0
        import_text = import_project(project, work)
        assert "Error importing" not in import_text, import_text
        command = ["godot", "--headless", "--path", project, "--script", "res://look.gd"]
        names = ("hero.glb", "crate.gltf", "leaf.glb")
        log = work / "godot.log"
        with process([*command, "--", work, *names], log, HOME=work) as godot:
            godot.wait(120)
        text = log.read_text("utf-8")
        assert "SCRIPT ERROR" not in text, text
        (line_,) = [t for t in text.splitlines() if t.startswith("models: ")]
        found = json.loads(line_.removeprefix("models: "))
        round_, square = found["hero.glb"]
        assert (round_["triangles"], square["triangles"]) == (16 * 8 * 2, 12)
        assert (round_["normal"], square["normal"]) == (0, 32)
        assert [s["clear"] for s in found["leaf.glb"]] == [True]
        for name in ("hero.glb", "leaf.glb"):
            wanted = pixels(image_of(project / name, 0))
            for surface in found[name]:
                np.testing.assert_array_equal(pixels(surface["albedo"]), wanted)
        (jpeg,) = (project / "textures").glob("*.jpg")
        (shown,) = found["crate.gltf"]
        # Godot decodes JPEG by another library, and as a file of its own it may compress it
        assert np.abs(pixels(shown["albedo"]) - pixels(jpeg)).mean() < 4


def pixels(source: bytes | str | Path) -> np.ndarray:
    """[H, W, 4] int."""
    with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        return np.asarray(image.convert("RGBA"), int)
