"""What the compiler made of a network: its layers, read from what it says while it builds.

The library's own inspector needs a GPU; its log of a build tells the same without one.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from onnx import ModelProto, TensorProto, helper

TITLE = "Layers:"  # how the log's message with all layers begins
_LAYER = re.compile(r"^Name: (?P<name>.*?), LayerType: (?P<kind>\w+)", re.MULTILINE)
_TENSOR = re.compile(
    r"\{ Name: (?P<name>.*?), Dimensions: \[(?P<shape>[\d,]*)\].*?Datatype: (?P<type>\w+)"
)
_NODE = re.compile(r"\[ONNX Layer: (.*?)\]")
GENERATED = "kgen"  # element-wise work, fused into one generated kernel
MOVING = {"Move", "Slic", "Tran", "Resh", "Cast", "Conc", "Repl"}  # how generated kernels are named


@dataclass(frozen=True)
class Tensor:
    name: str
    shape: tuple[int, ...]
    type: str  # Half, Float, UInt8, Int32, ...


@dataclass(frozen=True)
class Layer:
    """One kernel; ``nodes`` are the ONNX nodes that it computes."""

    name: str
    kind: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    nodes: tuple[str, ...]

    @property
    def moves_only(self) -> bool:
        """Whether it only copies, transposes or casts."""
        if "reformat" in self.kind.lower() or self.kind.lower() in ("shuffle", "cast"):
            return True
        steps = re.sub(r"_myl\d+_\d+$", "", self.name.removeprefix("__myl_"))
        parts = set(re.findall(r"[A-Z][a-z]{2,3}", steps))
        return self.name.startswith("__myl_") and bool(parts) and parts <= MOVING

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def parse(message: str) -> list[Layer]:
    """Layers from the message that begins with ``TITLE``; empty where there is none."""
    if not message.startswith(TITLE):
        return []
    layers = []
    for line in message.split("\n\n")[0].splitlines()[1:]:
        head = _LAYER.match(line)
        if head is None:
            continue
        inputs, _, rest = line.partition(", Constants: ")
        outputs = rest.partition(", Outputs: ")[2]
        found = tuple(_NODE.findall(line))
        layers.append(Layer(head["name"], head["kind"], _tensors(inputs), _tensors(outputs), found))
    return layers


def problems(layers: list[Layer], model: ModelProto) -> list[str]:
    """What is not as the graph (of ``half.for_tensorrt``) means it to be, in words; empty if well.

    A layer that gives fp32 must contain a node that is fp32 in the graph; convolutions take and
    give the type that they have there; nothing only copies, casts or transposes at the borders.
    """
    types = _node_types(model)
    convolutions = {n.name for n in model.graph.node if n.op_type == "Conv"}
    borders = {t.name for t in (*model.graph.input, *model.graph.output)}
    found, seen = [], set()
    for layer in layers:
        kinds = {types.get(node) for node in layer.nodes}
        outside = {t.name for t in (*layer.inputs, *layer.outputs)} & borders
        if outside and layer.moves_only:
            found.append(f"{layer.name} only moves {', '.join(sorted(outside))}")
        if "Half" in kinds | {None} and "Float" not in kinds:
            wide = [t.name for t in layer.outputs if t.type == "Float"]
            if wide and layer.nodes:
                found.append(f"{layer.name} gives {wide[0]} in fp32")
        mine = convolutions & set(layer.nodes) if layer.kind != GENERATED else set()  # its padding
        seen |= mine
        for node in mine:
            if any(t.type != types[node] for t in (*layer.inputs, *layer.outputs)):
                found.append(f"convolution {node} is not {types[node]} throughout")
    missing = sorted(convolutions - seen)
    return found + [f"convolution {node} is in no layer" for node in missing]


def _tensors(text: str) -> tuple[Tensor, ...]:
    return tuple(
        Tensor(m["name"], tuple(int(n) for n in m["shape"].split(",") if n), m["type"])
        for m in _TENSOR.finditer(text)
    )


def _node_types(model: ModelProto) -> dict[str, str]:
    """Node name -> Half or Float, of what it gives; nodes that give something else are left out."""
    from onnx import shape_inference

    inferred = shape_inference.infer_shapes(model).graph
    element = {
        v.name: v.type.tensor_type.elem_type for v in (*inferred.value_info, *inferred.output)
    }
    names = {TensorProto.FLOAT16: "Half", TensorProto.FLOAT: "Float"}
    types = {n.name: names.get(element.get(n.output[0], 0)) for n in model.graph.node}
    for node in model.graph.node:
        if node.op_type == "Cast":
            types[node.name] = names.get(helper.get_node_attr_value(node, "to"))
    return {name: kind for name, kind in types.items() if kind}
