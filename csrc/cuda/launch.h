// How a kernel is started, and how CUDA's errors become exceptions.
#pragma once

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

#include "device.h"

namespace eyebrush {

// Throws where `status` is an error. `what`: the op or call, for the message.
inline void check_cuda(cudaError_t status, const char* what) {
  if (status != cudaSuccess)
    throw std::runtime_error(std::string(what) + ": CUDA says " + cudaGetErrorString(status) +
                             " (" + cudaGetErrorName(status) + ")");
}

constexpr int divide_up(int n, int by) { return (n + by - 1) / by; }

struct Shape {
  dim3 grid, block;
  int shared_bytes = 0;   // of block_shared()
  bool together = false;  // a cooperative launch: all blocks run at the same time
};

// Starts kernel(arguments...) on `stream` and returns at once: nothing here waits or allocates.
template <class... Parameters, class... Arguments>
void launch(const char* op, void (*kernel)(Parameters...), const Shape& shape, void* stream,
            Arguments... arguments) {
  if (shape.shared_bytes > 48 << 10)  // what every kernel may have unasked
    check_cuda(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    shape.shared_bytes),
               op);
  cudaLaunchAttribute cooperative{};
  cooperative.id = cudaLaunchAttributeCooperative;
  cooperative.val.cooperative = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = shape.grid, config.blockDim = shape.block;
  config.dynamicSmemBytes = static_cast<std::size_t>(shape.shared_bytes);
  config.stream = static_cast<cudaStream_t>(stream);
  config.attrs = &cooperative, config.numAttrs = shape.together ? 1 : 0;
  check_cuda(cudaLaunchKernelEx(&config, kernel, arguments...), op);
}

template <class... Parameters, class... Arguments>
void launch(const char* op, void (*kernel)(Parameters...), dim3 grid, dim3 block, void* stream,
            Arguments... arguments) {
  launch(op, kernel, Shape{grid, block}, stream, arguments...);
}

// Of the current GPU: 90 for sm_90.
inline int compute_capability(const char* op) {
  int device = 0, major = 0, minor = 0;
  check_cuda(cudaGetDevice(&device), op);
  check_cuda(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), op);
  check_cuda(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), op);
  return major * 10 + minor;
}

// How many blocks of a kernel the current GPU runs at the same time.
template <class... Parameters>
int resident_blocks(const char* op, void (*kernel)(Parameters...), int threads, int shared_bytes) {
  int device = 0, processors = 0, blocks = 0;
  check_cuda(cudaGetDevice(&device), op);
  check_cuda(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device), op);
  check_cuda(cudaOccupancyMaxActiveBlocksPerMultiprocessor(
                 &blocks, reinterpret_cast<const void*>(kernel), threads,
                 static_cast<std::size_t>(shared_bytes)),
             op);
  return processors * blocks;
}

// GPU memory for the kernels of one call: taken and given back in the stream's order, no wait.
class Workspace {
 public:
  Workspace(const char* op, std::size_t bytes, void* stream)
      : stream_(static_cast<cudaStream_t>(stream)) {
    check_cuda(cudaMallocFromPoolAsync(&room_, bytes, static_cast<cudaMemPool_t>(memory_pool(op)),
                                       stream_),
               op);
  }
  ~Workspace() { cudaFreeAsync(room_, stream_); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  template <class T>
  T* at(std::size_t offset_bytes = 0) const {
    return reinterpret_cast<T*>(static_cast<char*>(room_) + offset_bytes);
  }

 private:
  cudaStream_t stream_;
  void* room_ = nullptr;
};

}  // namespace eyebrush
