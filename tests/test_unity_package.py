"""The Unity package as Unity would take it: manifest, assemblies, .meta files, libraries."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import eyebrush
import unity_csharp
from eyebrush import unity_package
from unity_csharp import PACKAGE, STUBS, asmdefs

# https://semver.org, the suggested expression, without build metadata, which Unity does not take.
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
META_GUID = re.compile(r"^guid: ([0-9a-f]{32})$", re.MULTILINE)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    text: dict[str, Any] = json.loads((PACKAGE / "package.json").read_text("utf-8"))
    return text


def test_manifest_keeps_unitys_rules(manifest: dict[str, Any]) -> None:
    """https://docs.unity3d.com/6000.0/Documentation/Manual/upm-manifestPkg.html, cus-naming.html"""
    name = manifest["name"]
    assert re.fullmatch(r"com(\.[a-z0-9][a-z0-9_-]*){2,}", name)
    assert len(name) <= 50  # longer names do not fit into the editor
    assert not re.search(r"\.(unity|framework|plugin)$|[A-Z]", name)
    assert name == unity_package.NAME
    assert SEMVER.fullmatch(manifest["version"])
    assert re.fullmatch(r"\d{4}\.\d", manifest["unity"])
    assert manifest["unity"] == "6000.0"
    assert manifest["displayName"] == "Eyebrush"
    assert 20 < len(manifest["description"]) < 400
    assert all(SEMVER.fullmatch(version) for version in manifest["dependencies"].values())
    assert manifest["dependencies"]["com.unity.render-pipelines.universal"].startswith("17.")
    known = {"name", "version", "displayName", "description", "unity", "dependencies", "samples"}
    assert manifest.keys() <= known | {"keywords", "license", "author"}


def test_samples_are_where_the_manifest_says(manifest: dict[str, Any]) -> None:
    """https://docs.unity3d.com/6000.0/Documentation/Manual/cus-samples.html"""
    listed = {sample["path"] for sample in manifest["samples"]}
    assert listed == {f"Samples~/{p.name}" for p in (PACKAGE / "Samples~").iterdir()}
    for sample in manifest["samples"]:
        assert sample.keys() == {"displayName", "description", "path"}
        assert list((PACKAGE / sample["path"]).glob("*.unity"))


def test_layout_and_version(manifest: dict[str, Any]) -> None:
    """https://docs.unity3d.com/6000.0/Documentation/Manual/cus-layout.html"""
    for name in ("README.md", "CHANGELOG.md", "LICENSE.md", "Documentation~/index.md"):
        assert (PACKAGE / name).is_file()
    assert manifest["version"] == eyebrush.__version__
    assert f"## [{manifest['version']}]" in (PACKAGE / "CHANGELOG.md").read_text("utf-8")
    licence = Path(__file__).parents[1] / "LICENSE"
    assert (PACKAGE / "LICENSE.md").read_text("utf-8") == licence.read_text("utf-8")


@pytest.fixture(scope="module")
def metas() -> ModuleType:
    path = PACKAGE.parent / "make_unity_meta.py"
    spec = importlib.util.spec_from_file_location("make_unity_meta", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_file_has_its_meta(metas: ModuleType) -> None:
    """A package that comes by git URL is read-only: Unity ignores what has no .meta there."""
    assert metas.problems() == []
    guids = [META_GUID.findall(text) for text in metas.wanted().values()]
    assert all(len(found) == 1 for found in guids)
    assert len({found[0] for found in guids}) == len(guids) > 40


def test_every_reference_of_the_sample_leads_somewhere(metas: ModuleType) -> None:
    """Objects within the scene, files of the package, and others' by the GUIDs listed here."""
    foreign = {
        "0000000000000000e000000000000000",  # Unity's built-in meshes
        "0000000000000000f000000000000000",  # Unity's built-in materials and textures
        "31321ba15b8f8eb4c954353edc038b1d",  # URP: Lit.mat
        "474bcb49853aa07438625e644c072ee6",  # URP: UniversalAdditionalLightData
        "172515602e62fb746b5d573b38a5fe58",  # SRP core: Volume
        "d7fd9488000d3734a9e00ee676215985",  # SRP core: VolumeProfile
        "f6336ac4ac8b4d34bc5072418cdc62a0",  # XRI Starter Assets: XR Origin (XR Rig).prefab
    }
    own = {META_GUID.findall(text)[0] for text in metas.wanted().values()}
    checked = 0
    for path in [
        *(PACKAGE / "Samples~").rglob("*.unity"),
        *(PACKAGE / "Samples~").rglob("*.asset"),
    ]:
        text = path.read_text("utf-8")
        assert text.startswith("%YAML 1.1\n%TAG !u! tag:unity3d.com,2011:\n")
        anchors = re.findall(r"^--- !u!\d+ &(\d+)", text, re.MULTILINE)
        assert len(set(anchors)) == len(anchors)
        for file_id, rest in re.findall(r"\{fileID: (-?\d+)([^}]*)\}", text):
            found = re.search(r"guid: (\w+)", rest)
            assert found[1] in own | foreign if found else file_id in {"0", *anchors}, path
            checked += 1
    assert checked > 50


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unity-assemblies")
    unity_csharp.build_stubs(folder)
    return folder


def test_every_assembly_compiles(built: Path) -> None:
    """With what its .asmdef refers to and nothing else; warnings are errors."""
    for name in asmdefs():
        code, said = unity_csharp.build_assembly(built, name)
        assert (code, said) == (0, ""), name
    assert len(asmdefs()) == 6


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("camera.GetViewMatrix(view)", "camera.GetViewMatrices(view)"),
        ("AccessFlags.WriteAll", "AccessFlags.WriteEverything"),
        ("(ShaderInputs.Reproject, pass.reproject)", "(pass.reproject)"),
    ],
)
def test_a_typo_does_not_compile(built: Path, tmp_path: Path, right: str, wrong: str) -> None:
    """The test above would be worth nothing if the stubs took anything."""
    references = [built / f"{n}.dll" for n in unity_csharp.STUB_REFERENCES if n != "UnityEditor"]
    bridge = tmp_path / "Eyebrush.Bridge.dll"
    internal = sorted((PACKAGE / "Runtime/Internal").glob("*.cs"))
    assert unity_csharp.compile_library(bridge, internal, [], "-unsafe")[0] == 0
    changed = tmp_path / "EyebrushPass.cs"
    original = PACKAGE / "Runtime/Rendering" / changed.name
    text = original.read_text("utf-8")
    assert right in text
    changed.write_text(text.replace(right, wrong), "utf-8")
    others = [s for s in unity_csharp.sources(PACKAGE / "Runtime") if s != original]
    out = tmp_path / "Eyebrush.dll"
    code, said = unity_csharp.compile_library(
        out, [*others, changed], [*references, bridge], "-unsafe"
    )
    assert code != 0
    assert "EyebrushPass.cs" in said


def test_every_member_of_the_stubs_names_its_page() -> None:
    pages = {"SR/", "CORE/", "URP/", "NUNIT/", "IN/"}
    for path in set(STUBS.glob("*.cs")) - set(STUBS.glob("*.Fake.cs")):
        lines = path.read_text("utf-8").splitlines()
        assert any("https://docs." in line for line in lines[:5]), path
        members = [
            line for line in lines if re.match(r"\s+(public|protected|void|\[Flags\])", line)
        ]
        assert len(members) >= 4
        for line in members:
            assert any(f"// {page}" in line for page in pages), f"{path.name}: {line}"


def test_the_bridge_needs_no_unity() -> None:
    """Runtime/Internal is what Mono runs in test_unity_bridge.py: all of it."""
    folder, content = asmdefs()["Eyebrush.Bridge"]
    assert content["noEngineReferences"]
    assert content["references"] == []
    for script in folder.glob("*.cs"):
        assert "UnityEngine" not in script.read_text("utf-8")


def test_frames_make_no_strings() -> None:
    """What would make garbage each frame: strings, LINQ, lambdas that capture, new arrays."""
    text = (PACKAGE / "Runtime/Rendering/EyebrushPass.cs").read_text("utf-8")
    body = text[text.index("RecordRenderGraph(RenderGraph renderGraph") :]
    for costly in ("new List", "using System.Linq", " => {", "new float[", "new Vector4[", '$"'):
        assert costly not in body


def exports(library: Path) -> set[str]:
    """Functions that a library offers."""
    if library.suffix == ".dll":
        tool = shutil.which("x86_64-w64-mingw32-objdump")
        if not tool:
            pytest.skip("no MinGW (apt-get install binutils-mingw-w64-x86-64)")
        text = subprocess.check_output([tool, "-p", library], text=True)
        return set(re.findall(r"\b(eb_\w+)$", text, re.MULTILINE))
    tool = shutil.which("nm")
    if not tool:
        pytest.skip("no nm (apt-get install binutils)")
    text = subprocess.check_output([tool, "-D", "--defined-only", library], text=True)
    return set(re.findall(r" T (\w+)$", text, re.MULTILINE))


@pytest.mark.parametrize("name", unity_package.LIBRARIES)
def test_the_libraries_offer_what_the_package_calls(name: str) -> None:
    library = unity_package.plugin_folder.shipped(unity_package.INSTALLED)
    library = library / unity_package.SETTINGS / name
    if not library.is_file():
        pytest.skip(f"{name} was not built (apt-get install gcc-mingw-w64-x86-64, install again)")
    called = set(re.findall(r"extern \w+\*? (eb_\w+)\(", bridge_native_cs()))
    assert len(called) > 15
    offered = exports(library)
    assert called <= offered
    assert all(function.startswith("eb_") for function in offered)


LOADS_THE_LIBRARY = """
#include <stdint.h>
#include <stdio.h>
#include <windows.h>
int main(int count, char** arguments) {
  HMODULE library = LoadLibraryA(arguments[count - 1]);
  void* found = (void*)GetProcAddress(library, "eb_struct_bytes");
  uint64_t (*bytes)(uint32_t) = (uint64_t (*)(uint32_t))found;
  for (uint32_t i = 0; bytes(i); i++) printf("%u ", (unsigned)bytes(i));
  return 0;
}
"""


def test_the_windows_library_loads_under_wine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any other file of MinGW's beside it, and with the sizes that C# asserts at load."""
    compiler, wine = (shutil.which(name) for name in ("x86_64-w64-mingw32-gcc", "wine"))
    place = unity_package.plugin_folder.shipped(unity_package.INSTALLED) / unity_package.SETTINGS
    library = place / "eyebrush_bridge.dll"
    if not (compiler and wine and library.is_file()):
        pytest.skip(
            "no Windows library, MinGW or Wine (apt-get install gcc-mingw-w64-x86-64 wine64)"
        )
    source, program = tmp_path / "load.c", tmp_path / "load.exe"
    source.write_text(LOADS_THE_LIBRARY)
    subprocess.run([compiler, source, "-o", program], check=True)
    shutil.copy(library, tmp_path)
    monkeypatch.setenv("WINEPREFIX", str(tmp_path / "wine"))
    monkeypatch.setenv("WINEDEBUG", "-all")
    monkeypatch.delenv("DISPLAY", raising=False)
    line = [wine, str(program), library.name]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    subprocess.run(["wineserver", "-k"], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    asserted = re.findall(r'Size\("\w+", sizeof\(\w+\), (\d), (\d+)\)', bridge_native_cs())
    sizes = done.stdout.split()
    assert len(asserted) >= 6
    for which, size in asserted:
        assert sizes[int(which)] == size


def bridge_native_cs() -> str:
    return (PACKAGE / "Runtime/Internal/BridgeNative.cs").read_text("utf-8")
