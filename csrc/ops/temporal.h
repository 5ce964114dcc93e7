// Temporal blend: draw a fresh stroke layer towards some of before (runtime/eyebrush/reference.py
// is the truth).
#pragma once

#include <cstddef>
#include <cstdint>

#include "reprojection.h"

namespace eyebrush {

constexpr int kMostHistories = 4;  // of one call

// One history's part of the work. All arrays are dense, row-major, eyes outermost. The reprojection
// maps picture uv now to picture uv then.
struct TemporalBlend : Reprojection {
  const std::uint8_t* fresh;     // [E, 2h, 2w, 4]
  const std::uint8_t* history;   // [E, 2h, 2w, 4]
  std::uint8_t* out;             // [E, 2h, 2w, 4]; may be `fresh` itself, not `history`
  const float* fresh_guide;      // [E, 3, h, w]
  const float* history_guide;    // [E, 3, h, w]
  const float* history_depth_m;  // [E, depth_h, depth_w] or null; used together with depth_m
  int eyes, h, w;
  float share;  // of it where it is trusted, 0..1

  // Set by temporal_blend() for a strip of an eye, guide rows from first_row on.
  int first_row;
  float* weight;  // [rows, weight_row] share times trust; where nothing of it will be seen, 0
  float* hidden;  // the same: 1 where the histories above hide it; null for the uppermost
  std::ptrdiff_t weight_row;
};

// `jobs`: 1 to kMostHistories for the same fresh strokes, guide, depth and out; each is drawn over
// those before it. Sizes must be right (frames.cpp checks them); *values* may be anything: NaN and
// Inf in guides or depth give some blend of fresh and old, never a bad access.
void temporal_blend(const TemporalBlend* jobs, int count);
// All pointers but `matrix` and `parallax` are of the GPU's memory; weights are not kept.
void temporal_blend_cuda(const TemporalBlend* jobs, int count, void* stream);

// Room that one thread needs while it does a row.
struct TemporalScratch {
  float* inverse_depth;  // [depth_w]
  float* rows;           // [kTemporalRows * padded_row(w)], 64-byte aligned
};
constexpr int kTemporalRows = 1 + 2 * kMostHistories;  // at least 6

// A row of n floats, with room for a whole vector at its start and beyond its end.
constexpr std::ptrdiff_t padded_row(int n) { return (n + 15) / 16 * 16 + 32; }

// Row kernels for rows y0..y1-1 of one eye. `trust`, of the guide's rows: weights of job i of
// `count`, which needs those of i + 1 for one row more at either end. `blend`, of the strokes': all
// of them, with weights for one row of the guide more.
struct TemporalKernels {
  void (*trust)(const TemporalBlend* jobs, int i, int count, int eye, int y0, int y1,
                const TemporalScratch&);
  void (*blend)(const TemporalBlend* jobs, int count, int eye, int y0, int y1,
                const TemporalScratch&);
};
extern const TemporalKernels temporal_plain, temporal_avx2, temporal_avx512;

}  // namespace eyebrush
