// Grid blend: draw a bilateral grid towards one of before (runtime/eyebrush/reference.py is the
// truth).
#pragma once

#include "reprojection.h"

namespace eyebrush {

// All arrays are dense, row-major, eyes outermost. The reprojection maps picture uv now to picture
// uv then.
struct GridBlend : Reprojection {
  const float* fresh;    // [E, planes, h, w]
  const float* history;  // [E, planes, h, w]
  float* out;            // [E, planes, h, w]; may be `fresh` itself, not `history`
  int eyes, planes, h, w;
  float share;  // of history where it saw the place, 0..1
};

// Sizes must be right (frames.cpp checks them); values may be anything.
void grid_blend(const GridBlend& job);
// All pointers but `matrix` and `parallax` are of the GPU's memory.
void grid_blend_cuda(const GridBlend& job, void* stream);

// Row kernel: row y of one eye. `inverse_depth`: room for depth_w floats.
using GridBlendRow = void (*)(const GridBlend& job, int eye, int y, float* inverse_depth);
extern const GridBlendRow grid_blend_plain, grid_blend_avx2, grid_blend_avx512;

}  // namespace eyebrush
