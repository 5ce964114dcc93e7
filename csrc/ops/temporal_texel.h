// The temporal blend of single texels, over a `Lanes` vocabulary: what CPU and GPU share. Included
// after a fetch_*.h.
#pragma once

#include "temporal.h"

namespace {

using eyebrush::TemporalBlend;

constexpr float kHistoryFade = 64.0f, kHistoryEdge = 16.0f;  // as in reference.py
constexpr float kAgree = 0.03f, kDisagree = 0.15f;
constexpr float kStretch = 1.25f, kTorn = 1.5f;
constexpr float kDepthShare = 0.05f, kDepthStep = 0.005f;

// Falls as a place that is inside of the picture now was nearer to its edge then, or outside.
EYEBRUSH_ANYWHERE F carried_inwards(const Place& p, const Row& row, F u) {
  const F across = min(u, sub(set(1.0f), u));
  const float down = row.v < 0.5f ? row.v : 1.0f - row.v;
  const F edge_now = min(min(across, set(down)), set(1.0f / kHistoryEdge));
  return clamp(fma(set(-kHistoryEdge), add(edge_now, p.beyond), set(1.0f)), 0.0f, 1.0f);
}

// 1 up to `from`, 0 from `to` on; NaN gives 0.
EYEBRUSH_ANYWHERE F falling(F value, float from, float to) {
  return clamp(mul(sub(set(to), value), set(1.0f / (to - from))), 0.0f, 1.0f);
}

// 1 where the surface that was seen at a place is the one seen now, by the inverse depths. `depth`:
// [depth_h, depth_w] of then.
EYEBRUSH_ANYWHERE F same_surface(const TemporalBlend& j, const float* depth, const Place& p) {
  const Corners at =
      corners_of(div(p.u, set(j.extent_u)), div(p.v, set(j.extent_v)), j.depth_w, j.depth_h);
  Floats near = fetch(depth, at);
  for (F& t : near.t) t = div(set(1.0f), max(t, set(1e-3f)));
  const F found = blend(near, at.share);
  const F expected = div(p.inverse, p.ratio);
  const F apart = max(sub(expected, found), sub(found, expected));
  const F tolerance = fma(set(kDepthShare), max(expected, found), set(kDepthStep));
  return falling(div(apart, tolerance), 1.0f, 2.0f);
}

// How far history is to be trusted at places p, a product of three shares: by where these lie, ...
EYEBRUSH_ANYWHERE F trust_by_place(const TemporalBlend& j, const Row& row, F u, const Place& p) {
  const F inside = mul(carried_inwards(p, row, u), fade_of(p, kHistoryFade));
  if (!j.matrix) return inside;
  return mul(inside, falling(max(p.ratio, div(set(1.0f), p.ratio)), kStretch, kTorn));
}

// ... by the surface that was seen there, ...
EYEBRUSH_ANYWHERE F trust_by_depth(const TemporalBlend& j, int eye, const Place& p) {
  if (!j.depth_m || !j.history_depth_m) return set(1.0f);
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.depth_h) * j.depth_w;
  return same_surface(j, j.history_depth_m + eye * plane, p);
}

// ... and by colour. least, most: range of the 3x3 fresh texels around, by channel.
EYEBRUSH_ANYWHERE F trust_by_colour(const TemporalBlend& j, int eye, const Place& p,
                                    const F least[3], const F most[3]) {
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.h) * j.w;
  const float* old = j.history_guide + eye * 3 * plane;
  const Corners at = corners_of(p.u, p.v, j.w, j.h);
  F apart = set(0.0f);
  for (int c = 0; c < 3; ++c) {
    const F was = blend(fetch(old + c * plane, at), at.share);
    // one of the two is 0; NaN stays NaN, and the clamp below makes it 0 trust
    apart = add(apart, add(max(set(0.0f), sub(was, most[c])), max(set(0.0f), sub(least[c], was))));
  }
  return falling(apart, kAgree, kDisagree);
}

template <int kShift>
EYEBRUSH_ANYWHERE I drawn_channel(I fresh, const Texels& history, const F share[4], F weight) {
  const F now = byte_of<kShift>(fresh);
  const F step = mul(weight, sub(blend_byte<kShift>(history, share), now));
  return add(truncate(now), truncate(step));
}

// Fresh strokes [h, w] drawn by `weight` towards history at places p.
EYEBRUSH_ANYWHERE I drawn(I fresh, const std::uint8_t* history, int w, int h, const Place& p,
                          F weight) {
  const Corners at = corners_of(p.u, p.v, w, h);
  const Texels old = fetch(history, at);
  return pack(drawn_channel<0>(fresh, old, at.share, weight),
              drawn_channel<8>(fresh, old, at.share, weight),
              drawn_channel<16>(fresh, old, at.share, weight),
              in_top_byte(drawn_channel<24>(fresh, old, at.share, weight)));
}

}  // namespace
