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
