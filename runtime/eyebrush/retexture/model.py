"""A glTF 2.0 file: where its base-colour textures are, and how its meshes show them."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from eyebrush.errors import InputError
from eyebrush.retexture.accessors import read_accessor, triangles, view_bytes
from eyebrush.retexture.container import broken_said, open_document
from eyebrush.retexture.layout import Surface
from eyebrush.retexture.restyle import Part
from eyebrush.retexture.texture import Wrap, decode

SUFFIXES = (".glb", ".gltf")
WRAPS: dict[int, Wrap] = {10497: "repeat", 33648: "mirror", 33071: "clamp"}
MOST_TILES = 4096
SPECULAR = "KHR_materials_pbrSpecularGlossiness"


@dataclass
class BaseColour:
    """One picture that materials use as base colour, and all their uses of it.

    image: its index; data: the file's bytes; texture_info: the document's own objects that name it.
    """

    image: int
    data: bytes
    texture_info: list[Any] = field(default_factory=list)
    materials: set[int] = field(default_factory=set)


class Model:
    """plain: the file's JSON; document: the same as pygltflib.GLTF2; buffers: the bytes of each;
    binary: the one inside of a .glb. Raises InputError for what cannot be restyled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.plain, self.document, blob = open_document(path)
        self.binary = blob is not None
        with broken_said(self.name):
            self.buffers = [self._buffer(b, blob) for b in self.document.buffers]
            self.base_colours = self._base_colours()

    def parts(self) -> list[Part]:
        """What is to be restyled: every picture once, however many materials share it."""
        with broken_said(self.name):
            users = list(self._users())
            return [self._part(found, users) for found in self.base_colours]

    def other_textures(self) -> Iterator[int]:
        """Textures that materials use for something else than base colour."""
        for material, plain in zip(self.document.materials, self.plain["materials"], strict=True):
            named = [i["index"] for i in _texture_infos(plain)]
            for info in base_colour_infos(material):
                named.remove(texture_index(info))
            yield from named

    def image_name(self, index: int) -> str:
        image = self.document.images[index]
        uri = image.uri if image.uri and not image.uri.startswith("data:") else None
        return str(image.name or (unquote(uri) if uri else f"image {index}"))

    # ---- reading

    def _buffer(self, buffer: Any, blob: bytes | None) -> bytes:
        if buffer.uri is None:
            if blob is None:
                raise InputError(
                    got=f"{self.name} with a buffer without data",
                    wanted="buffers with a URI, or inside of a .glb",
                    fix="export the model again",
                )
            return blob
        data = self.resource(buffer.uri, "buffer")
        if len(data) < (buffer.byteLength or 0):
            raise InputError(
                got=f"{self.name}: a buffer of {len(data)} bytes",
                wanted=f"the {buffer.byteLength} bytes that the file names",
                fix="get an intact copy of the buffer",
            )
        return data

    def resource(self, uri: str, kind: str) -> bytes:
        """The bytes behind a URI: data inside of it, or a file beside the model."""
        if uri.startswith("data:"):
            try:
                return base64.b64decode(uri.partition(",")[2], validate=True)
            except binascii.Error as error:
                raise InputError(
                    got=f"{self.name}: a damaged data URI ({error})",
                    wanted="base64",
                    fix="export the model again",
                ) from error
        relative = unquote(uri)
        parts = Path(relative).parts
        if "://" in uri or Path(relative).is_absolute() or ".." in parts or "\\" in relative:
            raise InputError(
                got=f"{self.name}: {kind} {uri!r}, outside of the model's folder",
                wanted="files beside the model or in folders below it",
                fix="pack the model into one .glb, or move the file there",
            )
        try:
            data = (self.path.parent / relative).read_bytes()
        except OSError as error:
            raise InputError(
                got=f"{self.name}: {kind} {relative!r} ({error.strerror or error})",
                wanted="every file that the model names, beside it",
                fix="copy the missing file there, or export the model as .glb",
            ) from error
        return data

    def image_bytes(self, index: int) -> bytes:
        image = self.document.images[index]
        if image.bufferView is not None:
            return view_bytes(self.document, self.buffers, image.bufferView, self.name)
        return self.resource(image.uri or "", f"image {index}")

    def image_of(self, texture: int) -> int:
        found = self.document.textures[texture]
        webp = (found.extensions or {}).get("EXT_texture_webp")
        index = webp["source"] if webp else found.source
        if not isinstance(index, int) or not 0 <= index < len(self.document.images):
            raise InputError(
                got=f"{self.name}: texture {texture} without a picture",
                wanted="textures with a PNG, JPEG or WebP source",
                fix="export the model again",
            )
        return index

    def _base_colours(self) -> list[BaseColour]:
        """By image; those of the same bytes count as one image only where they are one image."""
        found: dict[int, BaseColour] = {}
        for number, material in enumerate(self.document.materials):
            for info in base_colour_infos(material):
                image = self.image_of(texture_index(info))
                if image not in found:
                    found[image] = BaseColour(image, self.image_bytes(image))
                found[image].texture_info.append(info)
                found[image].materials.add(number)
        if not found:
            raise InputError(
                got=f"{self.name} without a base-colour texture "
                f"({len(self.document.materials)} materials)",
                wanted="a material with baseColorTexture",
                fix="bake its colours into a texture, and unwrap UVs for it",
            )
        return list(found.values())

    def _users(self) -> Iterator[tuple[int, Any, np.ndarray, np.ndarray]]:
        """(material, primitive, triangles [T, 3], number of each vertex's place [V]): materials of
        variants, too. Places are numbered through all meshes."""
        first = 0
        for mesh in self.document.meshes:
            spots = [self._positions(p) for p in mesh.primitives]
            if not spots:
                continue
            _, place = np.unique(np.concatenate(spots), axis=0, return_inverse=True)
            place = place.ravel() + first
            first += sum(map(len, spots))
            ends = np.cumsum([len(s) for s in spots])
            for primitive, end, spot in zip(mesh.primitives, ends, spots, strict=True):
                index = np.arange(len(spot))
                if primitive.indices is not None:
                    index = read_accessor(
                        self.document, self.buffers, primitive.indices, self.name
                    ).ravel()
                    if len(index) and not 0 <= index.min() <= index.max() < len(spot):
                        raise InputError(
                            got=f"{self.name}: index {index.max()}, of {len(spot)} vertices",
                            wanted="indices of what is there",
                            fix="the file is damaged: export the model again",
                        )
                mode = 4 if primitive.mode is None else primitive.mode
                corners = triangles(index.astype(np.int64), mode)
                for material in _materials(primitive):
                    yield material, primitive, corners, place[end - len(spot) : end]

    def _positions(self, primitive: Any) -> np.ndarray:
        if primitive.attributes.POSITION is None:
            return np.zeros((0, 3))
        return read_accessor(self.document, self.buffers, primitive.attributes.POSITION, self.name)

    def _part(
        self, found: BaseColour, users: list[tuple[int, Any, np.ndarray, np.ndarray]]
    ) -> Part:
        name = self.image_name(found.image)
        texture = decode(found.data, f"{self.name}: {name}")
        uvs, points, clear = [], [], True
        wraps: set[tuple[Wrap, Wrap]] = set()
        for number in found.materials:
            material = self.document.materials[number]
            clear = clear and material.alphaMode in ("MASK", "BLEND")
            for info in base_colour_infos(material):
                if self.image_of(texture_index(info)) != found.image:
                    continue
                wraps.add(self._wrap(texture_index(info)))
                for user, primitive, corners, place in users:
                    if user == number and len(corners):
                        uvs.append(self._uv(primitive, info)[corners])
                        points.append(place[corners])
        wrap = (_widest([w[0] for w in wraps]), _widest([w[1] for w in wraps]))
        height, width = texture.color.shape[:2]
        if not uvs:  # of a material that nothing has: its texture is taken whole
            return Part(name, texture, wrap, clear=clear)
        uv = np.concatenate(uvs)
        if np.ptp(uv, axis=(0, 1)).max() == 0:
            raise InputError(
                got=f"{self.name}: {name}, shown through UVs that are all one point",
                wanted="UVs that spread the texture over the model",
                fix="unwrap the model and export it again",
            )
        surface = Surface(uv, np.concatenate(points), wrap, (width, height))
        return Part(name, texture, wrap, surface, clear)

    def _wrap(self, texture: int) -> tuple[Wrap, Wrap]:
        sampler = self.document.textures[texture].sampler
        if sampler is None:
            return "repeat", "repeat"
        found = self.document.samplers[sampler]
        return WRAPS[found.wrapS or 10497], WRAPS[found.wrapT or 10497]

    def _uv(self, primitive: Any, info: Any) -> np.ndarray:
        """[V, 2] texture coordinates of a primitive, KHR_texture_transform applied."""
        plain = info if isinstance(info, dict) else {"texCoord": info.texCoord}
        extensions = info.get("extensions") if isinstance(info, dict) else info.extensions
        moved = (extensions or {}).get("KHR_texture_transform", {})
        number = moved.get("texCoord", plain.get("texCoord") or 0)
        accessor = getattr(primitive.attributes, f"TEXCOORD_{number}", None)
        if accessor is None:
            raise InputError(
                got=f"{self.name}: a textured mesh without TEXCOORD_{number}",
                wanted="texture coordinates for every textured mesh",
                fix="unwrap the model and export it with UVs",
            )
        uv = read_accessor(self.document, self.buffers, accessor, self.name)[:, :2]
        uv = uv * np.array(moved.get("scale", (1, 1)), float)
        turn = float(moved.get("rotation", 0.0))  # counter-clockwise, v down
        c, s = math.cos(turn), math.sin(turn)
        uv = uv @ np.array([[c, -s], [s, c]]) + np.array(moved.get("offset", (0, 0)), float)
        if len(uv) and not np.abs(uv).max() < MOST_TILES:  # NaN, too
            raise InputError(
                got=f"{self.name}: texture coordinates {MOST_TILES} tiles away from 0, or NaN",
                wanted="texture coordinates within that",
                fix="move the UVs back, and check KHR_texture_transform",
            )
        return uv


def base_colour_infos(material: Any) -> list[Any]:
    """Texture infos of a material's base colour: pygltflib's objects, or dicts of extensions."""
    found = []
    pbr = material.pbrMetallicRoughness
    if pbr is not None and pbr.baseColorTexture is not None:
        found.append(pbr.baseColorTexture)
    diffuse = (material.extensions or {}).get(SPECULAR, {}).get("diffuseTexture")
    if diffuse:
        found.append(diffuse)
    return found


def _texture_infos(value: Any) -> Iterator[dict[str, Any]]:
    """Every "...Texture": {"index": N} in a material, those of extensions, too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("Texture") and isinstance(inner, dict) and "index" in inner:
                yield inner
            if key != "extras":
                yield from _texture_infos(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texture_infos(inner)


def texture_index(info: Any) -> int:
    index: int = info["index"] if isinstance(info, dict) else info.index
    return index


def _materials(primitive: Any) -> set[int]:
    variants = (primitive.extensions or {}).get("KHR_materials_variants", {}).get("mappings", [])
    found = {mapping["material"] for mapping in variants}
    return found | ({primitive.material} if primitive.material is not None else set())


def _widest(wraps: list[Wrap]) -> Wrap:
    """One texture, several samplers: what goes round for one has to fit for all."""
    order: list[Wrap] = ["repeat", "mirror", "clamp"]
    return next(w for w in order if w in wraps)
