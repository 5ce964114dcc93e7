// How the pixels of an eye buffer are kept, and one pixel of each kind as colour and back. All ops
// compute on sRGB-encoded values.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "anywhere.h"
#include "half.h"

#if defined(__CUDACC__)
#include <cuda_fp16.h>
#endif

namespace eyebrush {

enum class PixelFormat {
  rgb8,         // 3 bytes, sRGB-encoded
  rgba8,        // 4 bytes, sRGB-encoded
  rgba16f,      // 4 float16, linear light; alpha last
  a2b10g10r10,  // one 32-bit word: red in the low 10 bits, 2 bits of alpha on top; sRGB-encoded
};

constexpr int bytes_of(PixelFormat format) {
  return format == PixelFormat::rgb8 ? 3 : format == PixelFormat::rgba16f ? 8 : 4;
}

template <PixelFormat kFormat>
constexpr int kBytes = bytes_of(kFormat);
template <PixelFormat kFormat>
constexpr int kWords = kFormat == PixelFormat::rgba16f ? 2 : 1;  // of 32 bits

// A pixel's bytes, which may lie anywhere; unused bytes of the words are 0.
template <PixelFormat kFormat>
EYEBRUSH_ANYWHERE void load_words(const std::uint8_t* from, std::uint32_t* words) {
  words[0] = 0;
  std::memcpy(words, from, kBytes<kFormat>);
}
template <PixelFormat kFormat>
EYEBRUSH_ANYWHERE void store_words(const std::uint32_t* words, std::uint8_t* to) {
  std::memcpy(to, words, kBytes<kFormat>);
}

// One pixel: colour sRGB-encoded, 0..1, or brighter from float16; alpha 0..1.
struct Pixel {
  float r, g, b, a;
};

// sRGB encoding (IEC 61966-2-1) of linear light >= 0, and back; within 1e-6.
EYEBRUSH_ANYWHERE float srgb_of_linear(float x) {
  return x <= 0.0031308f ? 12.92f * x : 1.055f * exp2f(log2f(x) * (1.0f / 2.4f)) - 0.055f;
}
EYEBRUSH_ANYWHERE float linear_of_srgb(float x) {
  return x <= 0.04045f ? x * (1.0f / 12.92f) : exp2f(log2f((x + 0.055f) * (1.0f / 1.055f)) * 2.4f);
}

EYEBRUSH_ANYWHERE float float_of_half(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __half2float(__ushort_as_half(static_cast<unsigned short>(bits)));
#else
  return from_f16(static_cast<std::uint16_t>(bits));
#endif
}
EYEBRUSH_ANYWHERE std::uint32_t half_of_float(float x) {
#if defined(__CUDA_ARCH__)
  return __half_as_ushort(__float2half_rn(x));
#else
  return to_f16(x);
#endif
}

// Below 0 and NaN are black, above the largest float16 is that.
EYEBRUSH_ANYWHERE float srgb_of_half(std::uint32_t bits) {
  const float x = float_of_half(bits);
  return srgb_of_linear(x > 0.0f ? (x < 65504.0f ? x : 65504.0f) : 0.0f);
}

// Colour channel c of a pixel, a whole number as it is kept.
template <PixelFormat kFormat>
EYEBRUSH_ANYWHERE std::uint32_t raw_channel(const std::uint32_t* words, int c) {
  if (kFormat == PixelFormat::rgba16f) return words[c / 2] >> 16 * (c % 2) & 0xffffu;
  if (kFormat == PixelFormat::a2b10g10r10) return words[0] >> 10 * c & 0x3ffu;
  return words[0] >> 8 * c & 0xffu;
}

template <PixelFormat kFormat>
EYEBRUSH_ANYWHERE Pixel decode(const std::uint32_t* words) {
  const std::uint32_t r = raw_channel<kFormat>(words, 0), g = raw_channel<kFormat>(words, 1),
                      b = raw_channel<kFormat>(words, 2), a = raw_channel<kFormat>(words, 3);
  if (kFormat == PixelFormat::rgba16f)
    return {srgb_of_half(r), srgb_of_half(g), srgb_of_half(b), float_of_half(a)};
  constexpr float kUnit = 1.0f / (kFormat == PixelFormat::a2b10g10r10 ? 1023.0f : 255.0f);
  constexpr float kAlpha = kFormat == PixelFormat::a2b10g10r10 ? 1.0f / 3.0f : 1.0f / 255.0f;
  return {static_cast<float>(r) * kUnit, static_cast<float>(g) * kUnit,
          static_cast<float>(b) * kUnit,
          kFormat == PixelFormat::rgb8 ? 1.0f : static_cast<float>(a) * kAlpha};
}

// x of 0..1 in steps of 1/most, rounded half up; NaN gives 0.
EYEBRUSH_ANYWHERE std::uint32_t level_of(float x, float most) {
  const float inside = x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f;
  return static_cast<std::uint32_t>(inside * most + 0.5f);
}

template <PixelFormat kFormat>
EYEBRUSH_ANYWHERE void encode(const Pixel& p, std::uint32_t* words) {
  if (kFormat == PixelFormat::rgba16f) {
    words[0] = half_of_float(linear_of_srgb(p.r)) | half_of_float(linear_of_srgb(p.g)) << 16;
    words[kWords<kFormat> - 1] = half_of_float(linear_of_srgb(p.b)) | half_of_float(p.a) << 16;
  } else if (kFormat == PixelFormat::a2b10g10r10) {
    words[0] = level_of(p.r, 1023.0f) | level_of(p.g, 1023.0f) << 10 |
               level_of(p.b, 1023.0f) << 20 | level_of(p.a, 3.0f) << 30;
  } else {
    words[0] = level_of(p.r, 255.0f) | level_of(p.g, 255.0f) << 8 | level_of(p.b, 255.0f) << 16 |
               level_of(p.a, 255.0f) << 24;
  }
}

// New colours of 0..1 for a pixel whose alpha stays.
template <PixelFormat kFormat>
EYEBRUSH_ANYWHERE void recolour(const Pixel& p, std::uint32_t* words) {
  if (kFormat == PixelFormat::rgba16f) {
    words[0] = half_of_float(linear_of_srgb(p.r)) | half_of_float(linear_of_srgb(p.g)) << 16;
    words[kWords<kFormat> - 1] =
        half_of_float(linear_of_srgb(p.b)) | (words[kWords<kFormat> - 1] & 0xffff0000u);
  } else {
    constexpr int kBits = kFormat == PixelFormat::a2b10g10r10 ? 10 : 8;
    constexpr float kMost = (1 << kBits) - 1;
    const auto level = [](float x) { return static_cast<std::uint32_t>(x * kMost + 0.5f); };
    words[0] =
        level(p.r) | level(p.g) << kBits | level(p.b) << 2 * kBits | (words[0] & ~0u << 3 * kBits);
  }
}

}  // namespace eyebrush
