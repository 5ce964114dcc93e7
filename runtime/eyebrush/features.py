"""What VGG-16 sees in a picture: the layers inside the shipped style encoder, read out.

The encoder is conv1_1 to conv3_3 of VGG-16 and a small head (docs/decisions/style-encoder.md), so
that distances and comparisons need no other file. OpenVINO runs it, in f32, once for each picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eyebrush import resources
from eyebrush.backends import openvino
from eyebrush.errors import InputError

RELUS = 7  # conv1_1 .. conv3_3
CHANNELS = (64, 128, 256)  # of relu1_2, relu2_2, relu3_3
STATISTICS = 2 * sum(CHANNELS)
LOG_FLOOR = 0.05  # the encoder's logarithms are of statistic + this
SESSIONS_KEPT = 2


@dataclass(frozen=True)
class Features:
    """relu3_3: [256, h/4, w/4].  logs: [896], per layer its channels' means, then deviations, as
    log(value + 0.05)."""

    relu3_3: np.ndarray
    logs: np.ndarray

    @property
    def moments(self) -> list[np.ndarray]:
        """Means and deviations of each layer, [2, C] for relu1_2, relu2_2, relu3_3."""
        values, found, at = np.exp(self.logs) - LOG_FLOOR, [], 0
        for channels in CHANNELS:
            found.append(values[at : at + 2 * channels].reshape(2, channels))
            at += 2 * channels
        return found


class FeatureNetwork:
    """The style encoder with its inner layers as outputs; compiled once for each picture size."""

    def __init__(self, path: Path | None = None, threads: int | None = None) -> None:
        path = path or resources.asset(resources.STYLE_ENCODER)
        model = openvino.read_network(path, ("painting",), ("code",))
        ops = model.get_ordered_ops()
        relus = [op for op in ops if op.get_type_name() == "Relu"]
        logs = [op for op in ops if op.get_type_name() == "Log"]
        if len(relus) != RELUS or len(logs) != 1:
            raise InputError(
                got=f"{path} with {len(relus)} ReLUs and {len(logs)} logarithms",
                wanted=f"the shipped style encoder, which has {RELUS} and 1",
                fix="reinstall eyebrush, or unset EYEBRUSH_ASSETS",
            )
        model.add_outputs([relus[-1].output(0), logs[0].output(0)])
        self._model, self._path, self._threads = model, path, threads
        self._compiled: dict[tuple[int, ...], Any] = {}

    def __call__(self, picture: np.ndarray) -> Features:
        """picture [H, W, 3] uint8 sRGB, or float32 0..1 (a canonical painting)."""
        scale = np.float32(255 if picture.dtype == np.uint8 else 1)
        planar = np.ascontiguousarray((picture.astype(np.float32) / scale).transpose(2, 0, 1)[None])
        if planar.shape not in self._compiled:
            if len(self._compiled) >= SESSIONS_KEPT:
                self._compiled.pop(next(iter(self._compiled)))
            model = self._model.clone()
            model.reshape({"painting": list(planar.shape)})
            compiled = openvino.compile_network(model, self._path, self._threads, "f32")
            self._compiled[planar.shape] = compiled
        result = self._compiled[planar.shape]({"painting": planar})
        return Features(np.array(result[1][0]), np.array(result[2]).reshape(-1))
