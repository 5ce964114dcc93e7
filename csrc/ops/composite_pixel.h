// The composite of one pixel, for lanes_scalar.h: what the plain version and the GPU's share.
// Included after fetch_scalar.h and composite_blend.h.
#pragma once

#include "composite_blend.h"
#include "pixels.h"

namespace {

// `slice`: Colour(const Colour& x), the affine result of 0..1 at the pixel's place p. What is
// brighter than white keeps the share of it that is not restyled.
template <eyebrush::PixelFormat kIn, class Slice>
EYEBRUSH_ANYWHERE eyebrush::Pixel restyle(const Composite& j, const eyebrush::Pixel& seen,
                                          const Place& p, const std::uint8_t* strokes,
                                          const Slice& slice) {
  const Colour all{set(seen.r), set(seen.g), set(seen.b)};
  if (kIn != eyebrush::PixelFormat::rgba16f) {
    const Colour y = blend_strokes(j, p, strokes, slice(all), all);
    return {y.r.v, y.g.v, y.b.v, seen.a};
  }
  const F white = set(1.0f), kept = set(1.0f - j.strength);
  const Colour x{min(all.r, white), min(all.g, white), min(all.b, white)};
  const Colour y = blend_strokes(j, p, strokes, slice(x), x);
  return {fma(kept, sub(all.r, x.r), y.r).v, fma(kept, sub(all.g, x.g), y.g).v,
          fma(kept, sub(all.b, x.b), y.b).v, seen.a};
}

}  // namespace
