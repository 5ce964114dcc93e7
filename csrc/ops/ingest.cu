// Ingest on a GPU: each thread takes 4 pixels of `down` rows, with one load of 16 bytes a row where
// the picture's alignment allows, and writes what becomes of them. Every input byte is read once.
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../cuda/launch.h"
#include "ingest.h"
#include "pixels.cuh"

namespace eyebrush {
namespace {

constexpr int kBlockX = 64, kBlockY = 4;

// `count` neighbouring values of one plane; `wide`: the plane's rows are aligned for one store.
template <int kCount>
__device__ __forceinline__ void store_run(float* out, const float* value, int left, bool wide) {
  if (wide && left >= kCount) {
    if constexpr (kCount == 4)
      *reinterpret_cast<float4*>(out) = {value[0], value[1], value[2], value[3]};
    else if constexpr (kCount == 2)
      *reinterpret_cast<float2*>(out) = {value[0], value[1]};
    else
      *out = value[0];
    return;
  }
#pragma unroll
  for (int i = 0; i < kCount; ++i)
    if (i < left) out[i] = value[i];
}

// What pixels are added up in, and what a full channel is worth there.
template <PixelFormat kFormat>
using SumOf = std::conditional_t<kFormat == PixelFormat::rgba16f, float, int>;
template <PixelFormat kFormat>
constexpr float kFull = kFormat == PixelFormat::rgba16f       ? 1.0f
                        : kFormat == PixelFormat::a2b10g10r10 ? 1023.0f
                                                              : 255.0f;

template <PixelFormat kFormat>
__device__ __forceinline__ SumOf<kFormat> value_of(std::uint32_t raw) {
  if constexpr (kFormat == PixelFormat::rgba16f) return fminf(srgb_of_half(raw), 1.0f);
  return static_cast<SumOf<kFormat>>(raw);
}

template <PixelFormat kFormat, int kDown>
__global__ void __launch_bounds__(kBlockX* kBlockY)
    ingest_kernel(const Ingest j, bool wide_in, bool wide_out) {
  using Sum = SumOf<kFormat>;
  constexpr int kOut = 4 / kDown;  // output pixels of a thread
  const int r = j.shuffle, shift = r >> 1;
  const int x = (blockIdx.x * kBlockX + threadIdx.x) * 4, ox = x / kDown;
  const int oy = blockIdx.y * kBlockY + threadIdx.y, eye = blockIdx.z;
  const int columns = j.out_w << shift, rows = j.out_h << shift;
  if (ox >= columns || oy >= rows) return;

  Sum sum[4][3] = {};
#pragma unroll
  for (int k = 0; k < kDown; ++k) {
    const int y = min(oy * kDown + k, j.height - 1);
    const std::ptrdiff_t row = (static_cast<std::ptrdiff_t>(eye) * j.height + y) * j.width;
    Quad<kFormat> q = load_quad<kFormat>(j.color, row, x, j.width, wide_in);
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int c = 0; c < 3; ++c)
        sum[i][c] += value_of<kFormat>(raw_channel<kFormat>(q.pixel(i), c));
  }
  float mean[3][kOut];
#pragma unroll
  for (int c = 0; c < 3; ++c)
#pragma unroll
    for (int i = 0; i < kOut; ++i) {
      Sum all = sum[i * kDown][c];
#pragma unroll
      for (int k = 1; k < kDown; ++k) all += sum[i * kDown + k][c];
      mean[c][i] = static_cast<float>(all) / static_cast<float>(kDown * kDown) / kFull<kFormat>;
    }

  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.out_h) * j.out_w;
  float* out = j.out + eye * 3 * plane * r * r + static_cast<std::ptrdiff_t>(oy >> shift) * j.out_w;
  const int in_cell = (oy & (r - 1)) * r;
#pragma unroll
  for (int c = 0; c < 3; ++c) {
    if (r == 1) {
      store_run<kOut>(out + c * plane + ox, mean[c], columns - ox, wide_out);
    } else {
#pragma unroll
      for (int i = 0; i < kOut; ++i)
        if (ox + i < columns)
          out[((c << 2 * shift) + in_cell + ((ox + i) & (r - 1))) * plane + ((ox + i) >> shift)] =
              mean[c][i];
    }
  }
}

template <PixelFormat kFormat, int kDown>
void start(const Ingest& j, void* stream) {
  const bool wide_in = rows_aligned<kFormat>(j.color, j.width);
  constexpr int kStore = 4 / kDown * 4;
  const bool wide_out = aligned(j.out, kStore) && j.out_w * sizeof(float) % kStore == 0;
  const int quads = divide_up(j.out_w * j.shuffle * kDown, 4);
  const dim3 grid(divide_up(quads, kBlockX), divide_up(j.out_h * j.shuffle, kBlockY), j.eyes);
  launch("ingest", ingest_kernel<kFormat, kDown>, grid, dim3(kBlockX, kBlockY), stream, j, wide_in,
         wide_out);
}

template <PixelFormat kFormat>
void start_any(const Ingest& j, void* stream) {
  if (j.down == 1) return start<kFormat, 1>(j, stream);
  return j.down == 2 ? start<kFormat, 2>(j, stream) : start<kFormat, 4>(j, stream);
}

}  // namespace

void ingest_cuda(const Ingest& job, void* stream) {
  switch (job.format) {
    case PixelFormat::rgb8:
      return start_any<PixelFormat::rgb8>(job, stream);
    case PixelFormat::rgba8:
      return start_any<PixelFormat::rgba8>(job, stream);
    case PixelFormat::rgba16f:
      return start_any<PixelFormat::rgba16f>(job, stream);
    case PixelFormat::a2b10g10r10:
      return start_any<PixelFormat::a2b10g10r10>(job, stream);
  }
}

}  // namespace eyebrush
