// Composite: restyle full-resolution frames with a style field (runtime/eyebrush/reference.py is
// the truth for the arithmetic; this header is the contract between the pieces of the CPU version).
#pragma once

#include <cstddef>
#include <cstdint>

#include "pixels.h"
#include "reprojection.h"

namespace eyebrush {

// Everything one call needs. All arrays are dense, row-major, eyes outermost.
struct Composite : Reprojection {
  const void* color;  // [E, H, W] pixels of `format`
  void* out;  // [E, H, W] pixels of `out_format`; may be `color` itself where these are equal
  PixelFormat format, out_format;
  int eyes, height, width;

  const void* grid;  // [E, 12, D, Gh, Gw] float32, or float16 where grid_is_half
  bool grid_is_half;
  int bins, grid_h, grid_w;

  const std::uint8_t* strokes;  // [E, Hs, Ws, 4]
  int strokes_h, strokes_w;

  float strength, stroke_opacity;

  // Filled by composite(): the grid re-ordered for the row kernels, see make_tables().
  const float* tables;
  std::ptrdiff_t table_eye, table_row, table_corner;  // strides in floats
};

// Runs the call on all threads. Sizes must be right (bindings.cpp checks them); *values* may be
// anything: NaN and Inf in the grid or the depth give unspecified colours, never a bad access.
void composite(Composite job);
// All pointers but `matrix` and `parallax` are of the GPU's memory.
void composite_cuda(const Composite& job, void* stream);

// Room that one thread needs while it does a row.
struct RowScratch {
  float* inverse_depth;  // [depth_w]
  float* mixed;          // [table_row], 64-byte aligned
};

// Row kernels: restyle rows y0..y1-1 of one eye. The vector versions take grids of up to
// kVectorBins bins; the plain one takes any.
using RowKernel = void (*)(const Composite& job, int eye, int y0, int y1, const RowScratch&);
void composite_rows_plain(const Composite&, int, int, int, const RowScratch&);
void composite_rows_avx2(const Composite&, int, int, int, const RowScratch&);
void composite_rows_avx512(const Composite&, int, int, int, const RowScratch&);

constexpr int kLine = 16;  // floats of one coefficient's line in the vector layout: bins, steps
constexpr int kVectorBins = 8;

}  // namespace eyebrush
