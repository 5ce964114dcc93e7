"""What kernels.py times: each op at the sizes that matter, and the same written in PyTorch.

A case makes ``sets`` sets of buffers on a device and gives contestants: ours first, then PyTorch's
expressions of the same, by name. Needs torch and numpy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from eyebrush import ops, reference
from kernel_timing import Call

EPS = 1e-3
OURS = "eyebrush"


@dataclass(frozen=True)
class Case:
    """moved_bytes: what must at least be read and written; flops: multiply-adds count two."""

    op: str
    size: str
    moved_bytes: int
    flops: int
    make: Callable[[str, int, bool], dict[str, Call]]  # device, sets, with torch.compile
    note: str = ""


def cases(small: bool = False) -> Iterator[Case]:
    """All cases; ``small``: one of each op, of a size that any machine can take."""
    if small:
        yield adain(64, 90, 100)
        yield gram(64, 90 * 100)
        yield ingest(400, 360)
        yield composite(400, 360, "turned")
        return
    for channels in (64, 128, 256):
        yield adain(channels, 400, 360)
    yield adain(64, 800, 720)
    for channels in (64, 128, 256, 512):
        for pixels in (90_000, 144_000, 576_000):
            yield gram(channels, pixels)
    for height, width in ((1600, 1440), (2208, 2064)):
        for down, shuffle in ((4, 1), (2, 1), (1, 4)):
            yield ingest(height, width, down, shuffle)
        for pose in ("same", "turned", "moved"):
            yield composite(height, width, pose)


def adain(channels: int, height: int, width: int, dtype: torch.dtype = torch.float16) -> Case:
    shape = (2, channels, height, width)

    def eager(x: Any, scale: Any, shift: Any) -> Any:
        variance, mean = torch.var_mean(x.float(), (0, 2, 3), correction=0, keepdim=True)
        return ((x - mean) * torch.rsqrt(variance + EPS) * scale + shift).to(x.dtype)

    def make(device: str, sets: int, compiled: bool) -> dict[str, Call]:
        x = [torch.randn(shape, device=device).to(dtype) for _ in range(sets)]
        out = [torch.empty_like(x[0]) for _ in range(sets)]
        style = torch.rand(1, 2, channels, device=device)
        used = torch.empty(1, 2, channels, device=device)
        scale, shift = (style[:, i].reshape(1, channels, 1, 1) for i in range(2))
        stream = _stream(device)
        own = (style[0, 0].to(dtype), style[0, 1].to(dtype))
        found: dict[str, Call] = {
            OURS: lambda i: ops.adain(x[i], style, eps=EPS, out=out[i], used=used, stream=stream),
            "eager": lambda i: eager(x[i], scale, shift),
            # statistics of each eye on its own: less than what is asked for, but a usual call
            "F.instance_norm": lambda i: F.instance_norm(x[i], weight=own[0], bias=own[1], eps=EPS),
        }
        if compiled:
            graph = torch.compile(eager, dynamic=False)
            found["torch.compile"] = lambda i: graph(x[i], scale, shift)
        return found

    item = torch.finfo(dtype).bits // 8
    n = 2 * channels * height * width
    return Case("adain", f"[2, {channels}, {height}, {width}]", 2 * n * item, 0, make)


def gram(channels: int, pixels: int, dtype: torch.dtype = torch.float16) -> Case:
    def make(device: str, sets: int, compiled: bool) -> dict[str, Call]:
        x = [torch.randn(2, channels, 1, pixels, device=device).to(dtype) for _ in range(sets)]
        flat = [maps[:, :, 0] for maps in x]
        out = torch.empty(2, channels, channels, device=device)
        zero = torch.zeros(2, channels, channels, device=device, dtype=dtype)
        stream = _stream(device)
        return {
            OURS: lambda i: ops.gram(x[i], out=out, stream=stream),
            "torch.bmm": lambda i: torch.bmm(flat[i], flat[i].transpose(1, 2)) / pixels,
            "einsum": lambda i: torch.einsum("ecn,edn->ecd", flat[i], flat[i]) / pixels,
            "baddbmm": lambda i: torch.baddbmm(
                zero, flat[i], flat[i].transpose(1, 2), beta=0, alpha=1 / pixels
            ),
        }

    item = torch.finfo(dtype).bits // 8
    moved = 2 * channels * pixels * item + 2 * channels * channels * 4
    # symmetric: half of the products, and the diagonal
    flops = 2 * channels * (channels + 1) * pixels
    return Case("gram", f"C {channels}, N {pixels}", moved, flops, make)


def ingest(height: int, width: int, down: int = 4, shuffle: int = 1) -> Case:
    h, w = reference.field_size(height, width, down * shuffle)

    def eager(color: Any) -> Any:
        planar = color[..., :3].permute(0, 3, 1, 2).float() / 255
        small = F.avg_pool2d(planar, down) if down > 1 else planar
        return F.pixel_unshuffle(small, shuffle) if shuffle > 1 else small

    def make(device: str, sets: int, compiled: bool) -> dict[str, Call]:
        color = [_noise((2, height, width, 4), device) for _ in range(sets)]
        out = [torch.empty(2, 3 * shuffle**2, h, w, device=device) for _ in range(sets)]
        stream = _stream(device)
        found: dict[str, Call] = {
            OURS: lambda i: ops.ingest(color[i], down, out[i], shuffle=shuffle, stream=stream),
            "eager": lambda i: eager(color[i]),
        }
        if compiled:
            graph = torch.compile(eager, dynamic=False)
            found["torch.compile"] = lambda i: graph(color[i])
        return found

    moved = 2 * height * width * 4 + 2 * 3 * shuffle**2 * h * w * 4
    ways = f"/{down}" + (f", unshuffle {shuffle}" if shuffle > 1 else "")
    return Case("ingest", f"2 x {width}x{height} {ways}", moved, 0, make)


def composite(height: int, width: int, pose: str, channels: int = 4) -> Case:
    """pose: "same" as the field's, "turned" head, or "moved", which needs depth."""
    h, w = reference.field_size(height, width)

    def eager(color: Any, grid: Any, strokes: Any, uv: Any) -> Any:
        """The same in PyTorch: one grid_sample for the grid, one for the strokes."""
        x = color[..., :3].permute(0, 3, 1, 2).float() / 255
        luma = 0.299 * x[:, 0] + 0.587 * x[:, 1] + 0.114 * x[:, 2]
        where = torch.cat((uv, luma[..., None]), -1)[:, None] * 2 - 1
        a = F.grid_sample(grid, where, padding_mode="border", align_corners=False)
        a = a.reshape(2, 3, 4, height, width)
        y = ((a[:, :, :3] * x[:, None]).sum(2) + a[:, :, 3]).clamp(0, 1)
        layer = strokes.permute(0, 3, 1, 2).float() / 255
        layer = F.grid_sample(layer, uv * 2 - 1, padding_mode="border", align_corners=False)
        y = y + layer[:, 3:] * (layer[:, :3] - y)
        painted = (y.clamp(0, 1) * 255 + 0.5).to(torch.uint8).permute(0, 2, 3, 1)
        return torch.cat((painted, color[..., 3:]), -1)

    def make(device: str, sets: int, compiled: bool) -> dict[str, Call]:
        color = [_picture(height, width, channels, device) for _ in range(sets)]
        out = [torch.empty_like(color[0]) for _ in range(sets)]
        identity = torch.eye(3, 4, device=device).reshape(12, 1, 1, 1)
        grid = identity + 0.15 * torch.randn(2, 12, 8, 16, 16, device=device)
        strokes = [_picture(2 * h, 2 * w, 4, device) for _ in range(sets)]
        v = (torch.arange(height, device=device) + 0.5) / height
        u = (torch.arange(width, device=device) + 0.5) / width
        uv = torch.stack((u.expand(height, width), v[:, None].expand(height, width)), -1)
        uv = uv.expand(
            2, height, width, 2
        ).contiguous()  # reprojection is given to PyTorch for free
        motion = _motion(pose, height, width, device)
        stream = _stream(device)
        found: dict[str, Call] = {
            OURS: lambda i: ops.composite(
                color[i], grid, strokes[i], **motion, out=out[i], stream=stream
            ),
            "eager": lambda i: eager(color[i], grid, strokes[i], uv),
        }
        if compiled:
            graph = torch.compile(eager, dynamic=False)
            found["torch.compile"] = lambda i: graph(color[i], grid, strokes[i], uv)
        return found

    depth = 2 * (height // 4) * (width // 4) * 4 if pose == "moved" else 0
    moved = 2 * 2 * height * width * channels + 2 * 2 * h * 2 * w * 4 + 2 * 12 * 2048 * 4 + depth
    return Case("composite", f"2 x {width}x{height}, {pose}", moved, 0, make)


def _motion(pose: str, height: int, width: int, device: str) -> dict[str, Any]:
    if pose == "same":
        return {}
    # about 0.9 degrees, and for "moved" a few centimetres; numbers as frame.reprojection gives them
    matrix = torch.tensor([[1.002, 0.004, -0.012], [-0.004, 1.001, 0.008], [0.012, -0.008, 1.0]])
    turned = {"matrix": matrix.expand(2, 3, 3).numpy()}
    if pose == "turned":
        return turned
    parallax = torch.tensor([[0.02, -0.01, 0.015]]).expand(2, 3).numpy()
    depth_m = 1 + 19 * torch.rand(2, height // 4, width // 4, device=device)
    return turned | {"parallax": parallax, "depth_m": depth_m}


def _noise(shape: tuple[int, ...], device: str) -> Any:
    return torch.randint(0, 256, shape, dtype=torch.uint8, device=device)


def _picture(height: int, width: int, channels: int, device: str) -> Any:
    """[2, H, W, channels] bytes that vary as those of a picture do: smooth, with some noise."""
    coarse = torch.rand(2, channels, -(-height // 24), -(-width // 24), device=device)
    smooth = F.interpolate(coarse, (height, width), mode="bilinear", align_corners=False)
    noisy = smooth + 0.03 * torch.randn_like(smooth)
    return (noisy.clamp(0, 1) * 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def _stream(device: str) -> Any:
    return torch.cuda.current_stream() if device == "cuda" else None
