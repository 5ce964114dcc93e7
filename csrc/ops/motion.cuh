// How reprojecting ops know on a GPU where a pixel lies in the field: the few numbers of each eye
// travel with the call. Included after lanes_scalar.h.
#pragma once

#include <cstddef>

#include "place_lanes.h"

namespace eyebrush {

constexpr int kEyesAtOnce = 8;  // of one launch

struct Motion {
  float matrix[kEyesAtOnce][9], parallax[kEyesAtOnce][3];
};

// What a job has not is 0, and not looked at.
inline Motion motion_of(const Reprojection& j, int eyes) {
  Motion m{};
  for (int eye = 0; eye < eyes; ++eye) {
    for (int i = 0; i < 9 && j.matrix; ++i) m.matrix[eye][i] = j.matrix[eye * 9 + i];
    for (int i = 0; i < 3 && j.parallax; ++i) m.parallax[eye][i] = j.parallax[eye * 3 + i];
  }
  return m;
}

// The same job for the eyes from `first` on, as far as reprojection goes.
inline void skip_eyes(Reprojection& j, int first) {
  if (j.matrix) j.matrix += first * 9;
  if (j.parallax) j.parallax += first * 3;
  if (j.depth_m) j.depth_m += static_cast<std::ptrdiff_t>(first) * j.depth_h * j.depth_w;
}

// 1/depth_m at uv, bilinear. `depth_m`: [depth_h, depth_w] of the eye.
__device__ __forceinline__ F inverse_depth_at(const float* depth_m, int width, int height, F u,
                                              F v) {
  const Axis x = axis_of(u, width), y = axis_of(v, height);
  const I x1 = next_of(x.i0, width), upper = multiply(y.i0, width),
          lower = multiply(next_of(y.i0, height), width);
  const F bottom = y.f, top = sub(set(1.0f), y.f);
  const auto at = [&](I row, I column) {
    return set(inverse_of(gather(depth_m, add(row, column)).v));
  };
  const F left = fma(bottom, at(lower, x.i0), mul(top, at(upper, x.i0)));
  const F right = fma(bottom, at(lower, x1), mul(top, at(upper, x1)));
  return fma(x.f, right, mul(sub(set(1.0f), x.f), left));
}

// What is constant along row v of an eye.
__device__ __forceinline__ Row row_on_gpu(const Reprojection& j, const Motion& motion, int eye,
                                          float v) {
  return row_of(j.matrix ? motion.matrix[eye] : nullptr,
                j.parallax ? motion.parallax[eye] : nullptr, v);
}

// Place of a pixel at (u, row.v) of an eye.
__device__ __forceinline__ Place place_on_gpu(const Reprojection& j, int eye, const Row& row, F u) {
  if (!j.matrix || !j.depth_m) return place_at(j, row, u, set(0.0f));
  const float* depth = j.depth_m + static_cast<std::ptrdiff_t>(eye) * j.depth_h * j.depth_w;
  return place_at(j, row, u, inverse_depth_at(depth, j.depth_w, j.depth_h, u, set(row.v)));
}

}  // namespace eyebrush
