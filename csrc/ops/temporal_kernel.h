// The temporal blend, written once over a `Lanes` vocabulary; included after a lanes_*.h.
//
// Two passes. The first, at the guide's resolution, compares each texel's old colour with the range
// of the 3x3 new ones around it. The second, at the strokes' twice as fine, fetches history where
// it was and draws the fresh strokes towards it.
#pragma once

#include "fetch_lanes.h"
#include "temporal.h"

namespace {

using eyebrush::padded_row;
using eyebrush::TemporalBlend;
using eyebrush::TemporalScratch;

constexpr float kHistoryFade = 64.0f, kHistoryEdge = 16.0f;  // as in reference.py
constexpr float kAgree = 0.03f, kDisagree = 0.15f;
constexpr float kStretch = 1.25f, kTorn = 1.5f;
constexpr float kDepthShare = 0.05f, kDepthStep = 0.005f;
constexpr int kMargin = 16;  // floats before a row, so that its neighbour on the left exists

// Range of each texel and the two above and below it, for one channel; the ends repeat the edge.
inline void vertical_range(const TemporalBlend& j, const float* plane, int y, float* low,
                           float* high) {
  const float* middle = plane + static_cast<std::ptrdiff_t>(y) * j.w;
  const float* above = y > 0 ? middle - j.w : middle;
  const float* below_it = y + 1 < j.h ? middle + j.w : middle;
  low += kMargin, high += kMargin;
  for (int x = 0; x < j.w; ++x) {
    const float a = above[x], b = middle[x], c = below_it[x];
    const float small = a < b ? a : b, large = a < b ? b : a;
    low[x] = small < c ? small : c;
    high[x] = large < c ? c : large;
  }
  low[-1] = low[0], low[j.w] = low[j.w - 1];
  high[-1] = high[0], high[j.w] = high[j.w - 1];
}

// Index of four neighbouring texels and their shares.
struct Corners {
  I i[4];
  F share[4];
};

inline Corners corners_of(F u, F v, int width, int height) {
  const Axis x = axis_of(u, width), y = axis_of(v, height);
  const I x1 = next_of(x.i0, width), upper = multiply(y.i0, width),
          lower = multiply(next_of(y.i0, height), width);
  const F left = sub(set(1.0f), x.f), top = sub(set(1.0f), y.f);
  return {{add(upper, x.i0), add(upper, x1), add(lower, x.i0), add(lower, x1)},
          {mul(left, top), mul(x.f, top), mul(left, y.f), mul(x.f, y.f)}};
}

inline F sample(const float* plane, const Corners& at) {
  F sum = mul(at.share[0], gather(plane, at.i[0]));
  for (int c = 1; c < 4; ++c) sum = fma(at.share[c], gather(plane, at.i[c]), sum);
  return sum;
}

inline F u_of(int x, float width) {
  return mul(add(set(static_cast<float>(x) + 0.5f), lane_numbers()), set(1.0f / width));
}

// Falls as a place that is inside of the picture now was nearer to its edge then, or outside.
inline F carried_inwards(const Place& p, const Row& row, F u) {
  const F across = min(u, sub(set(1.0f), u));
  const float down = row.v < 0.5f ? row.v : 1.0f - row.v;
  const F edge_now = min(min(across, set(down)), set(1.0f / kHistoryEdge));
  return clamp(fma(set(-kHistoryEdge), add(edge_now, p.beyond), set(1.0f)), 0.0f, 1.0f);
}

// 1 up to `from`, 0 from `to` on; NaN gives 0.
inline F falling(F value, float from, float to) {
  return clamp(mul(sub(set(to), value), set(1.0f / (to - from))), 0.0f, 1.0f);
}

// 1 where the surface that was seen at a place is the one seen now, by the inverse depths.
inline F same_surface(const TemporalBlend& j, int eye, const Place& p) {
  const Corners at =
      corners_of(div(p.u, set(j.extent_u)), div(p.v, set(j.extent_v)), j.depth_w, j.depth_h);
  const float* depth = j.history_depth_m + static_cast<std::ptrdiff_t>(eye) * j.depth_h * j.depth_w;
  F found = set(0.0f);
  for (int c = 0; c < 4; ++c)
    found = fma(at.share[c], div(set(1.0f), max(gather(depth, at.i[c]), set(1e-3f))), found);
  const F expected = div(p.inverse, p.ratio);
  const F apart = max(sub(expected, found), sub(found, expected));
  const F tolerance = fma(set(kDepthShare), max(expected, found), set(kDepthStep));
  return falling(div(apart, tolerance), 1.0f, 2.0f);
}

inline void trust_rows(const TemporalBlend& j, int eye, int y0, int y1,
                       const TemporalScratch& scratch) {
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.h) * j.w, room = padded_row(j.w);
  const float* fresh = j.fresh_guide + eye * 3 * plane;
  const float* old = j.history_guide + eye * 3 * plane;
  const float width = static_cast<float>(j.w) * j.extent_u;
  for (int y = y0; y < y1; ++y) {
    const float v = row_v(y, static_cast<float>(j.h) * j.extent_v);
    const Row row = row_setup(j, eye, v, scratch.inverse_depth);
    for (int c = 0; c < 3; ++c)
      vertical_range(j, fresh + c * plane, y, scratch.rows + 2 * c * room,
                     scratch.rows + (2 * c + 1) * room);
    float* trust = j.trust + (static_cast<std::ptrdiff_t>(eye) * j.h + y) * j.trust_row;
    for (int x = 0; x < j.w; x += kLanes) {
      const F u = u_of(x, width);
      const Place p = place_of(j, row, u);
      const Corners at = corners_of(p.u, p.v, j.w, j.h);
      F apart = set(0.0f);
      for (int c = 0; c < 3; ++c) {
        const float* low = scratch.rows + 2 * c * room + kMargin + x;
        const float* high = low + room;
        const F least = min(min(load_any(low - 1), load_any(low)), load_any(low + 1));
        const F most = max(max(load_any(high - 1), load_any(high)), load_any(high + 1));
        const F was = sample(old + c * plane, at);
        // one of the two is 0; NaN stays NaN, and the clamp below makes it 0 trust
        apart = add(apart, add(max(set(0.0f), sub(was, most)), max(set(0.0f), sub(least, was))));
      }
      F trusted = mul(falling(apart, kAgree, kDisagree),
                      mul(carried_inwards(p, row, u), fade_of(p, kHistoryFade)));
      if (j.matrix)
        trusted = mul(trusted, falling(max(p.ratio, div(set(1.0f), p.ratio)), kStretch, kTorn));
      if (row.inverse_depth && j.history_depth_m) trusted = mul(trusted, same_surface(j, eye, p));
      store_any(trust + x, trusted);
    }
  }
}

// trust of a stroke row's two nearest guide rows, mixed, then brought to twice the width.
inline void finer_trust(const TemporalBlend& j, int eye, int y, float* mixed, float* weight) {
  const int near = y / 2, other = y % 2 ? near + 1 : near - 1;
  const float* eyes = j.trust + static_cast<std::ptrdiff_t>(eye) * j.h * j.trust_row;
  const float* a = eyes + near * j.trust_row;
  const float* b = other >= 0 && other < j.h ? eyes + other * j.trust_row : a;
  mixed += kMargin;
  for (int x = 0; x < j.w; ++x) mixed[x] = j.calm * (0.75f * a[x] + 0.25f * b[x]);
  mixed[-1] = mixed[0], mixed[j.w] = mixed[j.w - 1];
  for (int x = 0; x < j.w; ++x) {
    weight[2 * x] = 0.75f * mixed[x] + 0.25f * mixed[x - 1];
    weight[2 * x + 1] = 0.75f * mixed[x] + 0.25f * mixed[x + 1];
  }
}

template <int kShift>
inline I drawn(I fresh, const Texels& history, const F share[4], F weight) {
  const F now = byte_of<kShift>(fresh);
  const F step = mul(weight, sub(blend_byte<kShift>(history, share), now));
  return add(truncate(now), truncate(step));
}

inline void blend_rows(const TemporalBlend& j, int eye, int y0, int y1,
                       const TemporalScratch& scratch) {
  const int h = 2 * j.h, w = 2 * j.w;
  const std::uint8_t* history = j.history + static_cast<std::ptrdiff_t>(eye) * h * w * 4;
  float* mixed = scratch.rows;
  float* weights = scratch.rows + padded_row(j.w);  // [2w]: fits into the five rows left
  for (int y = y0; y < y1; ++y) {
    const float v = row_v(y, static_cast<float>(h) * j.extent_v);
    const Row row = row_setup(j, eye, v, scratch.inverse_depth);
    finer_trust(j, eye, y, mixed, weights);
    const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(eye) * h + y) * w * 4;
    const auto block = [&](int x, I fresh) {
      const Place p = place_of(j, row, u_of(x, static_cast<float>(w) * j.extent_u));
      const Axis ax = axis_of(p.u, w), ay = axis_of(p.v, h);
      const Texels old = fetch(history, w, h, ax, ay);
      const F left = sub(set(1.0f), ax.f), top = sub(set(1.0f), ay.f);
      const F share[4] = {mul(left, top), mul(ax.f, top), mul(left, ay.f), mul(ax.f, ay.f)};
      const F weight = load_any(weights + x);
      return pack(drawn<0>(fresh, old, share, weight), drawn<8>(fresh, old, share, weight),
                  drawn<16>(fresh, old, share, weight),
                  in_top_byte(drawn<24>(fresh, old, share, weight)));
    };
    int x = 0;
    for (; x + kLanes <= w; x += kLanes)
      store_pixels<4>(j.out + at + x * 4, block(x, load_pixels<4>(j.fresh + at + x * 4)));
    if (x == w) continue;
    std::uint8_t rest[kLanes * 4] = {};
    for (int i = 0; i < (w - x) * 4; ++i) rest[i] = j.fresh[at + x * 4 + i];
    store_pixels<4>(rest, block(x, load_pixels<4>(rest)));
    for (int i = 0; i < (w - x) * 4; ++i) j.out[at + x * 4 + i] = rest[i];
  }
}

}  // namespace
