"""A peer's network from picture to picture, run as Eyebrush's own is: OpenVINO, the CPU's bf16."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from eyebrush.backends.openvino import core, precision_for
from eyebrush.errors import InputError
from quality.cost import Cost, model_cost

MULTIPLE = 4  # such networks halve the picture twice


class PictureNetwork:
    """[H,W,3] uint8 -> the same. most: what white is to the network, 255 or 1."""

    def __init__(self, model: Any, most: float, threads: int) -> None:
        self._model, self._most, self._threads = model, most, threads
        self._compiled: dict[tuple[int, int], Any] = {}

    def paint(self, color: np.ndarray) -> np.ndarray:
        height, width, _ = color.shape
        down, right = -height % MULTIPLE, -width % MULTIPLE
        padded = np.pad(color, ((0, down), (0, right), (0, 0)), "reflect")
        planar = padded.transpose(2, 0, 1)[None].astype(np.float32) * (self._most / 255)
        made = self._request(planar.shape[2:])(np.ascontiguousarray(planar))[0][0]
        levels = np.clip(made * (255 / self._most), 0, 255) + 0.5
        return levels[:, :height, :width].astype(np.uint8).transpose(1, 2, 0)

    def cost(self, size_px: int) -> Cost:
        return model_cost(self._model.clone(), size_px)

    def _request(self, size: tuple[int, ...]) -> Any:
        key = size[0], size[1]
        if key not in self._compiled:
            model = self._model.clone()
            model.reshape([1, 3, *key])
            settings = {
                "INFERENCE_PRECISION_HINT": precision_for("auto"),
                "INFERENCE_NUM_THREADS": self._threads,
                "PERFORMANCE_HINT": "LATENCY",
            }
            self._compiled[key] = core().compile_model(model, "CPU", settings)
        return self._compiled[key]


def from_torch(module: Any, most: float, threads: int) -> PictureNetwork:
    """A torch module [1,3,H,W] -> the same, in graph form."""
    import openvino
    import torch

    example = torch.zeros(1, 3, 64, 64)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit's, of every check of a size that it passes
        model = openvino.convert_model(module.eval(), example_input=example, input=[1, 3, -1, -1])
    return PictureNetwork(model, most, threads)


def from_onnx(path: Path, most: float, threads: int) -> PictureNetwork:
    try:
        model = core().read_model(path)
    except RuntimeError as error:
        raise InputError(
            got=f"{path} ({str(error).splitlines()[0]})",
            wanted="an ONNX network from picture to picture",
            fix="export it as ONNX, with a picture [1,3,H,W] as its one input",
        ) from None
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(
            got=f"{path} with {len(model.inputs)} inputs and {len(model.outputs)} outputs",
            wanted="one of each, a picture [1,3,H,W]",
            fix="export the network of one style",
        )
    return PictureNetwork(model, most, threads)
