"""A swapchain, an array layer for each eye, and how pixels get into it."""

from __future__ import annotations

import contextlib
import ctypes as C
from typing import Any, Protocol

import numpy as np

from eyebrush.errors import BackendError
from eyebrush.xr.runtime import check

IMAGE_WAIT_NS = 100_000_000  # then the frame goes out without this image
TIMEOUT_EXPIRED = 1


class Graphics(Protocol):
    """How pixels get into swapchain images: egl.py, vulkan.py."""

    name: str
    device: str
    extensions: tuple[str, ...]
    color_format: int
    depth_format: int

    def binding(self, xr: Any, instance: Any, system: Any) -> Any: ...
    def images(self, xr: Any, swapchain: Any) -> list[int]: ...
    def write(self, image: int, pixels: np.ndarray) -> None:
        """Hand the copy to the driver. The pixels may change afterwards; when the copy is done is
        between the driver and the runtime, as the specification has it."""

    def read(self, image: int, like: np.ndarray) -> np.ndarray: ...
    def close(self) -> None: ...


class Swapchain:
    """Images of one shape: [layers, H, W, 4] uint8 sRGB, or [layers, H, W] float32 depth.

    Raises BackendError where the runtime has no such format.
    """

    def __init__(self, xr: Any, session: Any, graphics: Graphics, shape: tuple[int, ...]) -> None:
        self._xr, self._raw, self._graphics, self.shape = xr, xr.raw_functions, graphics, shape
        color = len(shape) == 4
        form = graphics.color_format if color else graphics.depth_format
        if form not in list(xr.enumerate_swapchain_formats(session)):
            raise BackendError(
                f"the runtime has no {'8-bit sRGB' if color else 'float depth'} swapchain for "
                f"{graphics.name}; fix: try another --graphics"
            )
        flags = xr.SwapchainUsageFlags
        attachment = flags.COLOR_ATTACHMENT_BIT if color else flags.DEPTH_STENCIL_ATTACHMENT_BIT
        layers, height, width = shape[:3]
        info = xr.SwapchainCreateInfo(
            usage_flags=attachment | flags.TRANSFER_DST_BIT | flags.TRANSFER_SRC_BIT,
            format=form,
            sample_count=1,
            width=width,
            height=height,
            face_count=1,
            array_size=layers,
            mip_count=1,
        )
        self.handle = xr.create_swapchain(session, info)
        self._images = graphics.images(xr, self.handle)
        self._acquired: int | None = None
        self._ready = False  # the acquired image may be written
        self._acquire, self._release = (
            xr.SwapchainImageAcquireInfo(),
            xr.SwapchainImageReleaseInfo(),
        )
        self._wait = xr.SwapchainImageWaitInfo()
        self._index = C.c_uint32()

    def point(self, sub_image: Any, layer: int) -> None:
        """Let a layer's XrSwapchainSubImage mean all of one array layer."""
        sub_image.swapchain = self.handle
        sub_image.image_rect.extent.height, sub_image.image_rect.extent.width = self.shape[1:3]
        sub_image.image_array_index = layer

    def prepare(self, wait_ns: int = IMAGE_WAIT_NS) -> bool:
        """Acquire the next image and wait for it, as far as that is not done. False where the
        runtime kept it for too long: it stays acquired, and the next call waits for it again, as
        the specification asks."""
        raw, handle = self._raw, self.handle
        if self._acquired is None:
            result = raw.xrAcquireSwapchainImage(
                handle, C.byref(self._acquire), C.byref(self._index)
            )
            check(self._xr, result.value, "xrAcquireSwapchainImage")
            self._acquired = self._index.value
        if not self._ready:
            self._wait.timeout = wait_ns
            result = raw.xrWaitSwapchainImage(handle, C.byref(self._wait))
            waited = check(self._xr, result.value, "xrWaitSwapchainImage")
            self._ready = waited != TIMEOUT_EXPIRED
        return self._ready

    def fill(self, pixels: np.ndarray) -> bool:
        """Write and release an image; False where ``prepare`` got none."""
        if not self.prepare():
            return False
        assert self._acquired is not None
        self._graphics.write(self._images[self._acquired], pixels)
        self._ready = False
        result = self._raw.xrReleaseSwapchainImage(self.handle, C.byref(self._release))
        check(self._xr, result.value, "xrReleaseSwapchainImage")
        self._acquired = None
        return True

    def close(self) -> None:
        """Destroy it; a runtime that has gone does not matter."""
        with contextlib.suppress(self._xr.exception.XrException):
            self._xr.destroy_swapchain(self.handle)
