// AdaIN on the GPU, the parts of it: a channel's pixels are cut into pieces, and a block holds a
// piece in its registers. So each value is read once, its mean is known before differences from it
// are taken (no cancellation, however large the mean), and it is still there to be normalised.
#pragma once

#include "../cuda/kernel.h"
#include "adain.h"

namespace eyebrush {

constexpr int kThreads = 256, kWarps = kThreads / kWarp;
constexpr int kVectors = 6;  // of 16 bytes, held by each thread
// Blocks of a multiprocessor that registers must do for; sm_120's compiler spills with three.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1200
constexpr int kBlocks = 2;
#else
constexpr int kBlocks = 3;
#endif

template <class E>
constexpr int piece_pixels() {
  return kThreads * kVectors * Vector<E>::kCount;
}

// How many values, their mean, and the sum of their squared differences from it.
struct Moments {
  double n, mean, m2;
};

// Chan, Golub & LeVeque 1983.
__device__ __forceinline__ Moments merged(const Moments& a, const Moments& b) {
  if (a.n == 0) return b;
  if (b.n == 0) return a;
  const double n = a.n + b.n, delta = b.mean - a.mean, share = b.n / n;
  return {n, a.mean + delta * share, a.m2 + b.m2 + delta * delta * a.n * share};
}

// One channel of one eye, cut into `count` pieces of `length` pixels, the last one maybe shorter.
struct Pieces {
  int pixels, length, count;

  __device__ __forceinline__ int size(int piece) const {
    return min(length, pixels - piece * length);
  }
};

// A thread's share of a piece. Aligned: whole vectors of neighbouring pixels; else single values
// at any strides.
template <class E, bool kAligned>
struct Share {
  static constexpr int kPer = Vector<E>::kCount;
  Vector<E> held[kVectors];

  // Pixel within the piece.
  static __device__ __forceinline__ int pixel(int v, int k) {
    const int thread = static_cast<int>(threadIdx.x);
    return kAligned ? (v * kThreads + thread) * kPer + k : (v * kPer + k) * kThreads + thread;
  }

  __device__ __forceinline__ void load(const Features& x, std::int64_t eye, std::int64_t channel,
                                       std::int64_t first, int size) {
    const auto* data = static_cast<const typename E::Bits*>(x.data);
    const auto* run = data + (kAligned ? x.start(eye, channel) + first : 0);
#pragma unroll
    for (int v = 0; v < kVectors; ++v) {
      if constexpr (kAligned) {
        if (pixel(v, 0) < size)
          held[v].bits = __ldcs(reinterpret_cast<const uint4*>(run + pixel(v, 0)));
      } else {
#pragma unroll
        for (int k = 0; k < kPer; ++k)
          if (pixel(v, k) < size)
            held[v].value[k] = data[x.offset(eye, channel, first + pixel(v, k))];
      }
    }
  }

  template <class Function>
  __device__ __forceinline__ void each(int size, const Function& function) {
#pragma unroll
    for (int v = 0; v < kVectors; ++v) {
      if (kAligned && pixel(v, 0) >= size) continue;
#pragma unroll
      for (int k = 0; k < kPer; ++k)
        if (kAligned || pixel(v, k) < size) function(held[v].value[k]);
    }
  }

  __device__ __forceinline__ void store(const Features& y, std::int64_t eye, std::int64_t channel,
                                        std::int64_t first, int size) const {
    auto* data = static_cast<typename E::Bits*>(y.data);
    auto* run = data + (kAligned ? y.start(eye, channel) + first : 0);
#pragma unroll
    for (int v = 0; v < kVectors; ++v) {
      if constexpr (kAligned) {
        if (pixel(v, 0) < size) __stcs(reinterpret_cast<uint4*>(run + pixel(v, 0)), held[v].bits);
      } else {
#pragma unroll
        for (int k = 0; k < kPer; ++k)
          if (pixel(v, k) < size)
            data[y.offset(eye, channel, first + pixel(v, k))] = held[v].value[k];
      }
    }
  }
};

struct SumRoom {
  float first[kWarps], second[kWarps], third[kWarps];
};

// Moments of a piece, the same in every thread. Ends with all threads past their reading of `room`.
template <class E, bool kAligned>
__device__ __forceinline__ Moments moments_of(Share<E, kAligned>& share, int size, SumRoom& room) {
  float sum = 0.0f, d1 = 0.0f, d2 = 0.0f;
  share.each(size, [&](typename E::Bits x) { sum += E::widen(x); });
  const float mean = block_sum<kWarps>(sum, room.first) / static_cast<float>(size);
  share.each(size, [&](typename E::Bits x) {
    const float d = E::widen(x) - mean;
    d1 += d;
    d2 += d * d;
  });
  // The mean's own rounding error comes out with the sum of the differences.
  const double s1 = block_sum<kWarps>(d1, room.second), s2 = block_sum<kWarps>(d2, room.third);
  __syncthreads();
  const double n = size;
  return {n, mean + s1 / n, s2 - s1 * s1 / n};
}

// Moments of all pieces of a channel, merged by one warp in fixed order; right in lane 0.
__device__ __forceinline__ Moments merged_pieces(const double2* found, const Pieces& pieces,
                                                 int eyes) {
  Moments all{0, 0, 0};
  for (int i = static_cast<int>(threadIdx.x) % kWarp; i < eyes * pieces.count; i += kWarp) {
    const double2 part = __ldcg(found + i);  // another block wrote it: not from this one's L1
    all = merged(all, {static_cast<double>(pieces.size(i % pieces.count)), part.x, part.y});
  }
  for (int step = kWarp / 2; step > 0; step /= 2)
    all = merged(
        all, {__shfl_down_sync(kAllLanes, all.n, step), __shfl_down_sync(kAllLanes, all.mean, step),
              __shfl_down_sync(kAllLanes, all.m2, step)});
  return all;
}

// The statistics that count: blended with earlier ones, written to job.used. `low` gets what fp32
// lost of the mean.
__device__ __forceinline__ void finish(const AdainStats& job, int group, int channel,
                                       const Moments& all, float* low) {
  const std::int64_t at = (static_cast<std::int64_t>(group) * 2) * job.x.channels + channel;
  double mean = all.mean, variance = all.m2 / all.n;
  if (variance < 0) variance = 0;  // NaN stays NaN
  if (job.running) {
    const float before = job.running[at], spread = job.running[at + job.x.channels];
    mean = before + static_cast<double>(job.fresh) * (mean - before);
    variance = spread + static_cast<double>(job.fresh) * (variance - spread);
  }
  const float rounded = static_cast<float>(mean);
  job.used[at] = rounded;
  job.used[at + job.x.channels] = static_cast<float>(variance);
  if (low) low[group * job.x.channels + channel] = static_cast<float>(mean - rounded);
}

// Constants of one channel: y = ((x - mean) - low) * gain + shift.
struct Affine {
  float mean, low, gain, shift;

  __device__ __forceinline__ float operator()(float x, bool relu) const {
    const float y = __fmaf_rn(x - mean - low, gain, shift);
    return relu && y < 0.0f ? 0.0f : y;  // NaN stays NaN
  }
};

__device__ __forceinline__ Affine affine_of(const AdainApply& job, std::int64_t eye,
                                            std::int64_t channel) {
  const std::int64_t c = job.x.channels, group = job.groups == 1 ? 0 : eye;
  const float* stats = job.stats + group * 2 * c + channel;
  const float* style = job.style + (job.styles == 1 ? 0 : eye) * 2 * c + channel;
  return {__ldcg(stats), job.low ? __ldcg(job.low + group * c + channel) : 0.0f,
          style[0] / sqrtf(__ldcg(stats + c) + job.eps), style[c]};
}

}  // namespace eyebrush
