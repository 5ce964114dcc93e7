// Where a pixel of one frame lies in the picture of another: what all reprojecting ops share.
#pragma once

namespace eyebrush {

struct Reprojection {
  float extent_u, extent_v;  // share of the field that is picture, 0..1
  const float* matrix;       // [E, 3, 3] or null: frame uv -> picture uv of the field
  const float* parallax;     // [E, 3] or null
  const float* depth_m;      // [E, h, w] or null; used only together with matrix and parallax
  int depth_h, depth_w;
};

}  // namespace eyebrush
