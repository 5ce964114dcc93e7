// The composite after the slice, over a `Lanes` vocabulary. Included after a fetch_*.h.
#pragma once

#include "composite.h"
#include "place_lanes.h"

namespace {

using eyebrush::Composite;

struct Colour {
  F r, g, b;
};

EYEBRUSH_ANYWHERE F luma_of(const Colour& x) {
  return fma(x.r, set(kLumaR), fma(x.g, set(kLumaG), mul(x.b, set(kLumaB))));
}

// Strokes over the affine result y, and `strength` of that over the frame's own colour x: 0..1.
EYEBRUSH_ANYWHERE Colour blend_strokes(const Composite& j, const Place& p,
                                       const std::uint8_t* strokes, const Colour& y,
                                       const Colour& x) {
  const F unit = set(1.0f / 255.0f);
  Corners at = corners_of(p.u, p.v, j.strokes_w, j.strokes_h);
  const Texels s = fetch(strokes, at);
  for (F& share : at.share) share = mul(share, unit);
  const F m = mul(mul(blend_byte<24>(s, at.share), fade_of(p, kMaskFade)), set(j.stroke_opacity));
  const F strength = set(j.strength);
  const auto finish = [&](F base, F stroke, F original) {
    const F styled = fma(m, sub(stroke, base), base);
    return clamp(fma(strength, sub(styled, original), original), 0.0f, 1.0f);
  };
  return {finish(y.r, blend_byte<0>(s, at.share), x.r),
          finish(y.g, blend_byte<8>(s, at.share), x.g),
          finish(y.b, blend_byte<16>(s, at.share), x.b)};
}

}  // namespace
