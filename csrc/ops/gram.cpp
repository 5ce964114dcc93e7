// Gram matrices on the CPU: upper half only, over blocks of pixels that fit in the cache.
//
// The pixels are shared out among a fixed number of partial sums, added up in order: the result is
// the same bit for bit from run to run, and for any number of threads.
#include "gram.h"

#include <algorithm>
#include <vector>

#include "../parallel.h"
#include "../scratch.h"
#include "feature_kernels.h"

namespace eyebrush {
namespace {

constexpr std::int64_t kPartials = 16;
constexpr int kRowGap = 16;  // floats between rows: keeps them out of each other's cache sets

// Pixels of a block: few enough that all channels stay in a second-level cache.
int block_length(std::int64_t channels) {
  const std::int64_t fits = 262144 / channels / 16 * 16;
  return static_cast<int>(std::clamp<std::int64_t>(fits, 256, 2048));
}

// Copies a block of all channels to `rows` [C, stride], as floats, zeros after the last pixel.
void pack(const Features& x, std::int64_t image, std::int64_t first, int n, float* rows,
          std::ptrdiff_t stride) {
  for (std::int64_t c = 0; c < x.channels; ++c) {
    float* row = rows + c * stride;
    const float* run = fetch_run(x, image, c, first, n, row);
    if (run != row) std::copy(run, run + n, row);
    std::fill(row + n, row + (n + 15) / 16 * 16, 0.0f);
  }
}

}  // namespace

void gram(const Gram& job) {
  const Features& x = job.x;
  const FeatureKernels& kernels = feature_kernels();
  const int c = static_cast<int>(x.channels), length = block_length(c);
  const int tile = kernels.gram_tile, room = (c + tile - 1) / tile * tile;
  const std::int64_t blocks = (x.pixels() + length - 1) / length;
  const std::int64_t partials = std::min(kPartials, blocks);
  const std::size_t square = static_cast<std::size_t>(room) * room;
  std::vector<float> sums(static_cast<std::size_t>(x.eyes * partials) * square);
  const std::ptrdiff_t stride = length + kRowGap;

  parallel_for(static_cast<int>(x.eyes * partials), 1, [&](int begin, int end) {
    thread_local Scratch rows_room;
    float* rows = rows_room.floats(static_cast<std::size_t>(room) * stride);
    std::fill(rows + c * stride, rows + room * stride, 0.0f);
    for (int i = begin; i < end; ++i) {
      const std::int64_t image = i / partials, part = i % partials;
      for (std::int64_t b = blocks * part / partials; b < blocks * (part + 1) / partials; ++b) {
        const std::int64_t first = b * length;
        const int n = static_cast<int>(std::min<std::int64_t>(length, x.pixels() - first));
        pack(x, image, first, n, rows, stride);
        kernels.gram_block(rows, stride, c, (n + 15) / 16 * 16, sums.data() + i * square, room);
      }
    }
  });
  parallel_for(static_cast<int>(x.eyes * c), 16, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const std::int64_t image = i / c, row = i % c;
      float* out = job.out + image * c * c;
      const float* first = sums.data() + image * partials * square + row * room;
      for (std::int64_t column = row; column < c; ++column) {
        double sum = 0.0;
        for (std::int64_t part = 0; part < partials; ++part) sum += first[part * square + column];
        out[row * c + column] = out[column * c + row] = static_cast<float>(sum * job.scale);
      }
    }
  });
}

}  // namespace eyebrush
