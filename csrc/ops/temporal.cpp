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

// Calls rows(eye, y0, y1, scratch) for all rows of all eyes, in pieces that do not straddle eyes.
template <class Rows>
void all_rows(const TemporalBlend& job, int height, const Rows& rows) {
  const int pieces = (height + kRowsAtOnce - 1) / kRowsAtOnce;
  parallel_for(job.eyes * pieces, 1, [&](int begin, int end) {
    thread_local Scratch depth_room, row_room;
    const TemporalScratch scratch{depth_room.floats(job.depth_w),  // 0 without depth
                                  row_room.floats(kTemporalRows * padded_row(job.w))};
    for (int piece = begin; piece < end; ++piece) {
      const int y0 = piece % pieces * kRowsAtOnce, y1 = y0 + kRowsAtOnce;
      rows(piece / pieces, y0, y1 < height ? y1 : height, scratch);
    }
  });
}

}  // namespace

void temporal_blend(TemporalBlend* jobs, int count) {
  thread_local Scratch room;
  const TemporalBlend& any = jobs[0];
  const std::ptrdiff_t row = padded_row(any.w);
  const std::size_t plane = static_cast<std::size_t>(any.eyes) * any.h * row;
  float* planes = room.floats(2 * kMostHistories * plane);
  for (int i = 0; i < count; ++i) {
    jobs[i].weight_row = row;
    jobs[i].weight = planes + 2 * i * plane;
    jobs[i].hidden = i + 1 < count ? planes + (2 * i + 1) * plane : nullptr;
  }
  for (int i = count; i-- > 0;)
    all_rows(any, any.h, [&](int eye, int y0, int y1, const TemporalScratch& scratch) {
      kernels().trust(jobs, i, count, eye, y0, y1, scratch);
    });
  all_rows(any, 2 * any.h, [&](int eye, int y0, int y1, const TemporalScratch& scratch) {
    kernels().blend(jobs, count, eye, y0, y1, scratch);
  });
}

}  // namespace eyebrush
