"""VGG-16 (Simonyan & Zisserman 2014) as the eye of the losses, metrics and the style encoder.

Two conventions of weights behind one loader: Oxford's (BGR, 0..255, mean subtracted) from a local
``.npz``, and torchvision's (RGB, 0..1, ImageNet mean and standard deviation) from its ``.pth``
state dict. Both are folded into "RGB 0..1 minus mean", so that callers never care.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from eyebrush.errors import InputError

BLOCKS = (("1_1", "1_2"), ("2_1", "2_2"), ("3_1", "3_2", "3_3"), ("4_1", "4_2", "4_3"))
LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
TORCHVISION = dict(zip(sum(BLOCKS, ()), (0, 2, 5, 7, 10, 12, 14, 17, 19, 21), strict=True))
CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Vgg16(nn.Module):
    """x [B,3,H,W] sRGB 0..1 -> {"relu1_2": [B,64,H,W], ... "relu4_3": [B,512,H/8,W/8]}."""

    def __init__(self, weights: dict[str, Tensor], mean: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer(
            "mean", torch.tensor([float(m) for m in mean])[:, None, None], persistent=False
        )
        for name in sum(BLOCKS, ()):
            if f"{name}.weight" not in weights:
                break
            w, b = weights[f"{name}.weight"], weights[f"{name}.bias"]
            layer = nn.Conv2d(w.shape[1], w.shape[0], 3, padding=1)
            layer.weight.data.copy_(w)
            layer.bias.data.copy_(b)
            self.add_module(f"conv{name}", layer)
        self.layers = LAYERS[: 4 if "4_3.weight" in weights else 3]
        self.requires_grad_(False).eval().to(memory_format=torch.channels_last)

    def forward(self, x: Tensor, last: str = "relu4_3") -> dict[str, Tensor]:
        x = (x - self.mean).contiguous(memory_format=torch.channels_last)
        out: dict[str, Tensor] = {}
        for layer, block in zip(self.layers, BLOCKS, strict=False):
            if layer != "relu1_2":
                x = F.max_pool2d(x, 2)
            for name in block:
                x = F.relu(getattr(self, f"conv{name}")(x))
            out[layer] = x
            if layer == last:
                break
        return out


def load_vgg(path: str | Path) -> Vgg16:
    """Oxford weights from ``.npz`` (keys conv1_1.weight ...) or a torchvision VGG-16 ``.pth``.

    ``shipped`` takes conv1_1..conv3_3 out of the runtime's style encoder: enough for the smoke
    recipe on a machine that has nothing else, with relu4_3 missing from every loss.
    """
    if str(path) == "shipped":
        return _shipped_vgg()
    path = Path(path)
    if not path.is_file():
        raise InputError(
            got=f"no file at {path}",
            wanted="VGG-16 weights: an .npz with conv1_1.weight ... or torchvision's vgg16 .pth",
            fix="pass --vgg FILE (torchvision: vgg16-397923af.pth)",
        )
    if path.suffix == ".npz":
        with np.load(path) as z:
            raw = {k: torch.from_numpy(z[k].astype(np.float32)) for k in z.files}
        weights = {}
        for name in sum(BLOCKS, ()):
            weights[f"{name}.weight"] = raw[f"conv{name}.weight"]
            weights[f"{name}.bias"] = raw[f"conv{name}.bias"]
        weights["1_1.weight"] = weights["1_1.weight"][:, [2, 1, 0]] * 255
        return Vgg16(weights, tuple(m / 255 for m in reversed(CAFFE_MEAN_BGR)))
    state = torch.load(path, map_location="cpu", weights_only=True)
    weights = {}
    for name, index in TORCHVISION.items():
        weights[f"{name}.weight"] = state[f"features.{index}.weight"]
        weights[f"{name}.bias"] = state[f"features.{index}.bias"]
    std = torch.tensor(IMAGENET_STD)[None, :, None, None]
    weights["1_1.weight"] = weights["1_1.weight"] / std
    return Vgg16(weights, IMAGENET_MEAN)


def _shipped_vgg() -> Vgg16:
    import onnx
    from onnx import numpy_helper

    from eyebrush.resources import asset

    model = onnx.load(str(asset("style_encoder.onnx")))
    found = {
        t.name.removesuffix(".half"): numpy_helper.to_array(t) for t in model.graph.initializer
    }
    weights = {
        k.removeprefix("vgg.conv"): torch.from_numpy(v.astype(np.float32))
        for k, v in found.items()
        if k.startswith("vgg.conv")
    }
    mean = found.get("vgg.mean")
    return Vgg16(
        weights, tuple((np.array(CAFFE_MEAN_BGR[::-1]) / 255) if mean is None else mean.flatten())
    )
