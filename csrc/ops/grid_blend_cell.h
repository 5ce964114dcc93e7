// The grid blend of single cells, over a `Lanes` vocabulary: what CPU and GPU share. Included after
// a fetch_*.h.
#pragma once

#include "grid_blend.h"

namespace {

using eyebrush::GridBlend;

// Where a cell was in a grid of before, and how much of that is taken.
struct OldCell {
  Corners at;
  F share;
};

EYEBRUSH_ANYWHERE OldCell old_cell_of(const GridBlend& j, const Place& p) {
  return {corners_of(p.u, p.v, j.w, j.h), mul(set(j.share), fade_of(p, kMaskFade))};
}

// `history`: a plane [h, w].
EYEBRUSH_ANYWHERE F mixed(F fresh, const float* history, const OldCell& old) {
  return fma(old.share, sub(blend(fetch(history, old.at), old.at.share), fresh), fresh);
}

}  // namespace
