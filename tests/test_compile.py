"""`eyebrush compile`, with TensorRT for RTX itself, on a machine without a GPU."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

import tiny_network
from eyebrush import resources
from eyebrush.backends.engine_source import compile_in_a_process
from eyebrush.cli import main
from eyebrush.engines import half, layers
from eyebrush.engines.build import build
from eyebrush.engines.cache import EngineCache
from eyebrush.engines.library import open_library
from eyebrush.engines.make import ensure, network_facts, spec_for
from eyebrush.engines.progress import ProgressTree
from eyebrush.errors import BackendError, InputError
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

NEEDS = "no TensorRT for RTX here: pip install 'eyebrush[tensorrt-rtx]'"
CAPABILITIES = ("7.5", "8.6", "8.9", "12.0")
INDEX90 = (2, 400, 360)  # network input: eyes, height, width


@pytest.fixture
def library():
    pytest.importorskip("tensorrt_rtx", reason=NEEDS)
    return open_library("tensorrt-rtx")


@pytest.fixture
def cache(tmp_path, monkeypatch) -> EngineCache:
    monkeypatch.setenv("EYEBRUSH_CACHE", str(tmp_path / "cache"))
    return EngineCache()


@pytest.fixture
def network(tmp_path) -> Path:
    """The tiny network's file, to be spoilt."""
    return tiny_network.field_network(tmp_path / "field.onnx")


def convolutions_of(path: Path) -> int:
    return sum(n.op_type == "Conv" for n in onnx.load(path).graph.node)


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_style_encoder_compiles(library, capability: str) -> None:
    path = resources.asset(resources.STYLE_ENCODER)
    built = build(path, spec_for(path, library, (1, 512, 640), "f32", [capability]), library)
    assert built.problems == []
    assert len([x for x in built.layers if x.kind == "correlation"]) == convolutions_of(path)


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_shipped_network_compiles_as_meant(library, cache, capability: str) -> None:
    """Convolutions in fp16, statistics in fp32, nothing that only casts or moves at the borders,
    for every generation of cards."""
    path = resources.asset(resources.FIELD_NETWORK)
    spec = spec_for(path, library, INDEX90, "f16", [capability])
    shares = []
    built = build(path, spec, library, shares.append)
    assert built.problems == []
    assert len(built.data) > 1e6
    assert built.scratch_bytes > 1e6
    convolutions = [x for x in built.layers if x.kind == "correlation"]
    assert len(convolutions) == convolutions_of(path)
    assert all(t.type == "Half" for x in convolutions for t in (*x.inputs, *x.outputs))
    first = next(x for x in built.layers if any(t.name == "rgb" for t in x.inputs))
    assert {t.type for t in first.inputs} == {"Float"}
    height, width = INDEX90[1:]
    assert any(  # the picture with its margin
        t.type == "Half" and t.shape[-2] - height == t.shape[-1] - width > 0 for t in first.outputs
    )
    borders = {t.name: t.type for x in built.layers for t in (*x.inputs, *x.outputs)}
    assert (borders["grid"], borders["stats"]) == ("Float", "Float")
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_check_of_layers_finds_what_is_wrong(library) -> None:
    """An fp32 engine held to the fp16 graph: every convolution is reported."""
    path = resources.asset(resources.FIELD_NETWORK)
    built = build(path, spec_for(path, library, (2, 32, 32), "f32", ["8.6"]), library)
    assert built.problems == []
    found = layers.problems(built.layers, half.for_tensorrt(half.read(path), "f16"))
    assert len([f for f in found if "is not Half throughout" in f]) == convolutions_of(path)
    assert any("gives" in f and "in fp32" in f for f in found)
    nothing = layers.problems([], half.for_tensorrt(half.read(path), "f16"))
    assert len(nothing) == convolutions_of(path)


def test_a_layer_that_only_moves_at_a_border_is_found() -> None:
    tensor = layers.Tensor("rgb", (2, 3, 16, 16), "Float")
    other = layers.Tensor("x", (2, 3, 16, 16), "Half")
    for name, kind in (("__myl_CastTran_myl0_0", "kgen"), ("copy", "Reformat")):
        layer = layers.Layer(name, kind, (tensor,), (other,), ())
        model = half.for_tensorrt(half.read(resources.asset(resources.FIELD_NETWORK)), "f16")
        assert f"{name} only moves rgb" in layers.problems([layer], model)
    assert not layers.Layer("__myl_CastMul_myl0_0", "kgen", (), (), ()).moves_only


def test_from_the_command_line(library, cache, tmp_path, capsys, installed) -> None:
    out = tmp_path / "out" / "tiny.engine"
    line = ["compile", "--eye", "64x96", "--precision", "fp16", "--compute-capability", "8.6,8.9"]
    assert main([*line, "-o", str(out), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["fresh"]
    assert made["spec"]["cards"] == ["8.6", "8.9"]
    assert (made["spec"]["height"], made["spec"]["width"]) == (24, 16)
    assert out.read_bytes() == Path(made["engine"]).read_bytes()

    assert main([*line, "-q"]) == 0
    assert "in the cache already" in capsys.readouterr().out
    assert main(["compile", "--list"]) == 0
    assert made["key"] in capsys.readouterr().out
    assert main(["compile", "--inspect", str(out)]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"library +tensorrt-rtx \d", shown)
    assert re.search(r"cards +compute capability 8\.6, 8\.9", shown)
    assert "correlation" in shown
    assert "yes: its hash is recorded" in shown
    assert main(["compile", "--clean"]) == 0
    assert cache.entries() == []


def test_a_foreign_engine_needs_trust(library, cache, tmp_path, capsys, installed) -> None:
    out = tmp_path / "game.engine"
    assert main(["compile", "--eye", "64x64", "-q", "-o", str(out)]) == 0
    before = out.read_bytes()
    assert main(["compile", "--clean"]) == 0
    capsys.readouterr()
    assert main(["compile", "--inspect", str(out)]) == 0  # looking is no loading
    assert "no: see --add and --trust" in capsys.readouterr().out
    assert main(["compile", "--add", str(out)]) == 2
    assert "hash is not recorded here" in capsys.readouterr().err
    assert cache.entries() == []
    assert main(["compile", "--add", str(out), "--trust"]) == 0
    (entry,) = cache.entries()
    assert cache.find(entry.spec) == (entry, before)
    assert out.read_bytes() == before


@pytest.mark.parametrize("damage", ["truncated", "tampered", "empty"])
def test_a_damaged_engine_is_refused_even_with_trust(
    library, cache, tmp_path, capsys, installed, damage: str
) -> None:
    out = tmp_path / "game.engine"
    assert main(["compile", "--eye", "64x64", "-q", "-o", str(out)]) == 0
    assert main(["compile", "--clean"]) == 0
    whole = out.read_bytes()
    damaged = {"truncated": whole[:999], "tampered": whole[:-1] + b"!", "empty": b""}[damage]
    out.write_bytes(damaged)
    assert main(["compile", "--add", str(out), "--trust"]) == 2
    assert "is not the file that game.engine.json describes" in capsys.readouterr().err
    assert cache.entries() == []
    assert out.read_bytes() == damaged


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--network", "style-encoder"], "takes no eye buffers; wanted the size of its input"),
        (["--compute-capability", "9.9"], "compute capability 9.9; wanted one or more of 7.5"),
        (["--backend", "tensorrt"], "tensorrt cannot be imported|none was found here"),
        (["--inspect", "nowhere.engine"], "nowhere.engine .*wanted an engine file"),
        (["--add", "nowhere.engine"], "nowhere.engine .*wanted an engine file"),
    ],
)
def test_bad_wishes_are_one_line(library, cache, capsys, arguments, message) -> None:
    assert main(["compile", *arguments]) in (2, 3)
    said = capsys.readouterr().err.strip()
    assert re.search(message, said)
    assert "\n" not in said


@pytest.mark.parametrize("size", ["0x8", "big", "1440", "99999x5"])
def test_sizes_that_are_none(size: str, capsys) -> None:
    assert main(["compile", "--eye", size]) == 2
    assert "wanted WxH" in capsys.readouterr().err


def test_an_operation_that_it_lacks_is_named(library, network) -> None:
    """The original file stays as it was."""
    model = onnx.load(network)
    for node in model.graph.node:
        node.input[:] = ["fresh.bent" if i == "fresh" else i for i in node.input]
    square = onnx.numpy_helper.from_array(np.eye(3, dtype=np.float32), "square")
    model.graph.initializer.append(square)
    model.graph.node.insert(0, helper.make_node("Det", ["square"], ["determinant"]))
    model.graph.node.insert(1, helper.make_node("Mul", ["fresh", "determinant"], ["fresh.bent"]))
    onnx.save(model, network)
    before = network.read_bytes()
    with pytest.raises(InputError, match=r"field\.onnx, which tensorrt-rtx .* cannot read: Det"):
        build(network, spec_for(network, library, (2, 16, 16), "f32", ["8.6"]), library)
    assert network.read_bytes() == before


def test_a_network_without_metadata_is_refused(network) -> None:
    model = onnx.load(network)
    del model.metadata_props[:]
    onnx.save(model, network)
    with pytest.raises(InputError, match=r"without the metadata eyebrush\.network"):
        network_facts(network)


def test_a_stale_entry_is_compiled_again(library, cache, network) -> None:
    spec = spec_for(network, library, (2, 16, 16), "f16", ["8.6"])
    first = ensure(network, spec, library, cache)
    assert first.fresh
    assert not ensure(network, spec, library, cache).fresh
    first.entry.engine.write_bytes(first.data[:100])
    again = ensure(network, spec, library, cache)
    assert again.fresh
    entry, data = cache.find(spec)
    assert (entry.sha256, data) == (again.entry.sha256, again.data)


def test_what_the_compiler_refuses_is_one_line(library, network, monkeypatch) -> None:
    """Here: the card that is in this machine, where there is none or it is too new; the library
    says why and returns nothing, as it does when memory runs out."""
    spec = spec_for(network, library, (2, 16, 16), "f16", ["8.6"])
    nothing = library.module.ComputeCapability.NONE
    monkeypatch.setattr(type(library), "capabilities", lambda self: {"8.6": nothing})
    with pytest.raises(BackendError, match=r"cannot compile field.*8\.6.*fix:") as caught:
        build(network, spec, library)
    assert "\n" not in str(caught.value)


def test_ctrl_c_stops_a_compilation(library, network, monkeypatch) -> None:
    """The wait is interrupted; the library is told to stop, and no thread is left."""
    import threading

    spec = spec_for(network, library, INDEX90, "f16", ["8.6"])
    join, calls = threading.Thread.join, []

    def interrupted(thread, timeout=None):
        if thread.name == "eyebrush-compile" and not calls:
            calls.append(1)
            raise KeyboardInterrupt
        return join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(network, spec, library)
    assert calls
    assert not [t for t in threading.enumerate() if t.name == "eyebrush-compile"]


def test_progress_is_nested_and_never_goes_back() -> None:
    tree, seen = ProgressTree(), []
    tree.start("all", None, 2)
    tree.start("part", "all", 4)
    for step in range(4):
        tree.step("part", step)
        seen.append(tree.share)
    tree.finish("part")
    tree.start("detail", "unknown", 10)  # a phase whose parent was never told
    tree.step("detail", 0)
    tree.step("all", 0)
    seen.append(tree.share)
    tree.finish("all")
    assert seen[:4] == [0.125, 0.25, 0.375, 0.5]
    assert seen[4] == 0.5
    assert tree.share == 1.0


def test_the_parser_of_layers_reads_nothing_from_nothing() -> None:
    assert layers.parse("") == []
    assert layers.parse("Layers:\nrubbish\n\nI/O Tensors:\n Name: rgb, LayerType: x") == []


def test_a_session_compiles_in_a_process_of_its_own(library, network, cache) -> None:
    """``eyebrush compile`` puts what was asked for into the cache; what it dies of is told, first
    of all that there may be no card to finish the engine on."""
    spec = spec_for(network, library, (2, 24, 16), "f16", ["8.9"])
    said = ""
    try:
        compile_in_a_process(network, spec)
    except BackendError as error:
        said = str(error)
    assert re.match(r"$|no NVIDIA driver|the NVIDIA driver finds|PyCUDA", said)
    entry, data = cache.find(spec)
    assert (entry.spec, len(data)) == (spec, entry.size_bytes)
    network.write_bytes(b"not a network")
    with pytest.raises(BackendError, match=r"^got .*field\.onnx.*wanted an intact ONNX network"):
        compile_in_a_process(network, spec)
