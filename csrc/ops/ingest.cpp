#include "ingest.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "../parallel.h"

namespace eyebrush {
namespace {

// Row sums of `down` image rows, then column sums of `down` pixels. `column_sum`: [W * C].
template <int kChannels, int kDown>
void ingest_row(const Ingest& j, int eye, int oy, std::uint16_t* column_sum) {
  const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(j.width) * kChannels;
  const std::uint8_t* image = j.color + eye * j.height * stride;
  const std::uint8_t* row[kDown];
  for (int k = 0; k < kDown; ++k) row[k] = image + std::min(oy * kDown + k, j.height - 1) * stride;
  for (std::ptrdiff_t i = 0; i < stride; ++i) {
    int sum = 0;
    for (int k = 0; k < kDown; ++k) sum += row[k][i];
    column_sum[i] = static_cast<std::uint16_t>(sum);
  }
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.out_h) * j.out_w;
  float* out[3];
  for (int c = 0; c < 3; ++c)
    out[c] = j.out + (eye * 3 + c) * plane + static_cast<std::ptrdiff_t>(oy) * j.out_w;
  const auto write = [&](int x, const int sum[3]) {
    for (int c = 0; c < 3; ++c)
      out[c][x] = static_cast<float>(sum[c]) / static_cast<float>(kDown * kDown) / 255.0f;
  };
  const int whole = std::min(j.width / kDown, j.out_w);
  for (int x = 0; x < whole; ++x) {
    const std::uint16_t* s = column_sum + x * kDown * kChannels;
    int sum[3] = {0, 0, 0};
    for (int k = 0; k < kDown; ++k)
      for (int c = 0; c < 3; ++c) sum[c] += s[k * kChannels + c];
    write(x, sum);
  }
  for (int x = whole; x < j.out_w; ++x) {
    int sum[3] = {0, 0, 0};
    for (int k = 0; k < kDown; ++k)
      for (int c = 0; c < 3; ++c)
        sum[c] += column_sum[std::min(x * kDown + k, j.width - 1) * kChannels + c];
    write(x, sum);
  }
}

using RowFunction = void (*)(const Ingest&, int, int, std::uint16_t*);

template <int kChannels>
RowFunction row_function(int down) {
  if (down == 1) return ingest_row<kChannels, 1>;
  return down == 2 ? ingest_row<kChannels, 2> : ingest_row<kChannels, 4>;
}

// Grown on first use and kept, so that a frame allocates nothing.
std::uint16_t* row_scratch(std::size_t count) {
  thread_local std::vector<std::uint16_t> store;
  if (store.size() < count) store.resize(count);
  return store.data();
}

}  // namespace

void ingest(const Ingest& job) {
  const RowFunction row = job.channels == 4 ? row_function<4>(job.down) : row_function<3>(job.down);
  parallel_for(job.eyes * job.out_h, 8, [&](int begin, int end) {
    std::uint16_t* scratch = row_scratch(static_cast<std::size_t>(job.width) * job.channels);
    for (int i = begin; i < end; ++i) row(job, i / job.out_h, i % job.out_h, scratch);
  });
}

}  // namespace eyebrush
