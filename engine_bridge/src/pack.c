/* Fields in the form that the engines' textures want. */
#include <math.h>
#include <string.h>

#include "eyebrush_bridge.h"

static uint16_t half_of(float number) {
  uint32_t bits;
  memcpy(&bits, &number, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000;
  uint32_t size = bits & 0x7fffffff;
  if (size > 0x477fe000) size = 0x477fe000; /* 65504; NaN and Inf, too */
  if (size < 0x38800000) {                  /* below the smallest normal half: fixed point */
    float tiny;
    memcpy(&tiny, &size, sizeof tiny);
    return (uint16_t)(sign | (uint32_t)rintf(tiny * 16777216.0f));
  }
  return (uint16_t)(sign | (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13);
}

void eb_pack_grid(const float* grid, uint32_t bins, uint32_t height, uint32_t width,
                  uint16_t* texels) {
  const size_t cells = (size_t)height * width;
  const size_t plane = bins * cells;
  for (size_t bin = 0; bin < bins; bin++)
    for (size_t row = 0; row < 3; row++) {
      const float* in = grid + row * 4 * plane + bin * cells;
      for (size_t cell = 0; cell < cells; cell++, texels += 4)
        for (size_t k = 0; k < 4; k++) texels[k] = half_of(in[k * plane + cell]);
    }
}
