// Temporal blend, the parts that are done once a call: scratch, and sharing out strips of rows.
#include "temporal.h"

#include <algorithm>

#include "../cpu.h"
#include "../parallel.h"
#include "../scratch.h"

namespace eyebrush {
namespace {

// Guide rows that a thread does at once, weights and strokes, so that nobody waits for others in
// between. Weights of a few rows beside them are worked out twice.
constexpr int kStripRows = 32;

const TemporalKernels& kernels() {
#if defined(EYEBRUSH_X86)
  if (current_isa() == Isa::avx2) return temporal_avx2;
  if (current_isa() == Isa::avx512) return temporal_avx512;
#endif
  return temporal_plain;
}

void blend_strip(const TemporalBlend* given, int count, int eye, int y0, int y1) {
  thread_local Scratch depth_room, row_room, weight_room;
  const int h = given[0].h;
  const std::ptrdiff_t row = padded_row(given[0].w), plane = (y1 - y0 + 2 * count) * row;
  const TemporalScratch scratch{depth_room.floats(given[0].depth_w),  // 0 without depth
                                row_room.floats(kTemporalRows * row)};
  float* planes = weight_room.floats(2 * count * plane);
  TemporalBlend jobs[kMostHistories];
  for (int i = 0; i < count; ++i) {
    jobs[i] = given[i];
    jobs[i].first_row = std::max(0, y0 - count);
    jobs[i].weight_row = row;
    jobs[i].weight = planes + 2 * i * plane;
    jobs[i].hidden = i + 1 < count ? planes + (2 * i + 1) * plane : nullptr;
  }
  for (int i = count; i-- > 0;)
    kernels().trust(jobs, i, count, eye, std::max(0, y0 - i - 1), std::min(h, y1 + i + 1), scratch);
  kernels().blend(jobs, count, eye, 2 * y0, 2 * y1, scratch);
}

}  // namespace

void temporal_blend(const TemporalBlend* jobs, int count) {
  const int h = jobs[0].h, strips = (h + kStripRows - 1) / kStripRows;
  parallel_for(jobs[0].eyes * strips, 1, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const int y0 = i % strips * kStripRows;
      blend_strip(jobs, count, i / strips, y0, std::min(h, y0 + kStripRows));
    }
  });
}

}  // namespace eyebrush
