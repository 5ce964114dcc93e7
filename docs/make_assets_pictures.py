"""Makes the pictures of docs/assets.md: ``python docs/make_assets_pictures.py [--photo FILE]``.

A wooden doll, a toy block and a ball, made here by code, are restyled and drawn by a small software
renderer. assets.jpg: plain and in styles; assets-seams.jpg: the doll's back, where its texture's
borders meet, and a corner of the block; assets-skin.jpg: a skin from a photo (the pictures here
from scikit-image's coffee.png, CC0). Needs the extra assets.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

import numpy as np
from make_pictures import labelled, table
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from eyebrush.retexture.job import restyle_file
from eyebrush.retexture.raster import texels
from eyebrush.stylizer import Stylizer
from gltf_models import File, Mesh, box, grid, image_of, png, sphere

OUT = Path(__file__).parent / "pictures"
STYLES = ("great-wave", "starry-night", "tree-of-life")
SIZE = 1024  # of the doll's texture; drawn twice as large
FINE = 2  # samples along each side of a pixel
LIGHT = np.array([-0.5, 0.75, 0.6])


def doll(rows: int = 96, columns: int = 128) -> Mesh:
    """A body of revolution, its texture wrapped around it once."""
    heights = [0, 0, 0.25, 0.6, 0.95, 1.15, 1.25, 1.35, 1.6, 1.85, 2.05, 2.15, 2.15]
    radii = [0, 0.56, 0.66, 0.69, 0.6, 0.47, 0.43, 0.45, 0.52, 0.48, 0.3, 0.1, 0]
    fine = np.linspace(0, len(radii) - 1, 600)
    kernel = np.hanning(60) / np.hanning(60).sum()
    y, r = (
        np.convolve(np.pad(np.interp(fine, range(len(radii)), k), 30, "edge"), kernel, "same")[
            30:-30
        ]
        for k in (heights, radii)
    )
    r[0] = r[-1] = 0
    way = np.concatenate([[0], np.cumsum(np.hypot(np.diff(y), np.diff(r)))])
    stops = np.linspace(way[-1], 0, rows + 1)
    y, r = np.interp(stops, way, y), np.interp(stops, way, r)
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    turn = 2 * np.pi * ((u + 0.5) % 1)  # the middle of the texture is the front, +z
    place = np.stack([r[:, None] * np.sin(turn), y[:, None] + 0 * u, r[:, None] * np.cos(turn)], -1)
    uv = np.stack([u, v], axis=-1)
    return Mesh(place.reshape(-1, 3), uv.reshape(-1, 2), grid(columns, rows))


def doll_texture() -> np.ndarray:
    """[SIZE, SIZE, 3]: a face, a kerchief with dots, a dress with flowers, an embroidered hem."""
    n = 2 * SIZE
    image = Image.new("RGB", (n, n), (178, 34, 40))
    draw = ImageDraw.Draw(image)

    def dot(x: float, y: float, rx: float, ry: float, fill: tuple[int, int, int]) -> None:
        for shift in (-n, 0, n):
            cx, cy = x * n + shift, y * n
            draw.ellipse((cx - rx * n, cy - ry * n, cx + rx * n, cy + ry * n), fill=fill)

    def flower(x: float, y: float, size: float, petals: tuple[int, int, int]) -> None:
        for k in range(6):
            turn = 2 * np.pi * k / 6
            dot(
                x + size * np.cos(turn),
                y + size * 1.4 * np.sin(turn),
                size * 0.6,
                size * 0.8,
                petals,
            )
        dot(x, y, size * 0.55, size * 0.75, (250, 205, 70))

    def band(top: float, bottom: float, fill: tuple[int, int, int]) -> None:
        draw.rectangle((0, top * n, n, bottom * n), fill=fill)

    for row in range(12):
        for column in range(16):
            dot((column + row % 2 / 2) / 16, 0.02 + row * 0.032, 0.009, 0.009, (250, 205, 90))
    band(0.395, 0.42, (240, 190, 70))
    band(0.42, 0.80, (32, 74, 140))
    for row, column in np.ndindex(5, 9):
        colour = ((235, 90, 110), (245, 235, 225), (250, 160, 60))[(row + column) % 3]
        flower((column + row % 2 / 2 + 0.25) / 9, 0.46 + row * 0.07, 0.014, colour)
        dot((column + row % 2 / 2 + 0.75) / 9, 0.46 + row * 0.07, 0.014, 0.008, (70, 150, 80))
    band(0.775, 0.86, (200, 45, 45))
    for column in range(24):
        x = (column + 0.5) / 24
        half = 0.5 / 24
        corners = [(x - half, 0.817), (x, 0.785), (x + half, 0.817), (x, 0.85)]
        draw.polygon([(a * n, b * n) for a, b in corners], fill=(245, 200, 80))
        dot(x, 0.817, 0.007, 0.009, (40, 110, 70))
    band(0.86, 1.0, (60, 40, 50))
    dot(0.5, 0.60, 0.115, 0.155, (238, 228, 205))  # the apron
    for x, y in ((0.5, 0.56), (0.45, 0.63), (0.55, 0.63), (0.5, 0.69)):
        flower(x, y, 0.022, (205, 40, 60))
    dot(0.5, 0.27, 0.135, 0.098, (90, 55, 35))  # hair, face, cheeks, eyes, mouth
    dot(0.5, 0.285, 0.118, 0.082, (246, 214, 182))
    for side in (-1, 1):
        dot(0.5 + side * 0.067, 0.312, 0.026, 0.017, (240, 150, 140))
        dot(0.5 + side * 0.043, 0.275, 0.018, 0.016, (250, 250, 250))
        dot(0.5 + side * 0.043, 0.276, 0.011, 0.013, (50, 90, 140))
        dot(0.5 + side * 0.043, 0.276, 0.006, 0.008, (20, 20, 30))
        dot(0.5 + side * 0.045, 0.247, 0.021, 0.007, (80, 50, 35))
        dot(0.5 + side * 0.045, 0.252, 0.023, 0.007, (246, 214, 182))
    dot(0.5, 0.332, 0.024, 0.012, (200, 50, 60))
    dot(0.5, 0.326, 0.026, 0.010, (246, 214, 182))  # a smile
    return cloth(np.asarray(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)), 5)


def cloth(color: np.ndarray, seed: int) -> np.ndarray:
    """Uneven as if painted by hand: soft clouds of light and shade that repeat."""
    h, w = color.shape[:2]
    noise = np.random.default_rng(seed).normal(size=(h, w))
    waves = np.hypot(np.fft.fftfreq(h)[:, None] * h, np.fft.fftfreq(w)[None] * w)
    spectrum = np.fft.fft2(noise) / np.maximum(waves, 3) ** 1.2
    clouds = np.fft.ifft2(spectrum).real
    return (color * (1 + 0.09 * clouds / clouds.std())[..., None]).clip(0, 255).astype(np.uint8)


def block_texture(mesh: Mesh) -> np.ndarray:
    """[1024, 1024, 3]: grain that runs through the whole block; frames and motifs on its faces."""
    out = np.full((1024, 1024, 3), 128, np.uint8)
    corners = mesh.uv[mesh.triangles] * 1024
    for which, x, y, bary in texels(corners):
        p = np.einsum("kc,kcd->kd", bary, mesh.position[mesh.triangles][which])
        rings = np.hypot(p[:, 0] + 1.7 + 0.12 * np.sin(3 * p[:, 1]), p[:, 2] - 0.3)
        grain = 0.5 + 0.5 * np.sin(17 * rings + 1.5 * np.sin(5 * p[:, 1]))
        wood = np.array([205, 150, 90]) - grain[:, None] * np.array([50, 50, 40])
        flat = np.sort(np.abs(p), axis=1)  # the largest is the face's own axis
        frame = flat[:, 1] > 0.8
        wood[frame] = np.array([185, 45, 45]) * (0.8 + 0.2 * grain[frame, None])
        axis = np.abs(p).argmax(axis=1)
        a, b = p[np.arange(len(p)), (axis + 1) % 3], p[np.arange(len(p)), (axis + 2) % 3]
        petals = 0.34 + 0.14 * np.cos((3 + axis) * np.arctan2(b, a))
        motif = np.hypot(a, b) < petals
        paint = np.array([[40, 90, 160], [50, 130, 70], [235, 170, 50]])[axis]
        wood[motif] = paint[motif] * (0.85 + 0.15 * grain[motif, None])
        out[y, x] = wood.clip(0, 255)
    return out


def ball_texture() -> np.ndarray:
    """[512, 1024, 3]: eight stripes from pole to pole, and a belt with dots."""
    y, x = np.mgrid[0:512, 0:1024]
    stripes = np.array([[225, 60, 50], [250, 240, 220], [40, 110, 180], [250, 190, 60]])
    out = stripes[(x * 8 // 1024) % 4].astype(float)
    out[np.abs(y - 256) < 52] = (45, 60, 90)
    near = np.hypot((x % 64) - 32, y - 256) < 18
    out[near] = (250, 225, 160)
    return cloth(out.astype(np.uint8), 9)


def moved(mesh: Mesh, scale: float, turn: float, to: tuple[float, float, float]) -> np.ndarray:
    c, s = np.cos(turn), np.sin(turn)
    return scale * mesh.position @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]) + to


def draw_scene(
    things: list[tuple[Mesh, np.ndarray, np.ndarray]],
    size: tuple[int, int],
    eye: np.ndarray,
    target: np.ndarray,
    narrow: float,
) -> np.ndarray:
    """[H, W, 3] uint8. things: (mesh, its vertices in the world, its texture); narrow: half
    of the picture's height over the distance."""
    w, h = size[0] * FINE, size[1] * FINE
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(right, forward), forward])
    ys, xs = np.mgrid[0:h, 0:w]
    rays = (
        ((xs + 0.5 - w / 2) / (h / 2) * narrow)[..., None] * axes[0]
        + ((h / 2 - ys - 0.5) / (h / 2) * narrow)[..., None] * axes[1]
        + axes[2]
    )
    picture = backdrop(rays, eye, [(p.mean(0), np.ptp(p[:, 0]) / 2) for _, p, _ in things])
    depth = np.full((h, w), np.inf)
    for mesh, place, texture in things:
        seen = (place - eye) @ axes.T
        screen = seen[:, :2] / seen[:, 2:] / narrow * [h / 2, -h / 2] + [w / 2, h / 2]
        normal = smooth_normals(mesh, place)
        for which, x, y, bary in texels(screen[mesh.triangles]):
            near = bary / seen[mesh.triangles[which], 2]
            z = 1 / near.sum(axis=1)
            bary = near * z[:, None]
            inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
            corner = mesh.triangles[which]
            face = np.einsum("kc,kcd->kd", bary, normal[corner])
            spot = np.einsum("kc,kcd->kd", bary, place[corner])
            inside &= ((eye - spot) * face).sum(axis=1) > 0
            keep = np.nonzero(inside)[0]
            keep = keep[np.argsort(-z[keep], kind="stable")]
            keep = keep[z[keep] < depth[y[keep], x[keep]]]
            uv = np.einsum("kc,kcd->kd", bary[keep], mesh.uv[corner[keep]])
            shade = lit(face[keep], spot[keep], eye)
            picture[y[keep], x[keep]] = sampled(texture, uv) * shade[0] + shade[1]
            depth[y[keep], x[keep]] = z[keep]
    picture = picture.reshape(h // FINE, FINE, w // FINE, FINE, 3).mean(axis=(1, 3))
    return (255 * picture.clip(0, 1) ** (1 / 2.2)).astype(np.uint8)


def smooth_normals(mesh: Mesh, place: np.ndarray) -> np.ndarray:
    """[V, 3]: of the triangles around each place; those of vertices at one place are one, unless
    the mesh is a box."""
    a, b, c = np.moveaxis(place[mesh.triangles], 1, 0)
    face = np.cross(b - a, c - a)
    if len(mesh.triangles) == 12:
        group = np.arange(len(place))
        face *= np.sign((face * (a - place.mean(axis=0))).sum(axis=1, keepdims=True))
    else:
        group = np.unique(mesh.position.round(5), axis=0, return_inverse=True)[1].ravel()
    total = np.zeros((group.max() + 1, 3))
    for k in range(3):
        np.add.at(total, group[mesh.triangles[:, k]], face)
    normal = total[group]
    return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)


def lit(normal: np.ndarray, spot: np.ndarray, eye: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(factor, highlight) [K, 1] in linear light: a lamp, sky and floor, a coat of varnish."""
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    to_light = LIGHT / np.linalg.norm(LIGHT)
    to_eye = (eye - spot) / np.linalg.norm(eye - spot, axis=1, keepdims=True)
    lamp = (normal @ to_light).clip(0)
    half = (to_light + to_eye) / np.linalg.norm(to_light + to_eye, axis=1, keepdims=True)
    gloss = 0.10 * ((normal * half).sum(axis=1).clip(0) ** 40)
    grounded = 0.65 + 0.35 * np.clip(spot[:, 1] / 0.5, 0, 1)
    factor = (0.42 + 0.18 * normal[:, 1]) * grounded + 0.75 * lamp
    return factor[:, None], gloss[:, None]


def backdrop(rays: np.ndarray, eye: np.ndarray, feet: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """[h, w, 3] linear: a warm wall above a floor with soft shadows."""
    up = rays[..., 1] / np.linalg.norm(rays, axis=-1)
    wall = np.array([0.60, 0.56, 0.50]) + (0.5 * up[..., None]).clip(-0.1, 0.2)
    distance = np.where(rays[..., 1] < -1e-3, -eye[1] / np.minimum(rays[..., 1], -1e-3), 1e9)
    spot = eye + distance[..., None] * rays
    floor = np.broadcast_to([0.56, 0.51, 0.45], wall.shape).copy()
    for centre, radius in feet:
        off = (spot - centre)[..., [0, 2]] - np.array([0.35, -0.2]) * radius
        floor *= 1 - 0.6 * np.exp(-((off**2).sum(axis=-1) / (1.2 * radius) ** 2))[..., None]
    fade = np.clip((distance - 5) / 6, 0, 1)[..., None]
    return floor * (1 - fade) + wall * fade


def sampled(texture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Bilinear, repeating, sRGB to linear: [K, 3]."""
    h, w = texture.shape[:2]
    x, y = uv[:, 0] * w - 0.5, uv[:, 1] * h - 0.5
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    at = [texture[(y0 + j) % h, (x0 + i) % w] for j in (0, 1) for i in (0, 1)]
    mixed = (at[0] * (1 - fx) + at[1] * fx) * (1 - fy) + (at[2] * (1 - fx) + at[3] * fx) * fy
    return (mixed / 255) ** 2.2


def restyled(stylizer: Stylizer, things: dict[str, Path], place: Path) -> dict[str, np.ndarray]:
    stylizer.reset()
    found = {}
    for name, source in things.items():
        out = place / f"{name}-out.glb"
        done = restyle_file(stylizer, source, out)
        print(stylizer.style.name, name, done.figures)
        found[name] = texture_in(out)
    return found


def texture_in(path: Path) -> np.ndarray:
    with Image.open(io.BytesIO(image_of(path, 0))) as image:
        return np.asarray(image.convert("RGB"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photo", type=Path, help="for assets-skin.jpg")
    args = parser.parse_args()
    meshes = {"doll": doll(), "block": box(), "ball": sphere(64, 32)}
    plain = {
        "doll": doll_texture(),
        "block": block_texture(meshes["block"]),
        "ball": ball_texture(),
    }

    def view(textures: dict[str, np.ndarray], turn: float = 0.0) -> np.ndarray:
        places = {
            "doll": moved(meshes["doll"], 1.0, turn, (0, 0, 0)),
            "block": moved(meshes["block"], 0.42, 0.5 + turn, (1.1, 0.42, 0.3)),
            "ball": moved(meshes["ball"], 0.36, 0.3 + turn, (-0.98, 0.36, 0.55)),
        }
        things = [(meshes[k], places[k], textures[k]) for k in meshes]
        return draw_scene(
            things, (560, 480), np.array([0.6, 1.75, 5.6]), np.array([0.22, 0.98, 0]), 0.262
        )

    def close(textures: dict[str, np.ndarray], name: str) -> np.ndarray:
        if name == "doll":
            things = [(meshes[name], moved(meshes[name], 1.0, np.pi, (0, 0, 0)), textures[name])]
            eye, target = np.array([0, 1.2, 5.4]), np.array([0, 0.9, 0])
            return draw_scene(things, (420, 420), eye, target, 0.15)
        things = [(meshes[name], moved(meshes[name], 0.9, 0.75, (0, 0.9, 0)), textures[name])]
        return draw_scene(things, (420, 420), np.array([0, 3.0, 5.0]), np.array([0, 0.95, 0]), 0.2)

    with tempfile.TemporaryDirectory() as place:
        sources = {
            k: File([meshes[k]], [png(plain[k])]).glb(Path(place) / f"{k}.glb") for k in meshes
        }
        stylizer = Stylizer(STYLES[0], smoothing_s=0.0)
        cells = [labelled(view(plain), "as made", 560)]
        seams = [labelled(close(plain, k), "as made", 420) for k in ("doll", "block")]
        for style in STYLES:
            stylizer.set_style(style)
            textures = restyled(stylizer, sources, Path(place))
            cells.append(labelled(view(textures), style, 560))
            if style == STYLES[0]:
                seams[1:1] = [labelled(close(textures, "doll"), f"{style}, the back", 420)]
                seams.append(labelled(close(textures, "block"), f"{style}, a corner", 420))
        table([cells[:2], cells[2:]]).save(OUT / "assets.jpg", quality=88)
        table([seams]).save(OUT / "assets-seams.jpg", quality=88)
        if args.photo:
            from eyebrush.backends import load_encoder
            from eyebrush.resources import STYLE_ENCODER, asset
            from eyebrush.styles import encode_painting

            style = encode_painting(load_encoder(asset(STYLE_ENCODER), "auto", None), args.photo)
            stylizer.set_style(style)
            textures = restyled(stylizer, sources, Path(place))
            with Image.open(args.photo) as photo:
                square = np.asarray(photo.convert("RGB").resize((560, 480)))
            cells = [labelled(square, "the photo", 560), labelled(view(textures), "the skin", 560)]
            table([cells]).save(OUT / "assets-skin.jpg", quality=88)


if __name__ == "__main__":
    main()
