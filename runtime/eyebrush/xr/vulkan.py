"""Vulkan without a window: XR_KHR_vulkan_enable, pixels copied through staging memory."""

from __future__ import annotations

import ctypes as C
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eyebrush.errors import BackendError
from eyebrush.xr import vulkan_structs as vk
from eyebrush.xr.vulkan_structs import HANDLE, POINTER, UINT

API = (1 << 22) | (2 << 12)  # Vulkan 1.2
GRAPHICS_QUEUE, HOST_VISIBLE_COHERENT, TRANSFER_BOTH_WAYS = 1, 6, 3
ALL_COMMANDS, IGNORED = 0x10000, 0xFFFFFFFF
UNDEFINED, COLOR_ATTACHMENT, DEPTH_ATTACHMENT, TRANSFER_SOURCE, TRANSFER_TARGET = 0, 2, 3, 6, 7
TRANSFER_READ, TRANSFER_WRITE = 0x800, 0x1000
COLOR, DEPTH = 1, 2  # aspects
NAME_AT, NAME_BYTES, PROPERTIES_BYTES = 20, 256, 1024  # deviceName in VkPhysicalDeviceProperties
FOREVER_NS = 0xFFFFFFFFFFFFFFFF
ERRORS = {
    -1: "out of memory",
    -2: "out of device memory",
    -3: "initialization failed",
    -4: "the device is lost",
    -7: "an extension is missing",
    -9: "no driver that fits",
}


@dataclass
class _Room:
    """Staging memory of one swapchain, the commands that copy from or to it, and the fence that
    says when these are done: nobody waits for a copy before that memory is needed again."""

    commands: Any = field(default_factory=POINTER)
    fence: Any = field(default_factory=HANDLE)
    buffer: Any = field(default_factory=HANDLE)
    memory: Any = field(default_factory=HANDLE)
    mapped: Any = field(default_factory=POINTER)
    size: int = 0  # bytes


class VulkanGraphics:
    """Puts pixels into swapchain images. One thread."""

    name = "vulkan"
    extensions: tuple[str, ...] = ("XR_KHR_vulkan_enable",)
    color_format, depth_format = 43, 126  # R8G8B8A8_SRGB, D32_SFLOAT

    def __init__(self) -> None:
        try:
            self._vk = C.CDLL("libvulkan.so.1")
        except OSError as error:
            raise BackendError(
                f"Vulkan is not installed ({error}); fix: install libvulkan1 and a driver"
            ) from None
        self.device = "Vulkan"
        self._rooms: dict[tuple[int, int], _Room] = {}
        self._instance, self._device = POINTER(), POINTER()

    def binding(self, xr: Any, instance: Any, system: Any) -> Any:
        """Make the instance and the device that the runtime asks for; what
        XrSessionCreateInfo.next has to point to."""
        xr.get_vulkan_graphics_requirements_khr(instance, system)
        types = xr.platform.linux
        names = _names(xr.get_vulkan_instance_extensions_khr(instance, system))
        application = vk.ApplicationInfo(0, None, b"Eyebrush", 1, b"Eyebrush", 1, API)
        info = vk.InstanceCreateInfo(
            1, None, 0, C.addressof(application), 0, None, len(names), C.addressof(names)
        )
        self._call("vkCreateInstance", C.byref(info), None, C.byref(self._instance))
        handle = C.cast(self._instance, types.VkInstance)
        physical = xr.get_vulkan_graphics_device_khr(instance, system, handle)
        self._physical = C.cast(physical, POINTER)
        properties = C.create_string_buffer(PROPERTIES_BYTES)
        self._vk.vkGetPhysicalDeviceProperties(self._physical, properties)
        name = properties.raw[NAME_AT : NAME_AT + NAME_BYTES]
        self.device = name.split(b"\0")[0].decode("utf-8", "replace")
        family = self._queue_family()
        names = _names(xr.get_vulkan_device_extensions_khr(instance, system))
        priority = C.c_float(1.0)
        queue = vk.QueueCreateInfo(2, None, 0, family, 1, C.addressof(priority))
        timeline = vk.TimelineFeature(1000207000, None, 1)  # Monado's client wants it
        info = vk.DeviceCreateInfo(
            *(3, C.addressof(timeline), 0, 1, C.addressof(queue), 0, None),
            *(len(names), C.addressof(names), None),
        )
        self._call("vkCreateDevice", self._physical, C.byref(info), None, C.byref(self._device))
        self._queue, pool = POINTER(), HANDLE()
        self._vk.vkGetDeviceQueue(self._device, family, 0, C.byref(self._queue))
        made = vk.CommandPoolCreateInfo(39, None, 2, family)
        self._call("vkCreateCommandPool", self._device, C.byref(made), None, C.byref(pool))
        self._pool = pool
        self._binding = xr.GraphicsBindingVulkanKHR(
            instance=handle,
            physical_device=C.cast(self._physical, types.VkPhysicalDevice),
            device=C.cast(self._device, types.VkDevice),
            queue_family_index=family,
            queue_index=0,
        )
        return C.cast(C.pointer(self._binding), POINTER)

    def images(self, xr: Any, swapchain: Any) -> list[int]:
        """VkImage handles of a swapchain's images."""
        found = xr.enumerate_swapchain_images(swapchain, xr.SwapchainImageVulkanKHR)
        return [int(C.cast(image.image, POINTER).value or 0) for image in found]

    def write(self, image: int, pixels: np.ndarray) -> None:
        """pixels: [layers, H, W, 4] uint8 sRGB, or [layers, H, W] float32 depth 0..1."""
        room = self._room(pixels)
        C.memmove(room.mapped, pixels.ctypes.data, pixels.nbytes)
        self._copy(room, image, pixels, to_image=True)

    def read(self, image: int, like: np.ndarray) -> np.ndarray:
        """The pixels of a swapchain image as ``write`` takes them."""
        room = self._room(like)
        self._copy(room, image, like, to_image=False)
        self._wait(room)
        out = np.empty_like(like)
        C.memmove(out.ctypes.data, room.mapped, out.nbytes)
        return out

    def close(self) -> None:
        """Destroy what was made; the session must be gone by then."""
        if self._device:
            self._vk.vkDeviceWaitIdle(self._device)
            for room in self._rooms.values():
                self._empty(room)
                self._vk.vkDestroyFence(self._device, room.fence, None)
            self._rooms.clear()
            self._vk.vkDestroyCommandPool(self._device, self._pool, None)
            self._vk.vkDestroyDevice(self._device, None)
        if self._instance:
            self._vk.vkDestroyInstance(self._instance, None)
        self._instance, self._device = POINTER(), POINTER()

    def _copy(self, room: _Room, image: int, like: np.ndarray, to_image: bool) -> None:
        layers, height, width = like.shape[:3]
        aspect, rest = (COLOR, COLOR_ATTACHMENT) if like.ndim == 4 else (DEPTH, DEPTH_ATTACHMENT)
        layout = TRANSFER_TARGET if to_image else TRANSFER_SOURCE
        access = TRANSFER_WRITE if to_image else TRANSFER_READ
        begin = vk.CommandBufferBeginInfo(42, None, 1, None)
        self._call("vkBeginCommandBuffer", room.commands, C.byref(begin))
        # What was in an image to be overwritten may go. Afterwards the runtime wants attachments.
        before = UNDEFINED if to_image else rest
        self._barrier(room.commands, image, aspect, layers, before, layout, 0, access)
        region = vk.BufferImageCopy(0, 0, 0, aspect, 0, 0, layers, (0, 0, 0), (width, height, 1))
        if to_image:
            self._vk.vkCmdCopyBufferToImage(
                room.commands, room.buffer, HANDLE(image), layout, 1, C.byref(region)
            )
        else:
            self._vk.vkCmdCopyImageToBuffer(
                room.commands, HANDLE(image), layout, room.buffer, 1, C.byref(region)
            )
        self._barrier(room.commands, image, aspect, layers, layout, rest, access, 0)
        self._call("vkEndCommandBuffer", room.commands)
        commands = (POINTER * 1)(room.commands)
        submit = vk.SubmitInfo(4, None, 0, None, None, 1, C.addressof(commands), 0, None)
        self._call("vkResetFences", self._device, 1, C.byref(room.fence))
        self._call("vkQueueSubmit", self._queue, 1, C.byref(submit), room.fence)

    def _wait(self, room: _Room) -> None:
        """Until the room's last copy is done."""
        forever = HANDLE(FOREVER_NS)
        self._call("vkWaitForFences", self._device, 1, C.byref(room.fence), UINT(1), forever)

    def _barrier(
        self,
        commands: Any,
        image: int,
        aspect: int,
        layers: int,
        old: int,
        new: int,
        before: int,
        after: int,
    ) -> None:
        barrier = vk.ImageBarrier(
            *(45, None, before, after, old, new, IGNORED, IGNORED, image),
            *(aspect, 0, 1, 0, layers),
        )
        self._vk.vkCmdPipelineBarrier(
            commands, ALL_COMMANDS, ALL_COMMANDS, 0, 0, None, 0, None, 1, C.byref(barrier)
        )

    def _room(self, like: np.ndarray) -> _Room:
        """Room for such pixels, its last copy done; one for colours, depth and overlay each."""
        key = (like.ndim, like.shape[0])
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = _Room()
            asked = vk.CommandBufferAllocateInfo(40, None, self._pool, 0, 1)
            self._call(
                "vkAllocateCommandBuffers", self._device, C.byref(asked), C.byref(room.commands)
            )
            made = vk.FenceCreateInfo(8, None, 1)  # signalled: nothing to wait for
            self._call("vkCreateFence", self._device, C.byref(made), None, C.byref(room.fence))
        self._wait(room)
        if like.nbytes > room.size:
            self._empty(room)
            self._furnish(room, like.nbytes)
        return room

    def _furnish(self, room: _Room, size: int) -> None:
        info = vk.BufferCreateInfo(12, None, 0, size, TRANSFER_BOTH_WAYS, 0, 0, None)
        self._call("vkCreateBuffer", self._device, C.byref(info), None, C.byref(room.buffer))
        needs, have = vk.MemoryRequirements(), vk.MemoryProperties()
        self._vk.vkGetBufferMemoryRequirements(self._device, room.buffer, C.byref(needs))
        self._vk.vkGetPhysicalDeviceMemoryProperties(self._physical, C.byref(have))
        kind = next(
            i
            for i in range(have.type_count)
            if needs.types >> i & 1
            and have.types[i][0] & HOST_VISIBLE_COHERENT == HOST_VISIBLE_COHERENT
        )
        asked = vk.AllocateInfo(5, None, needs.size, kind)
        self._call("vkAllocateMemory", self._device, C.byref(asked), None, C.byref(room.memory))
        self._call("vkBindBufferMemory", self._device, room.buffer, room.memory, HANDLE(0))
        self._call(
            *("vkMapMemory", self._device, room.memory, HANDLE(0), HANDLE(size), UINT(0)),
            C.byref(room.mapped),
        )
        room.size = size

    def _empty(self, room: _Room) -> None:
        if room.size:
            self._vk.vkDestroyBuffer(self._device, room.buffer, None)
            self._vk.vkFreeMemory(self._device, room.memory, None)
            room.size = 0

    def _queue_family(self) -> int:
        count = UINT(0)
        ask = self._vk.vkGetPhysicalDeviceQueueFamilyProperties
        ask(self._physical, C.byref(count), None)
        families = (vk.QueueFamily * count.value)()
        ask(self._physical, C.byref(count), families)
        return next(i for i, family in enumerate(families) if family.flags & GRAPHICS_QUEUE)

    def _call(self, name: str, *arguments: Any) -> None:
        if result := getattr(self._vk, name)(*arguments):
            why = ERRORS.get(result, "see VkResult")
            raise BackendError(
                f"{name} gave {result} ({why}); fix: install or update the Vulkan driver, or use "
                "--graphics egl"
            )


def _names(value: Any) -> Any:
    """A list of extensions, parted by spaces, as char*[]."""
    text = value.decode() if isinstance(value, bytes) else str(value)
    names = [name.encode() for name in text.replace("\0", "").split()]
    return (C.c_char_p * len(names))(*names)
