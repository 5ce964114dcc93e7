// Constants and row set-up that all reprojecting kernels share. Everything lives in an unnamed
// namespace on purpose: the kernels are compiled with different instruction sets, and a shared
// inline function could be linked in the version that an older processor cannot run.
#pragma once

#include <cstddef>

#include "anywhere.h"
#include "reprojection.h"

namespace {

constexpr float kLumaR = 0.299f, kLumaG = 0.587f, kLumaB = 0.114f;  // BT.601, encoded values
constexpr float kMaskFade = 16.0f;  // strokes vanish within 1/16 of the view outside of the field
constexpr float kBehindEye = -9.0f;

// What is constant along one row of the frame.
struct Row {
  float v;                     // frame v of the row's pixel centres
  float mu, mv, mw;            // (u', v', w') = m* + u * matrix column 0
  float cu, cv, cw;            // matrix column 0
  float pu, pv, pw;            // parallax
  const float* inverse_depth;  // [depth_w] 1/m along this row, or null
};

// NaN stays NaN (as in numpy), so that the pixel is treated as one behind the eye.
EYEBRUSH_ANYWHERE float inverse_of(float depth_m) {
  return 1.0f / (depth_m < 1e-3f ? 1e-3f : depth_m);
}

// v of the pixel centres of row y, where `height` rows are the whole picture.
EYEBRUSH_ANYWHERE float row_v(int y, float height) {
  return (static_cast<float>(y) + 0.5f) / height;
}

// `matrix`: [3, 3] of the eye, or null; `parallax`: [3], or null.
EYEBRUSH_ANYWHERE Row row_of(const float* matrix, const float* parallax, float v) {
  Row r{};
  r.v = v;
  if (!matrix) return r;
  const float* m = matrix;
  r.mu = m[1] * v + m[2], r.mv = m[4] * v + m[5], r.mw = m[7] * v + m[8];
  r.cu = m[0], r.cv = m[3], r.cw = m[6];
  if (parallax) r.pu = parallax[0], r.pv = parallax[1], r.pw = parallax[2];
  return r;
}

// The same of a job, with the inverse depth along the row in `scratch` where there is depth.
inline Row row_setup(const eyebrush::Reprojection& j, int eye, float v, float* scratch) {
  Row r = row_of(j.matrix ? j.matrix + eye * 9 : nullptr,
                 j.parallax ? j.parallax + eye * 3 : nullptr, v);
  if (!j.matrix || !j.parallax || !j.depth_m) return r;
  float at = r.v * static_cast<float>(j.depth_h) - 0.5f;
  const float last = static_cast<float>(j.depth_h - 1);
  at = at < 0.0f ? 0.0f : at > last ? last : at;
  const int y0 = static_cast<int>(at), y1 = y0 + 1 < j.depth_h ? y0 + 1 : y0;
  const float f = at - static_cast<float>(y0);
  const float* image = j.depth_m + static_cast<std::ptrdiff_t>(eye) * j.depth_h * j.depth_w;
  const float* top = image + static_cast<std::ptrdiff_t>(y0) * j.depth_w;
  const float* bottom = image + static_cast<std::ptrdiff_t>(y1) * j.depth_w;
  for (int x = 0; x < j.depth_w; ++x)
    scratch[x] = inverse_of(top[x]) * (1.0f - f) + inverse_of(bottom[x]) * f;
  r.inverse_depth = scratch;
  return r;
}

// The same row of another job that has the same depth, if any.
inline Row row_like(const Row& row, const eyebrush::Reprojection& j, int eye) {
  Row r = row_of(j.matrix ? j.matrix + eye * 9 : nullptr,
                 j.parallax ? j.parallax + eye * 3 : nullptr, row.v);
  r.inverse_depth = j.matrix && j.parallax && j.depth_m ? row.inverse_depth : nullptr;
  return r;
}

}  // namespace
