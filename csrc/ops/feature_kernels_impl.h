// The vector kernels of AdaIN and Gram, written once over a `Lanes` vocabulary; included after a
// lanes_*.h.
#pragma once

#include "feature_kernels.h"

namespace {

using eyebrush::Affine;
using eyebrush::DType;
using eyebrush::Moments;

// Two passes over values that lie in the cache: their mean, then differences from it. The mean's
// own rounding error is taken out with the sum of the differences (Chan, Golub & LeVeque 1983), so
// that neither a huge mean nor a long run costs digits.
inline Moments moments_of(const float* x, int n) {
  F sum[4] = {set(0.0f), set(0.0f), set(0.0f), set(0.0f)};
  float rest = 0.0f;
  int i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes)
    for (int k = 0; k < 4; ++k) sum[k] = add(sum[k], load_any(x + i + k * kLanes));
  for (; i < n; ++i) rest += x[i];
  const float mean =
      (total(add(add(sum[0], sum[1]), add(sum[2], sum[3]))) + rest) / static_cast<float>(n);
  F d1[2] = {set(0.0f), set(0.0f)}, d2[2] = {set(0.0f), set(0.0f)};
  float rest1 = 0.0f, rest2 = 0.0f;
  for (i = 0; i + 2 * kLanes <= n; i += 2 * kLanes)
    for (int k = 0; k < 2; ++k) {
      const F d = sub(load_any(x + i + k * kLanes), set(mean));
      d1[k] = add(d1[k], d);
      d2[k] = fma(d, d, d2[k]);
    }
  for (; i < n; ++i) {
    const float d = x[i] - mean;
    rest1 += d, rest2 += d * d;
  }
  const double s1 = static_cast<double>(total(add(d1[0], d1[1]))) + rest1;
  const double s2 = static_cast<double>(total(add(d2[0], d2[1]))) + rest2;
  return {static_cast<double>(n), mean + s1 / n, s2 - s1 * s1 / n};
}

inline void moments_across_of(const float* x, std::ptrdiff_t stride, int n, Moments* out) {
  F sum = set(0.0f);
  for (int i = 0; i < n; ++i) sum = add(sum, load_any(x + i * stride));
  const F mean = mul(sum, set(1.0f / static_cast<float>(n)));
  F d1 = set(0.0f), d2 = set(0.0f);
  for (int i = 0; i < n; ++i) {
    const F d = sub(load_any(x + i * stride), mean);
    d1 = add(d1, d);
    d2 = fma(d, d, d2);
  }
  float m[kLanes], s1[kLanes], s2[kLanes];
  store_any(m, mean), store_any(s1, d1), store_any(s2, d2);
  for (int k = 0; k < kLanes; ++k)
    out[k] = {static_cast<double>(n), m[k] + static_cast<double>(s1[k]) / n,
              s2[k] - static_cast<double>(s1[k]) * s1[k] / n};
}

// NaN stays NaN: x86's max() gives its second operand then.
inline F applied(F x, F mean, F low, F gain, F shift, bool relu) {
  const F y = fma(sub(sub(x, mean), low), gain, shift);
  return relu ? max(set(0.0f), y) : y;
}

inline void affine_of(const float* x, float* y, int n, const Affine& by, bool relu) {
  const F mean = set(by.mean), low = set(by.low), gain = set(by.gain), shift = set(by.shift);
  int i = 0;
  for (; i + kLanes <= n; i += kLanes)
    store_any(y + i, applied(load_any(x + i), mean, low, gain, shift, relu));
  if (i == n) return;
  float rest[kLanes] = {};
  for (int k = 0; k < n - i; ++k) rest[k] = x[i + k];
  store_any(rest, applied(load_any(rest), mean, low, gain, shift, relu));
  for (int k = 0; k < n - i; ++k) y[i + k] = rest[k];
}

inline void affine_across_of(const float* x, std::ptrdiff_t x_stride, float* y,
                             std::ptrdiff_t y_stride, int n, const Affine* by, bool relu) {
  float part[4][kLanes];
  for (int k = 0; k < kLanes; ++k)
    part[0][k] = by[k].mean, part[1][k] = by[k].low, part[2][k] = by[k].gain,
    part[3][k] = by[k].shift;
  const F mean = load_any(part[0]), low = load_any(part[1]), gain = load_any(part[2]),
          shift = load_any(part[3]);
  for (int i = 0; i < n; ++i)
    store_any(y + i * y_stride, applied(load_any(x + i * x_stride), mean, low, gain, shift, relu));
}

inline void widen_of(const void* from, DType type, float* to, int n) {
  const auto* x = static_cast<const std::uint16_t*>(from);
  const bool half = type == DType::f16;
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) store_any(to + i, half ? load_f16(x + i) : load_bf16(x + i));
  if (i == n) return;
  std::uint16_t rest[kLanes] = {};
  float wide[kLanes];
  for (int k = 0; k < n - i; ++k) rest[k] = x[i + k];
  store_any(wide, half ? load_f16(rest) : load_bf16(rest));
  for (int k = 0; k < n - i; ++k) to[i + k] = wide[k];
}

inline void narrow_of(const float* from, void* to, DType type, int n) {
  auto* y = static_cast<std::uint16_t*>(to);
  const auto put = [&](std::uint16_t* at, F x) {
    if (type == DType::f16)
      store_f16(at, x);
    else
      store_bf16(at, x);
  };
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) put(y + i, load_any(from + i));
  if (i == n) return;
  std::uint16_t rest[kLanes];
  float wide[kLanes] = {};
  for (int k = 0; k < n - i; ++k) wide[k] = from[i + k];
  put(rest, load_any(wide));
  for (int k = 0; k < n - i; ++k) y[i + k] = rest[k];
}

// kRows x kVectors sums in registers: of each pixel one channel at a time by vectors of others.
template <int kRows, int kVectors>
inline void gram_tile_of(const float* x, std::ptrdiff_t stride, int n, int i, int j, float* sums,
                         std::ptrdiff_t sums_stride) {
  F sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) sum[r][v] = set(0.0f);
  for (int p = 0; p < n; ++p, x += stride) {
    F right[kVectors];
    for (int v = 0; v < kVectors; ++v) right[v] = load_any(x + j + v * kLanes);
    for (int r = 0; r < kRows; ++r) {
      const F left = set(x[i + r]);
      for (int v = 0; v < kVectors; ++v) sum[r][v] = fma(left, right[v], sum[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) {
      float* to = sums + (i + r) * sums_stride + j + v * kLanes;
      store_any(to, add(load_any(to), sum[r][v]));
    }
}

template <int kRows, int kVectors>
inline void gram_block_of(const float* x, std::ptrdiff_t stride, int channels, int n, float* sums,
                          std::ptrdiff_t sums_stride) {
  static_assert(kVectors * kLanes % kRows == 0, "rows must end where columns do");
  for (int j = 0; j < channels; j += kVectors * kLanes)
    for (int i = 0; i < j + kVectors * kLanes && i < channels; i += kRows)
      gram_tile_of<kRows, kVectors>(x, stride, n, i, j, sums, sums_stride);
}

// kRows x kColumns sums in registers, each of as many pixels at a time as there are lanes.
template <int kRows, int kColumns>
inline void gram_lines_tile_of(const float* x, std::ptrdiff_t stride, int n, int i, int j,
                               float* sums, std::ptrdiff_t sums_stride) {
  F sum[kRows][kColumns];
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kColumns; ++c) sum[r][c] = set(0.0f);
  const float *left = x + i * stride, *right = x + j * stride;
  for (int p = 0; p < n; p += kLanes) {
    F columns[kColumns];
    for (int c = 0; c < kColumns; ++c) columns[c] = load_any(right + c * stride + p);
    for (int r = 0; r < kRows; ++r) {
      const F row = load_any(left + r * stride + p);
      for (int c = 0; c < kColumns; ++c) sum[r][c] = fma(row, columns[c], sum[r][c]);
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kColumns; ++c) sums[(i + r) * sums_stride + j + c] += total(sum[r][c]);
}

template <int kRows, int kColumns>
inline void gram_lines_of(const float* x, std::ptrdiff_t stride, int channels, int n, float* sums,
                          std::ptrdiff_t sums_stride) {
  static_assert(kColumns % kRows == 0, "rows must end where columns do");
  static_assert(eyebrush::kGramLines % kColumns == 0, "columns must end where lines do");
  for (int j = 0; j < channels; j += kColumns)
    for (int i = 0; i < j + kColumns && i < channels; i += kRows)
      gram_lines_tile_of<kRows, kColumns>(x, stride, n, i, j, sums, sums_stride);
}

}  // namespace
