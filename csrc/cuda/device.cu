#include "device.h"

#include <cstdint>
#include <map>
#include <mutex>

#include "launch.h"

namespace eyebrush {

int device_count() {
  int count = 0;
  const bool usable = cudaGetDeviceCount(&count) == cudaSuccess;
  cudaGetLastError();  // no driver, or none that fits, is an answer here, not a fault
  return usable ? count : 0;
}

std::string device_name(int device) {
  cudaDeviceProp about{};
  check_cuda(cudaGetDeviceProperties(&about, device), "device_name");
  int driver = 0, runtime = 0;
  check_cuda(cudaDriverGetVersion(&driver), "device_name");
  check_cuda(cudaRuntimeGetVersion(&runtime), "device_name");
  const auto version = [](int v) {
    return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10);
  };
  return std::string(about.name) + ", sm_" + std::to_string(about.major) +
         std::to_string(about.minor) + ", driver " + version(driver) + ", runtime " +
         version(runtime);
}

int device_of(const void* address) {
  cudaPointerAttributes about{};
  check_cuda(cudaPointerGetAttributes(&about, address), "device_of");
  const bool on_gpu = about.type == cudaMemoryTypeDevice || about.type == cudaMemoryTypeManaged;
  return on_gpu ? about.device : -1;
}

void* memory_pool(const char* op) {
  static std::mutex one_at_a_time;
  static std::map<int, cudaMemPool_t> pools;
  int device = 0;
  check_cuda(cudaGetDevice(&device), op);
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  cudaMemPool_t& pool = pools[device];
  if (pool) return pool;
  cudaMemPoolProps wanted{};
  wanted.allocType = cudaMemAllocationTypePinned;
  wanted.location.type = cudaMemLocationTypeDevice;
  wanted.location.id = device;
  cudaMemPool_t made = nullptr;
  check_cuda(cudaMemPoolCreate(&made, &wanted), op);
  std::uint64_t kept_bytes = 256 << 20;
  check_cuda(cudaMemPoolSetAttribute(made, cudaMemPoolAttrReleaseThreshold, &kept_bytes), op);
  return pool = made;
}

OnDevice::OnDevice(int device) : before_(device), device_(device) {
  check_cuda(cudaGetDevice(&before_), "cudaGetDevice");
  if (before_ != device_) check_cuda(cudaSetDevice(device_), "cudaSetDevice");
}

OnDevice::~OnDevice() {
  if (before_ != device_) cudaSetDevice(before_);
}

}  // namespace eyebrush
