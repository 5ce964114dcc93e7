"""What TensorRT lacks, written otherwise, with the same numbers.

Bytes exist at its borders only, so the cast of the strokes to bytes becomes the last node; and
Turing has no fp32 matrix product, so the few small ones become products and sums.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from eyebrush.errors import InputError

MOVES = ("Reshape", "Transpose", "Identity")  # what may stand between the cast to bytes and output
EXPORT = "export it with eyebrush_training's exporter"


def bytes_last(graph: onnx.GraphProto) -> None:
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


def spell_products(graph: onnx.GraphProto) -> None:
    """A [.., m, k] @ B [.., k, n] as the sum over k of A [.., m, k, 1] * B [.., 1, k, n]; a Gemm is
    such a product with B transposed, and a sum."""

    def ints(name: str, value: int) -> str:
        graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), name))
        return name

    nodes = []
    for node in graph.node:
        if node.op_type not in ("MatMul", "Gemm"):
            nodes.append(node)
            continue
        out, (a, b) = node.output[0], node.input[:2]
        product, tail = out, []
        if node.op_type == "Gemm":
            settings = {x.name: helper.get_attribute_value(x) for x in node.attribute}
            if settings != {"alpha": 1.0, "beta": 1.0, "transB": 1}:
                raise InputError(
                    got=f"Gemm {node.name} with {settings}", wanted="A B' + C", fix=EXPORT
                )
            product, turned = f"{out}.product", f"{b}.turned"
            nodes.append(helper.make_node("Transpose", [b], [turned], f"{out}.turn", perm=[1, 0]))
            tail = [helper.make_node("Add", [product, node.input[2]], [out], node.name)]
            b = turned
        left, right, all_ = f"{out}.left", f"{out}.right", f"{out}.products"
        last, before, summed = (ints(f"{out}.axis{axis}", axis) for axis in (-1, -3, -2))
        nodes += [
            helper.make_node("Unsqueeze", [a, last], [left], left),
            helper.make_node("Unsqueeze", [b, before], [right], right),
            helper.make_node("Mul", [left, right], [all_], all_),
            helper.make_node("ReduceSum", [all_, summed], [product], f"{out}.sum", keepdims=0),
            *tail,
        ]
    del graph.node[:]
    graph.node.extend(nodes)


def drop_unused(graph: onnx.GraphProto) -> None:
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
