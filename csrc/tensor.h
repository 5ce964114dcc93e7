// What native ops know of an array: address, element type, sizes and strides.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/anywhere.h"

namespace eyebrush {

enum class DType { u8, u32, f16, bf16, f32 };

inline int bytes_of(DType type) {
  return type == DType::u8 ? 1 : type == DType::u32 || type == DType::f32 ? 4 : 2;
}

// Feature maps [E, C, H, W] in any memory order; strides in elements.
struct Features {
  void* data;
  DType dtype;  // f16, bf16 or f32
  std::int64_t eyes, channels, height, width;
  std::int64_t eye_stride, channel_stride, row_stride, column_stride;

  EYEBRUSH_ANYWHERE std::int64_t pixels() const { return height * width; }

  // Rows follow each other without a gap, so that pixel p lies at p * pixel_stride().
  EYEBRUSH_ANYWHERE bool even() const { return height == 1 || row_stride == width * column_stride; }
  EYEBRUSH_ANYWHERE std::int64_t pixel_stride() const {
    return width == 1 ? row_stride : column_stride;
  }

  // "NCHW": the pixels of a channel are neighbours. "NHWC": the channels of a pixel are.
  EYEBRUSH_ANYWHERE bool planar() const { return even() && (pixels() == 1 || pixel_stride() == 1); }
  EYEBRUSH_ANYWHERE bool interleaved() const { return !planar() && even() && channel_stride == 1; }

  // Of the first pixel of a channel, and of any. Where planar(), the second is the first + pixel.
  EYEBRUSH_ANYWHERE std::int64_t start(std::int64_t eye, std::int64_t channel) const {
    return eye * eye_stride + channel * channel_stride;
  }
  EYEBRUSH_ANYWHERE std::int64_t offset(std::int64_t eye, std::int64_t channel,
                                        std::int64_t pixel) const {
    return start(eye, channel) + (even()
                                      ? pixel * pixel_stride()
                                      : pixel / width * row_stride + pixel % width * column_stride);
  }
};

}  // namespace eyebrush
