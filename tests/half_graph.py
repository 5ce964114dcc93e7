"""Runs the graph that TensorRT gets on the CPU, as a card would: fp16 numbers, fp32 sums.

Every tensor is rounded to its own type; convolutions, pools and resizes sum in fp32 and round their
results, as tensor cores do. A card's fused kernels round less often than this, not more.
"""

from __future__ import annotations

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun


def _rounded(result: torch.Tensor, like: np.ndarray) -> tuple[np.ndarray]:
    return (result.numpy().astype(like.dtype),)


def _wide(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(array, np.float32))


class Conv(OpRun):
    def _run(self, x, w, b=None, strides=None, pads=None, **_):
        padded = F.pad(_wide(x), (pads[1], pads[3], pads[0], pads[2]))
        return _rounded(F.conv2d(padded, _wide(w), None if b is None else _wide(b), strides), x)


class AveragePool(OpRun):
    def _run(self, x, kernel_shape=None, strides=None, pads=None, ceil_mode=0, **_):
        pooled = F.avg_pool2d(
            _wide(x), kernel_shape, strides, pads[:2], bool(ceil_mode), count_include_pad=False
        )
        return _rounded(pooled, x)


class Resize(OpRun):
    def _run(self, x, roi, scales=None, sizes=None, mode=None, **_):
        assert mode == "linear"
        size = tuple(sizes[2:]) if sizes is not None else None
        factor = None if scales is None else tuple(float(s) for s in scales[2:])
        size = size or tuple(int(n * f) for n, f in zip(x.shape[2:], factor, strict=True))
        return _rounded(F.interpolate(_wide(x), size, mode="bilinear", align_corners=False), x)


def run(model: onnx.ModelProto, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Inputs by name -> outputs by name."""
    names = [o.name for o in model.graph.output]
    evaluator = ReferenceEvaluator(model, new_ops=[Conv, AveragePool, Resize])
    return dict(zip(names, evaluator.run(names, inputs), strict=True))
