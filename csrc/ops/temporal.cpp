// Temporal blend, the parts that are done once a call: scratch, and sharing out the rows.
#include "temporal.h"

#include "../cpu.h"
#include "../parallel.h"
#include "../scratch.h"

namespace eyebrush {
namespace {

constexpr int kRowsAtOnce = 16;

const TemporalKernels& kernels() {
#if defined(EYEBRUSH_X86)
  if (current_isa() == Isa::avx2) return temporal_avx2;
  if (current_isa() == Isa::avx512) return temporal_avx512;
#endif
  return temporal_plain;
}

// Calls `rows` for all rows of all eyes, in pieces that do not straddle eyes.
void all_rows(const TemporalBlend& job, int height, TemporalKernels::Rows rows) {
  const int pieces = (height + kRowsAtOnce - 1) / kRowsAtOnce;
  parallel_for(job.eyes * pieces, 1, [&](int begin, int end) {
    thread_local Scratch depth_room, row_room;
    const TemporalScratch scratch{depth_room.floats(job.depth_m ? job.depth_w : 0),
                                  row_room.floats(6 * padded_row(job.w))};
    for (int piece = begin; piece < end; ++piece) {
      const int y0 = piece % pieces * kRowsAtOnce, y1 = y0 + kRowsAtOnce;
      rows(job, piece / pieces, y0, y1 < height ? y1 : height, scratch);
    }
  });
}

}  // namespace

void temporal_blend(TemporalBlend job) {
  thread_local Scratch trust_room;
  job.trust_row = padded_row(job.w);
  job.trust = trust_room.floats(static_cast<std::size_t>(job.eyes) * job.h * job.trust_row);
  all_rows(job, job.h, kernels().trust);
  all_rows(job, 2 * job.h, kernels().blend);
}

}  // namespace eyebrush
