// Gram matrices on the GPU. The upper half of the matrix is cut into square tiles, and the pixels
// into splits, so that there is work for the whole GPU; each block sums one tile over one split,
// and a second kernel adds the splits up in fixed order and mirrors the tiles.
#include <algorithm>

#include "../cuda/launch.h"
#include "gram_mma.cuh"

namespace eyebrush {
namespace {

// out = scale * (sum over splits), both halves. One thread for each element of the tiles.
template <int kTile>
__global__ void __launch_bounds__(256)
    add_splits_kernel(const float* partial, float* out, float scale, Tiles tiles) {
  const int element = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  const int pair = static_cast<int>(blockIdx.y), image = static_cast<int>(blockIdx.z);
  const TilePair at = tiles.pair(pair);
  const int i = at.row * kTile + element / kTile, j = at.column * kTile + element % kTile;
  if (i >= tiles.channels || j >= tiles.channels || i > j) return;
  double sum = 0.0;
  for (int split = 0; split < tiles.splits; ++split)
    sum += partial[tiles.slot(image, split, pair) * kTile * kTile + element];
  const float value = static_cast<float>(sum * static_cast<double>(scale));
  float* matrix = out + static_cast<std::int64_t>(image) * tiles.channels * tiles.channels;
  matrix[static_cast<std::int64_t>(i) * tiles.channels + j] = value;
  matrix[static_cast<std::int64_t>(j) * tiles.channels + i] = value;
}

// Sums of products in fp32 arithmetic: for fp32, and where there are no tensor cores for the type.
// 16 x 16 threads, each 4 x 4 sums.
constexpr int kFmaTile = 64, kFmaDepth = 16;
constexpr int kFold = 64;  // steps after which sums are moved to others: short sums round less

struct FmaRoom {
  float rows[kFmaDepth][kFmaTile + 4], columns[kFmaDepth][kFmaTile + 4];
};

// [kFmaTile] channels from `first` on and [kFmaDepth] pixels from `pixel` on, as floats; zeros
// beyond the last of either.
template <class E>
__device__ __forceinline__ void fetch(const Features& x, std::int64_t image, int first, int pixel,
                                      int last_pixel, float (*room)[kFmaTile + 4]) {
  const auto* data = static_cast<const typename E::Bits*>(x.data);
#pragma unroll
  for (int i = 0; i < kFmaTile * kFmaDepth / 256; ++i) {
    const int at = i * 256 + static_cast<int>(threadIdx.x);
    const int channel = first + at / kFmaDepth, p = pixel + at % kFmaDepth;
    const bool inside = channel < x.channels && p < last_pixel;
    room[at % kFmaDepth][at / kFmaDepth] =
        inside ? E::widen(data[x.offset(image, channel, p)]) : 0.0f;
  }
}

template <class E>
__global__ void __launch_bounds__(256) fma_kernel(Features x, float* partial, Tiles tiles) {
  FmaRoom& room = block_shared<FmaRoom>();
  const int split = static_cast<int>(blockIdx.x), pair = static_cast<int>(blockIdx.y),
            image = static_cast<int>(blockIdx.z);
  const TilePair at = tiles.pair(pair);
  const int row = static_cast<int>(threadIdx.x) / 16 * 4,
            column = static_cast<int>(threadIdx.x) % 16 * 4;
  const int first = split * tiles.length, last = min(first + tiles.length, tiles.pixels);
  float sum[4][4] = {}, folded[4][4] = {};
  int steps = 0;
  for (int pixel = first; pixel < last; pixel += kFmaDepth) {
    fetch<E>(x, image, at.row * kFmaTile, pixel, last, room.rows);
    fetch<E>(x, image, at.column * kFmaTile, pixel, last, room.columns);
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kFmaDepth; ++k) {
      float a[4], b[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) a[i] = room.rows[k][row + i], b[i] = room.columns[k][column + i];
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int j = 0; j < 4; ++j) sum[i][j] = __fmaf_rn(a[i], b[j], sum[i][j]);
    }
    __syncthreads();
    if (++steps % kFold != 0 && pixel + kFmaDepth < last) continue;
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j) folded[i][j] += sum[i][j], sum[i][j] = 0.0f;
  }
  float* to = partial + tiles.slot(image, split, pair) * kFmaTile * kFmaTile;
#pragma unroll
  for (int i = 0; i < 4; ++i)
#pragma unroll
    for (int j = 0; j < 4; ++j) to[(row + i) * kFmaTile + column + j] = folded[i][j];
}

// As many splits as keep `resident` blocks busy for two turns.
Tiles tiles_of(const Features& x, int tile, int depth, int most_pixels, int resident) {
  Tiles tiles{};
  tiles.channels = static_cast<int>(x.channels), tiles.pixels = static_cast<int>(x.pixels());
  tiles.across = divide_up(tiles.channels, tile);
  const int wanted = divide_up(2 * resident, static_cast<int>(x.eyes) * tiles.pairs());
  const int most = divide_up(tiles.pixels, 8 * depth);  // shorter ones are not worth their sums
  const int splits = std::max(divide_up(tiles.pixels, most_pixels), std::min(wanted, most));
  tiles.length = divide_up(divide_up(tiles.pixels, splits), depth) * depth;
  tiles.splits = divide_up(tiles.pixels, tiles.length);
  return tiles;
}

template <int kTile>
void run(const Gram& job, void (*kernel)(Features, float*, Tiles), const Shape& block, int depth,
         int most_pixels, void* stream) {
  const int threads = static_cast<int>(block.block.x);
  const int resident = resident_blocks("gram", kernel, threads, block.shared_bytes);
  const Tiles tiles = tiles_of(job.x, kTile, depth, most_pixels, resident);
  const unsigned pairs = static_cast<unsigned>(tiles.pairs()),
                 images = static_cast<unsigned>(job.x.eyes);
  const std::size_t sums = std::size_t{images} * tiles.splits * pairs * kTile * kTile;
  const Workspace partial("gram", sums * sizeof(float), stream);
  Shape shape = block;
  shape.grid = dim3(static_cast<unsigned>(tiles.splits), pairs, images);
  launch("gram", kernel, shape, stream, job.x, partial.at<float>(), tiles);
  launch("gram", add_splits_kernel<kTile>, dim3(kTile * kTile / 256, pairs, images), dim3(256),
         stream, partial.at<float>(), job.out, job.scale, tiles);
}

template <class E>
void run_fma(const Gram& job, void* stream) {
  const Shape block{dim3(), dim3(256), sizeof(FmaRoom)};
  run<kFmaTile>(job, fma_kernel<E>, block, kFmaDepth, 1 << 30, stream);
}

template <class E, bool kAligned, int kTile>
void run_tile(const Gram& job, void* stream) {
  const Shape block{dim3(), dim3(kMmaThreads), sizeof(MmaRoom<kTile>)};
  run<kTile>(job, mma_kernel<E, kAligned, kTile>, block, kMmaDepth, kMmaMostPixels, stream);
}

// 16-bit maps: tensor cores of sm_80 and later.
template <class E>
void run_half(const Gram& job, void* stream) {
  if (compute_capability("gram") < 80) return run_fma<E>(job, stream);
  if (!aligned_runs<E>(job.x)) return run_tile<E, false, 64>(job, stream);
  job.x.channels <= 64 ? run_tile<E, true, 64>(job, stream) : run_tile<E, true, 128>(job, stream);
}

}  // namespace

void gram_cuda(const Gram& job, void* stream) {
  if (job.x.dtype == DType::f32) return run_fma<F32>(job, stream);
  job.x.dtype == DType::f16 ? run_half<F16>(job, stream) : run_half<BF16>(job, stream);
}

}  // namespace eyebrush
