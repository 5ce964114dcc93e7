// Ingest: eye buffers to network input (runtime/eyebrush/reference.py is the truth).
#pragma once

#include "pixels.h"

namespace eyebrush {

struct Ingest {
  const void* color;  // [E, H, W] pixels of `format`
  PixelFormat format;
  int eyes, height, width;
  int down;     // 1, 2 or 4: mean over down x down pixels,
  int shuffle;  // 1, 2 or 4: then each shuffle x shuffle of these become channels
  float* out;   // [E, 3 * shuffle * shuffle, h, w] 0..1, sRGB-encoded
  int out_h, out_w;
};

// Pixels past the right and bottom edge repeat the edge. Sums of 8- and 10-bit values are whole
// numbers, so that these equal the reference bit for bit, on the CPU and on a GPU.
void ingest(const Ingest& job);
void ingest_cuda(const Ingest& job, void* stream);  // all pointers are of the GPU's memory

}  // namespace eyebrush
