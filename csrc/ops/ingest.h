// Ingest: eye buffers to network input (runtime/eyebrush/reference.py is the truth).
#pragma once

#include <cstdint>

namespace eyebrush {

struct Ingest {
  const std::uint8_t* color;  // [E, H, W, C] sRGB-encoded
  float* out;                 // [E, 3, h, w] 0..1
  int eyes, height, width, channels;
  int down;  // 1, 2 or 4
  int out_h, out_w;
};

// Mean over down x down pixels; pixels past the right and bottom edge repeat the edge. Exact: the
// sums are integers, so the result equals the reference bit for bit.
void ingest(const Ingest& job);

}  // namespace eyebrush
