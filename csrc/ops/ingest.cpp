#include "ingest.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../parallel.h"
#include "../scratch.h"
#include "half.h"

namespace eyebrush {
namespace {

// One reader for each format: `kChannels` values a pixel of which the first 3 are colour, `Sum`
// what they are added up in, `kFull` what a full one is worth there.
template <int kCount>
struct Bytes {
  using Sum = std::uint16_t;
  static constexpr int kChannels = kCount, kBytes = kCount;
  static constexpr float kFull = 255.0f;
  static void add(const void* row, int width, Sum* sums) {
    const auto* x = static_cast<const std::uint8_t*>(row);
    for (int i = 0; i < width * kChannels; ++i) sums[i] = static_cast<Sum>(sums[i] + x[i]);
  }
};

struct TenBits {
  using Sum = std::uint16_t;  // 16 * 1023 fits
  static constexpr int kChannels = 3, kBytes = 4;
  static constexpr float kFull = 1023.0f;
  static void add(const void* row, int width, Sum* sums) {
    const auto* x = static_cast<const std::uint32_t*>(row);
    for (int i = 0; i < width; ++i)
      for (int c = 0; c < 3; ++c)
        sums[3 * i + c] = static_cast<Sum>(sums[3 * i + c] + (x[i] >> (10 * c) & 1023u));
  }
};

// sRGB encoding (IEC 61966-2-1) of every float16; below 0 and NaN are black, above 1 is white.
const float* srgb_of_half() {
  static const std::vector<float> table = [] {
    std::vector<float> encoded(65536);
    for (int i = 0; i < 65536; ++i) {
      const double x = from_f16(static_cast<std::uint16_t>(i));
      const double light = x > 0.0 ? std::min(x, 1.0) : 0.0;
      encoded[i] = static_cast<float>(
          light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055);
    }
    return encoded;
  }();
  return table.data();
}

struct LinearHalves {
  using Sum = float;
  static constexpr int kChannels = 3, kBytes = 8;
  static constexpr float kFull = 1.0f;
  static void add(const void* row, int width, Sum* sums) {
    const auto* x = static_cast<const std::uint16_t*>(row);
    const float* encoded = srgb_of_half();
    for (int i = 0; i < width; ++i)
      for (int c = 0; c < 3; ++c) sums[3 * i + c] += encoded[x[4 * i + c]];
  }
};

// One row of the down-sampled picture, [3] pointers to planes of `columns` values: the sums of its
// `kDown` rows, then of `kDown` pixels. `sums`: [width * kChannels], zeroed here.
template <class Format, int kDown>
void mean_row(const Ingest& j, int eye, int oy, int columns, typename Format::Sum* sums,
              float* const out[3]) {
  using Sum = typename Format::Sum;
  constexpr int kChannels = Format::kChannels;
  const std::ptrdiff_t bytes = static_cast<std::ptrdiff_t>(j.width) * Format::kBytes;
  const char* image = static_cast<const char*>(j.color) + eye * j.height * bytes;
  std::fill(sums, sums + static_cast<std::ptrdiff_t>(j.width) * kChannels, Sum{0});
  for (int k = 0; k < kDown; ++k)
    Format::add(image + std::min(oy * kDown + k, j.height - 1) * bytes, j.width, sums);

  const auto write = [&](int x, const Sum sum[3]) {
    for (int c = 0; c < 3; ++c)
      out[c][x] = static_cast<float>(sum[c]) / static_cast<float>(kDown * kDown) / Format::kFull;
  };
  const int whole = std::min(j.width / kDown, columns);
  for (int x = 0; x < whole; ++x) {
    const Sum* at = sums + x * kDown * kChannels;
    Sum sum[3] = {0, 0, 0};
    for (int k = 0; k < kDown; ++k)
      for (int c = 0; c < 3; ++c) sum[c] = static_cast<Sum>(sum[c] + at[k * kChannels + c]);
    write(x, sum);
  }
  for (int x = whole; x < columns; ++x) {
    Sum sum[3] = {0, 0, 0};
    for (int k = 0; k < kDown; ++k) {
      const Sum* at = sums + std::min(x * kDown + k, j.width - 1) * kChannels;
      for (int c = 0; c < 3; ++c) sum[c] = static_cast<Sum>(sum[c] + at[c]);
    }
    write(x, sum);
  }
}

// Grown on first use and kept, so that a frame allocates nothing.
template <class T>
T* room(std::size_t count) {
  thread_local std::vector<T> store;
  if (store.size() < count) store.resize(count);
  return store.data();
}

// Every r-th value of the rows of means goes to a channel of its own (pixel-unshuffle).
void unshuffle(const Ingest& j, int eye, int oy, const float* const mean[3]) {
  const int r = j.shuffle;
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.out_h) * j.out_w;
  for (int c = 0; c < 3; ++c)
    for (int k = 0; k < r; ++k) {
      float* out = j.out + (((eye * 3 + c) * r + oy % r) * r + k) * plane +
                   static_cast<std::ptrdiff_t>(oy / r) * j.out_w;
      for (int x = 0; x < j.out_w; ++x) out[x] = mean[c][x * r + k];
    }
}

template <class Format, int kDown>
void all_rows(const Ingest& j) {
  const int r = j.shuffle, rows = j.out_h * r, columns = j.out_w * r;
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.out_h) * j.out_w;
  parallel_for(j.eyes * rows, 8, [&](int begin, int end) {
    // Grown on first use and kept, so that a frame allocates nothing.
    thread_local std::vector<typename Format::Sum> sums;
    thread_local Scratch means;
    const auto count = static_cast<std::size_t>(j.width) * Format::kChannels;
    if (sums.size() < count) sums.resize(count);
    for (int i = begin; i < end; ++i) {
      const int eye = i / rows, oy = i % rows;
      float* to = r == 1 ? j.out + eye * 3 * plane + static_cast<std::ptrdiff_t>(oy) * columns
                         : means.floats(3 * static_cast<std::size_t>(columns));
      const std::ptrdiff_t next = r == 1 ? plane : columns;
      float* const mean[3] = {to, to + next, to + 2 * next};
      mean_row<Format, kDown>(j, eye, oy, columns, sums.data(), mean);
      if (r > 1) unshuffle(j, eye, oy, mean);
    }
  });
}

template <class Format>
void ingest_format(const Ingest& j) {
  if (j.down == 1) return all_rows<Format, 1>(j);
  return j.down == 2 ? all_rows<Format, 2>(j) : all_rows<Format, 4>(j);
}

}  // namespace

void ingest(const Ingest& job) {
  switch (job.format) {
    case PixelFormat::rgb8:
      return ingest_format<Bytes<3>>(job);
    case PixelFormat::rgba8:
      return ingest_format<Bytes<4>>(job);
    case PixelFormat::rgba16f:
      return ingest_format<LinearHalves>(job);
    case PixelFormat::a2b10g10r10:
      return ingest_format<TenBits>(job);
  }
}

}  // namespace eyebrush
