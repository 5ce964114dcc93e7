// Where an op runs: RUN_OP(adain_stats, device, stream, job) calls adain_stats(job), or on the GPU
// of that number adain_stats_cuda(job, stream). A core built without CUDA says so. The tests' shim
// (tests/simt/) runs the CUDA version on everything.
#pragma once

#include <stdexcept>

#include "../cuda/device.h"

namespace eyebrush {

[[noreturn]] inline void no_cuda() {
  throw std::runtime_error(
      "got arrays on a GPU; wanted a native core built with CUDA; fix: pip install . with "
      "-C cmake.define.EYEBRUSH_CUDA=ON, the CUDA toolkit's nvcc on PATH");
}

#if defined(EYEBRUSH_CUDA)
template <class Function>
void on_gpu(int device, const Function& function) {
  const OnDevice here(device);
  function();
}
#endif

}  // namespace eyebrush

#if defined(EYEBRUSH_SIMT)
#define RUN_OP(op, device, stream, ...) (static_cast<void>(device), op##_cuda(__VA_ARGS__, stream))
#elif defined(EYEBRUSH_CUDA)
#define RUN_OP(op, device, stream, ...) \
  (device >= 0 ? on_gpu(device, [&] { op##_cuda(__VA_ARGS__, stream); }) : op(__VA_ARGS__))
#else
#define RUN_OP(op, device, stream, ...) \
  (static_cast<void>(stream), device >= 0 ? no_cuda() : op(__VA_ARGS__))
#endif
