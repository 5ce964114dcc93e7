"""Networks of one painting each, of the size of Johnson et al. (2016): johnson:PAINTING=FILE.

PAINTING is the stem of the painting's file. FILE is

* ``.onnx``: any network from picture [1,3,H,W] in 0..255 to picture;
* ``.npz`` with the names of PyTorch's example (``conv1.conv2d.weight``, ``in1.weight``,
  ``res1.conv1.conv2d.weight``, ...): reflected edges, nearest up-sampling;
* ``.npz`` with TensorFlow variables in their order (``Variable``, ``Variable_1``, ...: weights,
  shift, scale of every layer): zero edges, transposed convolutions, tanh at the end.

The wiring is written here from what those two publish about it; no weights come with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from contestants import Contestant, EachPicture
from eyebrush.errors import InputError
from quality.cost import Cost
from quality.paintings import Painting
from quality.picture_network import PictureNetwork, from_onnx, from_torch

WHITE = 255.0
BLOCKS = 5
VARIABLES = 48  # 16 layers of weights, shift and scale


class Johnson:
    """A method with as many styles as files were given."""

    name, kind, candidate, any_painting = "Johnson-type network", "peer", False, True

    def __init__(self, files: Mapping[str, Path], threads: int) -> None:
        self._files, self._threads = files, threads
        self._networks: dict[str, PictureNetwork] = {}

    def contestant(self, painting: Painting) -> Contestant | None:
        if painting.name not in self._files:
            return None
        return EachPicture(self.name, self._network(painting.name).paint)

    def cost(self, size_px: int) -> Cost:
        return self._network(next(iter(self._files))).cost(size_px)

    def _network(self, name: str) -> PictureNetwork:
        if name not in self._networks:
            path = self._files[name]
            if path.suffix == ".onnx":
                self._networks[name] = from_onnx(path, WHITE, self._threads)
            else:
                self._networks[name] = from_torch(read_npz(path), WHITE, self._threads)
        return self._networks[name]


def read_npz(path: Path) -> nn.Module:
    """The network of an .npz in either layout; InputError for anything else."""
    try:
        with np.load(path) as stored:
            arrays = {k: stored[k].astype(np.float32) for k in stored.files}
    except (OSError, ValueError) as error:
        raise _unknown(f"{path} ({error})") from None
    try:
        if "conv1.conv2d.weight" in arrays:
            return _Network(_Reflected(arrays))
        if "Variable" in arrays:
            return _Network(_Zeros(arrays))
    except (KeyError, IndexError, ValueError) as error:
        raise _unknown(f"{path}, which lacks {error}") from None
    raise _unknown(f"{path} with {', '.join([*arrays][:3]) or 'nothing'} ...")


def _unknown(got: str) -> InputError:
    return InputError(
        got=got,
        wanted="an .npz with conv1.conv2d.weight ... or Variable, Variable_1 ...",
        fix="see benchmarks/quality/johnson.py, or give the network as .onnx",
    )


class _Network(nn.Module):
    """Three layers down, five residual blocks, two layers up, one to colours."""

    def __init__(self, layers: Any) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        down, up, last = self.layers.down, self.layers.up, self.layers.last
        for i, stride in enumerate((1, 2, 2)):
            x = F.relu(down(i, x, stride))
        for i in range(BLOCKS):
            x = x + self.layers.block(i, 1, F.relu(self.layers.block(i, 0, x)))
        for i in range(2):
            x = F.relu(up(i, x))
        return last(x)


class _Layers(nn.Module):
    """Weights by name, and instance normalisation."""

    def keep(self, name: str, array: np.ndarray) -> None:
        self.register_buffer(name.replace(".", "_"), torch.from_numpy(array.copy()))

    def get(self, name: str) -> Tensor:
        return getattr(self, name.replace(".", "_"))


class _Reflected(_Layers):
    """PyTorch's example: conv1..3, res1..5, deconv1..3; in1..5."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        convolutions = [f"conv{i}" for i in (1, 2, 3)] + [f"deconv{i}" for i in (1, 2, 3)]
        norms = [f"in{i}" for i in range(1, 6)]
        for i in range(1, BLOCKS + 1):
            convolutions += [f"res{i}.conv{k}" for k in (1, 2)]
            norms += [f"res{i}.in{k}" for k in (1, 2)]
        for name in [f"{c}.conv2d" for c in convolutions] + norms:
            for part in ("weight", "bias"):
                self.keep(f"{name}.{part}", arrays[f"{name}.{part}"])

    def convolve(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = self.get(f"{name}.conv2d.weight")
        edge = weight.shape[-1] // 2
        x = F.pad(x, (edge, edge, edge, edge), "reflect")
        return F.conv2d(x, weight, self.get(f"{name}.conv2d.bias"), stride)

    def norm(self, name: str, x: Tensor) -> Tensor:
        return F.instance_norm(x, weight=self.get(f"{name}.weight"), bias=self.get(f"{name}.bias"))

    def down(self, i: int, x: Tensor, stride: int) -> Tensor:
        return self.norm(f"in{i + 1}", self.convolve(f"conv{i + 1}", x, stride))

    def block(self, i: int, k: int, x: Tensor) -> Tensor:
        name = f"res{i + 1}"
        return self.norm(f"{name}.in{k + 1}", self.convolve(f"{name}.conv{k + 1}", x))

    def up(self, i: int, x: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        return self.norm(f"in{i + 4}", self.convolve(f"deconv{i + 1}", x))

    def last(self, x: Tensor) -> Tensor:
        return self.convolve("deconv3", x)


class _Zeros(_Layers):
    """TensorFlow variables: layer n has 3n weights, 3n + 1 shift, 3n + 2 scale."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        for n in range(VARIABLES):
            array = arrays["Variable" if n == 0 else f"Variable_{n}"]
            if n % 3 == 0:  # [k,k,in,out] -> [out,in,k,k]; transposed: [k,k,out,in] -> [in,out,k,k]
                array = array.transpose(3, 2, 0, 1)
            self.keep(str(n), array)

    def norm(self, n: int, x: Tensor) -> Tensor:
        return F.instance_norm(
            x, weight=self.get(f"{3 * n + 2}"), bias=self.get(f"{3 * n + 1}"), eps=1e-3
        )

    def convolve(self, n: int, x: Tensor, stride: int = 1) -> Tensor:
        weight = self.get(f"{3 * n}")
        before = (weight.shape[-1] - stride) // 2  # TensorFlow's SAME, for even sizes
        after = weight.shape[-1] - stride - before
        return self.norm(
            n, F.conv2d(F.pad(x, (before, after, before, after)), weight, None, stride)
        )

    def down(self, i: int, x: Tensor, stride: int) -> Tensor:
        return self.convolve(i, x, stride)

    def block(self, i: int, k: int, x: Tensor) -> Tensor:
        return self.convolve(3 + 2 * i + k, x)

    def up(self, i: int, x: Tensor) -> Tensor:
        n = 3 + 2 * BLOCKS + i
        full = F.conv_transpose2d(x, self.get(f"{3 * n}"), None, 2)
        return self.norm(n, full[..., :-1, :-1])  # of SAME the last row and column are cut

    def last(self, x: Tensor) -> Tensor:
        return torch.tanh(self.convolve(5 + 2 * BLOCKS, x)) * 150 + 127.5
