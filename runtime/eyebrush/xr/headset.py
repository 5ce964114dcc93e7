"""The session on a headset: the spec's calls in words, for the frame loop.

Frame calls write into structures made beforehand and go to pyopenxr's raw functions: a frame makes
no garbage, and a result that is not an error is no exception.
"""

from __future__ import annotations

import contextlib
import ctypes as C
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from eyebrush.errors import BackendError, InputError
from eyebrush.frame import View
from eyebrush.xr.layers import Layers
from eyebrush.xr.runtime import check, find_headset, open_instance, openxr, runtime_name
from eyebrush.xr.states import Lifecycle, SessionState
from eyebrush.xr.swapchain import Graphics

DEPTH_LAYER = "XR_KHR_composition_layer_depth"
EVENT_UNAVAILABLE = 4
POSE_VALID = 3  # orientation and position
STATE_CHANGED, LOSS_PENDING, RECENTRED = 18, 17, 40  # XrStructureType of the events


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
        head = self._reference_space(xr.ReferenceSpaceType.VIEW)
        depth = self.has_depth_layer
        self.layers = Layers(xr, self.session, graphics, self.space, head, depth)
        self._undo.callback(self.layers.close)
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
        self._end = xr.FrameEndInfo(environment_blend_mode=xr.EnvironmentBlendMode.OPAQUE)
        self._end._layers = self.layers.pointer

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
        """From here on the frame is being drawn."""
        self._check(
            self._raw.xrBeginFrame(self.session, C.byref(self._begin)).value, "xrBeginFrame"
        )
        self.layers.begin()

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
        self.layers.show(pixels, views, depth_m)

    def overlay(self, pixels: np.ndarray | None) -> None:
        """A small picture [H, W, 4] uint8 that hangs before the eyes; None takes it away."""
        self.layers.overlay(pixels)

    def end_frame(self) -> None:
        """Hand the frame over, with the layers that were filled."""
        self._end.display_time = self.timing.display_time_ns
        self._end.layer_count = self.layers.count
        self._check(self._raw.xrEndFrame(self.session, C.byref(self._end)).value, "xrEndFrame")

    def prepare(self) -> None:
        """Get the next frame's images; after a frame that was shown. Where the runtime is another
        process each such call waits for it: best done while nobody waits for a frame."""
        self.layers.prepare()

    def close(self) -> None:
        """Give everything back. Needs no runtime any more."""
        self._undo.close()

    def _check(self, result: int, call: str) -> None:
        check(self._xr, result, call)

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
