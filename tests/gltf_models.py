"""Small real glTF files for tests: a sphere with a seam, a box with an atlas, and what one makes of
them. Written by hand, not by the library that is tested."""

from __future__ import annotations

import base64
import io
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image

WRAP = {"repeat": 10497, "mirror": 33648, "clamp": 33071}


def png(color: np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(color).save(out, kind, **options)
    return out.getvalue()


def plasma(height: int, width: int, seed: int = 0, waves: int = 6) -> np.ndarray:
    """[H, W, 3] uint8: soft colours that repeat in both directions."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] + 0.5
    out = np.zeros((height, width, 3))
    for _ in range(waves):
        kx, ky = rng.integers(-3, 4, 2)
        phase = rng.random(3) * 2 * np.pi
        turn = 2 * np.pi * (kx * x / width + ky * y / height)
        out += rng.random() * np.cos(turn[..., None] + phase)
    out = (out - out.min()) / max(np.ptp(out), 1e-9)
    return (40 + 175 * out).astype(np.uint8)


@dataclass
class Mesh:
    """position [V, 3], uv [V, 2], triangles [T, 3]; material: its number."""

    position: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    material: int = 0


def sphere(around: int = 24, up: int = 12, radius: float = 1.0) -> Mesh:
    """An UV sphere: the first and the last meridian are one place, at u = 0 and u = 1."""
    u, v = np.meshgrid(np.linspace(0, 1, around + 1), np.linspace(0, 1, up + 1))
    phi, theta = 2 * np.pi * (u % 1), np.pi * v
    ring = np.sin(theta) * (v > 0) * (v < 1)
    position = radius * np.stack([ring * np.cos(phi), np.cos(theta), -ring * np.sin(phi)], axis=-1)
    return Mesh(position.reshape(-1, 3), np.stack([u, v], axis=-1).reshape(-1, 2), grid(around, up))


def grid(columns: int, rows: int) -> np.ndarray:
    """Triangles of a grid of (columns + 1) x (rows + 1) vertices, row by row."""
    a = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)[None]).ravel()
    b, c, d = a + 1, a + columns + 1, a + columns + 2
    return np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])


def box(margin: float = 1 / 32) -> Mesh:
    """A cube; each face an island of its own in a 3 x 2 atlas, with gutters."""
    corners, uvs, triangles = [], [], []
    axes = np.eye(3)
    for face in range(6):
        normal = axes[face % 3] * (1 if face < 3 else -1)
        right, up = axes[(face + 1) % 3], axes[(face + 2) % 3]
        left_top = np.array([face % 3 / 3, face // 3 / 2])
        for s, t in ((0, 0), (1, 0), (0, 1), (1, 1)):
            corners.append(normal + (2 * s - 1) * right + (2 * t - 1) * up)
            inner = np.array([1 / 3, 1 / 2]) - 2 * margin
            uvs.append(left_top + margin + inner * (s, t))
        triangles += [[4 * face + k for k in t] for t in ((0, 1, 2), (2, 1, 3))]
    return Mesh(np.array(corners) + 0.0, np.array(uvs), np.array(triangles))


@dataclass
class File:
    """What a glTF file is made of. images: bytes each; base: image of each material's base colour
    (None for none); normal: image of each material's normal map."""

    meshes: list[Mesh]
    images: list[bytes]
    base: list[int | None] = field(default_factory=lambda: [0])
    normal: list[int | None] = field(default_factory=lambda: [None])
    wrap: str | None = None
    alpha: str = "OPAQUE"
    transform: dict[str, Any] | None = None
    document: dict[str, Any] = field(default_factory=dict)  # laid over the finished JSON

    def parts(self, embed: bool = True) -> tuple[dict[str, Any], bytes]:
        """(JSON, binary); pictures inside of the binary, or left without a place."""
        doc: dict[str, Any] = {
            "asset": {"version": "2.0", "extras": {"made": "by a test"}},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "name": "it"}],
            **{k: [] for k in ("accessors", "bufferViews", "images", "textures", "materials")},
            "meshes": [{"primitives": []}],
        }
        blob = bytearray()

        def view(data: bytes) -> int:
            blob.extend(b"\0" * (-len(blob) % 4))
            doc["bufferViews"].append(
                {"buffer": 0, "byteOffset": len(blob), "byteLength": len(data)}
            )
            blob.extend(data)
            return len(doc["bufferViews"]) - 1

        def accessor(values: np.ndarray, kind: str, component: int) -> int:
            entry = {"bufferView": view(values.tobytes()), "componentType": component}
            entry |= {"count": len(values), "type": kind}
            if kind == "VEC3":
                entry |= {"min": values.min(0).tolist(), "max": values.max(0).tolist()}
            doc["accessors"].append(entry)
            return len(doc["accessors"]) - 1

        for number, data in enumerate(self.images):
            kind = "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png"
            image: dict[str, Any] = {"name": f"picture-{number}"}
            if embed:
                image |= {"bufferView": view(data), "mimeType": kind}
            doc["images"].append(image)
            doc["textures"].append({"source": number} | ({"sampler": 0} if self.wrap else {}))
        if self.wrap:
            doc["samplers"] = [{"wrapS": WRAP[self.wrap], "wrapT": WRAP[self.wrap]}]
        for number, base in enumerate(self.base):
            material: dict[str, Any] = {"name": f"m{number}", "pbrMetallicRoughness": {}}
            if self.alpha != "OPAQUE":
                material["alphaMode"] = self.alpha
            if base is not None:
                info: dict[str, Any] = {"index": base}
                if self.transform:
                    info["extensions"] = {"KHR_texture_transform": self.transform}
                    doc["extensionsUsed"] = ["KHR_texture_transform"]
                material["pbrMetallicRoughness"]["baseColorTexture"] = info
            if number < len(self.normal) and self.normal[number] is not None:
                material["normalTexture"] = {"index": self.normal[number], "scale": 0.5}
            doc["materials"].append(material)
        for mesh in self.meshes:
            attributes = {
                "POSITION": accessor(mesh.position.astype("<f4"), "VEC3", 5126),
                "TEXCOORD_0": accessor(mesh.uv.astype("<f4"), "VEC2", 5126),
            }
            index = accessor(mesh.triangles.astype("<u2").ravel(), "SCALAR", 5123)
            doc["meshes"][0]["primitives"].append(
                {"attributes": attributes, "indices": index, "material": mesh.material}
            )
        blob.extend(b"\0" * (-len(blob) % 4))
        doc["buffers"] = [{"byteLength": len(blob)}]
        return doc | self.document, bytes(blob)

    def glb(self, path: Path) -> Path:
        doc, blob = self.parts()
        return write_glb(path, doc, blob)

    def gltf(self, path: Path, pictures: str = "files", gap: str = "-") -> Path:
        """Beside it a .bin; pictures: "files" in textures/, "data" inside of the JSON; gap: in
        the pictures' names."""
        doc, blob = self.parts(embed=False)
        (path.parent / "textures").mkdir(exist_ok=True, parents=True)
        for number, (image, data) in enumerate(zip(doc["images"], self.images, strict=True)):
            suffix, kind = (".jpg", "jpeg") if data[:2] == b"\xff\xd8" else (".png", "png")
            if pictures == "data":
                image["uri"] = f"data:image/{kind};base64," + base64.b64encode(data).decode()
                continue
            (path.parent / "textures" / f"picture{gap}{number}{suffix}").write_bytes(data)
            image["uri"] = f"textures/picture{quote(gap)}{number}{suffix}"
        doc["buffers"][0]["uri"] = f"{path.stem}.bin"
        path.with_suffix(".bin").write_bytes(blob)
        path.write_text(json.dumps(doc), "utf-8")
        return path


def write_glb(path: Path, document: dict[str, Any], blob: bytes) -> Path:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    size = 12 + 8 + len(text) + 8 + len(blob)
    header = struct.pack("<4s2I2I", b"glTF", 2, size, len(text), 0x4E4F534A)
    path.write_bytes(header + text + struct.pack("<2I", len(blob), 0x004E4942) + blob)
    return path


def read_glb(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    size = struct.unpack("<I", data[12:16])[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def image_of(path: Path, index: int) -> bytes:
    """The bytes of a picture inside of a .glb."""
    doc, blob = read_glb(path)
    view = doc["bufferViews"][doc["images"][index]["bufferView"]]
    start = view.get("byteOffset", 0)
    return blob[start : start + view["byteLength"]]
