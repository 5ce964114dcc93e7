"""What a network costs: multiply-accumulates for a stereo frame, and parameters.

Counted in OpenVINO's reading of the graph, the same for every network: convolutions and matrix
products; all else (normalisation, activation, resampling) counts nothing, as the field does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from eyebrush.backends.openvino import core
from eyebrush.reference import field_size

EYES = 2
SMALLEST_WEIGHT = 2  # elements; a scalar constant is arithmetic, not something learnt


@dataclass(frozen=True)
class Cost:
    """gmac: of one stereo frame, in 10^9; parameters: numbers learnt, both eyes share them."""

    gmac: float
    parameters: int


def eyebrush_cost(path: Path, size_px: int) -> Cost:
    """The field network at square eyes of ``size_px``; both eyes are one batch."""
    model = core().read_model(path)
    down = int(model.get_rt_info(["framework", "eyebrush.down"]).astype(str))
    h, w = field_size(size_px, size_px, down)
    model.reshape({"rgb": [EYES, 3, h, w]})
    return _count(model, 1)


def network_cost(path: Path, size_px: int) -> Cost:
    """A network from picture to picture, one eye at a time; its other inputs have fixed sizes."""
    model = core().read_model(path)
    return model_cost(model, size_px)


def model_cost(model: Any, size_px: int) -> Cost:
    """The same of a model that OpenVINO holds; it is reshaped."""
    picture = next(i for i in model.inputs if len(i.partial_shape) == 4)
    last = picture.partial_shape[3]
    channels_last = last.is_static and last.get_length() == 3
    shape = [1, size_px, size_px, 3] if channels_last else [1, 3, size_px, size_px]
    model.reshape({picture: shape})
    return _count(model, EYES)


def _count(model: Any, times: int) -> Cost:
    macs = parameters = 0
    for op in model.get_ordered_ops():
        kind = op.get_type_name()
        if kind == "Constant":
            element = op.get_element_type()
            learnt = element.is_real() or element.bitwidth == 8  # 8: quantised; wider: positions
            if learnt and prod(op.get_output_shape(0)) >= SMALLEST_WEIGHT:
                parameters += prod(op.get_output_shape(0))
        elif kind.endswith(("Convolution", "ConvolutionBackpropData")):  # Group..., too
            weights = list(op.input(1).get_shape())
            pixels = op.input(0) if "Backprop" in kind else op.output(0)
            macs += pixels.get_shape()[0] * prod(list(pixels.get_shape())[2:]) * prod(weights)
        elif kind == "MatMul":
            inner = list(op.input(0).get_shape())[-2 if op.get_attributes()["transpose_a"] else -1]
            macs += prod(op.get_output_shape(0)) * inner
    return Cost(round(times * macs / 1e9, 3), parameters)
