"""OpenGL through EGL, without any window: XR_MNDX_egl_enable (Monado)."""

from __future__ import annotations

import ctypes as C
from typing import Any

import numpy as np

from eyebrush.errors import BackendError

POINTER, INT, UINT = C.c_void_p, C.c_int, C.c_uint
SURFACELESS, OPENGL_API = 0x31DD, 0x30A2  # EGL_PLATFORM_SURFACELESS_MESA, EGL_OPENGL_API
# The default surface type finds nothing on a surfaceless platform: ask for PBUFFER.
CONFIG = (0x3033, 1, 0x3040, 8, 0x3024, 8, 0x3023, 8, 0x3022, 8, 0x3021, 8, 0x3038)
CONTEXT = (0x3098, 4, 0x30FB, 5, 0x30FD, 1, 0x3038)  # 4.5 core
RGBA, UNSIGNED_BYTE, DEPTH_COMPONENT, FLOAT = 0x1908, 0x1401, 0x1902, 0x1406
EGL_CALLS = {
    "eglGetPlatformDisplay": (POINTER, UINT, POINTER, POINTER),
    "eglInitialize": (UINT, POINTER, POINTER, POINTER),
    "eglBindAPI": (UINT, UINT),
    "eglChooseConfig": (UINT, POINTER, POINTER, POINTER, INT, POINTER),
    "eglCreateContext": (POINTER, POINTER, POINTER, POINTER, POINTER),
    "eglMakeCurrent": (UINT, POINTER, POINTER, POINTER, POINTER),
    "eglDestroyContext": (UINT, POINTER, POINTER),
    "eglTerminate": (UINT, POINTER),
    "eglGetProcAddress": (POINTER, C.c_char_p),
}


class EglGraphics:
    """Puts pixels into swapchain images. One thread, the one that made it."""

    name = "egl"
    extensions: tuple[str, ...] = ("XR_KHR_opengl_enable", "XR_MNDX_egl_enable")
    color_format, depth_format = 0x8C43, 0x8CAC  # SRGB8_ALPHA8, DEPTH_COMPONENT32F

    def __init__(self) -> None:
        try:
            self._egl = C.CDLL("libEGL.so.1")
        except OSError as error:
            raise BackendError(
                f"EGL is not installed ({error}); fix: install libegl1, or use --graphics vulkan"
            ) from None
        for name, (result, *arguments) in EGL_CALLS.items():
            function = getattr(self._egl, name)
            function.restype, function.argtypes = result, arguments
        self._config, count = POINTER(), INT()
        e = self._egl
        self._display = e.eglGetPlatformDisplay(SURFACELESS, None, None)
        made = (
            self._display
            and e.eglInitialize(self._display, None, None)
            and e.eglBindAPI(OPENGL_API)
            and e.eglChooseConfig(
                self._display, _ints(CONFIG), C.byref(self._config), 1, C.byref(count)
            )
            and count.value
        )
        self._context = made and e.eglCreateContext(
            self._display, self._config, None, _ints(CONTEXT)
        )
        if not self._context or not e.eglMakeCurrent(self._display, None, None, self._context):
            raise BackendError(
                "no OpenGL 4.5 through EGL without a display; "
                "fix: install a driver (mesa's software one will do), or use --graphics vulkan"
            )
        flat, deep = [UINT] + [INT] * 5, [UINT] + [INT] * 7
        self._write = self._function("glTextureSubImage2D", None, *flat, UINT, UINT, POINTER)
        self._write_array = self._function("glTextureSubImage3D", None, *deep, UINT, UINT, POINTER)
        self._read = self._function("glGetTextureImage", None, UINT, INT, UINT, UINT, INT, POINTER)
        self._error = self._function("glGetError", UINT)
        text = self._function("glGetString", C.c_char_p, UINT)
        self.device = text(0x1F01).decode()  # GL_RENDERER
        self._flipped: dict[tuple[int, ...], np.ndarray] = {}

    def binding(self, xr: Any, instance: Any, system: Any) -> Any:
        """What XrSessionCreateInfo.next has to point to."""
        xr.get_opengl_graphics_requirements_khr(instance, system)
        binding = self._binding = xr.GraphicsBindingEGLMNDX()
        binding.get_proc_address = C.cast(
            self._egl.eglGetProcAddress, xr.PFN_xrEglGetProcAddressMNDX
        )
        # PyOpenGL types these fields by the platform that it chose; write the bare pointers.
        handles = {
            "display": self._display,
            "config": self._config.value,
            "context": self._context,
        }
        for name, handle in handles.items():
            place = C.addressof(binding) + getattr(type(binding), name).offset
            POINTER.from_address(place).value = handle
        return C.cast(C.pointer(binding), POINTER)

    def images(self, xr: Any, swapchain: Any) -> list[int]:
        """Texture names of a swapchain's images."""
        found = xr.enumerate_swapchain_images(swapchain, xr.SwapchainImageOpenGLKHR)
        return [int(image.image) for image in found]

    def write(self, image: int, pixels: np.ndarray) -> None:
        """pixels: [layers, H, W, 4] uint8 sRGB, or [layers, H, W] float32 depth 0..1; row 0 on
        top. OpenGL's row 0 is at the bottom."""
        flipped = self._staging(pixels)
        np.copyto(flipped, pixels[:, ::-1])
        layers, height, width = pixels.shape[:3]
        form = (RGBA, UNSIGNED_BYTE) if pixels.ndim == 4 else (DEPTH_COMPONENT, FLOAT)
        if layers == 1:  # such a swapchain's images are no arrays
            self._write(image, 0, 0, 0, width, height, *form, flipped.ctypes.data)
        else:
            size = (width, height, layers)
            self._write_array(image, 0, 0, 0, 0, *size, *form, flipped.ctypes.data)
        if error := self._error():
            raise BackendError(f"OpenGL error {error:#x} while writing a swapchain image")

    def read(self, image: int, like: np.ndarray) -> np.ndarray:
        """The pixels of a swapchain image as ``write`` takes them."""
        out = np.zeros_like(like)
        form = (RGBA, UNSIGNED_BYTE) if like.ndim == 4 else (DEPTH_COMPONENT, FLOAT)
        self._read(image, 0, *form, out.nbytes, out.ctypes.data)
        return np.ascontiguousarray(out[:, ::-1])

    def close(self) -> None:
        """Let go of the context."""
        self._egl.eglMakeCurrent(self._display, None, None, None)
        self._egl.eglDestroyContext(self._display, self._context)

    def _staging(self, pixels: np.ndarray) -> np.ndarray:
        if pixels.shape not in self._flipped:
            self._flipped[pixels.shape] = np.empty_like(pixels)
        return self._flipped[pixels.shape]

    def _function(self, name: str, result: Any, *arguments: Any) -> Any:
        address = self._egl.eglGetProcAddress(name.encode())
        if not address:
            raise BackendError(f"this OpenGL has no {name}; fix: a driver with OpenGL 4.5")
        return C.CFUNCTYPE(result, *arguments)(address)


def _ints(values: tuple[int, ...]) -> Any:
    return (INT * len(values))(*values)
