// Code that reprojecting kernels share, over a `Lanes` vocabulary: where a block of pixels lies in
// the field, and bilinear blends there. Included after a lanes_*.h; the fetch of texels, after it,
// is fetch_lanes.h for vectors and fetch_scalar.h for one pixel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sampling.h"

namespace {

using eyebrush::Reprojection;

// Where a block of pixels lies in the field: uv in 0..extent, and how far beyond the picture; how
// many times as far the points were from that eye, and their inverse depth now (0 if not known).
struct Place {
  F u, v, beyond, ratio, inverse;
};

// u of the pixel centres of columns x, x + 1, ..., where `width` columns are the whole picture.
EYEBRUSH_ANYWHERE F u_of(int x, float width) {
  return mul(add(set(static_cast<float>(x) + 0.5f), lane_numbers()), set(1.0f / width));
}

// 1/depth at u along a row that has it: in fetch_lanes.h and fetch_scalar.h.
EYEBRUSH_ANYWHERE F inverse_depth_of(const Reprojection& j, const Row& row, F u);

EYEBRUSH_ANYWHERE Place place_at(const Reprojection& j, const Row& row, F u, F inverse) {
  F fu = u, fv = set(row.v), ratio = set(1.0f);
  if (j.matrix) {
    const F pu = fma(inverse, set(row.pu), fma(set(row.cu), u, set(row.mu)));
    const F pv = fma(inverse, set(row.pv), fma(set(row.cv), u, set(row.mv)));
    const F pw = fma(inverse, set(row.pw), fma(set(row.cw), u, set(row.mw)));
    const M in_front = greater(pw, 1e-6f);
    const F per_w = div(set(1.0f), pw);
    fu = select(in_front, mul(pu, per_w), kBehindEye);
    fv = select(in_front, mul(pv, per_w), kBehindEye);
    ratio = select(in_front, pw, 1.0f);
  }
  const F beyond =
      max(max(sub(set(0.0f), fu), sub(fu, set(1.0f))), max(sub(set(0.0f), fv), sub(fv, set(1.0f))));
  return {mul(clamp(fu, 0.0f, 1.0f), set(j.extent_u)), mul(clamp(fv, 0.0f, 1.0f), set(j.extent_v)),
          beyond, ratio, inverse};
}

EYEBRUSH_ANYWHERE Place place_of(const Reprojection& j, const Row& row, F u) {
  return place_at(j, row, u, row.inverse_depth ? inverse_depth_of(j, row, u) : set(0.0f));
}

// 1 inside of the picture, 0 from 1/slope outside on.
EYEBRUSH_ANYWHERE F fade_of(const Place& p, float slope) {
  return clamp(fma(set(-slope), p.beyond, set(1.0f)), 0.0f, 1.0f);
}

// Left/top texel and the share of its neighbour, for a clamped bilinear fetch along one axis.
struct Axis {
  I i0;
  F f;
};

EYEBRUSH_ANYWHERE Axis axis_of(F at, int size) {
  const float n = static_cast<float>(size);
  const F x = clamp(fma(at, set(n), set(-0.5f)), 0.0f, n - 1.0f);
  const I i0 = truncate(x);
  return {i0, sub(x, to_float(i0))};
}

// The four texels around each lane's point, left to right and top to bottom: of a stroke layer,
// RGBM in one 32-bit lane each, ...
struct Texels {
  I t[4];
};

// ... and of a plane of floats.
struct Floats {
  F t[4];
};

template <int kShift>
EYEBRUSH_ANYWHERE F blend_byte(const Texels& s, const F weight[4]) {
  F sum = mul(weight[0], byte_of<kShift>(s.t[0]));
  for (int c = 1; c < 4; ++c) sum = fma(weight[c], byte_of<kShift>(s.t[c]), sum);
  return sum;
}

EYEBRUSH_ANYWHERE F blend(const Floats& s, const F weight[4]) {
  F sum = mul(weight[0], s.t[0]);
  for (int c = 1; c < 4; ++c) sum = fma(weight[c], s.t[c], sum);
  return sum;
}

}  // namespace
