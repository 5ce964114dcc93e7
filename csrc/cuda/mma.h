// Tensor cores (sm_80 and later): what of PTX the kernels use, in words.
#pragma once

#include <cuda_runtime.h>

#include "kernel.h"

#if defined(EYEBRUSH_SIMT)
#include "mma_simt.h"  // tests/simt
#else

namespace eyebrush {

// 16 bytes to shared memory, in the background; zeros where not `wanted` (`from` must still be a
// valid address).
__device__ __forceinline__ void copy_async(void* to, const void* from, bool wanted) {
  const unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(at), "l"(from),
               "r"(wanted ? 16 : 0)
               : "memory");
}
__device__ __forceinline__ void end_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Until at most `kLeft` of this thread's latest groups are still on their way.
template <int kLeft>
__device__ __forceinline__ void wait_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kLeft) : "memory");
}

// Four 8 x 8 matrices of 16-bit elements from shared memory; lanes 8 m .. 8 m + 7 point to the rows
// (16 bytes) of matrix m. Lane l gets of each matrix row l / 4, elements 2 (l % 4) and the next.
__device__ __forceinline__ void load_matrices(unsigned (&to)[4], const void* row) {
  const unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(at)
               : "memory");
}

// sum [16 x 8] += a [16 x 16] * b [16 x 8], fp32 sums, in the fragments of PTX's mma.m16n8k16.
template <class E>
__device__ __forceinline__ void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0,
                                             unsigned b1);

#define EYEBRUSH_MMA(E, type)                                                              \
  template <>                                                                              \
  __device__ __forceinline__ void multiply_add<E>(float (&sum)[4], const unsigned (&a)[4], \
                                                  unsigned b0, unsigned b1) {              \
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32." type "." type                    \
                 ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"    \
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])                  \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));          \
  }
EYEBRUSH_MMA(F16, "f16")
EYEBRUSH_MMA(BF16, "bf16")
#undef EYEBRUSH_MMA

}  // namespace eyebrush

#endif
