"""The session on a headset: the spec's calls in words, for the frame loop.

Frame calls write into structures made beforehand and go to pyopenxr's raw functions: a frame makes
no garbage, and a result that is not an error is no exception.
"""

from __future__ import annotations

import contextlib
import ctypes as C
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from eyebrush.errors import BackendError, InputError
from eyebrush.frame import View
from eyebrush.xr.runtime import HeadsetLostError, find_headset, open_instance, openxr, runtime_name
from eyebrush.xr.states import Lifecycle, SessionState

log = logging.getLogger("eyebrush")

DEPTH_LAYER = "XR_KHR_composition_layer_depth"
NEAR_M, FAR_M = 0.05, 1000.0  # of the depth layer
IMAGE_WAIT_NS = 100_000_000  # then the frame goes out without layers
LOST = {-2, -13, -17, -51}  # runtime failure, instance lost, session lost, runtime unavailable
TIMEOUT_EXPIRED, EVENT_UNAVAILABLE = 1, 4
POSE_VALID = 3  # orientation and position
STATE_CHANGED, LOSS_PENDING, RECENTRED = 18, 17, 40  # XrStructureType of the events


class Graphics(Protocol):
    """How pixels get into swapchain images: egl.py, vulkan.py."""

    name: str
    device: str
    extensions: tuple[str, ...]
    color_format: int
    depth_format: int

    def binding(self, xr: Any, instance: Any, system: Any) -> Any: ...
    def images(self, xr: Any, swapchain: Any) -> list[int]: ...
    def write(self, image: int, pixels: np.ndarray) -> None: ...
    def read(self, image: int, like: np.ndarray) -> np.ndarray: ...
    def close(self) -> None: ...


@dataclass
class Swapchain:
    """One swapchain, an array layer for each eye. ``acquired``: the image that is ours now."""

    handle: Any
    images: list[int]
    width: int
    height: int
    acquired: int | None = None


@dataclass
class Timing:
    """Of the frame that ``wait_frame`` announced."""

    display_time_ns: int = 0
    period_ns: int = 0
    should_render: bool = False


class Headset:
    """A running OpenXR session with a projection layer, a depth layer and an overlay.

    Opens everything; raises BackendError where something is missing. One thread.
    """

    graphics: Graphics

    def __init__(self, graphics: type[Graphics]) -> None:
        xr = self._xr = openxr()
        self._raw = xr.raw_functions
        self.lifecycle = Lifecycle()
        self.timing = Timing()
        self.recentred = False  # set by an event; whoever has reacted clears it
        self._undo = contextlib.ExitStack()
        try:
            self._open(graphics)
        except BaseException:
            self.close()
            raise

    def _open(self, make: type[Graphics]) -> None:
        xr = self._xr
        self.instance, extensions = open_instance(xr, make.extensions, [DEPTH_LAYER])
        self._undo.callback(self._quietly, xr.destroy_instance, self.instance)
        self.has_depth_layer = DEPTH_LAYER in extensions
        self.runtime = runtime_name(xr, self.instance)
        system = find_headset(xr, self.instance)
        kind = xr.ViewConfigurationType.PRIMARY_STEREO
        views = xr.enumerate_view_configuration_views(self.instance, system, kind)
        self.width = int(views[0].recommended_image_rect_width)
        self.height = int(views[0].recommended_image_rect_height)
        graphics = self.graphics = make()
        self._undo.callback(graphics.close)
        binding = graphics.binding(xr, self.instance, system)
        try:
            info = xr.SessionCreateInfo(system_id=system, next=binding)
            self.session = xr.create_session(self.instance, info)
        except xr.exception.XrException as error:
            raise BackendError(
                f"{self.runtime} opens no session with {graphics.name} on {graphics.device} "
                f"({type(error).__name__}); fix: try another --graphics"
            ) from None
        self._undo.callback(self._quietly, xr.destroy_session, self.session)
        self.space = self._reference_space(xr.ReferenceSpaceType.LOCAL)
        self._head = self._reference_space(xr.ReferenceSpaceType.VIEW)
        self._make_structures()

    def _reference_space(self, kind: Any) -> Any:
        xr = self._xr
        info = xr.ReferenceSpaceCreateInfo(reference_space_type=kind)
        space = xr.create_reference_space(self.session, info)
        self._undo.callback(self._quietly, xr.destroy_space, space)
        return space

    def _make_structures(self) -> None:
        """Everything that a frame writes into."""
        xr = self._xr
        self._event = xr.EventDataBuffer()
        self._event_type = int(xr.StructureType.EVENT_DATA_BUFFER.value)
        self._wait, self._frame = xr.FrameWaitInfo(), xr.FrameState()
        self._begin = xr.FrameBeginInfo()
        self._locate = xr.ViewLocateInfo(xr.ViewConfigurationType.PRIMARY_STEREO, 0, self.space)
        self._view_state, self._views = xr.ViewState(), (xr.View * 2)(xr.View(), xr.View())
        self._view_count = C.c_uint32()
        self._acquire, self._release = (
            xr.SwapchainImageAcquireInfo(),
            xr.SwapchainImageReleaseInfo(),
        )
        self._image_wait = xr.SwapchainImageWaitInfo(timeout=IMAGE_WAIT_NS)
        self._index = C.c_uint32()
        self._eyes = (xr.CompositionLayerProjectionView * 2)(
            xr.CompositionLayerProjectionView(), xr.CompositionLayerProjectionView()
        )
        self._projection = xr.CompositionLayerProjection(space=self.space)
        self._projection.view_count = 2
        self._projection._views = C.cast(self._eyes, C.POINTER(xr.CompositionLayerProjectionView))
        self._depth_infos = [xr.CompositionLayerDepthInfoKHR() for _ in range(2)]
        self._quad = xr.CompositionLayerQuad(space=self._head)
        base = C.POINTER(xr.CompositionLayerBaseHeader)
        self._layers = (base * 2)(
            C.cast(C.pointer(self._projection), base), C.cast(C.pointer(self._quad), base)
        )
        self._end = xr.FrameEndInfo(environment_blend_mode=xr.EnvironmentBlendMode.OPAQUE)
        self._end._layers = C.cast(self._layers, C.POINTER(base))
        self._color: Swapchain | None = None
        self._depth: Swapchain | None = None
        self._overlay: Swapchain | None = None
        self._show = self._show_overlay = False

    # -- events

    def events(self) -> Iterator[str]:
        """What happened since the last call: begin, end, leave, lose, recentred. The session is
        begun and ended here, as its states ask for."""
        while True:
            self._event._type = self._event_type
            result = self._raw.xrPollEvent(self.instance, C.byref(self._event)).value
            if result == EVENT_UNAVAILABLE:
                return
            self._check(result, "xrPollEvent")
            kind = self._event._type
            if kind == STATE_CHANGED:
                changed = C.cast(
                    C.byref(self._event), C.POINTER(self._xr.EventDataSessionStateChanged)
                ).contents
                do = self.lifecycle.enter(SessionState(int(changed._state)))
                if do == "begin":
                    self._begin_session()
                elif do == "end":
                    self._check(self._raw.xrEndSession(self.session).value, "xrEndSession")
                if do:
                    yield do
            elif kind == LOSS_PENDING:
                yield "lose"
            elif kind == RECENTRED:
                self.recentred = True
                yield "recentred"

    def _begin_session(self) -> None:
        xr = self._xr
        info = xr.SessionBeginInfo(xr.ViewConfigurationType.PRIMARY_STEREO)
        self._check(self._raw.xrBeginSession(self.session, C.byref(info)).value, "xrBeginSession")

    def request_exit(self) -> None:
        """Ask the runtime to end the session in good order."""
        if self.lifecycle.running:
            self._check(self._raw.xrRequestExitSession(self.session).value, "xrRequestExitSession")

    # -- a frame, in the order of the calls

    def wait_frame(self) -> Timing:
        """Until the runtime wants the next frame begun. The same object each time."""
        result = self._raw.xrWaitFrame(self.session, C.byref(self._wait), C.byref(self._frame))
        self._check(result.value, "xrWaitFrame")
        self.timing.display_time_ns = self._frame.predicted_display_time
        self.timing.period_ns = max(1, self._frame.predicted_display_period)
        self.timing.should_render = bool(self._frame.should_render)
        return self.timing

    def begin_frame(self) -> None:
        self._check(
            self._raw.xrBeginFrame(self.session, C.byref(self._begin)).value, "xrBeginFrame"
        )
        self._show = False

    def locate(self) -> tuple[View, View] | None:
        """Where both eyes will be at the frame's display time; None where nobody knows."""
        self._locate.display_time = self.timing.display_time_ns
        result = self._raw.xrLocateViews(
            *(self.session, C.byref(self._locate), C.byref(self._view_state)),
            *(2, C.byref(self._view_count), self._views),
        )
        self._check(result.value, "xrLocateViews")
        if self._view_state._view_state_flags & POSE_VALID != POSE_VALID:
            return None
        try:
            return _view(self._views[0]), _view(self._views[1])
        except InputError:  # a field of view or a quaternion that is none
            return None

    def show(
        self, pixels: np.ndarray, views: tuple[View, ...], depth_m: np.ndarray | None = None
    ) -> None:
        """Put both eyes into the projection layer.

        pixels: [2, H, W, 4] uint8, sRGB. views: from where they were drawn. depth_m: [2, h, w]
        metres along the view axis; ignored where the runtime takes no depth.
        """
        if self._color is None or (self._color.height, self._color.width) != pixels.shape[1:3]:
            self._color = self._swapchain(pixels.shape, self.graphics.color_format, "COLOR")
            for eye in range(2):
                self._point(self._eyes[eye].sub_image, self._color, eye)
        if not self._fill(self._color, pixels):
            return
        for eye, view in enumerate(views):
            _place(self._eyes[eye], view)
        if depth_m is not None and self.has_depth_layer:
            self._fill_depth(depth_m)
        self._show = True

    def overlay(self, pixels: np.ndarray | None) -> None:
        """A small picture [H, W, 4] uint8 that hangs before the eyes; None takes it away."""
        self._show_overlay = pixels is not None
        if pixels is None:
            return
        if self._overlay is None:
            shape = (1, *pixels.shape)
            self._overlay = self._swapchain(shape, self.graphics.color_format, "COLOR")
            self._point(self._quad.sub_image, self._overlay, 0)
            self._quad.pose.orientation.w = 1.0
            self._quad.pose.position.y, self._quad.pose.position.z = -0.22, -1.0
            self._quad.size.width = 0.5
            self._quad.size.height = 0.5 * pixels.shape[0] / pixels.shape[1]
        self._show_overlay = self._fill(self._overlay, pixels[None])

    def end_frame(self) -> None:
        """Hand the frame over, with the layers that were filled."""
        layers = int(self._show) + int(self._show and self._show_overlay)
        self._end.display_time = self.timing.display_time_ns
        self._end.layer_count = layers
        self._check(self._raw.xrEndFrame(self.session, C.byref(self._end)).value, "xrEndFrame")

    def close(self) -> None:
        """Give everything back. Needs no runtime any more."""
        self._undo.close()

    # -- swapchains

    def _swapchain(self, shape: tuple[int, ...], form: int, kind: str) -> Swapchain:
        xr, flags = self._xr, self._xr.SwapchainUsageFlags
        if form not in list(xr.enumerate_swapchain_formats(self.session)):
            raise BackendError(
                f"{self.runtime} has no {'8-bit sRGB' if kind == 'COLOR' else 'float depth'} "
                f"swapchain for {self.graphics.name}; fix: try another --graphics"
            )
        attachment = (
            flags.COLOR_ATTACHMENT_BIT if kind == "COLOR" else flags.DEPTH_STENCIL_ATTACHMENT_BIT
        )
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
        handle = xr.create_swapchain(self.session, info)
        self._undo.callback(self._quietly, xr.destroy_swapchain, handle)
        return Swapchain(handle, self.graphics.images(xr, handle), width, height)

    def _fill(self, chain: Swapchain, pixels: np.ndarray) -> bool:
        """Acquire, wait, write, release; False where the runtime kept the image for too long."""
        raw = self._raw
        if chain.acquired is None:
            result = raw.xrAcquireSwapchainImage(
                chain.handle, C.byref(self._acquire), C.byref(self._index)
            )
            self._check(result.value, "xrAcquireSwapchainImage")
            chain.acquired = self._index.value
        result = raw.xrWaitSwapchainImage(chain.handle, C.byref(self._image_wait)).value
        if result == TIMEOUT_EXPIRED:
            return False
        self._check(result, "xrWaitSwapchainImage")
        self.graphics.write(chain.images[chain.acquired], pixels)
        self.written = (chain.images[chain.acquired], pixels)
        self._check(
            raw.xrReleaseSwapchainImage(chain.handle, C.byref(self._release)).value,
            "xrReleaseSwapchainImage",
        )
        chain.acquired = None
        return True

    def _fill_depth(self, depth_m: np.ndarray) -> None:
        """Metres -> 0..1 as a projection from NEAR_M to FAR_M writes it."""
        if self._depth is None or (self._depth.height, self._depth.width) != depth_m.shape[1:]:
            self._depth = self._swapchain(depth_m.shape, self.graphics.depth_format, "DEPTH")
            self._depth_pixels = np.empty(depth_m.shape, np.float32)
            for eye, info in enumerate(self._depth_infos):
                self._point(info.sub_image, self._depth, eye)
                info.min_depth, info.max_depth = 0.0, 1.0
                info.near_z, info.far_z = NEAR_M, FAR_M
                self._eyes[eye]._next = C.cast(C.pointer(info), C.c_void_p)
        out = self._depth_pixels
        np.divide(-NEAR_M * FAR_M / (FAR_M - NEAR_M), depth_m, out=out)
        out += FAR_M / (FAR_M - NEAR_M)
        np.clip(out, 0.0, 1.0, out=out)
        self._fill(self._depth, out)

    def _point(self, sub_image: Any, chain: Swapchain, layer: int) -> None:
        sub_image.swapchain = chain.handle
        sub_image.image_rect.extent.width = chain.width
        sub_image.image_rect.extent.height = chain.height
        sub_image.image_array_index = layer

    # -- results

    def _check(self, result: int, call: str) -> None:
        if result >= 0:
            return
        name = self._xr.Result(result).name
        if result in LOST:
            raise HeadsetLostError(
                f"{call} gave {name}: the headset's runtime has gone; fix: restart it"
            )
        raise BackendError(f"{call} gave {name}; fix: report it, with the runtime's name")

    def _quietly(self, destroy: Any, handle: Any) -> None:
        with contextlib.suppress(self._xr.exception.XrException):
            destroy(handle)


def _view(found: Any) -> View:
    q, p, f = found.pose.orientation, found.pose.position, found.fov
    return View(
        (q.x, q.y, q.z, q.w),
        (p.x, p.y, p.z),
        (f.angle_left, f.angle_right, f.angle_up, f.angle_down),
    )


def _place(layer: Any, view: View) -> None:
    q, p, f = layer.pose.orientation, layer.pose.position, layer.fov
    q.x, q.y, q.z, q.w = view.orientation_xyzw
    p.x, p.y, p.z = view.position_m
    f.angle_left, f.angle_right, f.angle_up, f.angle_down = view.fov_rad
