// The temporal blend, written once over a `Lanes` vocabulary; included after a lanes_*.h.
//
// Two passes. The first, at the guide's resolution, compares each texel's old colour with the range
// of the 3x3 new ones around it. The second, at the strokes' twice as fine, fetches history where
// it was and draws the fresh strokes towards it.
#pragma once

#include "fetch_lanes.h"

// after the fetch, which it uses
#include "temporal_texel.h"

namespace {

using eyebrush::padded_row;
using eyebrush::TemporalScratch;

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
      F least[3], most[3];
      for (int c = 0; c < 3; ++c) {
        const float* low = scratch.rows + 2 * c * room + kMargin + x;
        const float* high = low + room;
        least[c] = min(min(load_any(low - 1), load_any(low)), load_any(low + 1));
        most[c] = max(max(load_any(high - 1), load_any(high)), load_any(high + 1));
      }
      const float* depth = row.inverse_depth ? history_depth_of(j, eye) : nullptr;
      store_any(trust + x, trust_of(j, row, u, p, old, least, most, depth));
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
      return drawn(fresh, history, w, h, p, load_any(weights + x));
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
