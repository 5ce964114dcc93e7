// Eye buffers on a GPU: single pixels, and four neighbours of a row by one load of 16 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "pixels.h"

namespace eyebrush {

// Alignment in bytes that rows must have for that.
template <PixelFormat kFormat>
constexpr int kQuadAlign = kFormat == PixelFormat::rgb8 ? 4 : 16;

inline bool aligned(const void* address, int bytes) {
  return reinterpret_cast<std::uintptr_t>(address) % bytes == 0;
}

// Throws std::invalid_argument; `name`: of the argument.
inline void want_aligned(const void* address, int bytes, const char* name) {
  if (!aligned(address, bytes))
    throw std::invalid_argument(std::string(name) + ": wanted an address that is a multiple of " +
                                std::to_string(bytes));
}

template <PixelFormat kFormat>
bool rows_aligned(const void* picture, int width) {
  return aligned(picture, kQuadAlign<kFormat>) &&
         static_cast<std::size_t>(width) * kBytes<kFormat> % kQuadAlign<kFormat> == 0;
}

// One pixel by its index; `wide`: the picture lies at a multiple of a pixel's bytes.
template <PixelFormat kFormat>
__device__ __forceinline__ void load_pixel(const void* picture, std::ptrdiff_t i,
                                           std::uint32_t* words, bool wide) {
  if constexpr (kFormat == PixelFormat::rgba8 || kFormat == PixelFormat::a2b10g10r10) {
    if (wide) {
      words[0] = static_cast<const std::uint32_t*>(picture)[i];
      return;
    }
  } else if constexpr (kFormat == PixelFormat::rgba16f) {
    if (wide) {
      const uint2 both = static_cast<const uint2*>(picture)[i];
      words[0] = both.x, words[1] = both.y;
      return;
    }
  }
  load_words<kFormat>(static_cast<const std::uint8_t*>(picture) + i * kBytes<kFormat>, words);
}

template <PixelFormat kFormat>
__device__ __forceinline__ void store_pixel(const std::uint32_t* words, void* picture,
                                            std::ptrdiff_t i, bool wide) {
  if constexpr (kFormat == PixelFormat::rgba8 || kFormat == PixelFormat::a2b10g10r10) {
    if (wide) {
      static_cast<std::uint32_t*>(picture)[i] = words[0];
      return;
    }
  } else if constexpr (kFormat == PixelFormat::rgba16f) {
    if (wide) {
      static_cast<uint2*>(picture)[i] = {words[0], words[1]};
      return;
    }
  }
  store_words<kFormat>(words, static_cast<std::uint8_t*>(picture) + i * kBytes<kFormat>);
}

template <PixelFormat kFormat>
struct Quad {
  std::uint32_t words[4 * kWords<kFormat>];
  __device__ __forceinline__ std::uint32_t* pixel(int i) { return words + i * kWords<kFormat>; }
};

// Pixels x .. x + 3 of a row, those past its end repeating the last one. `row`: index of its first
// pixel; `wide`: rows are aligned, so that there are whole quads.
template <PixelFormat kFormat>
__device__ __forceinline__ Quad<kFormat> load_quad(const void* picture, std::ptrdiff_t row, int x,
                                                   int width, bool wide) {
  Quad<kFormat> q;
  const auto* bytes = static_cast<const std::uint8_t*>(picture) + row * kBytes<kFormat>;
  if (wide && x < width) {
    const auto* at = bytes + static_cast<std::ptrdiff_t>(x) * kBytes<kFormat>;
    if constexpr (kFormat == PixelFormat::rgb8) {
      const auto* w = reinterpret_cast<const std::uint32_t*>(at);
      const std::uint32_t a = w[0], b = w[1], c = w[2];
      q.words[0] = a, q.words[1] = a >> 24 | b << 8;
      q.words[2] = b >> 16 | c << 16, q.words[3] = c >> 8;
    } else {
#pragma unroll
      for (int i = 0; i < kWords<kFormat>; ++i) {
        const uint4 w = reinterpret_cast<const uint4*>(at)[i];
        q.words[4 * i] = w.x, q.words[4 * i + 1] = w.y;
        q.words[4 * i + 2] = w.z, q.words[4 * i + 3] = w.w;
      }
    }
    return q;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const std::ptrdiff_t at = x + i < width ? x + i : width - 1;
    load_words<kFormat>(bytes + at * kBytes<kFormat>, q.pixel(i));
  }
  return q;
}

}  // namespace eyebrush
