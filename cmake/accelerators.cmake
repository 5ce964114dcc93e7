# What EYEBRUSH_CUDA and EYEBRUSH_TENSORRT mean for this source tree.
#
# The tree holds no CUDA source yet: the ops are CPU ops, and TensorRT would be reached from
# Python (extra "gpu"). So AUTO and OFF build the CPU core, and ON is refused with the reason,
# rather than accepted and ignored. When csrc/ops/*.cu exist, this file is where they are added.

foreach(option EYEBRUSH_CUDA EYEBRUSH_TENSORRT)
  string(TOUPPER "${${option}}" value)
  if(NOT value MATCHES "^(AUTO|ON|OFF)$")
    message(FATAL_ERROR "got ${option}=${${option}}; wanted AUTO, ON or OFF")
  endif()
  set(${option} "${value}")
endforeach()

file(GLOB eyebrush_cuda_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/csrc/ops/*.cu")

find_program(EYEBRUSH_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_PATH PATH_SUFFIXES bin)
mark_as_advanced(EYEBRUSH_NVCC)
if(EYEBRUSH_NVCC)
  set(toolkit "a CUDA compiler was found (${EYEBRUSH_NVCC})")
else()
  set(toolkit "no CUDA compiler was found")
endif()

if(EYEBRUSH_CUDA STREQUAL "ON" AND NOT EYEBRUSH_NVCC)
  message(FATAL_ERROR "got EYEBRUSH_CUDA=ON; wanted the CUDA toolkit, but ${toolkit}; "
    "fix: install it and set CUDACXX to its nvcc, or build with EYEBRUSH_CUDA=OFF")
elseif(EYEBRUSH_CUDA STREQUAL "ON" AND NOT eyebrush_cuda_sources)
  message(FATAL_ERROR "got EYEBRUSH_CUDA=ON; wanted CUDA kernels, which this version of Eyebrush "
    "does not have; fix: build with EYEBRUSH_CUDA=AUTO or OFF")
endif()
if(EYEBRUSH_TENSORRT STREQUAL "ON")
  message(FATAL_ERROR "got EYEBRUSH_TENSORRT=ON; wanted a TensorRT backend, which this version of "
    "Eyebrush does not have; fix: build with EYEBRUSH_TENSORRT=AUTO or OFF")
endif()
if(EYEBRUSH_CUDA STREQUAL "AUTO")
  message(STATUS "eyebrush: CPU core; ${toolkit}, and this version has no CUDA kernels")
endif()
