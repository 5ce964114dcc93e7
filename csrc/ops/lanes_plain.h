// The vocabulary of the vector kernels in plain C++: 4 lanes as arrays, which compilers turn into
// SSE or NEON where the processor has them. What only the composite needs is left out: its plain
// version is a file of its own, for any number of luma bins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "half.h"

namespace {

constexpr int kLanes = 4;
constexpr unsigned kAllLanes = 0xf;

struct F {
  float v[kLanes];
};
struct I {
  std::int32_t v[kLanes];
};
struct M {
  bool v[kLanes];
};

template <class To, class Function>
inline To each(const Function& f) {
  To x;
  for (int i = 0; i < kLanes; ++i) x.v[i] = f(i);
  return x;
}

inline F set(float x) {
  return each<F>([&](int) { return x; });
}
inline F add(F a, F b) {
  return each<F>([&](int i) { return a.v[i] + b.v[i]; });
}
inline F sub(F a, F b) {
  return each<F>([&](int i) { return a.v[i] - b.v[i]; });
}
inline F mul(F a, F b) {
  return each<F>([&](int i) { return a.v[i] * b.v[i]; });
}
inline F div(F a, F b) {
  return each<F>([&](int i) { return a.v[i] / b.v[i]; });
}
inline F fma(F a, F b, F c) { return add(mul(a, b), c); }
// The second operand wins where one is NaN, as on x86.
inline F max(F a, F b) {
  return each<F>([&](int i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; });
}
inline F min(F a, F b) {
  return each<F>([&](int i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; });
}
inline F clamp(F x, float lo, float hi) { return min(max(x, set(lo)), set(hi)); }
inline F load_any(const float* p) {
  return each<F>([&](int i) { return p[i]; });
}
inline void store_any(float* p, F x) {
  for (int i = 0; i < kLanes; ++i) p[i] = x.v[i];
}
inline F lane_numbers() {
  return each<F>([](int i) { return static_cast<float>(i); });
}

inline float total(F x) { return (x.v[0] + x.v[2]) + (x.v[1] + x.v[3]); }
inline F load_f16(const std::uint16_t* p) {
  return each<F>([&](int i) { return eyebrush::from_f16(p[i]); });
}
inline F load_bf16(const std::uint16_t* p) {
  return each<F>([&](int i) { return eyebrush::from_bf16(p[i]); });
}
inline void store_f16(std::uint16_t* p, F x) {
  for (int i = 0; i < kLanes; ++i) p[i] = eyebrush::to_f16(x.v[i]);
}
inline void store_bf16(std::uint16_t* p, F x) {
  for (int i = 0; i < kLanes; ++i) p[i] = eyebrush::to_bf16(x.v[i]);
}

inline I truncate(F x) {
  return each<I>([&](int i) { return static_cast<std::int32_t>(x.v[i]); });
}
inline F to_float(I x) {
  return each<F>([&](int i) { return static_cast<float>(x.v[i]); });
}
inline I add(I a, I b) {
  return each<I>([&](int i) { return a.v[i] + b.v[i]; });
}
inline I subtract(I a, int b) {
  return each<I>([&](int i) { return a.v[i] - b; });
}
inline I multiply(I a, int b) {
  return each<I>([&](int i) { return a.v[i] * b; });
}
inline I next_of(I x, int size) {
  return each<I>([&](int i) { return (x.v[i] < size - 2 ? x.v[i] : size - 2) + 1; });
}

inline M greater(F a, float b) {
  return each<M>([&](int i) { return a.v[i] > b; });
}
inline M equal(I a, int b) {
  return each<M>([&](int i) { return a.v[i] == b; });
}
inline M below(I a, int b) {  // unsigned
  return each<M>(
      [&](int i) { return static_cast<std::uint32_t>(a.v[i]) < static_cast<std::uint32_t>(b); });
}
inline unsigned bits(M m) {
  unsigned all = 0;
  for (int i = 0; i < kLanes; ++i) all |= static_cast<unsigned>(m.v[i]) << i;
  return all;
}
template <class V>
inline V select(M m, V yes, V no) {
  return each<V>([&](int i) { return m.v[i] ? yes.v[i] : no.v[i]; });
}
inline F select(M m, F yes, float no) {
  return each<F>([&](int i) { return m.v[i] ? yes.v[i] : no; });
}
inline int lane(I x, int n) { return x.v[n]; }

inline I load_texels(const std::uint8_t* p) {
  I x;
  std::memcpy(x.v, p, sizeof x.v);
  return x;
}
// Of the values near, far.
template <class V>
inline V permute(V near, V far, I index) {
  return each<V>([&](int i) {
    const int at = index.v[i];
    return at < kLanes ? near.v[at] : far.v[at - kLanes];
  });
}
inline I gather(const std::uint8_t* p, I index) {
  return each<I>([&](int i) {
    std::int32_t texel;
    std::memcpy(&texel, p + static_cast<std::ptrdiff_t>(index.v[i]) * 4, sizeof texel);
    return texel;
  });
}
inline F gather(const float* p, I index) {
  return each<F>([&](int i) { return p[index.v[i]]; });
}

template <int kShift>
inline F byte_of(I x) {
  return each<F>([&](int i) {
    return static_cast<float>((static_cast<std::uint32_t>(x.v[i]) >> kShift) & 0xff);
  });
}
inline I in_top_byte(I x) {
  return each<I>(
      [&](int i) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(x.v[i]) << 24); });
}
inline I pack(I r, I g, I b, I alpha_of) {
  return each<I>([&](int i) {
    return r.v[i] | g.v[i] << 8 | b.v[i] << 16 | (alpha_of.v[i] & static_cast<int>(0xff000000u));
  });
}

template <int kChannels>
inline I load_pixels(const std::uint8_t* p) {
  static_assert(kChannels == 4, "3 bytes a pixel are the plain composite's own business");
  return load_texels(p);
}
template <int kChannels>
inline void store_pixels(std::uint8_t* p, I x) {
  static_assert(kChannels == 4, "3 bytes a pixel are the plain composite's own business");
  std::memcpy(p, x.v, sizeof x.v);
}

}  // namespace
