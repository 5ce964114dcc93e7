// Stands in for CUDA's header: 16-bit floats, converted as the CPU ops do.
#pragma once

#include "../../csrc/ops/half.h"

struct __nv_bfloat16 {
  unsigned short bits;
};
inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short x) { return {x}; }
inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 x) { return x.bits; }
inline float __bfloat162float(__nv_bfloat16 x) { return eyebrush::from_bf16(x.bits); }
inline __nv_bfloat16 __float2bfloat16_rn(float x) { return {eyebrush::to_bf16(x)}; }
