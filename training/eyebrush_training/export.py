"""From a checkpoint to what the runtime ships: two ONNX files, a style library, a model card."""

from __future__ import annotations

import datetime
import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import save_file
from torch import Tensor, nn

from eyebrush import resources, tone
from eyebrush_training.data import seen_paintings
from eyebrush_training.encoder import StyleEncoder
from eyebrush_training.loop import Model
from eyebrush_training.networks import FieldNet, FieldShape
from eyebrush_training.recipe import UNSEEN, Recipe, Weights
from eyebrush_training.stylebank import fit_short_side
from eyebrush_training.vgg import Vgg16, load_vgg

INPUTS = ("rgb", "code", "stats", "fresh", "tone_in", "tone_out", "detail")
OUTPUTS = ("grid", "strokes", "stats_out")


class RuntimeField(nn.Module):
    """FieldNet with the runtime's signature: one style for all eyes, strokes as bytes, NHWC."""

    def __init__(self, field: FieldNet) -> None:
        super().__init__()
        self.field = field

    def forward(
        self,
        rgb: Tensor,
        code: Tensor,
        stats: Tensor,
        fresh: Tensor,
        tone_in: Tensor,
        tone_out: Tensor,
        detail: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        grid, planes, used = self.field(
            rgb, code[None], tone_in[None], tone_out[None], stats, fresh, detail
        )
        bytes_ = (planes.clamp(0, 1) * 255 + 0.5).to(torch.uint8)
        e, _, h, w = bytes_.shape  # channel = 4 * component + 2 * row + column
        strokes = bytes_.reshape(e, 4, 2, 2, h, w).permute(0, 4, 2, 5, 3, 1)
        return grid, strokes.reshape(e, 2 * h, 2 * w, 4), used[0]


@dataclass(frozen=True)
class Checkpoint:
    recipe: Recipe
    model: Model
    step: int
    paintings: list[str]


def load_checkpoint(path: Path, paintings: list[str]) -> Checkpoint:
    """Averaged weights of a checkpoint. ``paintings``: names in the order of the style bank."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    raw = json.loads(state["recipe"])
    raw["shape"], raw["weights"] = FieldShape(**raw["shape"]), Weights(**raw["weights"])
    recipe = Recipe(**raw)
    model = Model(recipe, len(state["average"]["own"]))
    model.load_state_dict(state["average"])
    return Checkpoint(recipe, model.eval().requires_grad_(False), int(state["step"]), paintings)


def network_id(field: FieldNet) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(field.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().numpy().tobytes())
    return f"field-v1-{digest.hexdigest()[:8]}"


def to_onnx(
    module: nn.Module,
    args: tuple[Tensor, ...],
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    dynamic: dict,
    path: Path,
    metadata: dict[str, str],
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            args,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=dynamic,
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load(str(path))
    halve_weights(model)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def halve_weights(model: onnx.ModelProto) -> None:
    """Convolution and matrix weights are stored as fp16 and widened on load; half the download."""
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) < 4096:
            continue
        name = tensor.name
        half = numpy_helper.to_array(tensor).astype(np.float16)
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    for i, node in enumerate(casts):
        graph.node.insert(i, node)


def export(
    checkpoint: Checkpoint, vgg: Vgg16, paintings: list[Path], out: Path, note: str = ""
) -> None:
    """Write field.onnx, style_encoder.onnx, styles.safetensors and MODEL_CARD.md into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    field, head = checkpoint.model.field, checkpoint.model.head
    name = network_id(field)
    size, stats = field.code_size, field.stats_size
    to_onnx(
        RuntimeField(field),
        (
            torch.rand(2, 3, 128, 128),
            torch.zeros(size),
            torch.zeros(2, stats),
            torch.ones(1),
            torch.eye(3, 4),
            torch.eye(3, 4),
            torch.ones(1),
        ),
        INPUTS,
        OUTPUTS,
        {"rgb": {0: "E", 2: "h", 3: "w"}, "grid": {0: "E"}, "strokes": {0: "E", 1: "H", 2: "W"}},
        out / "field.onnx",
        {
            "eyebrush.network": name,
            "eyebrush.down": "4",
            "eyebrush.code": str(size),
            "eyebrush.stats": str(stats),
        },
    )
    encoder = StyleEncoder(vgg, head)
    to_onnx(
        encoder,
        (torch.rand(1, 3, 256, 256),),
        ("painting",),
        ("code",),
        {"painting": {2: "H", 3: "W"}},
        out / "style_encoder.onnx",
        {"eyebrush.network": name, "eyebrush.code": str(size)},
    )
    write_styles(checkpoint, encoder, paintings, name, out / "styles.safetensors")
    write_card(checkpoint, name, paintings, out / "MODEL_CARD.md", note)
    (out / "styles.safetensors").chmod(0o644)
    resources.write_checksums(out)


@torch.no_grad()
def style_of(encoder: StyleEncoder, painting: Path) -> tuple[np.ndarray, np.ndarray]:
    """(code [K], tone_out [3,4]) of a painting, as the runtime's ``style add`` computes them."""
    picture = np.asarray(fit_short_side(Image.open(painting).convert("RGB")))
    canonical = torch.from_numpy(tone.canonical(picture)).permute(2, 0, 1)[None]
    return encoder(canonical).numpy(), tone.tone_out(tone.picture_statistics(picture))


def write_styles(
    checkpoint: Checkpoint, encoder: StyleEncoder, paintings: list[Path], network: str, path: Path
) -> None:
    titles = json.loads(Path(__file__).with_name("paintings.json").read_text())
    tensors: dict[str, np.ndarray] = {}
    about: dict[str, dict] = {}
    for file in paintings:
        name, title, artist, year = titles.get(file.stem, [file.stem, file.stem, "", ""])
        code, tone_out = style_of(encoder, file)
        trained = file.stem in checkpoint.paintings
        if trained:
            code = code + checkpoint.model.own[checkpoint.paintings.index(file.stem)].numpy()
        tensors[f"{name}/code"] = code.astype(np.float32)
        tensors[f"{name}/tone_out"] = tone_out.astype(np.float32)
        about[name] = {
            "title": title,
            "artist": artist,
            "year": year,
            "licence": "public domain (by age of the painting)",
            "seen_in_training": trained,
        }
    save_file(
        tensors,
        str(path),
        metadata={
            "format": "eyebrush-styles/1",
            "network": network,
            "styles": json.dumps(about),
        },
    )


def write_card(
    checkpoint: Checkpoint, network: str, paintings: list[Path], path: Path, note: str = ""
) -> None:
    r = checkpoint.recipe
    parameters = sum(p.numel() for p in checkpoint.model.field.parameters())
    seen = len(seen_paintings(paintings))
    shape = (
        f"{parameters:,} parameters ({r.shape.fine} channels at 1/4, {r.shape.coarse} at 1/8 of "
        f"the composite's resolution, {r.shape.blocks} residual blocks)"
    )
    rows = {
        "what": f"style-field network, {shape}, one network for all styles",
        "style code": f"{checkpoint.model.field.code_size} numbers: AdaIN scale and shift of every "
        "layer",
        "recipe": f"`{r.name}`: {checkpoint.step} of {r.steps} steps, batch {r.batch}, "
        f"{r.size}x{r.size} crops, seed {r.seed}",
        "exported": datetime.date.today().isoformat(),
        "photographs": "content photographs of mixed free and research licences, every tenth kept "
        "out",
        "paintings": f"{seen} public-domain paintings seen in training; never seen: "
        + ", ".join(sorted(UNSEEN)),
        "losses' eye": "VGG-16, Simonyan & Zisserman 2014, CC BY 4.0",
        "style encoder": "VGG-16 conv1_1..conv3_3 (the same weights, fp16) + PCA whitening + "
        "perceptron",
    }
    if note:
        rows["how it went"] = note
    table = "".join(f"| {what} | {about} |\n" for what, about in rows.items())
    path.write_text(f"""# Model card: {network}

| | |
| --- | --- |
{table}
Codes of paintings seen in training carry a correction trained for each; paintings never seen use
the encoder's code as it is, exactly as `eyebrush style add` makes them.

Limits: trained on {r.size}-pixel crops of photographs; strokes have the size they have in a
painting of 512 pixels short side. Faces and thin far structures are simplified. Not meant for
judging art or people.
""")


def export_file(
    last: Path, vgg_path: Path, paintings: list[Path], out: Path, note: str = ""
) -> None:
    """``note``: what the recipe does not tell about this training; goes into the model card."""
    names = [p.stem for p in seen_paintings(paintings)]
    export(load_checkpoint(last, names), load_vgg(vgg_path), paintings, out, note)
