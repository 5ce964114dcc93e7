// Vector code that reprojecting kernels share, over a `Lanes` vocabulary: where a block of pixels
// lies in the field, and the bilinear fetch from a stroke layer there. Included after a lanes_*.h.
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

inline Place place_of(const Reprojection& j, const Row& row, F u) {
  F fu = u, fv = set(row.v), ratio = set(1.0f), inverse = set(0.0f);
  if (j.matrix) {
    F pu = fma(set(row.cu), u, set(row.mu));
    F pv = fma(set(row.cv), u, set(row.mv));
    F pw = fma(set(row.cw), u, set(row.mw));
    if (row.inverse_depth) {
      const F at = clamp(fma(u, set(static_cast<float>(j.depth_w)), set(-0.5f)), 0.0f,
                         static_cast<float>(j.depth_w - 1));
      const I x0 = truncate(at), x1 = next_of(x0, j.depth_w);
      const F f = sub(at, to_float(x0));
      const F a = gather(row.inverse_depth, x0), b = gather(row.inverse_depth, x1);
      inverse = fma(f, b, mul(sub(set(1.0f), f), a));
      pu = fma(inverse, set(row.pu), pu);
      pv = fma(inverse, set(row.pv), pv);
      pw = fma(inverse, set(row.pw), pw);
    }
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

// 1 inside of the picture, 0 from 1/slope outside on.
inline F fade_of(const Place& p, float slope) {
  return clamp(fma(set(-slope), p.beyond, set(1.0f)), 0.0f, 1.0f);
}

// Left/top texel and the share of its neighbour, for a clamped bilinear fetch along one axis.
struct Axis {
  I i0;
  F f;
};

inline Axis axis_of(F at, int size) {
  const float n = static_cast<float>(size);
  const F x = clamp(fma(at, set(n), set(-0.5f)), 0.0f, n - 1.0f);
  const I i0 = truncate(x);
  return {i0, sub(x, to_float(i0))};
}

// Four texels around each lane's point of the stroke layer, RGBM in one 32-bit lane each.
struct Texels {
  I t[4];
};

inline Texels fetch(const std::uint8_t* strokes, int width, int height, const Axis& x,
                    const Axis& y) {
  const I x0 = x.i0, y0 = y.i0, x1 = next_of(x0, width), y1 = next_of(y0, height);
  const int first = lane(y0, 0), a = lane(x0, 0), b = lane(x0, kLanes - 1);
  int base = a < b ? a : b;
  if (base > width - kLanes - 1) base = width - kLanes - 1;
  const I left = subtract(x0, base), right = subtract(x1, base + 1);
  // Usual case: the block touches one pair of rows and windows no wider than a register.
  if (base >= 0 && (bits(equal(y0, first)) & bits(below(left, kLanes)) &
                    bits(below(right, kLanes))) == kAllLanes) {
    const std::uint8_t* row = strokes + (static_cast<std::ptrdiff_t>(first) * width + base) * 4;
    const std::uint8_t* next = row + (first + 1 < height ? width * std::ptrdiff_t{4} : 0);
    return {{permute(load_texels(row), left), permute(load_texels(row + 4), right),
             permute(load_texels(next), left), permute(load_texels(next + 4), right)}};
  }
  const I upper = multiply(y0, width), lower = multiply(y1, width);
  return {{gather(strokes, add(upper, x0)), gather(strokes, add(upper, x1)),
           gather(strokes, add(lower, x0)), gather(strokes, add(lower, x1))}};
}

template <int kShift>
inline F blend_byte(const Texels& s, const F weight[4]) {
  F sum = mul(weight[0], byte_of<kShift>(s.t[0]));
  for (int c = 1; c < 4; ++c) sum = fma(weight[c], byte_of<kShift>(s.t[c]), sum);
  return sum;
}

}  // namespace
