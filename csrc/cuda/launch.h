// How a kernel is started, and how CUDA's errors become exceptions.
#pragma once

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

namespace eyebrush {

// Throws where `status` is an error. `what`: the op or call, for the message.
inline void check_cuda(cudaError_t status, const char* what) {
  if (status != cudaSuccess)
    throw std::runtime_error(std::string(what) + ": CUDA says " + cudaGetErrorString(status) +
                             " (" + cudaGetErrorName(status) + ")");
}

constexpr int divide_up(int n, int by) { return (n + by - 1) / by; }

// Starts kernel(arguments...) on `stream` and returns at once: nothing here waits or allocates.
template <class... Parameters, class... Arguments>
void launch(const char* op, void (*kernel)(Parameters...), dim3 grid, dim3 block, void* stream,
            Arguments... arguments) {
  kernel<<<grid, block, 0, static_cast<cudaStream_t>(stream)>>>(arguments...);
  check_cuda(cudaGetLastError(), op);
}

}  // namespace eyebrush
