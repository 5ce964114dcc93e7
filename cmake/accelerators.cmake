# What EYEBRUSH_TENSORRT means for this source tree: TensorRT is reached from Python (extras
# tensorrt-rtx, tensorrt and gpu), so that nothing is built for it. AUTO and OFF are the same, and ON
# is refused with the reason, rather than accepted and ignored.

string(TOUPPER "${EYEBRUSH_TENSORRT}" EYEBRUSH_TENSORRT)
if(NOT EYEBRUSH_TENSORRT MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "got EYEBRUSH_TENSORRT=${EYEBRUSH_TENSORRT}; wanted AUTO, ON or OFF")
endif()
if(EYEBRUSH_TENSORRT STREQUAL "ON")
  message(FATAL_ERROR "got EYEBRUSH_TENSORRT=ON; wanted AUTO or OFF, for nothing is built for it; "
    "fix: pip install 'eyebrush[tensorrt-rtx,gpu]' brings the TensorRT backend")
endif()
