// Grid blend on the CPU: sharing out the rows.
#include "grid_blend.h"

#include "../cpu.h"
#include "../parallel.h"
#include "../scratch.h"

namespace eyebrush {
namespace {

constexpr int kRowsAtOnce = 4;

GridBlendRow kernel() {
#if defined(EYEBRUSH_X86)
  if (current_isa() == Isa::avx2) return grid_blend_avx2;
  if (current_isa() == Isa::avx512) return grid_blend_avx512;
#endif
  return grid_blend_plain;
}

}  // namespace

void grid_blend(const GridBlend& job) {
  parallel_for(job.eyes * job.h, kRowsAtOnce, [&](int begin, int end) {
    thread_local Scratch room;
    float* inverse_depth = room.floats(job.depth_m ? job.depth_w : 0);
    for (int i = begin; i < end; ++i) kernel()(job, i / job.h, i % job.h, inverse_depth);
  });
}

}  // namespace eyebrush
