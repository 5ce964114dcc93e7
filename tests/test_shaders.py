"""The engines' shaders are what generate.py makes of composite.slang (tests/engine runs them)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

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


def test_godot_compiles_without_extensions(generate: ModuleType) -> None:
    """Godot enables no shader extension and no draw parameters."""
    text = generate.GODOT.read_text("utf-8")
    assert "#extension" not in text
    assert "gl_BaseVertex" not in text


@pytest.mark.parametrize("entry", ["encode", "reduce", "composite"])
def test_other_languages_compile(generate: ModuleType, entry: str) -> None:
    """Unity's HLSL, from the same source; the vertex stage is Godot's own."""
    text = generate.compile_stage(generate.slangc(), entry, "hlsl", "-profile", "sm_5_0")
    assert f" {entry}(" in text
