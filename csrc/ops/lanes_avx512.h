// The vocabulary of the vector kernels for AVX-512 (F, BW, DQ, VL): 16 pixels at a time.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace {

using F = __m512;
using I = __m512i;
using M = __mmask16;
constexpr int kLanes = 16;
constexpr unsigned kAllLanes = 0xffff;

inline F set(float x) { return _mm512_set1_ps(x); }
inline F add(F a, F b) { return _mm512_add_ps(a, b); }
inline F sub(F a, F b) { return _mm512_sub_ps(a, b); }
inline F mul(F a, F b) { return _mm512_mul_ps(a, b); }
inline F div(F a, F b) { return _mm512_div_ps(a, b); }
inline F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
inline F max(F a, F b) { return _mm512_max_ps(a, b); }
inline F min(F a, F b) { return _mm512_min_ps(a, b); }
// NaN gives lo: the second operand wins where one is NaN.
inline F clamp(F x, float lo, float hi) {
  return _mm512_min_ps(_mm512_max_ps(x, set(lo)), set(hi));
}
inline F load(const float* p) { return _mm512_load_ps(p); }
inline void store(float* p, F x) { _mm512_store_ps(p, x); }
inline F load_any(const float* p) { return _mm512_loadu_ps(p); }
inline void store_any(float* p, F x) { _mm512_storeu_ps(p, x); }
inline F lane_numbers() {
  return _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

inline float total(F x) { return _mm512_reduce_add_ps(x); }

// 16-bit floats. bfloat16 is the upper half of a float; rounded to nearest even, NaN kept quiet.
inline F load_f16(const std::uint16_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline void store_f16(std::uint16_t* p, F x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}
inline F load_bf16(const std::uint16_t* p) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
inline void store_bf16(std::uint16_t* p, F x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i up = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  const __m512i top = _mm512_srli_epi32(_mm512_mask_mov_epi32(up, nan, quiet), 16);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(top));
}

inline I truncate(F x) { return _mm512_cvttps_epi32(x); }
inline F to_float(I x) { return _mm512_cvtepi32_ps(x); }
inline I add(I a, I b) { return _mm512_add_epi32(a, b); }
inline I subtract(I a, int b) { return _mm512_sub_epi32(a, _mm512_set1_epi32(b)); }
inline I multiply(I a, int b) { return _mm512_mullo_epi32(a, _mm512_set1_epi32(b)); }
inline I next_of(I i, int size) {
  return _mm512_add_epi32(_mm512_min_epi32(i, _mm512_set1_epi32(size - 2)), _mm512_set1_epi32(1));
}

inline M greater(F a, float b) { return _mm512_cmp_ps_mask(a, set(b), _CMP_GT_OQ); }
inline M equal(I a, int b) { return _mm512_cmpeq_epi32_mask(a, _mm512_set1_epi32(b)); }
inline M below(I a, int b) { return _mm512_cmplt_epu32_mask(a, _mm512_set1_epi32(b)); }
inline unsigned bits(M m) { return m; }
inline F select(M m, F yes, F no) { return _mm512_mask_mov_ps(no, m, yes); }
inline I select(M m, I yes, I no) { return _mm512_mask_mov_epi32(no, m, yes); }
inline F select(M m, F yes, float no) { return _mm512_mask_mov_ps(set(no), m, yes); }

inline int first_bit(unsigned m) { return static_cast<int>(_tzcnt_u32(m)); }
inline int lane(I x, int n) {
  return _mm512_cvtsi512_si32(_mm512_permutexvar_epi32(_mm512_set1_epi32(n), x));
}

// Bin index of each pixel, ready for lookup().
struct Bin {
  I value, step;
};
inline Bin make_bin(I z) { return {z, _mm512_add_epi32(z, _mm512_set1_epi32(8))}; }
inline void lookup(const float* line, Bin bin, F& value, F& step) {
  const F table = _mm512_load_ps(line);
  value = _mm512_permutexvar_ps(bin.value, table);
  step = _mm512_permutexvar_ps(bin.step, table);
}

inline I load_texels(const std::uint8_t* p) { return _mm512_loadu_si512(p); }
// Of the 32 values near, far.
inline I permute(I near, I far, I index) { return _mm512_permutex2var_epi32(near, index, far); }
inline F permute(F near, F far, I index) { return _mm512_permutex2var_ps(near, index, far); }
inline I gather(const std::uint8_t* p, I index) { return _mm512_i32gather_epi32(index, p, 4); }
inline F gather(const float* p, I index) { return _mm512_i32gather_ps(index, p, 4); }

template <int kShift>
inline F byte_of(I x) {
  const I shifted = kShift ? _mm512_srli_epi32(x, kShift) : x;
  return to_float(kShift == 24 ? shifted : _mm512_and_si512(shifted, _mm512_set1_epi32(0xff)));
}

inline I in_top_byte(I x) { return _mm512_slli_epi32(x, 24); }
inline I pack(I r, I g, I b, I alpha_of) {
  const I rg = _mm512_or_si512(r, _mm512_slli_epi32(g, 8));
  const I a = _mm512_and_si512(alpha_of, _mm512_set1_epi32(static_cast<int>(0xff000000u)));
  return _mm512_or_si512(_mm512_or_si512(rg, a), _mm512_slli_epi32(b, 16));
}

// 3 bytes a pixel: 48 bytes <-> 16 dwords, by a dword permutation and an in-lane byte shuffle.
template <int kChannels>
inline I load_pixels(const std::uint8_t* p) {
  if (kChannels == 4) return _mm512_loadu_si512(p);
  const I spread = _mm512_setr_epi32(0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
  const __m128i expand = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const I dwords = _mm512_permutexvar_epi32(spread, _mm512_maskz_loadu_epi32(0x0fff, p));
  return _mm512_shuffle_epi8(dwords, _mm512_broadcast_i32x4(expand));
}

template <int kChannels>
inline void store_pixels(std::uint8_t* p, I x) {
  if (kChannels == 4) {
    _mm512_storeu_si512(p, x);
    return;
  }
  const __m128i squeeze = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const I close = _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
  const I packed = _mm512_shuffle_epi8(x, _mm512_broadcast_i32x4(squeeze));
  _mm512_mask_storeu_epi32(p, 0x0fff, _mm512_permutexvar_epi32(close, packed));
}

}  // namespace
