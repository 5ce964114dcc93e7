// Vocabulary of the device code: shared memory, sums over a block, and elements of 16 or 32 bits.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include "../tensor.h"

namespace eyebrush {

constexpr unsigned kAllLanes = 0xffffffffu;
constexpr int kWarp = 32;

// The block's dynamic shared memory, as one T.
template <class T>
__device__ __forceinline__ T& block_shared() {
#if defined(EYEBRUSH_SIMT)  // tests/simt
  return *reinterpret_cast<T*>(simt::shared_memory());
#else
  extern __shared__ uint4 eyebrush_shared[];
  return *reinterpret_cast<T*>(eyebrush_shared);
#endif
}

// Element types. Bits: how memory holds one; 16-bit ones are rounded to nearest even.
struct F32 {
  using Bits = float;
  static __device__ __forceinline__ float widen(Bits x) { return x; }
  static __device__ __forceinline__ Bits narrow(float x) { return x; }
};
struct F16 {
  using Bits = unsigned short;
  static __device__ __forceinline__ float widen(Bits x) {
    return __half2float(__ushort_as_half(x));
  }
  static __device__ __forceinline__ Bits narrow(float x) {
    return __half_as_ushort(__float2half_rn(x));
  }
};
struct BF16 {
  using Bits = unsigned short;
  static __device__ __forceinline__ float widen(Bits x) {
    return __bfloat162float(__ushort_as_bfloat16(x));
  }
  static __device__ __forceinline__ Bits narrow(float x) {
    return __bfloat16_as_ushort(__float2bfloat16_rn(x));
  }
};

// 16 bytes: what one instruction moves.
template <class E>
union Vector {
  static constexpr int kCount = 16 / sizeof(typename E::Bits);
  uint4 bits;
  typename E::Bits value[kCount];
};

// Whether every channel is one run of whole, aligned vectors.
template <class E>
bool aligned_runs(const Features& x) {
  constexpr int per = Vector<E>::kCount;
  return x.planar() && reinterpret_cast<std::uintptr_t>(x.data) % 16 == 0 &&
         x.pixels() % per == 0 && (x.channels == 1 || x.channel_stride % per == 0) &&
         (x.eyes == 1 || x.eye_stride % per == 0);
}

__device__ __forceinline__ float warp_sum(float x) {
  for (int step = kWarp / 2; step > 0; step /= 2) x += __shfl_xor_sync(kAllLanes, x, step);
  return x;
}

// Sum over the threads of a block, the same in each of them; in fixed order. `room`: one float for
// each warp, not in use by a sum before that threads may still be reading.
template <int kWarps>
__device__ __forceinline__ float block_sum(float x, float* room) {
  x = warp_sum(x);
  if (threadIdx.x % kWarp == 0) room[threadIdx.x / kWarp] = x;
  __syncthreads();
  float sum = room[0];
  for (int warp = 1; warp < kWarps; ++warp) sum += room[warp];
  return sum;
}

}  // namespace eyebrush
