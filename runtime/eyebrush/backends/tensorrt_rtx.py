"""TensorRT for RTX as a backend; see tensorrt.py."""

from __future__ import annotations

from pathlib import Path

from eyebrush.backends.changeover import ChangingField
from eyebrush.backends.openvino import load_encoder as load_encoder
from eyebrush.backends.tensorrt import changing_field

NAME = "tensorrt-rtx"


def load_field(path: Path, threads: int | None, precision: str) -> ChangingField:
    """OpenVINO now, and an engine of TensorRT for RTX as soon as there is one."""
    return changing_field(NAME, path, threads, precision)
