"""What is handed over with a frame: a projection layer with depth, and an overlay."""

from __future__ import annotations

import ctypes as C
from typing import Any

import numpy as np

from eyebrush.frame import View
from eyebrush.xr.swapchain import Graphics, Swapchain

NEAR_M, FAR_M = 0.05, 1000.0  # of the depth layer
PREPARE_WAIT_NS = 2_000_000  # an image that is not free by then is waited for in its frame
OVERLAY_WIDTH_M, OVERLAY_DOWN_M, OVERLAY_AWAY_M = 0.5, 0.22, 1.0


class Layers:
    """The layers of one session; swapchains are made when first needed.

    space: that of the views; head: moves with the eyes. takes_depth: the runtime has
    XR_KHR_composition_layer_depth.
    """

    def __init__(
        self, xr: Any, session: Any, graphics: Graphics, space: Any, head: Any, takes_depth: bool
    ) -> None:
        self._xr, self._session, self._graphics = xr, session, graphics
        self._takes_depth = takes_depth
        self._chains: dict[str, Swapchain] = {}
        self._depth = np.empty(0, np.float32)
        self._eyes = (xr.CompositionLayerProjectionView * 2)(
            xr.CompositionLayerProjectionView(), xr.CompositionLayerProjectionView()
        )
        self._depth_infos = [xr.CompositionLayerDepthInfoKHR() for _ in range(2)]
        self._projection = xr.CompositionLayerProjection(space=space)
        self._projection.view_count = 2
        self._projection._views = C.cast(self._eyes, C.POINTER(xr.CompositionLayerProjectionView))
        self._quad = xr.CompositionLayerQuad(space=head)
        base = C.POINTER(xr.CompositionLayerBaseHeader)
        self._pointers = (base * 2)(
            C.cast(C.pointer(self._projection), base), C.cast(C.pointer(self._quad), base)
        )
        self.pointer = C.cast(self._pointers, C.POINTER(base))
        self._show = self._show_overlay = False

    @property
    def count(self) -> int:
        """How many of ``pointer`` belong to this frame: none, the picture, or both."""
        return int(self._show) + int(self._show and self._show_overlay)

    def begin(self) -> None:
        """A new frame: nothing to show yet (the overlay stays)."""
        self._show = False

    def show(self, pixels: np.ndarray, views: tuple[View, ...], depth_m: np.ndarray | None) -> None:
        """See ``Headset.show``."""
        chain, new = self._chain("color", pixels.shape)
        for eye, view in enumerate(views):
            if new:
                chain.point(self._eyes[eye].sub_image, eye)
            _place(self._eyes[eye], view)
        if not chain.fill(pixels):
            return
        has_depth = depth_m is not None and self._takes_depth and self._fill_depth(depth_m)
        for eye, info in enumerate(self._depth_infos):  # a cast would leave garbage
            self._eyes[eye]._next = C.addressof(info) if has_depth else None
        self._show = True

    def overlay(self, pixels: np.ndarray | None) -> None:
        """See ``Headset.overlay``."""
        self._show_overlay = False
        if pixels is None:
            return
        chain, new = self._chain("overlay", (1, *pixels.shape))
        if new:
            chain.point(self._quad.sub_image, 0)
            pose, size = self._quad.pose, self._quad.size
            pose.orientation.w = 1.0
            pose.position.y, pose.position.z = -OVERLAY_DOWN_M, -OVERLAY_AWAY_M
            size.width = OVERLAY_WIDTH_M
            size.height = OVERLAY_WIDTH_M * pixels.shape[0] / pixels.shape[1]
        self._show_overlay = chain.fill(pixels[None])

    def prepare(self) -> None:
        """See ``Headset.prepare``."""
        for name in ("color", "depth"):  # an overlay is not in every frame
            if name in self._chains:
                self._chains[name].prepare(PREPARE_WAIT_NS)

    def close(self) -> None:
        """Destroy the swapchains."""
        for chain in self._chains.values():
            chain.close()
        self._chains.clear()

    def _chain(self, name: str, shape: tuple[int, ...]) -> tuple[Swapchain, bool]:
        """The swapchain of that name and shape, and whether it has just been made."""
        found = self._chains.get(name)
        if found is not None and found.shape == shape:
            return found, False
        if found is not None:
            found.close()
        made = self._chains[name] = Swapchain(self._xr, self._session, self._graphics, shape)
        return made, True

    def _fill_depth(self, depth_m: np.ndarray) -> bool:
        """Metres -> 0..1 as a projection from NEAR_M to FAR_M writes it."""
        chain, new = self._chain("depth", depth_m.shape)
        if new:
            self._depth = np.empty(depth_m.shape, np.float32)
            for eye, info in enumerate(self._depth_infos):
                chain.point(info.sub_image, eye)
                info.min_depth, info.max_depth = 0.0, 1.0
                info.near_z, info.far_z = NEAR_M, FAR_M
        np.divide(-NEAR_M * FAR_M / (FAR_M - NEAR_M), depth_m, out=self._depth)
        self._depth += FAR_M / (FAR_M - NEAR_M)
        np.clip(self._depth, 0.0, 1.0, out=self._depth)
        return chain.fill(self._depth)


def _place(layer: Any, view: View) -> None:
    q, p, f = layer.pose.orientation, layer.pose.position, layer.fov
    q.x, q.y, q.z, q.w = view.orientation_xyzw
    p.x, p.y, p.z = view.position_m
    f.angle_left, f.angle_right, f.angle_up, f.angle_down = view.fov_rad
