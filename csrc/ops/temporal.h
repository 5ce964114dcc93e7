// Temporal blend: draw a fresh stroke layer towards the one before (runtime/eyebrush/reference.py
// is the truth).
#pragma once

#include <cstddef>
#include <cstdint>

#include "reprojection.h"

namespace eyebrush {

// All arrays are dense, row-major, eyes outermost. The reprojection maps picture uv now to picture
// uv then.
struct TemporalBlend : Reprojection {
  const std::uint8_t* fresh;     // [E, 2h, 2w, 4]
  const std::uint8_t* history;   // [E, 2h, 2w, 4]
  std::uint8_t* out;             // [E, 2h, 2w, 4]; may be `fresh` itself, not `history`
  const float* fresh_guide;      // [E, 3, h, w]
  const float* history_guide;    // [E, 3, h, w]
  const float* history_depth_m;  // [E, depth_h, depth_w] or null; used together with depth_m
  int eyes, h, w;
  float calm;  // 0..1

  // Filled by temporal_blend(): how far history is to be trusted.
  float* trust;  // [E, h, trust_row]
  std::ptrdiff_t trust_row;
};

// Sizes must be right (bindings.cpp checks them); *values* may be anything: NaN and Inf in guides
// or depth give some blend of fresh and old, never a bad access.
void temporal_blend(TemporalBlend job);
// All pointers but `matrix` and `parallax` are of the GPU's memory; `trust` is not used.
void temporal_blend_cuda(const TemporalBlend& job, void* stream);

// Room that one thread needs while it does a row.
struct TemporalScratch {
  float* inverse_depth;  // [depth_w]
  float* rows;           // [6 * padded_row(w)], 64-byte aligned
};

// A row of n floats, with room for a whole vector at its start and beyond its end.
constexpr std::ptrdiff_t padded_row(int n) { return (n + 15) / 16 * 16 + 32; }

// Row kernels: rows y0..y1-1 of one eye, of the guide (trust) or of the strokes (blend).
struct TemporalKernels {
  using Rows = void (*)(const TemporalBlend& job, int eye, int y0, int y1, const TemporalScratch&);
  Rows trust, blend;
};
extern const TemporalKernels temporal_plain, temporal_avx2, temporal_avx512;

}  // namespace eyebrush
