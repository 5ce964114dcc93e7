// The vector composite, written once over a `Lanes` vocabulary. Included by vector_avx2.cpp
// (8 pixels at a time) and vector_avx512.cpp (16), after their lanes_*.h.
//
// The grid's tables hold, for every grid corner and coefficient, one 64-byte line: the 8 luma
// bins and the 8 steps to the next bin. Slicing by a pixel's own luma is then a register
// permutation instead of a gather, and the trilinear slice is exact: each pixel uses its own
// position in its own cell. Neighbouring pixels mostly share a cell; where a block straddles
// cells, the slice runs once for each.
#pragma once

#include "fetch_lanes.h"

// after the fetch, which it uses
#include "composite_blend.h"

namespace {

using eyebrush::Composite;
using eyebrush::kLine;
using eyebrush::RowScratch;

// Tables of the grid's corners, see source_of().
struct Source {
  const float* tables;
  bool level;
};

// One affine channel of the slice: sum over corners and bins, then times (r, g, b, 1).
template <int kCorners>
inline F slice_channel(const float* const corner[], int row, const F weight[], const F weight_z[],
                       Bin bin, const Colour& x) {
  F a[4];
  for (int k = 0; k < 4; ++k) {
    F value, step;
    lookup(corner[0] + (row * 4 + k) * kLine, bin, value, step);
    F sum = fma(weight_z[0], step, mul(weight[0], value));
    for (int c = 1; c < kCorners; ++c) {
      lookup(corner[c] + (row * 4 + k) * kLine, bin, value, step);
      sum = fma(weight_z[c], step, fma(weight[c], value, sum));
    }
    a[k] = sum;
  }
  return fma(a[0], x.r, fma(a[1], x.g, fma(a[2], x.b, a[3])));
}

// Slices once for each grid cell that the block touches. `cell`: offset of a lane's first corner
// in `tables`; `offset`: those of the cell's corners from the first.
template <int kCorners>
inline Colour slice_cells(const float* tables, I cell, const int offset[], const F weight[], F fz,
                          Bin bin, const Colour& x) {
  F weight_z[kCorners];
  for (int c = 0; c < kCorners; ++c) weight_z[c] = mul(weight[c], fz);
  Colour y{};
  for (unsigned pending = kAllLanes; pending;) {
    const int id = lane(cell, first_bit(pending));
    const M same = equal(cell, id);
    const float* corner[kCorners];
    for (int c = 0; c < kCorners; ++c) corner[c] = tables + id + offset[c];
    y.r = select(same, slice_channel<kCorners>(corner, 0, weight, weight_z, bin, x), y.r);
    y.g = select(same, slice_channel<kCorners>(corner, 1, weight, weight_z, bin, x), y.g);
    y.b = select(same, slice_channel<kCorners>(corner, 2, weight, weight_z, bin, x), y.b);
    pending &= ~bits(same);
  }
  return {clamp(y.r, 0.0f, 1.0f), clamp(y.g, 0.0f, 1.0f), clamp(y.b, 0.0f, 1.0f)};
}

inline Colour slice(const Composite& j, const Source& from, const Place& p, const Colour& x) {
  const F luma = luma_of(x);
  const Axis z = axis_of(luma, j.bins), gx = axis_of(p.u, j.grid_w);
  const Bin bin = make_bin(z.i0);
  const int row = static_cast<int>(j.table_row), column = static_cast<int>(j.table_corner);
  const F left = sub(set(1.0f), gx.f);
  const I cell = multiply(gx.i0, column);
  if (from.level) {
    const F weight[2] = {left, gx.f};
    const int offset[2] = {0, column};
    return slice_cells<2>(from.tables, cell, offset, weight, z.f, bin, x);
  }
  const Axis gy = axis_of(p.v, j.grid_h);
  const F top = sub(set(1.0f), gy.f);
  const F weight[4] = {mul(left, top), mul(gx.f, top), mul(left, gy.f), mul(gx.f, gy.f)};
  const int offset[4] = {0, column, row, row + column};
  return slice_cells<4>(from.tables, add(multiply(gy.i0, row), cell), offset, weight, z.f, bin, x);
}

// Where a row's grid comes from: all corners of the eye; or, where the whole row lies at one
// height of the field (`level`), corners that are already mixed for that height.
inline Source source_of(const Composite& j, const Row& row, const float* tables, float* mixed) {
  if (j.matrix && (row.cv != 0.0f || row.cw != 0.0f || row.inverse_depth)) return {tables, false};
  const Axis gy = axis_of(place_of(j, row, set(0.5f)).v, j.grid_h);
  const float* upper = tables + lane(gy.i0, 0) * j.table_row;
  const float* lower = upper + j.table_row;
  const F top = sub(set(1.0f), gy.f);
  for (int i = 0; i < j.table_row; i += kLanes)
    store(mixed + i, fma(gy.f, load(lower + i), mul(top, load(upper + i))));
  return {mixed, true};
}

// Restyles kLanes pixels held as packed dwords (r | g << 8 | b << 16 | alpha << 24).
inline I block(const Composite& j, const Row& row, const Source& from, const std::uint8_t* strokes,
               float x, I pixels) {
  const F unit = set(1.0f / 255.0f);
  const Colour in{mul(byte_of<0>(pixels), unit), mul(byte_of<8>(pixels), unit),
                  mul(byte_of<16>(pixels), unit)};
  const F u = mul(add(set(x + 0.5f), lane_numbers()), set(1.0f / static_cast<float>(j.width)));
  const Place p = place_of(j, row, u);
  const Colour y = slice(j, from, p, in);

  const Colour out = blend_strokes(j, p, strokes, y, in);
  const auto level = [](F c) { return truncate(fma(c, set(255.0f), set(0.5f))); };
  return pack(level(out.r), level(out.g), level(out.b), pixels);
}

template <int kChannels>
inline void rows(const Composite& j, int eye, int y0, int y1, const RowScratch& scratch) {
  const float* tables = j.tables + eye * j.table_eye;
  const std::uint8_t* strokes =
      j.strokes + static_cast<std::ptrdiff_t>(eye) * j.strokes_h * j.strokes_w * 4;
  for (int y = y0; y < y1; ++y) {
    const Row row =
        row_setup(j, eye, row_v(y, static_cast<float>(j.height)), scratch.inverse_depth);
    const Source from = source_of(j, row, tables, scratch.mixed);
    const std::ptrdiff_t at =
        (static_cast<std::ptrdiff_t>(eye) * j.height + y) * j.width * kChannels;
    const std::uint8_t* in = static_cast<const std::uint8_t*>(j.color) + at;
    std::uint8_t* out = static_cast<std::uint8_t*>(j.out) + at;
    int x = 0;
    for (; x + kLanes <= j.width; x += kLanes)
      store_pixels<kChannels>(out + x * kChannels,
                              block(j, row, from, strokes, static_cast<float>(x),
                                    load_pixels<kChannels>(in + x * kChannels)));
    if (x == j.width) continue;
    std::uint8_t rest[kLanes * 4] = {};
    const int bytes = (j.width - x) * kChannels;
    for (int i = 0; i < bytes; ++i) rest[i] = in[x * kChannels + i];
    store_pixels<kChannels>(
        rest, block(j, row, from, strokes, static_cast<float>(x), load_pixels<kChannels>(rest)));
    for (int i = 0; i < bytes; ++i) out[x * kChannels + i] = rest[i];
  }
}

inline void rows_of_any(const Composite& j, int eye, int y0, int y1, const RowScratch& scratch) {
  if (j.format == eyebrush::PixelFormat::rgba8)
    rows<4>(j, eye, y0, y1, scratch);
  else
    rows<3>(j, eye, y0, y1, scratch);
}

}  // namespace
