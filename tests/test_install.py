"""eyebrush install: into a project, again, and out; for Godot and for Unity."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eyebrush import godot_addon, unity_package
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


@pytest.fixture
def unity_project(tmp_path: Path) -> Path:
    folder = tmp_path / "mein Unity-Spiel"
    (folder / "Assets").mkdir(parents=True)
    (folder / "ProjectSettings").mkdir()
    version = (
        "m_EditorVersion: 6000.0.23f1\nm_EditorVersionWithRevision: 6000.0.23f1 (1c4764c07fb4)\n"
    )
    (folder / "ProjectSettings" / "ProjectVersion.txt").write_text(version, "utf-8")
    (folder / "Packages").mkdir()
    (folder / "Packages" / "manifest.json").write_text('{"dependencies": {}}', "utf-8")
    return folder


def test_unity_install_and_undo(unity_project: Path) -> None:
    before = files(unity_project)
    assert main(["install", "unity", str(unity_project)]) == 0
    package = unity_project / "Packages" / "com.eyebrush.eyebrush"
    for name in ("package.json", "LICENSE.md", "Runtime/EyebrushFeature.cs", "Samples~/XRRig"):
        assert (package / name).exists()
    assert not (package / "Plugins~").exists()
    for library in unity_package.libraries():
        copied = package / "Plugins" / "x86_64" / library.name
        assert copied.read_bytes() == library.read_bytes()
        assert "CPU: x86_64" in copied.with_name(copied.name + ".meta").read_text("utf-8")
    once = files(unity_project)
    assert main(["install", "unity", str(unity_project)]) == 0  # again: an update
    assert files(unity_project) == once
    assert main(["install", "unity", str(unity_project), "--undo"]) == 0
    assert files(unity_project) == before


def test_unity_by_git_url_gets_the_libraries_alone(unity_project: Path) -> None:
    url = "https://example.org/eyebrush.git?path=/engine_bridge/unity"
    manifest = {"dependencies": {unity_package.NAME: url}}
    (unity_project / "Packages" / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    before = files(unity_project)
    place = unity_package.install(unity_project)
    assert place == unity_project / "Assets" / "Plugins" / "Eyebrush"
    names = {f"x86_64/{library.name}" for library in unity_package.libraries()}
    assert files(place) == names | {f"{n}.meta" for n in names} | {".eyebrush-installed"}
    assert not unity_package.uninstall(unity_project)
    assert files(unity_project) == before
    assert not (unity_project / "Assets" / "Plugins").exists()


@pytest.mark.parametrize("version", ["2022.3.50f1", "5.6.0f3", ""])
def test_unity_too_old(unity_project: Path, version: str) -> None:
    text = f"m_EditorVersion: {version}\n" if version else "nothing\n"
    (unity_project / "ProjectSettings" / "ProjectVersion.txt").write_text(text, "utf-8")
    before = files(unity_project)
    with pytest.raises(InputError, match=r"wanted Unity 6000\.0"):
        unity_package.install(unity_project)
    assert files(unity_project) == before


def test_not_a_unity_project(
    unity_project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install", "unity", str(tmp_path)]) == 2
    assert "ProjectVersion.txt" in capsys.readouterr().err
    (unity_project / "Packages" / "manifest.json").write_text("[", "utf-8")
    with pytest.raises(InputError, match="no manifest"):
        unity_package.install(unity_project)
