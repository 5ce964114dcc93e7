// Reading eye buffers on a GPU, four neighbouring pixels at a time.
#pragma once

#include <cuda_fp16.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "pixels.h"

namespace eyebrush {

// What pixels are added up in, and what a full channel is worth in it.
template <PixelFormat kFormat>
using SumOf = std::conditional_t<kFormat == PixelFormat::rgba16f, float, int>;
template <PixelFormat kFormat>
constexpr float kFull = kFormat == PixelFormat::rgba16f       ? 1.0f
                        : kFormat == PixelFormat::a2b10g10r10 ? 1023.0f
                                                              : 255.0f;

template <PixelFormat kFormat>
constexpr int kBytes = bytes_of(kFormat);  // of a pixel

// Alignment in bytes that a row must have for four pixels to be loaded at once.
template <PixelFormat kFormat>
constexpr int kQuadAlign = kFormat == PixelFormat::rgb8 ? 4 : 16;

inline bool aligned(const void* address, int bytes) {
  return reinterpret_cast<std::uintptr_t>(address) % bytes == 0;
}

// sRGB encoding (IEC 61966-2-1) of linear light; below 0 and NaN are black, above 1 is white.
// Within 1e-6 of the exact value: the GPU's logarithm and power of two are good to 2^-22.
__device__ __forceinline__ float srgb_of_linear(float x) {
  x = fminf(fmaxf(x, 0.0f), 1.0f);
  return x <= 0.0031308f ? 12.92f * x : 1.055f * exp2f(log2f(x) * (1.0f / 2.4f)) - 0.055f;
}

__device__ __forceinline__ float srgb_of_half(std::uint32_t bits) {
  return srgb_of_linear(__half2float(__ushort_as_half(static_cast<unsigned short>(bits))));
}

// Adds the colours of pixels x .. x + 3 of a row, those past its end repeating the last one. `row`:
// its first pixel's index; `wide`: it is aligned (kQuadAlign) and has whole quads.
template <PixelFormat kFormat>
__device__ __forceinline__ void add_quad(SumOf<kFormat> (&sum)[4][3], const void* color,
                                         std::ptrdiff_t row, int x, int width, bool wide) {
  const auto* bytes = static_cast<const std::uint8_t*>(color) + row * kBytes<kFormat>;
  std::uint32_t words[kFormat == PixelFormat::rgba16f ? 8 : 4];
  if (wide && x < width) {
    const auto* at = bytes + static_cast<std::ptrdiff_t>(x) * kBytes<kFormat>;
    if constexpr (kFormat == PixelFormat::rgb8) {
      const auto* w = reinterpret_cast<const std::uint32_t*>(at);
      const std::uint32_t a = __ldg(w), b = __ldg(w + 1), c = __ldg(w + 2);
      words[0] = a, words[1] = a >> 24 | b << 8, words[2] = b >> 16 | c << 16, words[3] = c >> 8;
    } else {
#pragma unroll
      for (int i = 0; i < kBytes<kFormat> / 4; ++i) {
        const uint4 w = __ldg(reinterpret_cast<const uint4*>(at) + i);
        words[4 * i] = w.x, words[4 * i + 1] = w.y, words[4 * i + 2] = w.z, words[4 * i + 3] = w.w;
      }
    }
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const std::ptrdiff_t at = min(x + i, width - 1);
      if constexpr (kFormat == PixelFormat::rgba16f) {
        const auto* h = reinterpret_cast<const std::uint16_t*>(bytes) + at * 4;
        words[2 * i] = h[0] | static_cast<std::uint32_t>(h[1]) << 16, words[2 * i + 1] = h[2];
      } else if constexpr (kFormat == PixelFormat::a2b10g10r10) {
        words[i] = reinterpret_cast<const std::uint32_t*>(bytes)[at];
      } else {
        const auto* b = bytes + at * kBytes<kFormat>;
        words[i] = b[0] | b[1] << 8 | b[2] << 16;
      }
    }
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (kFormat == PixelFormat::rgba16f) {
      sum[i][0] += srgb_of_half(words[2 * i] & 0xffffu);
      sum[i][1] += srgb_of_half(words[2 * i] >> 16);
      sum[i][2] += srgb_of_half(words[2 * i + 1] & 0xffffu);
    } else {
      constexpr int kBits = kFormat == PixelFormat::a2b10g10r10 ? 10 : 8;
      constexpr std::uint32_t kMask = (1u << kBits) - 1;
#pragma unroll
      for (int c = 0; c < 3; ++c) sum[i][c] += static_cast<int>(words[i] >> kBits * c & kMask);
    }
  }
}

}  // namespace eyebrush
