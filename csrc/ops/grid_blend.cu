// Grid blend on a GPU: a thread for each cell and 1/kSplit of the planes.
#include <algorithm>
#include <cstddef>

#include "../cuda/launch.h"
#include "lanes_scalar.h"

// after the lanes, whose words they use
#include "fetch_scalar.h"
#include "motion.cuh"

// after the fetch, which it uses
#include "grid_blend_cell.h"

namespace eyebrush {
namespace {

constexpr int kThreads = 128, kSplit = 8;

struct Job {
  GridBlend grid;
  Motion motion;
};

__global__ void __launch_bounds__(kThreads) grid_blend_kernel(const __grid_constant__ Job job) {
  const GridBlend& j = job.grid;
  const int cell = blockIdx.x * kThreads + threadIdx.x, eye = blockIdx.z;
  const int cells = j.h * j.w;
  if (cell >= cells) return;
  const float v = row_v(cell / j.w, static_cast<float>(j.h) * j.extent_v);
  const F u = u_of(cell % j.w, static_cast<float>(j.w) * j.extent_u);
  const OldCell old = old_cell_of(j, place_on_gpu(j, eye, row_on_gpu(j, job.motion, eye, v), u));
  for (int p = blockIdx.y; p < j.planes; p += kSplit) {
    const std::ptrdiff_t first = (static_cast<std::ptrdiff_t>(eye) * j.planes + p) * cells;
    j.out[first + cell] = mixed(set(j.fresh[first + cell]), j.history + first, old).v;
  }
}

// The same job for the eyes from `first` on.
GridBlend from_eye(GridBlend j, int first) {
  const std::ptrdiff_t floats = static_cast<std::ptrdiff_t>(first) * j.planes * j.h * j.w;
  j.fresh += floats, j.history += floats, j.out += floats;
  skip_eyes(j, first);
  return j;
}

}  // namespace

void grid_blend_cuda(const GridBlend& job, void* stream) {
  for (int first = 0; first < job.eyes; first += kEyesAtOnce) {
    const GridBlend part = from_eye(job, first);
    const int eyes = std::min(kEyesAtOnce, job.eyes - first);
    const dim3 grid(divide_up(job.h * job.w, kThreads), kSplit, eyes);
    launch("grid_blend", grid_blend_kernel, grid, dim3(kThreads), stream,
           Job{part, motion_of(part, eyes)});
  }
}

}  // namespace eyebrush
