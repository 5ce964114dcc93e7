"""From the shipped fp32 graph to what TensorRT compiles: strongly typed, fp16 with fp32 statistics.

Three rules give every tensor its type; there is no list of layers to keep up to date.

1. A convolution computes in fp16: its picture, weights and bias are fp16.
2. Any other operation with an fp16 operand gives fp16, and its other operands are rounded to it.
3. A ``Cast`` to float is where fp32 begins again. The network has one before everything that must
   not be rounded: AdaIN's means, the colours of the strokes, the grid (``.float()`` in
   eyebrush_training.networks). In the fp32 graph these casts do nothing.

What is fed by inputs alone (canonical colour, style code) stays fp32 up to the first convolution.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from eyebrush.engines import dialect
from eyebrush.engines.dialect import EXPORT
from eyebrush.errors import InputError

HALF, FLOAT = TensorProto.FLOAT16, TensorProto.FLOAT


def read(path: Path) -> ModelProto:
    """An ONNX model, checked. Raises InputError."""
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf, onnx and the system each have their own
        brief = " ".join(str(error).split())[:160]
        raise InputError(
            got=f"{path} ({brief})", wanted="an intact ONNX network", fix=EXPORT
        ) from error
    return model


def for_tensorrt(model: ModelProto, precision: str) -> ModelProto:
    """A copy that TensorRT's parser reads, its types fixed: precision "f16" or "f32".

    Raises InputError where a statistic would be taken in fp16.
    """
    result = ModelProto()
    result.CopyFrom(model)
    dialect.bytes_last(result.graph)
    if precision == "f16":
        _Typing(result).run()
    dialect.spell_products(result.graph)
    dialect.drop_unused(result.graph)
    onnx.checker.check_model(result, full_check=True)
    return result


class _Typing:
    """One pass over the nodes in their order; ``half`` holds the names of fp16 tensors."""

    def __init__(self, model: ModelProto) -> None:
        self.graph = model.graph
        self.opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
        self.constants = {t.name: t for t in self.graph.initializer}
        for node in self.graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = node.attribute[0].t
        self.half = {n for n, t in self.constants.items() if t.data_type == HALF}
        self.source: dict[str, str] = {}  # widened tensor -> the fp16 tensor that it was made from
        self.nodes: list[NodeProto] = []

    def run(self) -> None:
        for node in self.graph.node:
            if node.op_type == "Cast":
                self._cast(node)
            elif node.op_type == "Conv" or any(i in self.half for i in self._operands(node)):
                self._halve(node)
            self.nodes.append(node)
        del self.graph.node[:]
        self.graph.node.extend(self.nodes)
        for output in self.graph.output:
            if output.name in self.half:
                raise InputError(
                    got=f"output {output.name} in fp16",
                    wanted="a Cast to float before it",
                    fix=EXPORT,
                )

    def _operands(self, node: NodeProto) -> list[str]:
        """Inputs that must have the type of the first one, by the operation's own schema."""
        formal = onnx.defs.get_schema(node.op_type, self.opset).inputs
        types = [formal[min(i, len(formal) - 1)].type_str for i in range(len(node.input))]
        return [n for n, t in zip(node.input, types, strict=True) if n and t == types[0]]

    def _cast(self, node: NodeProto) -> None:
        to = helper.get_node_attr_value(node, "to")
        if to == FLOAT and node.input[0] in self.half:
            self.source[node.output[0]] = node.input[0]

    def _halve(self, node: NodeProto) -> None:
        if node.op_type == "ReduceMean" and _over_pixels(node):
            raise InputError(
                got=f"{node.name or node.output[0]}, a mean over pixels in fp16",
                wanted="a Cast to float before it: statistics are fp32",
                fix=EXPORT,
            )
        wanted = set(self._operands(node))
        for i, name in enumerate(node.input):
            if name in wanted:
                node.input[i] = self._as_half(name)
        schema = onnx.defs.get_schema(node.op_type, self.opset)
        if schema.outputs[0].type_str == schema.inputs[0].type_str:  # Shape gives whole numbers
            self.half.update(node.output)

    def _as_half(self, name: str) -> str:
        """The fp16 version of a tensor: itself, what it was widened from, a constant, or a cast."""
        if name in self.half or name in self.source:
            return self.source.get(name, name)
        rounded = f"{name}.f16"
        if rounded in self.half:
            return rounded
        if name in self.constants:
            value = numpy_helper.to_array(self.constants[name]).astype(np.float16)
            self.graph.initializer.append(numpy_helper.from_array(value, rounded))
        else:
            self.nodes.append(helper.make_node("Cast", [name], [rounded], rounded, to=HALF))
        self.half.add(rounded)
        return rounded


def _over_pixels(node: NodeProto) -> bool:
    axes = next((list(a.ints) for a in node.attribute if a.name == "axes"), [])
    return not axes or bool({2, 3, -1, -2} & set(axes))
