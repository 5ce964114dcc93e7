// Gram matrices of 16-bit maps on tensor cores (sm_80 and later), summed in fp32.
//
// A tile's rows and columns are both channels, so that both operands of the product are the maps
// as they lie in memory; tiles on the diagonal load them once. Three stages of shared memory are
// filled in the background while the one before is multiplied.
#pragma once

#include "../cuda/mma.h"
#include "gram_tiles.cuh"

namespace eyebrush {

constexpr int kMmaDepth = 32;           // pixels of a stage
constexpr int kChunks = kMmaDepth / 8;  // of 16 bytes in a row of it
constexpr int kStages = 3;
constexpr int kMmaThreads = 256;       // 2 x 4 warps, each a half by a quarter of the tile
constexpr int kMmaMostPixels = 16384;  // of a split: 2^10 additions to each fp32 sum

// [kTile] channels of [kMmaDepth] pixels. Chunks are exchanged within a row so that eight rows'
// chunks, as one matrix load reads them, lie in different banks.
template <int kTile>
struct Operand {
  uint4 chunks[kTile * kChunks];

  __device__ __forceinline__ uint4* at(int channel, int chunk) {
    return chunks + channel * kChunks + (chunk ^ (channel / 2 % kChunks));
  }
};

template <int kTile>
struct MmaRoom {
  Operand<kTile> stages[kStages][2];  // rows, columns
};

template <class E, bool kAligned, int kTile>
__device__ __forceinline__ void fetch(const Features& x, std::int64_t image, int first, int pixel,
                                      int last_pixel, Operand<kTile>& to) {
  const auto* data = static_cast<const typename E::Bits*>(x.data);
#pragma unroll
  for (int i = 0; i < kTile * kChunks / kMmaThreads; ++i) {
    const int at = i * kMmaThreads + static_cast<int>(threadIdx.x);
    const int channel = first + at / kChunks, p = pixel + at % kChunks * 8;
    uint4* place = to.at(at / kChunks, at % kChunks);
    if constexpr (kAligned) {  // whole chunks: inside, or not at all
      const bool inside = channel < x.channels && p < last_pixel;
      copy_async(place, data + (inside ? x.start(image, channel) + p : 0), inside);
    } else {
      Vector<E> eight;
#pragma unroll
      for (int k = 0; k < 8; ++k) {
        const bool inside = channel < x.channels && p + k < last_pixel;
        eight.value[k] = inside ? data[x.offset(image, channel, p + k)] : E::narrow(0.0f);
      }
      *place = eight.bits;
    }
  }
}

template <class E, bool kAligned, int kTile>
__global__ void __launch_bounds__(kMmaThreads, 2)
    mma_kernel(Features x, float* partial, Tiles tiles) {
#if defined(EYEBRUSH_SIMT) || __CUDA_ARCH__ >= 800
  constexpr int kHigh = kTile / 2 / 16, kWide = kTile / 4 / 8;  // a warp's products
  MmaRoom<kTile>& room = block_shared<MmaRoom<kTile>>();
  const int split = static_cast<int>(blockIdx.x), pair = static_cast<int>(blockIdx.y),
            image = static_cast<int>(blockIdx.z);
  const TilePair at = tiles.pair(pair);
  const bool diagonal = at.row == at.column;
  const int lane = static_cast<int>(threadIdx.x) % kWarp,
            warp = static_cast<int>(threadIdx.x) / kWarp;
  const int row = warp / 4 * (kTile / 2), column = warp % 4 * (kTile / 4);
  const bool idle = diagonal && row >= column + kTile / 4;  // all below the diagonal
  const int first = split * tiles.length, last = min(first + tiles.length, tiles.pixels);
  const int steps = (last - first + kMmaDepth - 1) / kMmaDepth;

  const auto load_stage = [&](int step) {
    if (step < steps) {
      const int pixel = first + step * kMmaDepth;
      Operand<kTile>* stage = room.stages[step % kStages];
      fetch<E, kAligned>(x, image, at.row * kTile, pixel, last, stage[0]);
      if (!diagonal) fetch<E, kAligned>(x, image, at.column * kTile, pixel, last, stage[1]);
    }
    end_group();  // maybe an empty one: the count stays right
  };

  float sum[kHigh][kWide][4] = {};
  for (int step = 0; step < kStages - 1; ++step) load_stage(step);
  for (int step = 0; step < steps; ++step) {
    wait_groups<kStages - 2>();
    __syncthreads();  // the stage is there, and nobody reads the one that is filled next
    load_stage(step + kStages - 1);
    if (idle) continue;
    Operand<kTile>& left = room.stages[step % kStages][0];
    Operand<kTile>& right = room.stages[step % kStages][diagonal ? 0 : 1];
#pragma unroll
    for (int k = 0; k < kChunks; k += 2) {  // 16 pixels
      unsigned a[kHigh][4], b[kWide / 2][4];
#pragma unroll
      for (int i = 0; i < kHigh; ++i)
        load_matrices(a[i], left.at(row + i * 16 + lane % 16, k + lane / 16));
#pragma unroll
      for (int j = 0; j < kWide / 2; ++j)
        load_matrices(b[j], right.at(column + j * 16 + lane % 8 + lane / 16 * 8, k + lane / 8 % 2));
#pragma unroll
      for (int i = 0; i < kHigh; ++i)
#pragma unroll
        for (int j = 0; j < kWide; ++j)
          multiply_add<E>(sum[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
    }
  }

  float* to = partial + tiles.slot(image, split, pair) * kTile * kTile;
#pragma unroll
  for (int i = 0; i < kHigh; ++i)
#pragma unroll
    for (int j = 0; j < kWide; ++j)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int r = row + i * 16 + lane / 4 + half * 8, c = column + j * 8 + lane % 4 * 2;
        *reinterpret_cast<float2*>(to + r * kTile + c) =
            make_float2(sum[i][j][2 * half], sum[i][j][2 * half + 1]);
      }
#endif
}

}  // namespace eyebrush
