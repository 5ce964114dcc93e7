// The four texels around one pixel's point of a stroke layer. Included after lanes_scalar.h.
#pragma once

#include <cstdint>

#include "place_lanes.h"

namespace {

EYEBRUSH_ANYWHERE Texels fetch(const std::uint8_t* strokes, int width, int height, const Axis& x,
                               const Axis& y) {
  const I x1 = next_of(x.i0, width), upper = multiply(y.i0, width),
          lower = multiply(next_of(y.i0, height), width);
  return {{gather(strokes, add(upper, x.i0)), gather(strokes, add(upper, x1)),
           gather(strokes, add(lower, x.i0)), gather(strokes, add(lower, x1))}};
}

}  // namespace
