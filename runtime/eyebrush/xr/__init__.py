"""A player over OpenXR (extra [xr]: pyopenxr): `eyebrush xr`.

states.py   what each session state asks of us       loop.py      the frame loop
runtime.py  instance and system, errors in words     headset.py   session, frame calls
swapchain.py layers.py   what is handed over
egl.py vulkan.py   pixels into swapchain images      sources.py   what is shown
controls.py overlay.py   keys, controllers, graph    record.py report.py   what was measured
player.py   all of it together
"""
