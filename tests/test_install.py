"""eyebrush install godot: into a project, again, and out."""

from __future__ import annotations

from pathlib import Path

import pytest

from eyebrush import godot_addon
from eyebrush.cli import main
from eyebrush.errors import InputError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "mein schönes Spiel"
    folder.mkdir()
    (folder / "project.godot").write_text("config_version=5\n", "utf-8")
    return folder


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_install_and_undo(project: Path) -> None:
    before = files(project)
    assert main(["install", "godot", str(project)]) == 0
    addon = project / "addons" / "eyebrush"
    for name in ("plugin.cfg", "eyebrush.gdextension", "LICENSE", "icon.svg", "plugin.gd"):
        assert (addon / name).is_file()
    binary = f"bin/{godot_addon.library().name}"
    assert binary in (addon / "eyebrush.gdextension").read_text("utf-8")  # the name Godot looks for
    assert (addon / binary).read_bytes() == godot_addon.library().read_bytes()
    once = files(project)
    assert main(["install", "godot", str(project)]) == 0  # again: an update
    assert files(project) == once
    assert main(["install", "godot", str(project), "--undo"]) == 0
    assert files(project) == before
    assert not (project / "addons").exists()


def test_an_addon_from_before_comes_back(project: Path) -> None:
    own = project / "addons" / "eyebrush"
    own.mkdir(parents=True)
    (own / "mine.txt").write_text("mine", "utf-8")
    other = project / "addons" / "other"
    other.mkdir()
    godot_addon.install(project)
    godot_addon.install(project)
    assert not (own / "mine.txt").exists()
    assert godot_addon.uninstall(project)
    assert (own / "mine.txt").read_text("utf-8") == "mine"
    assert other.is_dir()


def test_not_a_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "godot", str(tmp_path)]) == 2
    assert "project.godot" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_undo_without_install(project: Path) -> None:
    own = project / "addons" / "eyebrush"
    own.mkdir(parents=True)
    with pytest.raises(InputError, match="by hand"):
        godot_addon.uninstall(project)
    assert own.is_dir()
