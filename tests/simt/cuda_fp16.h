// Stands in for CUDA's header: 16-bit floats, converted as the CPU ops do.
#pragma once

#include "../../csrc/ops/half.h"

struct __half {
  unsigned short bits;
};
inline __half __ushort_as_half(unsigned short x) { return {x}; }
inline unsigned short __half_as_ushort(__half x) { return x.bits; }
inline float __half2float(__half x) { return eyebrush::from_f16(x.bits); }
inline __half __float2half_rn(float x) { return {eyebrush::to_f16(x)}; }
