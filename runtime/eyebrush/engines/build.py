"""An ONNX network becomes an engine: parsed, its size fixed, compiled, with progress."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onnx import ModelProto

from eyebrush.engines import half, layers
from eyebrush.engines.library import Library
from eyebrush.engines.progress import monitor
from eyebrush.engines.spec import EngineSpec
from eyebrush.errors import BackendError, InputError

# TensorRT for RTX's phases but the last take this share of its time; of the last it tells nothing.
RTX_KNOWN_SHARE = 0.15


@dataclass(frozen=True)
class Built:
    """An engine's bytes, the layers that the compiler spoke of, and what is wrong with them."""

    data: bytes
    layers: list[layers.Layer]
    problems: list[str]
    scratch_bytes: int


def build(
    path: Path,
    spec: EngineSpec,
    library: Library,
    progress: Callable[[float], None] = lambda share: None,
) -> Built:
    """Compile the network at ``path`` as ``spec`` says. ``progress`` is told the share done, 0..1.

    The library works on a thread of its own, so that Ctrl-C is heard and ends it.
    Raises InputError for a network that cannot be used, BackendError where compiling fails.
    """
    model = half.for_tensorrt(half.read(path), spec.precision)
    log = _Log()
    done: list[Any] = []
    stop = threading.Event()

    def work() -> None:
        try:
            done.append(_compile(model, path, spec, library, log, progress, stop))
        except Exception as error:
            done.append(error)

    worker = threading.Thread(target=work, name="eyebrush-compile", daemon=True)
    worker.start()
    try:
        worker.join()
    except BaseException:
        stop.set()  # Ctrl-C
        worker.join()
        raise
    if isinstance(done[0], Exception):
        raise done[0]
    return Built(done[0], log.layers, layers.problems(log.layers, model), log.scratch_bytes)


def _compile(
    model: ModelProto,
    path: Path,
    spec: EngineSpec,
    library: Library,
    log: _Log,
    progress: Callable[[float], None],
    stop: threading.Event,
) -> bytes:
    trt = library.module
    builder = trt.Builder(log.for_library(trt))
    network = builder.create_network(_strongly_typed(trt))
    parser = trt.OnnxParser(network, builder.logger)
    if not parser.parse(model.SerializeToString()):
        raise InputError(
            got=f"{path.name}, which {library.name} {library.version} cannot read: {_why(parser)}",
            wanted="a network of operations that it has",
            fix="export it with eyebrush_training's exporter, or use the backend openvino",
        )
    network.get_input(0).shape = (spec.eyes, 3, spec.height, spec.width)
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    known_share = RTX_KNOWN_SHARE if library.portable else 1.0
    config.progress_monitor = monitor(trt, progress, stop, known_share)
    values = library.capabilities()
    if values:
        config.num_compute_capabilities = len(spec.cards)
        for index, card in enumerate(spec.cards):
            config.set_compute_capability(values[card], index)
    data = builder.build_serialized_network(network, config)
    if data is None:
        if stop.is_set():
            raise BackendError("compiling was stopped")
        raise BackendError(
            f"{library.name} {library.version} cannot compile {path.name} for {spec.where} "
            f"({_brief(log.error or 'no reason given')}); fix: try --precision fp32, or use the "
            "backend openvino"
        )
    return bytes(data)


class _Log:
    """Keeps what is of use: the last error, the layers, the scratch memory."""

    def __init__(self) -> None:
        self.error = ""
        self.layers: list[layers.Layer] = []
        self.scratch_bytes = 0

    def for_library(self, trt: Any) -> Any:
        keep = self

        class Logger(trt.ILogger):  # type: ignore[misc]
            def __init__(self) -> None:
                trt.ILogger.__init__(self)

            def log(self, severity: Any, message: str) -> None:
                keep.hear(severity <= trt.ILogger.ERROR, message)

        return Logger()

    def hear(self, is_error: bool, message: str) -> None:
        if is_error:
            self.error = message
        elif message.startswith(layers.TITLE):
            self.layers = layers.parse(message)
        elif message.startswith("Total Activation Memory: "):
            self.scratch_bytes = int(message.split()[3])


def _strongly_typed(trt: Any) -> int:
    """The flag where there is one; libraries without it know no other way."""
    flag = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)


def _why(parser: Any) -> str:
    if not parser.num_errors:
        return "no reason given"
    error = parser.get_error(0)
    return _brief(f"{error.node_operator()} ({error.node_name() or error.desc()})")


def _brief(text: str) -> str:
    return " ".join(text.split())[:240]
