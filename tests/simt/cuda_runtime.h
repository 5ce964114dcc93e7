// Stands in for CUDA's header where the kernels are compiled for the shim: the part that they use.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "simt.h"

#define __global__
#define __device__
#define __host__
#define __grid_constant__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__
#define __shared__ static  // fixed arrays only; block_shared() is poisoned, these are not
#define threadIdx (simt::current().thread_index)
#define blockIdx (simt::current().block_index)

struct float2 {
  float x, y;
};
struct float4 {
  float x, y, z, w;
};
struct double2 {
  double x, y;
};
struct uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct uchar4 {
  unsigned char x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline uchar4 make_uchar4(unsigned char x, unsigned char y, unsigned char z, unsigned char w) {
  return {x, y, z, w};
}

inline void __syncthreads() { simt::sync_block(); }
inline void __syncwarp(unsigned mask = 0xffffffffu) { simt::sync_warp(mask); }
inline void __threadfence() {}
inline void __nanosleep(unsigned) { simt::yield(); }

template <class T>
T simt_lane(unsigned mask, T value, int lane) {
  static_assert(sizeof(T) <= 8, "a lane exchanges at most 8 bytes");
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof value);
  word = simt::exchange(mask, word)[lane];
  std::memcpy(&value, &word, sizeof value);
  return value;
}
template <class T>
T __shfl_sync(unsigned mask, T value, int lane) {
  return simt_lane(mask, value, lane & 31);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int other) {
  return simt_lane(mask, value, simt::current().lane ^ other);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int by) {
  const int from = simt::current().lane + by;
  return simt_lane(mask, value, from < simt::kWarp ? from : simt::current().lane);
}

template <class T>
T atomicAdd(T* at, T value) {
  const T before = *at;
  *at = before + value;
  return before;
}
template <class T>
T __ldg(const T* at) {
  return *at;
}
template <class T>
T __ldcg(const T* at) {
  return *at;
}
template <class T>
T __ldcs(const T* at) {
  return *at;
}
template <class T>
void __stcs(T* at, T value) {
  *at = value;
}

using std::max;
using std::min;
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float __saturatef(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }

using cudaError_t = int;
using cudaStream_t = void*;
constexpr cudaError_t cudaSuccess = 0;
inline const char* cudaGetErrorString(cudaError_t) { return "an error of the shim"; }
inline const char* cudaGetErrorName(cudaError_t) { return "simt"; }
inline cudaError_t cudaGetLastError() { return cudaSuccess; }

using cudaMemPool_t = void*;
inline cudaError_t cudaMallocFromPoolAsync(void** room, std::size_t bytes, cudaMemPool_t,
                                           cudaStream_t) {
  *room = std::malloc(bytes ? bytes : 1);
  if (*room) std::memset(*room, 0xff, bytes);
  return *room ? cudaSuccess : 2;
}
inline cudaError_t cudaFreeAsync(void* room, cudaStream_t) {
  std::free(room);
  return cudaSuccess;
}
inline cudaError_t cudaMemsetAsync(void* room, int value, std::size_t bytes, cudaStream_t) {
  std::memset(room, value, bytes);
  return cudaSuccess;
}

enum cudaLaunchAttributeID { cudaLaunchAttributeCooperative };
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  struct {
    int cooperative;
  } val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute* attrs;
  unsigned numAttrs;
};

// How many blocks a cooperative launch may have here: few, so that they take several turns.
inline cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int,
                                                                 std::size_t) {
  *blocks = 3;
  return cudaSuccess;
}
enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount,
  cudaDevAttrComputeCapabilityMajor,
  cudaDevAttrComputeCapabilityMinor
};
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  *value = attribute == cudaDevAttrMultiProcessorCount ? 2 : 9;  // sm_99: has all there is
  return cudaSuccess;
}
inline cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
template <class Kernel>
cudaError_t cudaFuncSetAttribute(Kernel, cudaFuncAttribute, int) {
  return cudaSuccess;
}

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  const bool together = config->numAttrs > 0 && config->attrs[0].val.cooperative;
  simt::run(config->gridDim, config->blockDim, config->dynamicSmemBytes, together,
            [&] { kernel(arguments...); });
  return cudaSuccess;
}
