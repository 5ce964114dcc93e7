// What the CUDA ops need to know of GPUs; free of CUDA's own headers.
#pragma once

#include <string>

namespace eyebrush {

// Number of GPUs that can be used; 0 without a driver, too.
int device_count();

// "NVIDIA H100 80GB HBM3, sm_90, driver 13.0, runtime 13.0"
std::string device_name(int device);

// Index of the GPU whose memory this is; -1 where it is the CPU's.
int device_of(const void* address);

// The current GPU's own pool of memory for kernels (a cudaMemPool_t). What it has, it keeps, so
// that a frame's calls ask the driver for nothing. Throws std::runtime_error; `op` is for its
// message.
void* memory_pool(const char* op);

// Makes a GPU the calling thread's current one for as long as it lives.
class OnDevice {
 public:
  explicit OnDevice(int device);
  ~OnDevice();
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

 private:
  int before_, device_;
};

}  // namespace eyebrush
