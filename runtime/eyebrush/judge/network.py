"""The trained discriminator, run by OpenVINO."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eyebrush import resources
from eyebrush.backends import openvino

REACH_PX = 16  # of the picture to one logit


class JudgeNetwork:
    """Pictures at one fixed size and a style's vector (``StyleSpace.vector``) -> logits."""

    def __init__(
        self,
        size: tuple[int, int],
        path: Path | None = None,
        threads: int | None = None,
        precision: str = "f32",
    ) -> None:
        """size: (height, width) of the pictures, pixels."""
        path = path or resources.asset(resources.JUDGE_NETWORK)
        model = openvino.read_network(path, ("picture", "style"), ("logits",))
        model.reshape({"picture": [1, 3, *size]})
        compiled = openvino.compile_network(model, path, threads, precision)
        self._run = compiled
        self._picture = np.zeros((1, 3, *size), np.float32)

    def __call__(self, picture: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """picture [H, W, 3] uint8 sRGB, vector [D] -> [H/16, W/16], above 0: as it should be."""
        np.multiply(picture.transpose(2, 0, 1), np.float32(1 / 255), out=self._picture[0])
        result = self._run({"picture": self._picture, "style": vector[None]})
        return np.array(result["logits"][0, 0])
