// How the pixels of an eye buffer are kept. All ops compute on sRGB-encoded values of 0..1.
#pragma once

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

}  // namespace eyebrush
