// AdaIN (Huang & Belongie 2017): each channel normalised by its mean and variance, then scaled and
// shifted by a style (runtime/eyebrush/reference.py is the truth).
//
// X_cuda() is the same for arrays on the current CUDA device: it queues its work on `stream` (a
// cudaStream_t) and returns without waiting. Sizes must be right (the bindings check them).
#pragma once

#include "../tensor.h"

namespace eyebrush {

// Mean and variance (biased) of each channel, of all eyes together or of each; then
// used = running + fresh * (now - running).
struct AdainStats {
  Features x;
  bool shared;           // one set of statistics for all eyes (G = 1), or one for each (G = E)
  const float* running;  // [G, 2, C] mean, variance; or null: fresh counts in full
  float fresh;
  float* used;  // [G, 2, C]

  std::int64_t groups() const { return shared ? 1 : x.eyes; }
};

// y = scale * (x - mean) / sqrt(variance + eps) + shift, then max(0, y) where `relu`.
struct AdainApply {
  Features x, y;                // same sizes and type; any memory order; y may be x
  const float* stats;           // [G, 2, C]
  const float* low;             // [G, C] or null: what fp32 lost of the mean
  const float* style;           // [B, 2, C] scale, shift
  std::int64_t groups, styles;  // 1 or E
  float eps;
  bool relu;
};

void adain_stats(const AdainStats& job);
void adain_apply(const AdainApply& job);
// Both; `apply.stats` and `apply.low` are set here. x is read once where it fits in the caches.
void adain(const AdainStats& stats, AdainApply apply);

void adain_stats_cuda(const AdainStats& job, void* stream);
void adain_apply_cuda(const AdainApply& job, void* stream);
void adain_cuda(const AdainStats& stats, AdainApply apply, void* stream);

}  // namespace eyebrush
