"""The engines' shaders are what generate.py makes of composite.slang (tests/engine runs them)."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import unity_hlsl

HERE = Path(__file__).resolve().parents[1] / "engine_bridge" / "shaders"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_shaders", HERE / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if module.slangc() is None:
        pytest.skip("no slangc: pip install 'eyebrush[shaders]' brings the Slang compiler")
    return module


def test_committed_shaders_are_fresh(generate: ModuleType) -> None:
    assert generate.GODOT.read_text("utf-8") == generate.godot(generate.slangc())
    assert generate.UNITY.read_text("utf-8") == generate.unity(generate.slangc())


def test_godot_compiles_without_extensions(generate: ModuleType) -> None:
    """Godot enables no shader extension and no draw parameters."""
    text = generate.GODOT.read_text("utf-8")
    assert "#extension" not in text
    assert "gl_BaseVertex" not in text


@pytest.mark.parametrize("stereo", ["", "STEREO_INSTANCING_ON"])
@pytest.mark.parametrize(
    ("stage", "entry"),
    [
        ("vert", "Vert"),
        ("frag", "EyebrushEncode"),
        ("frag", "EyebrushReduce"),
        ("frag", "EyebrushComposite"),
    ],
)
def test_unity_compiles_for_both_stereo_modes(
    stage: str, entry: str, stereo: str, tmp_path: Path
) -> None:
    """With Khronos' compiler, Unity's own headers being stubs; tests/engine runs the results."""
    spirv = unity_hlsl.compile_entry(stage, entry, stereo, tmp_path)
    assert spirv.read_bytes()[:4] == b"\x03\x02\x23\x07"  # SPIR-V's magic number


@pytest.mark.parametrize("stereo", ["", "-DSTEREO_INSTANCING_ON"])
def test_a_second_compiler_takes_unitys_hlsl(generate: ModuleType, stereo: str) -> None:
    """Slang's own front end; Microsoft's are not to be had here."""
    line = [generate.slangc(), unity_hlsl.PASSES, "-lang", "hlsl", f"-I{unity_hlsl.STUBS}"]
    line += ["-target", "hlsl", "-profile", "sm_5_0", "-entry", "EyebrushComposite"]
    line += ["-stage", "fragment", *filter(None, [stereo])]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("Texture2DArray" in done.stdout) is bool(stereo)


def test_wrong_hlsl_is_refused(tmp_path: Path) -> None:
    """The test above would be worth nothing if the compiler accepted anything."""
    with pytest.raises(AssertionError, match="NoSuchEntry"):
        unity_hlsl.compile_entry("frag", "NoSuchEntry", "", tmp_path)


def test_unity_shader_names_the_passes_that_exist() -> None:
    shader = (unity_hlsl.SHADERS / "Eyebrush.shader").read_text("utf-8")
    passes = (unity_hlsl.SHADERS / "EyebrushPasses.hlsl").read_text("utf-8")
    entries = re.findall(r"#pragma fragment (\w+)", shader)
    assert entries == ["EyebrushEncode", "EyebrushReduce", "EyebrushComposite"]
    for entry in entries:
        assert f"float4 {entry}(Varyings input)" in passes
