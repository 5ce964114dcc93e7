// The temporal blend, written once over a `Lanes` vocabulary; included after a lanes_*.h.
//
// First, at the guide's resolution and for one history after the other, from the uppermost down,
// each texel's old colour is compared with the range of the 3x3 new ones around it; what lies under
// another history altogether is left out. Then, at the strokes' resolution, twice as fine, the
// histories are fetched where they were, and the fresh strokes drawn towards them.
#pragma once

#include "fetch_lanes.h"

// after the fetch, which it uses
#include "temporal_texel.h"

namespace {

using eyebrush::kMostHistories;
using eyebrush::padded_row;
using eyebrush::TemporalScratch;

constexpr int kMargin = 16;  // floats before a row, so that its neighbour on the left exists
constexpr float kAlmostOne = 0.99999994f;  // the number before 1

// Rows y-1, y and y+1 of h, as far as there are any.
struct Rows3 {
  const float *above, *middle, *below_it;
};

inline Rows3 rows_around(const float* middle, std::ptrdiff_t stride, int h, int y) {
  return {y > 0 ? middle - stride : middle, middle, y + 1 < h ? middle + stride : middle};
}

// Repeats the ends of a row of w that starts at kMargin.
inline void repeat_ends(float* row, int w) {
  row[kMargin - 1] = row[kMargin], row[kMargin + w] = row[kMargin + w - 1];
}

inline void vertical_least(const Rows3& rows, int w, float* low) {
  for (int x = 0; x < w; ++x) {
    const float a = rows.above[x], b = rows.middle[x], c = rows.below_it[x];
    const float small = a < b ? a : b;
    low[kMargin + x] = small < c ? small : c;
  }
  repeat_ends(low, w);
}

inline void vertical_most(const Rows3& rows, int w, float* high) {
  for (int x = 0; x < w; ++x) {
    const float a = rows.above[x], b = rows.middle[x], c = rows.below_it[x];
    const float large = a < b ? b : a;
    high[kMargin + x] = large < c ? c : large;
  }
  repeat_ends(high, w);
}

// least and most of three neighbours of a row made by the above, for lanes from x on.
inline F across_least(const float* low, int x) {
  low += kMargin + x;
  return min(min(load_any(low - 1), load_any(low)), load_any(low + 1));
}

inline F across_most(const float* high, int x) {
  high += kMargin + x;
  return max(max(load_any(high - 1), load_any(high)), load_any(high + 1));
}

// Whether a row of w holds nothing but 1, ...
inline bool every(const float* row, int w) {
  unsigned all = 1;
  for (int x = 0; x < w; ++x) all &= row[x] > kAlmostOne;
  return all;
}

// ... or anything but 0.
inline bool some(const float* row, int w) {
  unsigned any = 0;
  for (int x = 0; x < w; ++x) any |= row[x] > 0.0f;
  return any;
}

inline std::ptrdiff_t guide_row(const TemporalBlend& j, int y) {
  return (y - j.first_row) * j.weight_row;
}

// Marks in a row of job i what job i + 1, or one above that, hides with every texel around; true
// where that is the whole row.
inline bool hide_row(const TemporalBlend* jobs, int i, int y, float* room) {
  const TemporalBlend &j = jobs[i], &over = jobs[i + 1];
  const std::ptrdiff_t at = guide_row(j, y);
  vertical_least(rows_around(over.weight + at, j.weight_row, j.h, y), j.w, room);
  for (int x = 0; x < j.w; x += kLanes) {
    F hidden = across_least(room, x);
    if (over.hidden) hidden = max(hidden, load_any(over.hidden + at + x));
    store_any(j.hidden + at + x, hidden);
  }
  return every(j.hidden + at, j.w);
}

inline void trust_rows(const TemporalBlend* jobs, int i, int count, int eye, int y0, int y1,
                       const TemporalScratch& scratch) {
  const TemporalBlend& j = jobs[i];
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(j.h) * j.w, room = padded_row(j.w);
  const float* fresh = j.fresh_guide + eye * 3 * plane;
  const float width = static_cast<float>(j.w) * j.extent_u;
  for (int y = y0; y < y1; ++y) {
    float* weight = j.weight + guide_row(j, y);
    if (i + 1 < count && hide_row(jobs, i, y, scratch.rows)) {
      for (int x = 0; x < j.w; ++x) weight[x] = 0.0f;
      continue;
    }
    const float* hidden = j.hidden ? j.hidden + guide_row(j, y) : nullptr;
    const float v = row_v(y, static_cast<float>(j.h) * j.extent_v);
    const Row row = row_setup(j, eye, v, scratch.inverse_depth);
    for (int c = 0; c < 3; ++c) {
      const float* middle = fresh + c * plane + static_cast<std::ptrdiff_t>(y) * j.w;
      const Rows3 rows = rows_around(middle, j.w, j.h, y);
      vertical_least(rows, j.w, scratch.rows + 2 * c * room);
      vertical_most(rows, j.w, scratch.rows + (2 * c + 1) * room);
    }
    for (int x = 0; x < j.w; x += kLanes) {
      const unsigned shown =
          hidden ? kAllLanes & ~bits(greater(load_any(hidden + x), kAlmostOne)) : kAllLanes;
      const auto nothing_of = [shown](F trust) { return !(shown & bits(greater(trust, 0.0f))); };
      store_any(weight + x, set(0.0f));
      if (!shown) continue;
      const F u = u_of(x, width);
      const Place p = place_of(j, row, u);
      F trust = trust_by_place(j, row, u, p);
      if (nothing_of(trust)) continue;
      trust = mul(trust, trust_by_depth(j, eye, p));
      if (nothing_of(trust)) continue;
      F least[3], most[3];
      for (int c = 0; c < 3; ++c) {
        least[c] = across_least(scratch.rows + 2 * c * room, x);
        most[c] = across_most(scratch.rows + (2 * c + 1) * room, x);
      }
      trust = mul(trust, trust_by_colour(j, eye, p, least, most));
      store_any(weight + x, mul(set(j.share), trust));
    }
  }
}

// Weights of a stroke row's two nearest guide rows, mixed, then brought to twice the width. False,
// and nothing is written, where all are 0.
inline bool finer_weights(const TemporalBlend& j, int y, float* mixed, float* weights) {
  const int near = y / 2, other = y % 2 ? near + 1 : near - 1;
  const float* a = j.weight + guide_row(j, near);
  const float* b = other >= 0 && other < j.h ? j.weight + guide_row(j, other) : a;
  mixed += kMargin;
  for (int x = 0; x < j.w; ++x) mixed[x] = 0.75f * a[x] + 0.25f * b[x];
  if (!some(mixed, j.w)) return false;
  mixed[-1] = mixed[0], mixed[j.w] = mixed[j.w - 1];
  for (int x = 0; x < j.w; ++x) {
    weights[2 * x] = 0.75f * mixed[x] + 0.25f * mixed[x - 1];
    weights[2 * x + 1] = 0.75f * mixed[x] + 0.25f * mixed[x + 1];
  }
  return true;
}

inline void blend_rows(const TemporalBlend* jobs, int count, int eye, int y0, int y1,
                       const TemporalScratch& scratch) {
  struct Layer {
    const TemporalBlend* job;
    const std::uint8_t* history;
    const float* weights;  // [2w]
    Row row;
  };
  const TemporalBlend& any = jobs[0];
  const int h = 2 * any.h, w = 2 * any.w;
  const std::ptrdiff_t texels = static_cast<std::ptrdiff_t>(eye) * h * w, room = padded_row(any.w);
  for (int y = y0; y < y1; ++y) {
    const float v = row_v(y, static_cast<float>(h) * any.extent_v);
    Layer layers[kMostHistories];
    int seen = 0;
    const Row* deep = nullptr;  // of a layer that has inverse depth, the same for all
    for (int i = 0; i < count; ++i) {
      float* weights = scratch.rows + (1 + 2 * seen) * room;
      if (!finer_weights(jobs[i], y, scratch.rows, weights)) continue;
      Layer& layer = layers[seen++];
      layer = {&jobs[i], jobs[i].history + texels * 4, weights, {}};
      layer.row =
          deep ? row_like(*deep, jobs[i], eye) : row_setup(jobs[i], eye, v, scratch.inverse_depth);
      if (layer.row.inverse_depth) deep = &layer.row;
    }
    const std::ptrdiff_t at = (texels + static_cast<std::ptrdiff_t>(y) * w) * 4;
    const auto block = [&](int x, I strokes) {
      const F u = u_of(x, static_cast<float>(w) * any.extent_u);
      const F inverse = deep ? inverse_depth_of(any, *deep, u) : set(0.0f);
      int i = seen - 1;  // begin with the uppermost that covers the others
      while (i > 0 && bits(greater(load_any(layers[i].weights + x), kAlmostOne)) != kAllLanes) --i;
      for (i = i < 0 ? 0 : i; i < seen; ++i) {
        const F weight = load_any(layers[i].weights + x);
        if (!bits(greater(weight, 0.0f))) continue;
        const Row& row = layers[i].row;
        const Place p = place_at(*layers[i].job, row, u, row.inverse_depth ? inverse : set(0.0f));
        strokes = drawn(strokes, layers[i].history, w, h, p, weight);
      }
      return strokes;
    };
    int x = 0;
    for (; x + kLanes <= w; x += kLanes)
      store_pixels<4>(any.out + at + x * 4, block(x, load_pixels<4>(any.fresh + at + x * 4)));
    if (x == w) continue;
    std::uint8_t rest[kLanes * 4] = {};
    for (int i = 0; i < (w - x) * 4; ++i) rest[i] = any.fresh[at + x * 4 + i];
    store_pixels<4>(rest, block(x, load_pixels<4>(rest)));
    for (int i = 0; i < (w - x) * 4; ++i) any.out[at + x * 4 + i] = rest[i];
  }
}

}  // namespace
