// One row of the grid blend over a `Lanes` vocabulary; included after a lanes_*.h.
#pragma once

#include <cstddef>

#include "fetch_lanes.h"

// after the fetch, which it uses
#include "grid_blend_cell.h"

namespace {

inline void grid_blend_row(const GridBlend& j, int eye, int y, float* inverse_depth) {
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.h) * j.w;
  const Row row = row_setup(j, eye, row_v(y, static_cast<float>(j.h) * j.extent_v), inverse_depth);
  for (int x = 0; x < j.w; x += kLanes) {
    const F u = u_of(x, static_cast<float>(j.w) * j.extent_u);
    const OldCell old = old_cell_of(j, place_of(j, row, u));
    const int there = j.w - x < kLanes ? j.w - x : kLanes;  // cells of the block that exist
    std::ptrdiff_t first = eye * j.planes * plane;
    for (int p = 0; p < j.planes; ++p, first += plane) {
      const std::ptrdiff_t at = first + static_cast<std::ptrdiff_t>(y) * j.w + x;
      if (there == kLanes) {
        store_any(j.out + at, mixed(load_any(j.fresh + at), j.history + first, old));
        continue;
      }
      float rest[kLanes] = {};
      for (int i = 0; i < there; ++i) rest[i] = j.fresh[at + i];
      store_any(rest, mixed(load_any(rest), j.history + first, old));
      for (int i = 0; i < there; ++i) j.out[at + i] = rest[i];
    }
  }
}

}  // namespace
