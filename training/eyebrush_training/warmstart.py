"""Go on from an earlier training: ``train --start FOLDER``, ``--start shipped``, ``--start X.pt``.

A checkpoint is hundreds of megabytes and is not kept in the repository; what ships is enough to
start from: the field network, the style head with its whitening, and every painting's correction
(its shipped code less what the head predicts for it). Optimisers and the judge start afresh. The
weights were rounded to fp16 on export. A checkpoint (.pt) brings its judge with it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors import safe_open
from torch import Tensor

from eyebrush import resources
from eyebrush.errors import InputError
from eyebrush_training.loop import Model
from eyebrush_training.networks import FieldNet, FieldShape
from eyebrush_training.stylebank import StyleBank

MATRIX = "onnx::MatMul"  # the exporter's name for the whitening basis, transposed


def exported_weights(path: Path, prefix: str) -> dict[str, Tensor]:
    """Initialisers below ``prefix`` of an exported network, fp32, by their names in torch.

    The exporter calls the one matrix that it transposes ``onnx::MatMul_N``: it is returned as
    ``basis``.
    """
    found: dict[str, Tensor] = {}
    for tensor in onnx.load(str(path)).graph.initializer:
        name = tensor.name.removesuffix(".half")
        value = torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
        if name.startswith(MATRIX):
            found["basis"] = value.T.contiguous()
        elif name.startswith(prefix):
            found[name.removeprefix(prefix)] = value
    return found


def _fill(module: torch.nn.Module, weights: dict[str, Tensor], path: Path) -> None:
    own = module.state_dict()
    wrong = [k for k, v in own.items() if k not in weights or weights[k].shape != v.shape]
    if wrong:
        raise InputError(
            got=f"{path} whose {wrong[0]} is missing or of another shape",
            wanted="a network exported with this recipe's widths",
            fix="train with the recipe of that network, or from nothing (no --start)",
        )
    module.load_state_dict({k: weights[k] for k in own})


def load_field(path: Path) -> FieldNet:
    """The network of a field.onnx in torch, with the widths that it has there."""
    weights = exported_weights(path, "field.")
    wanted = ("stem.weight", "down.weight", "body.0.weight")
    if any(name not in weights for name in wanted):
        raise InputError(
            got=f"{path} without the convolutions {', '.join(wanted)}",
            wanted="a field network as the training exports it",
            fix="pass field.onnx of an export",
        )
    fine, coarse, inner = (len(weights[name]) for name in wanted)
    blocks = sum(name.startswith("body.") and name.endswith(".weight") for name in weights) // 2
    network = FieldNet(FieldShape(fine, coarse, blocks, inner))
    _fill(network, weights, path)
    return network.eval()


@torch.no_grad()
def load_exported(model: Model, bank: StyleBank, folder: Path) -> None:
    """Fill ``model`` with what ``folder`` holds. InputError where the shapes do not fit.

    folder: field.onnx, style_encoder.onnx and styles.safetensors of one export.
    """
    field, encoder = folder / resources.FIELD_NETWORK, folder / resources.STYLE_ENCODER
    _fill(model.field, exported_weights(field, "field."), field)
    _fill(model.head, exported_weights(encoder, "head."), encoder)
    titles = json.loads(Path(__file__).with_name("paintings.json").read_text())
    wholes = {int(bank.painting[i]): int(i) for i in torch.where(bank.whole)[0]}
    with safe_open(folder / resources.STYLES, "pt") as styles:
        names = set(styles.keys())
        for index, stem in enumerate(bank.names):
            key = f"{titles.get(stem, [stem])[0]}/code"
            if key in names:
                predicted = model.head(bank.statistics[wholes[index]][None].to(model.own.device))
                model.own[index] = styles.get_tensor(key).to(model.own.device) - predicted[0]


def load_checkpoint(model: Model, judge: torch.nn.Module, path: Path) -> None:
    """Fill ``model`` with a checkpoint's running average, and ``judge`` with its judge."""
    if not path.is_file():
        raise InputError(got=f"no file {path}", wanted="a checkpoint", fix="see runs/*/last.pt")
    state = torch.load(path, map_location="cpu", weights_only=True)
    for module, weights in ((model, state["average"]), (judge, state["judge"])):
        own = module.state_dict()
        wrong = [k for k, v in own.items() if k not in weights or weights[k].shape != v.shape]
        if wrong:
            raise InputError(
                got=f"{path} whose {wrong[0]} is missing or of another shape",
                wanted="a checkpoint of this recipe's widths, trained on as many paintings",
                fix="train with the recipe and the data of that checkpoint",
            )
        module.load_state_dict(weights)


def folder_of(start: str) -> Path:
    """``shipped`` is the installed package's own assets."""
    return resources.folder() if start == "shipped" else Path(start)
