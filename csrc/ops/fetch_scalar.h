// Fetches at one pixel's point: of inverse depth, of strokes and of float planes. Included after
// lanes_scalar.h. fetch_lanes.h is the same for vectors.
#pragma once

#include <cstdint>

#include "place_lanes.h"

namespace {

EYEBRUSH_ANYWHERE F inverse_depth_of(const Reprojection& j, const Row& row, F u) {
  const Axis x = axis_of(u, j.depth_w);
  const F left = gather(row.inverse_depth, x.i0);
  const F right = gather(row.inverse_depth, next_of(x.i0, j.depth_w));
  return fma(x.f, right, mul(sub(set(1.0f), x.f), left));
}

// Indices of the four texels around a point of [height, width], and their shares.
struct Corners {
  I upper_left, upper_right, lower_left, lower_right;
  F share[4];
};

EYEBRUSH_ANYWHERE Corners corners_of(F u, F v, int width, int height) {
  const Axis x = axis_of(u, width), y = axis_of(v, height);
  const I x1 = next_of(x.i0, width), upper = multiply(y.i0, width),
          lower = multiply(next_of(y.i0, height), width);
  const F left = sub(set(1.0f), x.f), top = sub(set(1.0f), y.f);
  return {add(upper, x.i0),
          add(upper, x1),
          add(lower, x.i0),
          add(lower, x1),
          {mul(left, top), mul(x.f, top), mul(left, y.f), mul(x.f, y.f)}};
}

EYEBRUSH_ANYWHERE Texels fetch(const std::uint8_t* strokes, const Corners& at) {
  return {{gather(strokes, at.upper_left), gather(strokes, at.upper_right),
           gather(strokes, at.lower_left), gather(strokes, at.lower_right)}};
}

EYEBRUSH_ANYWHERE Floats fetch(const float* plane, const Corners& at) {
  return {{gather(plane, at.upper_left), gather(plane, at.upper_right),
           gather(plane, at.lower_left), gather(plane, at.lower_right)}};
}

}  // namespace
