// Composite in plain C++, one pixel at a time: any processor, any number of luma bins. The inner
// loops run over the 12 coefficients, which compilers turn into SSE or NEON on their own.
#include <cstring>

#include "composite.h"
#include "sampling.h"

namespace eyebrush {
namespace {

// Written so that NaN gives lo.
inline float clamp(float x, float lo, float hi) { return x > lo ? (x < hi ? x : hi) : lo; }

struct Axis {
  int i0, i1;
  float f;
};

inline Axis axis_of(float at, int size) {
  const float x = clamp(at * static_cast<float>(size) - 0.5f, 0.0f, static_cast<float>(size - 1));
  const int i0 = static_cast<int>(x);
  return {i0, i0 + 1 < size ? i0 + 1 : i0, x - static_cast<float>(i0)};
}

struct Place {
  float u, v, fade;
};

inline Place place_of(const Composite& j, const Row& row, float u) {
  float fu = u, fv = row.v;
  if (j.matrix) {
    float pu = row.cu * u + row.mu, pv = row.cv * u + row.mv, pw = row.cw * u + row.mw;
    if (row.inverse_depth) {
      const Axis x = axis_of(u, j.depth_w);
      const float inverse = row.inverse_depth[x.i0] * (1.0f - x.f) + row.inverse_depth[x.i1] * x.f;
      pu += inverse * row.pu, pv += inverse * row.pv, pw += inverse * row.pw;
    }
    const bool in_front = pw > 1e-6f;
    fu = in_front ? pu / pw : kBehindEye;
    fv = in_front ? pv / pw : kBehindEye;
  }
  const float du = fu < 0.0f ? -fu : fu - 1.0f, dv = fv < 0.0f ? -fv : fv - 1.0f;
  const float fade = clamp(1.0f - kMaskFade * (du > dv ? du : dv), 0.0f, 1.0f);
  return {clamp(fu, 0.0f, 1.0f) * j.extent_u, clamp(fv, 0.0f, 1.0f) * j.extent_v, fade};
}

// Tables are [Gh + 1, Gw + 1, D, 12] here: all coefficients of one corner and bin lie together.
inline void slice(const Composite& j, const float* tables, const Place& p, float luma,
                  float a[12]) {
  const Axis x = axis_of(p.u, j.grid_w), y = axis_of(p.v, j.grid_h), z = axis_of(luma, j.bins);
  const float* at = tables + y.i0 * j.table_row + x.i0 * j.table_corner;
  const float* corner[4] = {at, at + j.table_corner, at + j.table_row,
                            at + j.table_row + j.table_corner};
  const float wx[2] = {1.0f - x.f, x.f}, wy[2] = {1.0f - y.f, y.f};
  for (int k = 0; k < 12; ++k) a[k] = 0.0f;
  for (int c = 0; c < 4; ++c) {
    const float w = wx[c & 1] * wy[c >> 1], w0 = w * (1.0f - z.f), w1 = w * z.f;
    const float *low = corner[c] + z.i0 * 12, *high = corner[c] + z.i1 * 12;
    for (int k = 0; k < 12; ++k) a[k] += w0 * low[k] + w1 * high[k];
  }
}

inline void sample_strokes(const Composite& j, const std::uint8_t* strokes, const Place& p,
                           float layer[4]) {
  const Axis x = axis_of(p.u, j.strokes_w), y = axis_of(p.v, j.strokes_h);
  const std::uint8_t* top = strokes + static_cast<std::ptrdiff_t>(y.i0) * j.strokes_w * 4;
  const std::uint8_t* bottom = strokes + static_cast<std::ptrdiff_t>(y.i1) * j.strokes_w * 4;
  for (int k = 0; k < 4; ++k) {
    const float a = top[x.i0 * 4 + k] * (1.0f - x.f) + top[x.i1 * 4 + k] * x.f;
    const float b = bottom[x.i0 * 4 + k] * (1.0f - x.f) + bottom[x.i1 * 4 + k] * x.f;
    layer[k] = (a * (1.0f - y.f) + b * y.f) * (1.0f / 255.0f);
  }
}

}  // namespace

void composite_rows_plain(const Composite& j, int eye, int y0, int y1, const RowScratch& scratch) {
  const float* tables = j.tables + eye * j.table_eye;
  const std::uint8_t* strokes =
      j.strokes + static_cast<std::ptrdiff_t>(eye) * j.strokes_h * j.strokes_w * 4;
  for (int y = y0; y < y1; ++y) {
    const Row row =
        row_setup(j, eye, row_v(y, static_cast<float>(j.height)), scratch.inverse_depth);
    const std::ptrdiff_t at =
        (static_cast<std::ptrdiff_t>(eye) * j.height + y) * j.width * j.channels;
    for (int i = 0; i < j.width; ++i) {
      const std::uint8_t* in = j.color + at + static_cast<std::ptrdiff_t>(i) * j.channels;
      std::uint8_t* out = j.out + at + static_cast<std::ptrdiff_t>(i) * j.channels;
      const float x[3] = {in[0] * (1.0f / 255.0f), in[1] * (1.0f / 255.0f),
                          in[2] * (1.0f / 255.0f)};
      const Place p =
          place_of(j, row, (static_cast<float>(i) + 0.5f) / static_cast<float>(j.width));
      float a[12], layer[4];
      slice(j, tables, p, x[0] * kLumaR + x[1] * kLumaG + x[2] * kLumaB, a);
      sample_strokes(j, strokes, p, layer);
      const float m = layer[3] * p.fade * j.stroke_opacity;
      const std::uint8_t alpha = in[j.channels - 1];
      for (int c = 0; c < 3; ++c) {
        const float* t = a + c * 4;
        float v = clamp(t[0] * x[0] + t[1] * x[1] + t[2] * x[2] + t[3], 0.0f, 1.0f);
        v += m * (layer[c] - v);
        v = x[c] + j.strength * (v - x[c]);
        out[c] = static_cast<std::uint8_t>(clamp(v, 0.0f, 1.0f) * 255.0f + 0.5f);
      }
      if (j.channels == 4) out[3] = alpha;
    }
  }
}

}  // namespace eyebrush
