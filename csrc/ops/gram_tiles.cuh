// How a Gram matrix is shared out among blocks: tiles of its upper half, and splits of the pixels.
#pragma once

#include "../cuda/kernel.h"
#include "gram.h"

namespace eyebrush {

struct TilePair {
  int row, column;  // row <= column
};

struct Tiles {
  int channels, pixels;
  int across;          // tiles along one side
  int splits, length;  // of the pixels; the last one may be shorter

  EYEBRUSH_ANYWHERE int pairs() const { return across * (across + 1) / 2; }

  // Row by row: (0, 0), (0, 1), ... (1, 1), ...
  EYEBRUSH_ANYWHERE TilePair pair(int index) const {
    int row = 0;
    for (int left = across; index >= left; ++row) index -= left--;
    return {row, row + index};
  }

  // Where the partial sums of a tile lie, in tiles.
  EYEBRUSH_ANYWHERE std::int64_t slot(int image, int split, int pair) const {
    return (static_cast<std::int64_t>(image) * splits + split) * pairs() + pair;
  }
};

}  // namespace eyebrush
