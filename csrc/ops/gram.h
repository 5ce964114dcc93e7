// Gram matrices (Gatys et al. 2016): which channels fire together, summed over pixels
// (runtime/eyebrush/reference.py is the truth).
#pragma once

#include "../tensor.h"

namespace eyebrush {

struct Gram {
  Features x;   // [B, C, H, W]
  float scale;  // usually 1 / (H * W)
  float* out;   // [B, C, C]: scale * sum over pixels of x_i x_j
};

void gram(const Gram& job);
void gram_cuda(const Gram& job, void* stream);  // queued on `stream`, see adain.h

}  // namespace eyebrush
