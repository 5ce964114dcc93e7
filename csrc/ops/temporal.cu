// Temporal blend on a GPU, one pass for each history. A block does 64 x 16 texels of the strokes:
// first how far history is to be trusted at the 32 x 8 texels of the guide below them and one
// around, into shared memory, then the strokes.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../cuda/launch.h"
#include "lanes_scalar.h"
#include "pixels.cuh"
#include "temporal.h"

// after the lanes, whose words they use
#include "fetch_scalar.h"
#include "motion.cuh"

// after the fetch, which it uses
#include "temporal_texel.h"

namespace eyebrush {
namespace {

constexpr int kGuideW = 32, kGuideH = 8;  // of a block; threads, too
constexpr int kRoomW = kGuideW + 2, kRoomH = kGuideH + 2;

struct Job {
  TemporalBlend t;
  Motion motion;
};

// Row y of `height` that are a whole field.
__device__ __forceinline__ Row row_at(const Job& job, int eye, int y, int height) {
  return row_on_gpu(job.t, job.motion, eye, row_v(y, static_cast<float>(height) * job.t.extent_v));
}

// Range of the 3x3 texels around (x, y), edges repeated.
__device__ __forceinline__ void range_of(const float* plane, int w, int h, int x, int y, F& least,
                                         F& most) {
  least = most = set(plane[static_cast<std::ptrdiff_t>(y) * w + x]);
#pragma unroll
  for (int dy = -1; dy <= 1; ++dy) {
    const float* row = plane + static_cast<std::ptrdiff_t>(min(max(y + dy, 0), h - 1)) * w;
#pragma unroll
    for (int dx = -1; dx <= 1; ++dx) {
      const F value = set(row[min(max(x + dx, 0), w - 1)]);
      least = min(value, least), most = max(value, most);
    }
  }
}

__device__ __forceinline__ float trust_at(const Job& job, int eye, int x, int y) {
  const TemporalBlend& j = job.t;
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.h) * j.w;
  F least[3], most[3];
#pragma unroll
  for (int c = 0; c < 3; ++c)
    range_of(j.fresh_guide + (eye * 3 + c) * plane, j.w, j.h, x, y, least[c], most[c]);
  const Row row = row_at(job, eye, y, j.h);
  const F u = u_of(x, static_cast<float>(j.w) * j.extent_u);
  const Place p = place_on_gpu(j, eye, row, u);
  return mul(trust_by_place(j, row, u, p),
             mul(trust_by_depth(j, eye, p), trust_by_colour(j, eye, p, least, most)))
      .v;
}

// Trust at a texel of the strokes, bilinear; (x, y) count from the tile's first.
__device__ __forceinline__ float finer(const float (&trust)[kRoomH][kRoomW], int x, int y) {
  const int nx = x / 2 + 1, ny = y / 2 + 1, ox = x % 2 ? nx + 1 : nx - 1,
            oy = y % 2 ? ny + 1 : ny - 1;
  const float near = 0.75f * trust[ny][nx] + 0.25f * trust[oy][nx];
  const float far = 0.75f * trust[ny][ox] + 0.25f * trust[oy][ox];
  return 0.75f * near + 0.25f * far;
}

__global__ void __launch_bounds__(kGuideW* kGuideH)
    temporal_kernel(const __grid_constant__ Job job) {
  __shared__ float trust[kRoomH][kRoomW];
  const TemporalBlend& j = job.t;
  const int eye = blockIdx.z, left = blockIdx.x * kGuideW, top = blockIdx.y * kGuideH;
  for (int i = threadIdx.y * kGuideW + threadIdx.x; i < kRoomW * kRoomH; i += kGuideW * kGuideH) {
    const int x = left + i % kRoomW - 1, y = top + i / kRoomW - 1;
    trust[i / kRoomW][i % kRoomW] =
        trust_at(job, eye, min(max(x, 0), j.w - 1), min(max(y, 0), j.h - 1));
  }
  __syncthreads();

  const int w = 2 * j.w, h = 2 * j.h;
  const std::ptrdiff_t layer = static_cast<std::ptrdiff_t>(eye) * h * w;
#pragma unroll 1
  for (int ty = threadIdx.y; ty < 2 * kGuideH && 2 * top + ty < h; ty += kGuideH) {
    const int y = 2 * top + ty;
    const Row row = row_at(job, eye, y, h);
#pragma unroll 1
    for (int tx = threadIdx.x; tx < 2 * kGuideW && 2 * left + tx < w; tx += kGuideW) {
      const int x = 2 * left + tx;
      const std::ptrdiff_t at = layer + static_cast<std::ptrdiff_t>(y) * w + x;
      const Place p = place_on_gpu(j, eye, row, u_of(x, static_cast<float>(w) * j.extent_u));
      const I fresh{reinterpret_cast<const std::int32_t*>(j.fresh)[at]};
      const F weight = set(j.share * finer(trust, tx, ty));
      reinterpret_cast<std::int32_t*>(j.out)[at] =
          drawn(fresh, j.history + layer * 4, w, h, p, weight).v;
    }
  }
}

// The same job for the eyes from `first` on.
TemporalBlend from_eye(TemporalBlend j, int first) {
  const std::ptrdiff_t texels = static_cast<std::ptrdiff_t>(first) * j.h * j.w;
  j.fresh += texels * 16, j.history += texels * 16, j.out += texels * 16;
  j.fresh_guide += texels * 3, j.history_guide += texels * 3;
  if (j.history_depth_m)
    j.history_depth_m += static_cast<std::ptrdiff_t>(first) * j.depth_h * j.depth_w;
  skip_eyes(j, first);
  return j;
}

}  // namespace

void temporal_blend_cuda(const TemporalBlend* jobs, int count, void* stream) {
  want_aligned(jobs[0].fresh, 4, "fresh");
  want_aligned(jobs[0].out, 4, "out");
  for (int i = 0; i < count; ++i) want_aligned(jobs[i].history, 4, "history");
  for (int i = 0; i < count; ++i) {
    TemporalBlend job = jobs[i];
    if (i) job.fresh = job.out;  // over the histories before
    for (int first = 0; first < job.eyes; first += kEyesAtOnce) {
      const TemporalBlend part = from_eye(job, first);
      const int eyes = std::min(kEyesAtOnce, job.eyes - first);
      const dim3 grid(divide_up(job.w, kGuideW), divide_up(job.h, kGuideH), eyes);
      launch("temporal_blend", temporal_kernel, grid, dim3(kGuideW, kGuideH), stream,
             Job{part, motion_of(part, eyes)});
    }
  }
}

}  // namespace eyebrush
