// Fetches at each lane's point: of inverse depth, of strokes and of float planes. Included after a
// lanes_*.h. fetch_scalar.h is the same for one pixel.
//
// A processor's gathers are slow, but neighbouring pixels come from neighbouring texels: mostly
// those of all lanes fit into two registers, and its shuffles are fast.
#pragma once

#include <cstddef>
#include <cstdint>

#include "place_lanes.h"

namespace {

constexpr int kWindow = 2 * kLanes;

// Columns x0 and their right neighbours, for each lane. If `narrow`, all lie within kWindow from
// `base` on, and so do their places there, left and right.
struct Columns {
  bool narrow;
  int base;
  I x0, x1, left, right;
};

inline int first_of(I x) {
  const int a = lane(x, 0), b = lane(x, kLanes - 1);
  return a < b ? a : b;
}

inline Columns columns_of(I x0, int width) {
  const I x1 = next_of(x0, width);
  int base = first_of(x0);
  if (base > width - kWindow) base = width - kWindow;
  const I left = subtract(x0, base), right = subtract(x1, base);
  const bool narrow =
      base >= 0 && (bits(below(left, kWindow)) & bits(below(right, kWindow))) == kAllLanes;
  return {narrow, base, x0, x1, left, right};
}

inline F inverse_depth_of(const Reprojection& j, const Row& row, F u) {
  const Axis x = axis_of(u, j.depth_w);
  const Columns c = columns_of(x.i0, j.depth_w);
  const float* all = row.inverse_depth;
  F left, right;
  if (c.narrow) {
    const F near = load_any(all + c.base), far = load_any(all + c.base + kLanes);
    left = permute(near, far, c.left), right = permute(near, far, c.right);
  } else {
    left = gather(all, c.x0), right = gather(all, c.x1);
  }
  return fma(x.f, right, mul(sub(set(1.0f), x.f), left));
}

// The four texels around each lane's point of [height, width], and their shares.
struct Corners {
  Columns columns;
  I y0, y1;
  int width;
  // If columns.narrow, all points are in rows first and first + 1 (`level`), or some, those of
  // `lower`, in the pair of rows below that; where the three rows' windows begin.
  bool level;
  M lower;
  std::ptrdiff_t rows[3];
  F share[4];
};

inline Corners corners_of(F u, F v, int width, int height) {
  const Axis x = axis_of(u, width), y = axis_of(v, height);
  Corners at;
  at.columns = columns_of(x.i0, width);
  at.y0 = y.i0, at.y1 = next_of(y.i0, height), at.width = width;
  const int first = first_of(y.i0);
  at.columns.narrow &= bits(below(subtract(y.i0, first), 2)) == kAllLanes;
  at.lower = equal(y.i0, first + 1);
  at.level = !bits(at.lower);
  for (int i = 0; i < 3; ++i) {
    const int row = first + i < height ? first + i : height - 1;
    at.rows[i] = static_cast<std::ptrdiff_t>(row) * width + at.columns.base;
  }
  const F left = sub(set(1.0f), x.f), top = sub(set(1.0f), y.f);
  at.share[0] = mul(left, top), at.share[1] = mul(x.f, top);
  at.share[2] = mul(left, y.f), at.share[3] = mul(x.f, y.f);
  return at;
}

// `load`: kLanes elements from an index on; `pick`: those at kLanes indices.
template <class Four, class Load, class Pick>
inline Four fetch_by(const Corners& at, const Load& load, const Pick& pick) {
  const Columns& c = at.columns;
  if (!c.narrow) {
    const I upper = multiply(at.y0, at.width), lower = multiply(at.y1, at.width);
    return {{pick(add(upper, c.x0)), pick(add(upper, c.x1)), pick(add(lower, c.x0)),
             pick(add(lower, c.x1))}};
  }
  Four of;
  const auto row = [&](int i, auto& left, auto& right) {
    const auto near = load(at.rows[i]), far = load(at.rows[i] + kLanes);
    left = permute(near, far, c.left), right = permute(near, far, c.right);
  };
  row(0, of.t[0], of.t[1]), row(1, of.t[2], of.t[3]);
  if (at.level) return of;
  of.t[0] = select(at.lower, of.t[2], of.t[0]), of.t[1] = select(at.lower, of.t[3], of.t[1]);
  auto left = of.t[2], right = of.t[3];
  row(2, left, right);
  of.t[2] = select(at.lower, left, of.t[2]), of.t[3] = select(at.lower, right, of.t[3]);
  return of;
}

inline Texels fetch(const std::uint8_t* strokes, const Corners& at) {
  return fetch_by<Texels>(
      at, [=](std::ptrdiff_t i) { return load_texels(strokes + i * 4); },
      [=](I index) { return gather(strokes, index); });
}

inline Floats fetch(const float* plane, const Corners& at) {
  return fetch_by<Floats>(
      at, [=](std::ptrdiff_t i) { return load_any(plane + i); },
      [=](I index) { return gather(plane, index); });
}

}  // namespace
