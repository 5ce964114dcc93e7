// Grid blend on the CPU: sharing out the rows.
#include "grid_blend.h"

#include <algorithm>

#include "../cpu.h"
#include "../parallel.h"
#include "../scratch.h"

namespace eyebrush {
namespace {

constexpr int kWorthAThread = 1 << 16;  // coefficients

GridBlendRow kernel() {
#if defined(EYEBRUSH_X86)
  if (current_isa() == Isa::avx2) return grid_blend_avx2;
  if (current_isa() == Isa::avx512) return grid_blend_avx512;
#endif
  return grid_blend_plain;
}

}  // namespace

void grid_blend(const GridBlend& job) {
  const int rows_at_once = std::max(1, kWorthAThread / (job.w * job.planes));
  parallel_for(job.eyes * job.h, rows_at_once, [&](int begin, int end) {
    thread_local Scratch room;
    float* inverse_depth = room.floats(job.depth_m ? job.depth_w : 0);
    for (int i = begin; i < end; ++i) kernel()(job, i / job.h, i % job.h, inverse_depth);
  });
}

}  // namespace eyebrush
