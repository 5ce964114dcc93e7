// The vocabulary of the vector kernels for AVX2 + FMA: 8 pixels at a time.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace {

using F = __m256;
using I = __m256i;
using M = __m256;
constexpr int kLanes = 8;
constexpr unsigned kAllLanes = 0xff;

inline F set(float x) { return _mm256_set1_ps(x); }
inline F add(F a, F b) { return _mm256_add_ps(a, b); }
inline F sub(F a, F b) { return _mm256_sub_ps(a, b); }
inline F mul(F a, F b) { return _mm256_mul_ps(a, b); }
inline F div(F a, F b) { return _mm256_div_ps(a, b); }
inline F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
inline F max(F a, F b) { return _mm256_max_ps(a, b); }
inline F min(F a, F b) { return _mm256_min_ps(a, b); }
// NaN gives lo: the second operand wins where one is NaN.
inline F clamp(F x, float lo, float hi) {
  return _mm256_min_ps(_mm256_max_ps(x, set(lo)), set(hi));
}
inline F load(const float* p) { return _mm256_load_ps(p); }
inline void store(float* p, F x) { _mm256_store_ps(p, x); }
inline F load_any(const float* p) { return _mm256_loadu_ps(p); }
inline void store_any(float* p, F x) { _mm256_storeu_ps(p, x); }
inline F lane_numbers() { return _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7); }

inline float total(F x) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

// 16-bit floats. bfloat16 is the upper half of a float; rounded to nearest even, NaN kept quiet.
inline F load_f16(const std::uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline void store_f16(std::uint16_t* p, F x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}
inline F load_bf16(const std::uint16_t* p) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}
inline void store_bf16(std::uint16_t* p, F x) {
  const __m256i bits = _mm256_castps_si256(x);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i up = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  const __m256i top = _mm256_srli_epi32(_mm256_blendv_epi8(up, quiet, nan), 16);
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(top, top), 0x08);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(packed));
}

inline I truncate(F x) { return _mm256_cvttps_epi32(x); }
inline F to_float(I x) { return _mm256_cvtepi32_ps(x); }
inline I add(I a, I b) { return _mm256_add_epi32(a, b); }
inline I subtract(I a, int b) { return _mm256_sub_epi32(a, _mm256_set1_epi32(b)); }
inline I multiply(I a, int b) { return _mm256_mullo_epi32(a, _mm256_set1_epi32(b)); }
inline I next_of(I i, int size) {
  return _mm256_add_epi32(_mm256_min_epi32(i, _mm256_set1_epi32(size - 2)), _mm256_set1_epi32(1));
}

inline M greater(F a, float b) { return _mm256_cmp_ps(a, set(b), _CMP_GT_OQ); }
inline M equal(I a, int b) {
  return _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, _mm256_set1_epi32(b)));
}
inline M below(I a, int b) {  // unsigned: a <= b - 1
  const I last = _mm256_set1_epi32(b - 1);
  return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_max_epu32(a, last), last));
}
inline unsigned bits(M m) { return static_cast<unsigned>(_mm256_movemask_ps(m)); }
inline F select(M m, F yes, F no) { return _mm256_blendv_ps(no, yes, m); }
inline I select(M m, I yes, I no) { return _mm256_blendv_epi8(no, yes, _mm256_castps_si256(m)); }
inline F select(M m, F yes, float no) { return _mm256_blendv_ps(set(no), yes, m); }

inline int first_bit(unsigned m) {
  int n = 0;
  while (!(m & 1u)) m >>= 1, ++n;
  return n;
}
inline int lane(I x, int n) {
  const I moved = _mm256_permutevar8x32_epi32(x, _mm256_set1_epi32(n));
  return _mm_cvtsi128_si32(_mm256_castsi256_si128(moved));
}

// Bin index of each pixel, ready for lookup().
using Bin = I;
inline Bin make_bin(I z) { return z; }
inline void lookup(const float* line, Bin bin, F& value, F& step) {
  value = _mm256_permutevar8x32_ps(_mm256_load_ps(line), bin);
  step = _mm256_permutevar8x32_ps(_mm256_load_ps(line + 8), bin);
}

inline I load_texels(const std::uint8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline I permute(I texels, I index) { return _mm256_permutevar8x32_epi32(texels, index); }
// Of the 16 values near, far: the shuffle looks at the index modulo 8.
inline F permute(F near, F far, I index) {
  const I is_far = _mm256_cmpgt_epi32(index, _mm256_set1_epi32(7));
  return _mm256_blendv_ps(_mm256_permutevar8x32_ps(near, index),
                          _mm256_permutevar8x32_ps(far, index), _mm256_castsi256_ps(is_far));
}
inline I permute(I near, I far, I index) {
  return _mm256_castps_si256(permute(_mm256_castsi256_ps(near), _mm256_castsi256_ps(far), index));
}
inline I gather(const std::uint8_t* p, I index) {
  return _mm256_i32gather_epi32(reinterpret_cast<const int*>(p), index, 4);
}
inline F gather(const float* p, I index) { return _mm256_i32gather_ps(p, index, 4); }

template <int kShift>
inline F byte_of(I x) {
  const I shifted = kShift ? _mm256_srli_epi32(x, kShift) : x;
  return to_float(kShift == 24 ? shifted : _mm256_and_si256(shifted, _mm256_set1_epi32(0xff)));
}

inline I in_top_byte(I x) { return _mm256_slli_epi32(x, 24); }
inline I pack(I r, I g, I b, I alpha_of) {
  const I rg = _mm256_or_si256(r, _mm256_slli_epi32(g, 8));
  const I a = _mm256_and_si256(alpha_of, _mm256_set1_epi32(static_cast<int>(0xff000000u)));
  return _mm256_or_si256(_mm256_or_si256(rg, a), _mm256_slli_epi32(b, 16));
}

// 3 bytes a pixel: 24 bytes <-> 8 dwords, by a dword permutation and an in-lane byte shuffle.
inline I first_six() { return _mm256_setr_epi32(-1, -1, -1, -1, -1, -1, 0, 0); }

template <int kChannels>
inline I load_pixels(const std::uint8_t* p) {
  if (kChannels == 4) return load_texels(p);
  const I spread = _mm256_setr_epi32(0, 1, 2, 2, 3, 4, 5, 5);
  const __m128i expand = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const I six = _mm256_maskload_epi32(reinterpret_cast<const int*>(p), first_six());
  return _mm256_shuffle_epi8(permute(six, spread), _mm256_broadcastsi128_si256(expand));
}

template <int kChannels>
inline void store_pixels(std::uint8_t* p, I x) {
  if (kChannels == 4) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x);
    return;
  }
  const __m128i squeeze = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const I close = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
  const I packed = _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(squeeze));
  _mm256_maskstore_epi32(reinterpret_cast<int*>(p), first_six(), permute(packed, close));
}

}  // namespace
