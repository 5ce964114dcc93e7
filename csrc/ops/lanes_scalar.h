// The vocabulary of the reprojecting kernels for one pixel at a time: what GPUs use, each thread
// for itself, and the plain composite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "anywhere.h"

namespace {

constexpr int kLanes = 1;

// Structs, so that these words are not taken for the standard library's.
struct F {
  float v;
};
struct I {
  std::int32_t v;
};
struct M {
  bool v;
};

EYEBRUSH_ANYWHERE F set(float x) { return {x}; }
EYEBRUSH_ANYWHERE F add(F a, F b) { return {a.v + b.v}; }
EYEBRUSH_ANYWHERE F sub(F a, F b) { return {a.v - b.v}; }
EYEBRUSH_ANYWHERE F mul(F a, F b) { return {a.v * b.v}; }
EYEBRUSH_ANYWHERE F div(F a, F b) {
#if defined(__CUDA_ARCH__)  // within 2 units in the last place, in a fifth of the instructions
  return {__fdividef(a.v, b.v)};
#else
  return {a.v / b.v};
#endif
}
EYEBRUSH_ANYWHERE F fma(F a, F b, F c) { return {a.v * b.v + c.v}; }
// The second operand wins where one is NaN, as on x86.
EYEBRUSH_ANYWHERE F max(F a, F b) { return {a.v > b.v ? a.v : b.v}; }
EYEBRUSH_ANYWHERE F min(F a, F b) { return {a.v < b.v ? a.v : b.v}; }
// NaN gives lo.
EYEBRUSH_ANYWHERE F clamp(F x, float lo, float hi) {
#if defined(__CUDA_ARCH__)  // the same in two instructions
  return {fminf(fmaxf(x.v, lo), hi)};
#else
  return min(max(x, set(lo)), set(hi));
#endif
}
EYEBRUSH_ANYWHERE F lane_numbers() { return {0.0f}; }

EYEBRUSH_ANYWHERE I truncate(F x) { return {static_cast<std::int32_t>(x.v)}; }
EYEBRUSH_ANYWHERE F to_float(I x) { return {static_cast<float>(x.v)}; }
EYEBRUSH_ANYWHERE I add(I a, I b) { return {a.v + b.v}; }
EYEBRUSH_ANYWHERE I multiply(I a, int b) { return {a.v * b}; }
EYEBRUSH_ANYWHERE I next_of(I x, int size) { return {(x.v < size - 2 ? x.v : size - 2) + 1}; }

EYEBRUSH_ANYWHERE M greater(F a, float b) { return {a.v > b}; }
EYEBRUSH_ANYWHERE F select(M m, F yes, float no) { return {m.v ? yes.v : no}; }

EYEBRUSH_ANYWHERE F gather(const float* p, I index) { return {p[index.v]}; }
EYEBRUSH_ANYWHERE I gather(const std::uint8_t* p, I index) {
  p += static_cast<std::ptrdiff_t>(index.v) * 4;
#if defined(__CUDA_ARCH__)
  return {__ldg(reinterpret_cast<const std::int32_t*>(p))};
#else
  I texel;  // its 4 bytes may lie anywhere
  std::memcpy(&texel.v, p, sizeof texel.v);
  return texel;
#endif
}

template <int kShift>
EYEBRUSH_ANYWHERE F byte_of(I x) {
  return {static_cast<float>(static_cast<std::uint32_t>(x.v) >> kShift & 0xffu)};
}
EYEBRUSH_ANYWHERE I in_top_byte(I x) {
  return {static_cast<std::int32_t>(static_cast<std::uint32_t>(x.v) << 24)};
}
EYEBRUSH_ANYWHERE I pack(I r, I g, I b, I alpha_of) {
  return {r.v | g.v << 8 | b.v << 16 | (alpha_of.v & static_cast<int>(0xff000000u))};
}

}  // namespace
