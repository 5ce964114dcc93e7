// Composite, the parts that are done once a frame: re-order the grid, share out the rows.
#include "composite.h"

#include "../cpu.h"
#include "../parallel.h"
#include "../scratch.h"
#include "half.h"

namespace eyebrush {
namespace {

constexpr int kCoefficients = 12;
constexpr int kRowsAtOnce = 16;

float grid_at(const Composite& j, std::ptrdiff_t i) {
  return j.grid_is_half ? from_f16(static_cast<const std::uint16_t*>(j.grid)[i])
                        : static_cast<const float*>(j.grid)[i];
}

// One row of grid corners of one eye. A corner past the right or bottom edge repeats the edge.
// Vector layout: [Gh + 1, Gw + 1, 12, 16], a line being 8 bins and the 8 steps to the next bin;
// plain layout: [Gh + 1, Gw + 1, D, 12].
void make_table_row(const Composite& j, bool vector, int eye, int corner_y, float* tables) {
  const int gy = corner_y < j.grid_h ? corner_y : j.grid_h - 1;
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.grid_h) * j.grid_w;
  for (int corner_x = 0; corner_x <= j.grid_w; ++corner_x) {
    const int gx = corner_x < j.grid_w ? corner_x : j.grid_w - 1;
    float* corner = tables + eye * j.table_eye + corner_y * j.table_row + corner_x * j.table_corner;
    for (int k = 0; k < kCoefficients; ++k) {
      const std::ptrdiff_t first = (static_cast<std::ptrdiff_t>(eye) * kCoefficients + k) * j.bins;
      const auto bin = [&](int d) {
        return grid_at(j, (first + (d < j.bins ? d : j.bins - 1)) * plane + gy * j.grid_w + gx);
      };
      if (vector) {
        float* line = corner + k * kLine;
        for (int d = 0; d < kVectorBins; ++d) line[d] = bin(d);
        for (int d = 0; d < kVectorBins - 1; ++d) line[kVectorBins + d] = line[d + 1] - line[d];
        line[kLine - 1] = 0.0f;
      } else {
        for (int d = 0; d < j.bins; ++d) corner[d * kCoefficients + k] = bin(d);
      }
    }
  }
}

}  // namespace

void composite(Composite job) {
  const bool wide_grid = job.bins > kVectorBins || (job.grid_h + 1.0) * (job.grid_w + 1.0) > 1e6;
  const bool bytes = job.format == job.out_format &&
                     (job.format == PixelFormat::rgb8 || job.format == PixelFormat::rgba8);
  const Isa isa = wide_grid || !bytes ? Isa::plain : current_isa();
  RowKernel kernel = composite_rows_plain;
#if defined(EYEBRUSH_X86)
  if (isa == Isa::avx2) kernel = composite_rows_avx2;
  if (isa == Isa::avx512) kernel = composite_rows_avx512;
#endif
  const bool vector = isa != Isa::plain;
  job.table_corner = kCoefficients * (vector ? kLine : job.bins);
  job.table_row = job.table_corner * (job.grid_w + 1);
  job.table_eye = job.table_row * (job.grid_h + 1);
  thread_local Scratch tables_room;
  float* tables = tables_room.floats(static_cast<std::size_t>(job.eyes) * job.table_eye);
  job.tables = tables;

  const int corner_rows = job.grid_h + 1;
  parallel_for(job.eyes * corner_rows, 4, [&](int begin, int end) {
    for (int i = begin; i < end; ++i)
      make_table_row(job, vector, i / corner_rows, i % corner_rows, tables);
  });
  parallel_for(job.eyes * job.height, kRowsAtOnce, [&](int begin, int end) {
    thread_local Scratch depth_room, mixed_room;
    const RowScratch scratch{depth_room.floats(job.depth_m ? job.depth_w : 0),
                             mixed_room.floats(vector ? job.table_row : 0)};
    for (int y = begin; y < end;) {
      const int eye = y / job.height, stop = (eye + 1) * job.height;
      const int last = end < stop ? end : stop;
      kernel(job, eye, y - eye * job.height, last - eye * job.height, scratch);
      y = last;
    }
  });
}

}  // namespace eyebrush
