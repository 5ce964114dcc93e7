// Composite on a GPU, in one pass: every pixel is read once and written once.
//
// A block does a tile of 128 x 32 pixels, a warp 32 neighbours of a row at a time. A tile touches
// few of the grid's cells; their corners are first brought to shared memory, all 8 luma bins of a
// coefficient row next to each other in one line of 128 bytes. Each thread of a warp then takes its
// own bins from that line without a bank conflict. A pixel whose cell is not among those (depth
// edges, small pictures, more than 8 bins) takes its numbers from the grid itself.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../cuda/launch.h"
#include "composite.h"
#include "lanes_scalar.h"
#include "pixels.cuh"

// after the lanes, whose words they use
#include "fetch_scalar.h"
#include "motion.cuh"

// after the fetch, which it uses
#include "composite_pixel.h"

namespace eyebrush {
namespace {

constexpr int kTileW = 128, kTileH = 32, kRows = 8;  // pixels; rows of threads
constexpr int kBins = 8, kCornerFloats = 12 * kBins;
constexpr int kCorners = 24;      // of the grid, in shared memory
constexpr float kSlack = 0.125f;  // of a cell, for what parallax moves out of a tile

struct Job {
  Composite c;
  Motion motion;
  bool wide_in, wide_out;
};

// Corners x0 .. x0 + w - 1, y0 .. y0 + h - 1 of the grid.
struct Box {
  int x0, y0, w, h;
};

__device__ __forceinline__ Row row_at(const Composite& j, const Motion& motion, int eye, int y) {
  return row_on_gpu(j, motion, eye, row_v(y, static_cast<float>(j.height)));
}

__device__ __forceinline__ Place place_of_pixel(const Composite& j, int eye, const Row& row,
                                                int x) {
  const float u = (static_cast<float>(x) + 0.5f) * (1.0f / static_cast<float>(j.width));
  return place_on_gpu(j, eye, row, set(u));
}

// Least of lanes 0..3, of 4..7, ...
__device__ __forceinline__ float least_of_4(float x) {
  x = fminf(x, __shfl_xor_sync(0xffffffffu, x, 1));
  return fminf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

// First and last corner between two places along one axis.
__device__ __forceinline__ void corners_between(float low, float high, int size, float slack,
                                                int& first, int& count) {
  const float most = static_cast<float>(size - 1);
  first = static_cast<int>(clamp(set(low * size - 0.5f - slack), 0.0f, most).v);
  const int last = static_cast<int>(clamp(set(high * size - 0.5f + slack), 0.0f, most).v) + 1;
  count = (last < size ? last : size - 1) - first + 1;
}

// The corners that a tile needs, by where its own four corners lie.
__device__ __forceinline__ Box box_of(const Composite& j, const Motion& motion, int eye, int x,
                                      int y) {
  if (j.bins > kBins) return {0, 0, 0, 0};
  const int lane = threadIdx.x & 3;
  const int px = lane & 1 ? min(x + kTileW, j.width) - 1 : x;
  const int py = lane & 2 ? min(y + kTileH, j.height) - 1 : y;
  const Place p = place_of_pixel(j, eye, row_at(j, motion, eye, py), px);
  const float slack = j.depth_m ? kSlack : 0.0f;
  Box box;
  corners_between(least_of_4(p.u.v), -least_of_4(-p.u.v), j.grid_w, slack, box.x0, box.w);
  corners_between(least_of_4(p.v.v), -least_of_4(-p.v.v), j.grid_h, slack, box.y0, box.h);
  box.h = min(box.h, kCorners / 2);
  box.w = min(box.w, kCorners / box.h);
  return box;
}

__device__ __forceinline__ float grid_at(const Composite& j, int eye, int k, int z, int y, int x) {
  const std::ptrdiff_t i =
      (((static_cast<std::ptrdiff_t>(eye) * 12 + k) * j.bins + z) * j.grid_h + y) * j.grid_w + x;
  return j.grid_is_half ? float_of_half(static_cast<const std::uint16_t*>(j.grid)[i])
                        : static_cast<const float*>(j.grid)[i];
}

// table: [box.h * box.w corners, 3 rows, 8 bins, 4]
__device__ __forceinline__ void fill(const Composite& j, int eye, const Box& box, float* table) {
  const int corners = box.w * box.h, all = corners * kCornerFloats;
  for (int i = threadIdx.y * 32 + threadIdx.x; i < all; i += 32 * kRows) {
    const int corner = i % corners, number = i / corners;  // neighbouring threads read neighbours
    const int z = number % kBins, k = number / kBins;
    table[corner * kCornerFloats + (k / 4 * kBins + z) * 4 + k % 4] =
        grid_at(j, eye, k, min(z, j.bins - 1), box.y0 + corner / box.w, box.x0 + corner % box.w);
  }
}

// Where a pixel lies among the grid's cells.
struct Cell {
  Axis x, y, z;
  int x1, y1, z1;
};

__device__ __forceinline__ float4 add_scaled(float4 sum, float w, float4 a) {
  return {sum.x + w * a.x, sum.y + w * a.y, sum.z + w * a.z, sum.w + w * a.w};
}

__device__ __forceinline__ F channel_of(float4 a, const Colour& x) {
  return clamp(set(a.x * x.r.v + (a.y * x.g.v + (a.z * x.b.v + a.w))), 0.0f, 1.0f);
}

__device__ __forceinline__ float corner_weight(const Cell& c, int corner) {
  return (corner & 1 ? c.x.f.v : 1.0f - c.x.f.v) * (corner & 2 ? c.y.f.v : 1.0f - c.y.f.v);
}

__device__ __forceinline__ Colour slice_table(const float* table, const Box& box, const Cell& c,
                                              const Colour& x) {
  const auto* lines = reinterpret_cast<const float4*>(table);
  constexpr int kStride = kCornerFloats / 4;
  const int across = (c.x1 - c.x.i0.v) * kStride, down = (c.y1 - c.y.i0.v) * box.w * kStride;
  const int first = ((c.y.i0.v - box.y0) * box.w + c.x.i0.v - box.x0) * kStride;
  float low[4], high[4];  // weights of a corner's lower and upper bin
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float w = corner_weight(c, i);
    high[i] = w * c.z.f.v, low[i] = w - high[i];
  }
  F y[3];
#pragma unroll
  for (int row = 0; row < 3; ++row) {
    float4 a = {};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const float4* at = lines + first + (i & 1 ? across : 0) + (i & 2 ? down : 0) + row * kBins;
      a = add_scaled(add_scaled(a, low[i], at[c.z.i0.v]), high[i], at[c.z1]);
    }
    y[row] = channel_of(a, x);
  }
  return {y[0], y[1], y[2]};
}

__device__ __forceinline__ Colour slice_grid(const Composite& j, int eye, const Cell& c,
                                             const Colour& x) {
  F y[3];
#pragma unroll
  for (int row = 0; row < 3; ++row) {
    float a[4];
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      a[k] = 0.0f;
#pragma unroll 1
      for (int corner = 0; corner < 4; ++corner) {
        const float w = corner_weight(c, corner), high = w * c.z.f.v;
        const int gx = corner & 1 ? c.x1 : c.x.i0.v, gy = corner & 2 ? c.y1 : c.y.i0.v;
        a[k] += (w - high) * grid_at(j, eye, row * 4 + k, c.z.i0.v, gy, gx);
        a[k] += high * grid_at(j, eye, row * 4 + k, c.z1, gy, gx);
      }
    }
    y[row] = channel_of({a[0], a[1], a[2], a[3]}, x);
  }
  return {y[0], y[1], y[2]};
}

__device__ __forceinline__ Colour slice(const Composite& j, int eye, const float* table,
                                        const Box& box, const Place& p, const Colour& x) {
  Cell c;
  c.x = axis_of(p.u, j.grid_w), c.y = axis_of(p.v, j.grid_h), c.z = axis_of(luma_of(x), j.bins);
  c.x1 = min(c.x.i0.v + 1, j.grid_w - 1), c.y1 = min(c.y.i0.v + 1, j.grid_h - 1);
  c.z1 = min(c.z.i0.v + 1, j.bins - 1);
  const bool here =
      c.x.i0.v >= box.x0 && c.x1 < box.x0 + box.w && c.y.i0.v >= box.y0 && c.y1 < box.y0 + box.h;
  return here ? slice_table(table, box, c, x) : slice_grid(j, eye, c, x);
}

template <PixelFormat kOut>
__device__ __forceinline__ void store_as(const Pixel& pixel, void* out, std::ptrdiff_t at,
                                         bool wide) {
  std::uint32_t words[2];
  encode<kOut>(pixel, words);
  store_pixel<kOut>(words, out, at, wide);
}

__device__ __forceinline__ void store(PixelFormat format, const Pixel& pixel, void* out,
                                      std::ptrdiff_t at, bool wide) {
  switch (format) {
    case PixelFormat::rgb8:
      return store_as<PixelFormat::rgb8>(pixel, out, at, wide);
    case PixelFormat::rgba8:
      return store_as<PixelFormat::rgba8>(pixel, out, at, wide);
    case PixelFormat::rgba16f:
      return store_as<PixelFormat::rgba16f>(pixel, out, at, wide);
    case PixelFormat::a2b10g10r10:
      return store_as<PixelFormat::a2b10g10r10>(pixel, out, at, wide);
  }
}

// kSame: out in the format of color, so that alpha is not touched.
template <PixelFormat kIn, bool kSame>
__global__ void __launch_bounds__(32 * kRows, 3) composite_kernel(const __grid_constant__ Job job) {
  __shared__ float4 table_lines[kCorners * kCornerFloats / 4];
  float* table = reinterpret_cast<float*>(table_lines);
  const Composite j =
      job.c;  // a copy: stores could change the original, for all the compiler knows
  const bool wide_in = job.wide_in, wide_out = job.wide_out;
  const int eye = blockIdx.z, left = blockIdx.x * kTileW, top = blockIdx.y * kTileH;
  const Box box = box_of(j, job.motion, eye, left, top);
  fill(j, eye, box, table);
  __syncthreads();

  const std::uint8_t* strokes =
      j.strokes + static_cast<std::ptrdiff_t>(eye) * j.strokes_h * j.strokes_w * 4;
  const int right = min(left + kTileW, j.width), bottom = min(top + kTileH, j.height);
#pragma unroll 1
  for (int y = top + threadIdx.y; y < bottom; y += kRows) {
    const Row row = row_at(j, job.motion, eye, y);
    const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(eye) * j.height + y) * j.width;
#pragma unroll 1
    for (int x = left + threadIdx.x; x < right; x += 32) {
      std::uint32_t words[2];
      load_pixel<kIn>(j.color, at + x, words, wide_in);
      const Place p = place_of_pixel(j, eye, row, x);
      const auto affine = [&](const Colour& c) { return slice(j, eye, table, box, p, c); };
      const Pixel painted = restyle<kIn>(j, decode<kIn>(words), p, strokes, affine);
      if constexpr (kSame) {
        recolour<kIn>(painted, words);
        store_pixel<kIn>(words, j.out, at + x, wide_out);
      } else {
        store(j.out_format, painted, j.out, at + x, wide_out);
      }
    }
  }
}

using Kernel = void (*)(Job);

template <PixelFormat kIn>
Kernel kernel_to(PixelFormat out) {
  return out == kIn ? composite_kernel<kIn, true> : composite_kernel<kIn, false>;
}

Kernel kernel_of(PixelFormat in, PixelFormat out) {
  switch (in) {
    case PixelFormat::rgb8:
      return kernel_to<PixelFormat::rgb8>(out);
    case PixelFormat::rgba8:
      return kernel_to<PixelFormat::rgba8>(out);
    case PixelFormat::rgba16f:
      return kernel_to<PixelFormat::rgba16f>(out);
    default:
      return kernel_to<PixelFormat::a2b10g10r10>(out);
  }
}

// The same job for the eyes from `first` on.
Composite from_eye(Composite j, int first) {
  skip_eyes(j, first);
  const std::ptrdiff_t eye = first, pixels = eye * j.height * j.width;
  const std::ptrdiff_t numbers = eye * 12 * j.bins * j.grid_h * j.grid_w;
  j.color = static_cast<const char*>(j.color) + pixels * bytes_of(j.format);
  j.out = static_cast<char*>(j.out) + pixels * bytes_of(j.out_format);
  j.grid = static_cast<const char*>(j.grid) + numbers * (j.grid_is_half ? 2 : 4);
  j.strokes += eye * j.strokes_h * j.strokes_w * 4;
  return j;
}

}  // namespace

void composite_cuda(const Composite& job, void* stream) {
  want_aligned(job.strokes, 4, "strokes");
  for (int first = 0; first < job.eyes; first += kEyesAtOnce) {
    const Composite part = from_eye(job, first);
    const int eyes = std::min(kEyesAtOnce, job.eyes - first);
    const Job numbers{part, motion_of(part, eyes), aligned(part.color, bytes_of(part.format)),
                      aligned(part.out, bytes_of(part.out_format))};
    const dim3 grid(divide_up(job.width, kTileW), divide_up(job.height, kTileH), eyes);
    launch("composite", kernel_of(job.format, job.out_format), grid, dim3(32, kRows), stream,
           numbers);
  }
}

}  // namespace eyebrush
