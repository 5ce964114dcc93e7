# The CUDA ops, linked into eyebrush/_core.
#
#   EYEBRUSH_CUDA=AUTO  for this machine's own GPU, where an NVIDIA GPU and nvcc are found
#                 ON    for every architecture of EYEBRUSH_CUDA_ARCHITECTURES; needs nvcc, no GPU
#                 OFF   never
#
# The CUDA runtime is linked statically and looks for the driver when it is first called, so that a
# wheel with CUDA ops installs and imports on machines without a GPU.

set(EYEBRUSH_CUDA AUTO CACHE STRING "CUDA ops: AUTO, ON or OFF")
set_property(CACHE EYEBRUSH_CUDA PROPERTY STRINGS AUTO ON OFF)
string(TOUPPER "${EYEBRUSH_CUDA}" EYEBRUSH_CUDA)
if(NOT EYEBRUSH_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "got EYEBRUSH_CUDA=${EYEBRUSH_CUDA}; wanted AUTO, ON or OFF")
endif()
if(EYEBRUSH_CUDA STREQUAL "OFF")
  return()
endif()

find_program(EYEBRUSH_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_PATH /usr/local/cuda PATH_SUFFIXES bin)
mark_as_advanced(EYEBRUSH_NVCC)
if(NOT EYEBRUSH_NVCC AND EYEBRUSH_CUDA STREQUAL "ON")
  message(FATAL_ERROR "got EYEBRUSH_CUDA=ON; wanted the CUDA toolkit, but no nvcc was found; "
    "fix: install it and set CUDACXX to its nvcc, or build with EYEBRUSH_CUDA=OFF")
endif()

# 90 without -real: PTX, too, which later architectures' drivers compile (sm_100, sm_121, ...).
set(architectures "75-real;80-real;86-real;89-real;90;120-real")
if(EYEBRUSH_CUDA STREQUAL "AUTO")
  execute_process(COMMAND nvidia-smi --query-gpu=compute_cap --format=csv,noheader
    OUTPUT_VARIABLE capabilities RESULT_VARIABLE failed ERROR_QUIET)
  string(REGEX MATCHALL "[0-9]+\\.[0-9]+" capabilities "${capabilities}")
  if(failed OR NOT capabilities OR NOT EYEBRUSH_NVCC)
    message(STATUS "eyebrush: CPU ops only (EYEBRUSH_CUDA=AUTO found no NVIDIA GPU, or no nvcc)")
    return()
  endif()
  list(REMOVE_DUPLICATES capabilities)
  string(REPLACE "." "" architectures "${capabilities}")
endif()
set(EYEBRUSH_CUDA_ARCHITECTURES "${architectures}" CACHE STRING "As CMAKE_CUDA_ARCHITECTURES")
message(STATUS "eyebrush: CPU ops, and CUDA ops for ${EYEBRUSH_CUDA_ARCHITECTURES}")

set(CMAKE_CUDA_COMPILER "${EYEBRUSH_NVCC}")
set(CMAKE_CUDA_ARCHITECTURES "${EYEBRUSH_CUDA_ARCHITECTURES}")
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
enable_language(CUDA)
set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)

file(GLOB kernels CONFIGURE_DEPENDS csrc/ops/*.cu)
add_library(eyebrush_kernels STATIC csrc/cuda/device.cu ${kernels})
set_target_properties(eyebrush_kernels PROPERTIES POSITION_INDEPENDENT_CODE ON)
# ptxas tells each kernel's registers and spills; benchmarks/cuda_build.py keeps what it says.
target_compile_options(eyebrush_kernels PRIVATE -Xptxas=-v,-warn-spills
  $<$<BOOL:${EYEBRUSH_WERROR}>:-Werror=all-warnings>)
if(NOT MSVC)
  target_compile_options(eyebrush_kernels PRIVATE
    -Xcompiler=-Wall,-Wextra$<$<BOOL:${EYEBRUSH_WERROR}>:,-Werror>)
endif()

# _core offers CUDA once each op has its kernel.
foreach(op adain composite gram grid_blend ingest temporal)
  if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/csrc/ops/${op}.cu")
    add_dependencies(_core eyebrush_kernels)
    return()
  endif()
endforeach()
target_link_libraries(_core PRIVATE eyebrush_kernels)
target_compile_definitions(_core PRIVATE EYEBRUSH_CUDA)
