// Where an op runs: RUN_OP(adain_stats, on_the_gpu, stream, job) calls adain_stats(job) or
// adain_stats_cuda(job, stream). A core built without CUDA says so; the tests' shim
// (tests/simt/) runs the CUDA version on everything.
#pragma once

#include <stdexcept>

namespace eyebrush {

[[noreturn]] inline void no_cuda() {
  throw std::runtime_error(
      "got arrays on a GPU; wanted a native core built with CUDA; fix: pip install . with "
      "-C cmake.define.EYEBRUSH_CUDA=ON, the CUDA toolkit's nvcc on PATH");
}

}  // namespace eyebrush

#if defined(EYEBRUSH_SIMT)
#define RUN_OP(op, on_gpu, stream, ...) (static_cast<void>(on_gpu), op##_cuda(__VA_ARGS__, stream))
#elif defined(EYEBRUSH_CUDA)
#define RUN_OP(op, on_gpu, stream, ...) (on_gpu ? op##_cuda(__VA_ARGS__, stream) : op(__VA_ARGS__))
#else
#define RUN_OP(op, on_gpu, stream, ...) \
  (static_cast<void>(stream), on_gpu ? no_cuda() : op(__VA_ARGS__))
#endif
