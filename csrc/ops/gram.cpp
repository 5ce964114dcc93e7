// Gram matrices on the CPU: upper half only, over blocks of pixels that fit in the cache.
//
// The pixels are shared out among a fixed number of partial sums, added up in order: the result is
// the same bit for bit from run to run, and for any number of threads.
#include "gram.h"

#include <algorithm>
#include <memory>

#include "../parallel.h"
#include "../scratch.h"
#include "feature_kernels.h"

namespace eyebrush {
namespace {

constexpr std::int64_t kPartials = 8;  // at most; few pixels are not worth many
constexpr int kMostPixels = 2048;      // of a block: short sums round less
constexpr int kGap = 16;  // floats between lines: keeps them out of each other's cache sets

// Pixels of a block: few enough that all channels stay in a second-level cache.
int block_length(std::int64_t room) {
  return static_cast<int>(std::clamp<std::int64_t>(131072 / room / 16 * 16, 64, kMostPixels));
}

// Copies a block of all channels to `to` [n, room], as floats. Channels from C on stay as they are.
void pack_pixels(const Features& x, std::int64_t image, std::int64_t first, int n, float* to,
                 std::ptrdiff_t room) {
  const auto c = static_cast<int>(x.channels);
  for (int p = 0; p < n; ++p) {
    const std::int64_t at = x.offset(image, 0, first + p);
    if (x.dtype == DType::f32) {
      const float* from = static_cast<const float*>(x.data) + at;
      std::copy(from, from + c, to + p * room);
    } else {
      feature_kernels().widen(static_cast<const std::uint16_t*>(x.data) + at, x.dtype,
                              to + p * room, c);
    }
  }
}

// Copies it to `to` [C, line] instead, 0 beyond the last pixel. Channels from C on stay as they
// are.
void pack_lines(const Features& x, std::int64_t image, std::int64_t first, int n, float* to,
                std::ptrdiff_t line) {
  for (std::int64_t c = 0; c < x.channels; ++c, to += line) {
    const float* run = fetch_run(x, image, c, first, n, to);
    if (run != to) std::copy(run, run + n, to);
    std::fill(to + n, to + line, 0.0f);
  }
}

}  // namespace

void gram(const Gram& job) {
  const Features& x = job.x;
  const FeatureKernels& kernels = feature_kernels();
  const int c = static_cast<int>(x.channels), width = kernels.gram_width;
  const int room = (c + width - 1) / width * width, length = block_length(room);
  const std::ptrdiff_t line = length + kGap;
  const std::size_t floats = static_cast<std::size_t>(room) * line;
  const std::int64_t blocks = (x.pixels() + length - 1) / length;
  const std::int64_t worth = std::clamp<std::int64_t>(x.pixels() / (4 * c), 4, kPartials);
  const std::int64_t partials = std::min(worth, blocks);
  const std::size_t square = static_cast<std::size_t>(room) * room;
  const std::unique_ptr<float[]> sums_room(  // not kept: it may be large
      new float[static_cast<std::size_t>(x.eyes * partials) * square]);
  float* all_sums = sums_room.get();

  parallel_for(static_cast<int>(x.eyes * partials), 1, [&](int begin, int end) {
    thread_local Scratch block_room;
    float* block = block_room.floats(floats);
    std::fill(block, block + floats, 0.0f);
    for (int i = begin; i < end; ++i) {
      const std::int64_t image = i / partials, part = i % partials;
      float* sums = all_sums + i * square;
      std::fill(sums, sums + square, 0.0f);
      for (std::int64_t b = blocks * part / partials; b < blocks * (part + 1) / partials; ++b) {
        const std::int64_t first = b * length;
        const int n = static_cast<int>(std::min<std::int64_t>(length, x.pixels() - first));
        if (x.interleaved()) {
          pack_pixels(x, image, first, n, block, room);
          kernels.gram_block(block, room, c, n, sums, room);
        } else {
          pack_lines(x, image, first, n, block, line);
          kernels.gram_lines(block, line, c, n, sums, room);
        }
      }
    }
  });
  parallel_for(static_cast<int>(x.eyes * c), 16, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const std::int64_t image = i / c, row = i % c;
      float* out = job.out + image * c * c;
      const float* first = all_sums + image * partials * square + row * room;
      for (std::int64_t column = row; column < c; ++column) {
        double sum = 0.0;
        for (std::int64_t part = 0; part < partials; ++part) sum += first[part * square + column];
        out[row * c + column] = out[column * c + row] = static_cast<float>(sum * job.scale);
      }
    }
  });
}

}  // namespace eyebrush
