"""Tiny random-weight networks with the shipped networks' contracts, for tests.

``field_network`` has the inputs and outputs of assets/field.onnx, ``style_encoder`` those of
assets/style_encoder.onnx, so tests depend neither on training nor on the shipped weights.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CHANNELS = 8
CODE = 2 * CHANNELS  # gamma | beta of the one AdaIN layer
STATS = CHANNELS
NETWORK_ID = "tiny-v1-0000beef"


class Graph:
    """Collects nodes and constants; ``op`` returns the name of the node's output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def const(self, value: object, dtype: type = np.float32) -> str:
        name = f"const{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def ints(self, *value: int) -> str:
        return self.const(value, np.int64)

    def op(self, kind: str, *inputs: str, output: str = "", **attributes: object) -> str:
        output = output or f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def conv(self, x: str, weight: np.ndarray, stride: int = 1) -> str:
        pad = weight.shape[-1] // 2
        return self.op("Conv", x, self.const(weight), strides=[stride] * 2, pads=[pad] * 4)

    def part(self, x: str, start: int, stop: int, axis: int) -> str:
        return self.op("Slice", x, self.ints(start), self.ints(stop), self.ints(axis))

    def tone(self, matrix: str, x: str, like: str) -> str:
        """matrix [3, 4] applied to planar x [E, 3, h, w]; ``like`` gives the output's shape."""
        flat = self.op("Reshape", x, self.ints(0, 3, -1))
        linear = self.op("MatMul", self.part(matrix, 0, 3, 1), flat)
        moved = self.op("Add", linear, self.part(matrix, 3, 4, 1))
        return self.op("Reshape", moved, self.op("Shape", like))

    def save(
        self, path: Path, inputs: dict, outputs: dict, metadata: dict[str, str], opset: int = 17
    ) -> Path:
        graph = helper.make_graph(
            self.nodes,
            "tiny",
            [helper.make_tensor_value_info(n, t, s) for n, (t, s) in inputs.items()],
            [helper.make_tensor_value_info(n, t, s) for n, (t, s) in outputs.items()],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 9
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model)
        onnx.save(model, path)
        return path


def field_network(path: Path, network_id: str = NETWORK_ID, seed: int = 7) -> Path:
    """rgb -> tone_in -> conv /2 -> AdaIN with running statistics -> grid and strokes."""
    rng = np.random.default_rng(seed)
    g = Graph()
    canonical = g.tone("tone_in", "rgb", "rgb")
    x = g.conv(canonical, rng.normal(0, 0.4, (CHANNELS, 3, 3, 3)), stride=2)
    wide = g.op("Cast", x, to=TensorProto.FLOAT)  # as .float() in the real one: fp32 begins here
    mean = g.op("ReduceMean", wide, axes=[0, 2, 3], keepdims=0)
    mean4 = g.op("Reshape", mean, g.ints(1, CHANNELS, 1, 1))
    centred = g.op("Sub", wide, mean4)
    variance = g.op("ReduceMean", g.op("Mul", centred, centred), axes=[0, 2, 3], keepdims=0)
    own = [g.op("Unsqueeze", s, g.ints(0)) for s in (mean, variance)]
    now = g.op("Concat", *own, axis=0)
    change = g.op("Mul", g.op("Sub", now, "stats"), "fresh")
    g.op("Add", "stats", change, output="stats_out")

    shape = g.ints(1, CHANNELS, 1, 1)
    used_mean = g.op("Reshape", g.part("stats_out", 0, 1, 0), shape)
    used_variance = g.op("Reshape", g.part("stats_out", 1, 2, 0), shape)
    gamma = g.op("Reshape", g.part("code", 0, CHANNELS, 0), shape)
    beta = g.op("Reshape", g.part("code", CHANNELS, CODE, 0), shape)
    deviation = g.op("Sqrt", g.op("Add", used_variance, g.const(1e-5)))
    normal = g.op("Div", g.op("Sub", x, used_mean), deviation)
    x = g.op("Relu", g.op("Add", g.op("Mul", normal, gamma), beta))

    painted = g.conv(x, rng.normal(0, 0.2, (64, CHANNELS, 3, 3)))
    painted = g.op("Cast", painted, to=TensorProto.FLOAT)
    painted = g.op("DepthToSpace", painted, blocksize=4)  # [E, 4, 2h, 2w]
    colour = g.part(painted, 0, 3, 1)
    colour = g.tone("tone_out", colour, colour)
    mask = g.op("Sigmoid", g.part(painted, 3, 4, 1))
    mask = g.op("Mul", mask, g.op("Sub", g.const(1), "detail"))  # as if all were lettering
    layer = g.op("Concat", colour, mask, axis=1)
    layer = g.op("Clip", g.op("Mul", layer, g.const(255)), g.const(0), g.const(255))
    layer = g.op("Cast", g.op("Round", layer), to=TensorProto.UINT8)
    g.op("Transpose", layer, perm=[0, 2, 3, 1], output="strokes")

    cells = g.conv(x, rng.normal(0, 0.01, (96, CHANNELS, 1, 1)))
    batch = g.op("Concat", g.part(g.op("Shape", cells), 0, 2, 0), g.ints(16, 16), axis=0)
    cells = g.op("Resize", cells, "", "", batch, mode="linear")
    cells = g.op("Cast", cells, to=TensorProto.FLOAT)
    cells = g.op("Reshape", cells, g.ints(0, 12, 8, 16, 16))
    identity = np.zeros((1, 12, 1, 1, 1))
    identity[0, [0, 5, 10]] = 1.0
    tint = g.op("Reshape", g.part("tone_out", 3, 4, 1), g.ints(1, 3, 1, 1, 1))
    tint = g.op("Mul", tint, g.const(0.25))
    zeros = g.const(np.zeros((1, 3, 1, 1, 1)))
    offsets = g.op("Concat", *[p for _ in range(3) for p in (zeros,)], tint, axis=1)
    cells = g.op("Add", g.op("Add", cells, g.const(identity)), offsets)
    g.op("Identity", cells, output="grid")

    f, u = TensorProto.FLOAT, TensorProto.UINT8
    return g.save(
        path,
        {
            "rgb": (f, ["E", 3, "h", "w"]),
            "code": (f, [CODE]),
            "stats": (f, [2, STATS]),
            "fresh": (f, [1]),
            "tone_in": (f, [3, 4]),
            "tone_out": (f, [3, 4]),
            "detail": (f, [1]),
        },
        {
            "grid": (f, ["E", 12, 8, 16, 16]),
            "strokes": (u, ["E", "H", "W", 4]),
            "stats_out": (f, [2, STATS]),
        },
        {
            "eyebrush.network": network_id,
            "eyebrush.down": "4",
            "eyebrush.code": str(CODE),
            "eyebrush.stats": str(STATS),
        },
    )


def style_encoder(path: Path, network_id: str = NETWORK_ID, seed: int = 11) -> Path:
    """painting [1, 3, H, W] -> code [CODE]: means of a random convolution."""
    rng = np.random.default_rng(seed)
    g = Graph()
    x = g.op("Relu", g.conv("painting", rng.normal(0, 1, (CODE, 3, 3, 3)), stride=2))
    mean = g.op("ReduceMean", x, axes=[0, 2, 3], keepdims=0)
    g.op("Add", mean, g.const(0.5), output="code")
    f = TensorProto.FLOAT
    return g.save(
        path,
        {"painting": (f, [1, 3, "H", "W"])},
        {"code": (f, [CODE])},
        {"eyebrush.network": network_id, "eyebrush.code": str(CODE)},
    )
