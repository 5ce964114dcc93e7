// The four texels around each lane's point of a stroke layer, for vectors. Included after a
// lanes_*.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "place_lanes.h"

namespace {

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

}  // namespace
