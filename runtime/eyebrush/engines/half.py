"""From the shipped fp32 graph to what TensorRT compiles: strongly typed, fp16 with fp32 statistics.

Three rules give every tensor its type; there is no list of layers to keep up to date.

1. A convolution computes in fp16: its picture, weights and bias are fp16.
2. Any other operation with an fp16 operand gives fp16, and its other operands are rounded to it.
3. A ``Cast`` to float is where fp32 begins again. The network has one before everything that must
   not be rounded: AdaIN's means, the colours of the strokes, the grid (``.float()`` in
   eyebrush_training.networks). In the fp32 graph these casts do nothing.

What is fed by inputs alone (canonical colour, style code) stays fp32 up to the first convolution.

Two things that TensorRT lacks are written otherwise, with the same numbers: bytes exist at its
borders only, so the cast of the strokes to bytes becomes the last node; and Turing has no fp32
matrix product, so the grid's two small ones become products and sums.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from eyebrush.errors import InputError

HALF, FLOAT = TensorProto.FLOAT16, TensorProto.FLOAT
MOVES = ("Reshape", "Transpose", "Identity")  # what may stand between the cast to bytes and output
EXPORT = "export it with eyebrush_training's exporter"


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
    _bytes_last(result.graph)
    if precision == "f16":
        _Typing(result).run()
    _spell_products(result.graph)
    _drop_unused(result.graph)
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


def _bytes_last(graph: onnx.GraphProto) -> None:
    """Take casts to bytes out of the graph and cast its byte outputs last: the same bytes, for only
    what moves numbers may stand between. Raises InputError where something else does."""
    bypassed = {
        n.output[0]: n.input[0]
        for n in graph.node
        if n.op_type == "Cast" and helper.get_node_attr_value(n, "to") == TensorProto.UINT8
    }
    moved = set(bypassed)
    for node in graph.node:
        if moved & set(node.input) and node.op_type not in ("Shape", *MOVES):
            raise InputError(
                got=f"{node.op_type} of bytes in {node.name}", wanted="bytes only moved", fix=EXPORT
            )
        if node.op_type in MOVES and moved & set(node.input):
            moved.update(node.output)
        for i, name in enumerate(node.input):
            node.input[i] = bypassed.get(name, name)
    for output in graph.output:
        if output.type.tensor_type.elem_type != TensorProto.UINT8:
            continue
        maker = next(n for n in graph.node if output.name in n.output)
        if maker.output[0] in bypassed:
            continue  # the cast is last already
        maker.output[0] = number = f"{output.name}.number"
        graph.node.append(
            helper.make_node("Cast", [number], [output.name], "bytes", to=TensorProto.UINT8)
        )


def _spell_products(graph: onnx.GraphProto) -> None:
    """A [.., m, k] @ B [.., k, n] as the sum over k of A [.., m, k, 1] * B [.., 1, k, n]."""

    def ints(name: str, value: int) -> str:
        graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), name))
        return name

    nodes = []
    for node in graph.node:
        if node.op_type != "MatMul":
            nodes.append(node)
            continue
        out = node.output[0]
        left, right, all_ = f"{out}.left", f"{out}.right", f"{out}.products"
        last, before, summed = (ints(f"{out}.axis{axis}", axis) for axis in (-1, -3, -2))
        nodes += [
            helper.make_node("Unsqueeze", [node.input[0], last], [left], left),
            helper.make_node("Unsqueeze", [node.input[1], before], [right], right),
            helper.make_node("Mul", [left, right], [all_], all_),
            helper.make_node("ReduceSum", [all_, summed], [out], node.name, keepdims=0),
        ]
    del graph.node[:]
    graph.node.extend(nodes)


def _drop_unused(graph: onnx.GraphProto) -> None:
    needed = {o.name for o in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed & set(node.output):
            needed.update(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    constants = [t for t in graph.initializer if t.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(constants)
