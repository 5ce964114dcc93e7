// Composite in plain C++, one pixel at a time: any processor, any number of luma bins, any format
// of pixels. The inner loops run over the 12 coefficients, which compilers turn into SSE or NEON on
// their own.
#include "lanes_scalar.h"

// after the lanes, whose words they use
#include "fetch_scalar.h"

// after the fetch, which it uses
#include "composite_pixel.h"

namespace eyebrush {
namespace {

// The affine result at p for colour x, 0..1. Tables are [Gh + 1, Gw + 1, D, 12] here: all
// coefficients of one corner and bin lie together.
Colour slice(const Composite& j, const float* tables, const Place& p, const Colour& x) {
  const Axis gx = axis_of(p.u, j.grid_w), gy = axis_of(p.v, j.grid_h),
             z = axis_of(luma_of(x), j.bins);
  const int next_bin = z.i0.v + 1 < j.bins ? 12 : 0;
  const float* at = tables + gy.i0.v * j.table_row + gx.i0.v * j.table_corner + z.i0.v * 12;
  const float* corner[4] = {at, at + j.table_corner, at + j.table_row,
                            at + j.table_row + j.table_corner};
  const float wx[2] = {1.0f - gx.f.v, gx.f.v}, wy[2] = {1.0f - gy.f.v, gy.f.v};
  float a[12] = {};
  for (int c = 0; c < 4; ++c) {
    const float w = wx[c & 1] * wy[c >> 1], w0 = w * (1.0f - z.f.v), w1 = w * z.f.v;
    const float *low = corner[c], *high = corner[c] + next_bin;
    for (int k = 0; k < 12; ++k) a[k] += w0 * low[k] + w1 * high[k];
  }
  const auto channel = [&](const float* t) {
    return clamp(set(t[0] * x.r.v + t[1] * x.g.v + t[2] * x.b.v + t[3]), 0.0f, 1.0f);
  };
  return {channel(a), channel(a + 4), channel(a + 8)};
}

template <PixelFormat kIn, PixelFormat kOut>
void rows(const Composite& j, int eye, int y0, int y1, const RowScratch& scratch) {
  const float* tables = j.tables + eye * j.table_eye;
  const std::uint8_t* strokes =
      j.strokes + static_cast<std::ptrdiff_t>(eye) * j.strokes_h * j.strokes_w * 4;
  for (int y = y0; y < y1; ++y) {
    const Row row =
        row_setup(j, eye, row_v(y, static_cast<float>(j.height)), scratch.inverse_depth);
    const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(eye) * j.height + y) * j.width;
    const auto* in = static_cast<const std::uint8_t*>(j.color) + at * kBytes<kIn>;
    auto* out = static_cast<std::uint8_t*>(j.out) + at * kBytes<kOut>;
    for (int i = 0; i < j.width; ++i) {
      std::uint32_t words[2];
      load_words<kIn>(in + static_cast<std::ptrdiff_t>(i) * kBytes<kIn>, words);
      const Pixel seen = decode<kIn>(words);
      const Place p =
          place_of(j, row, set((static_cast<float>(i) + 0.5f) / static_cast<float>(j.width)));
      const auto affine = [&](const Colour& x) { return slice(j, tables, p, x); };
      encode<kOut>(restyle<kIn>(j, seen, p, strokes, affine), words);
      store_words<kOut>(words, out + static_cast<std::ptrdiff_t>(i) * kBytes<kOut>);
    }
  }
}

template <PixelFormat kIn>
RowKernel rows_to(PixelFormat out) {
  switch (out) {
    case PixelFormat::rgb8:
      return rows<kIn, PixelFormat::rgb8>;
    case PixelFormat::rgba8:
      return rows<kIn, PixelFormat::rgba8>;
    case PixelFormat::rgba16f:
      return rows<kIn, PixelFormat::rgba16f>;
    default:
      return rows<kIn, PixelFormat::a2b10g10r10>;
  }
}

}  // namespace

void composite_rows_plain(const Composite& j, int eye, int y0, int y1, const RowScratch& scratch) {
  const RowKernel kernel =
      j.format == PixelFormat::rgb8      ? rows_to<PixelFormat::rgb8>(j.out_format)
      : j.format == PixelFormat::rgba8   ? rows_to<PixelFormat::rgba8>(j.out_format)
      : j.format == PixelFormat::rgba16f ? rows_to<PixelFormat::rgba16f>(j.out_format)
                                         : rows_to<PixelFormat::a2b10g10r10>(j.out_format);
  kernel(j, eye, y0, y1, scratch);
}

}  // namespace eyebrush
