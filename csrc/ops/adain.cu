// AdaIN on the GPU for planar feature maps (NCHW), and for any strides; NHWC is in adain_nhwc.cuh.
//
// adain_cuda() reads x once and writes y once where the pieces of one channel (of all eyes, where
// they share statistics) fit into the registers of the whole GPU: a cooperative launch, in which
// the blocks that hold a channel wait for its statistics and then normalise what they hold.
// Elsewhere statistics and normalising are two kernels, and x is read twice.
#include <algorithm>

#include "../cuda/launch.h"
#include "adain_pieces.cuh"

namespace eyebrush {
namespace {

// What blocks tell each other. `found`: [channels of all groups, eyes of a group, pieces] mean, m2.
struct Board {
  double2* found;
  int* arrived;  // [channels of all groups], 0 at first; count + 1: statistics are there
  float* low;    // [channels of all groups]
};

struct Shared {
  SumRoom sums;
  int last;  // 1: this block was the last one of its channel
};

// Takes the blocks through the pieces, channel by channel.
struct Walk {
  Pieces pieces;
  int eyes, groups, channels;  // eyes: of one group

  __device__ __forceinline__ int per_channel() const { return eyes * pieces.count; }
};

__device__ __forceinline__ void publish(const AdainStats& job, const Walk& walk, const Board& board,
                                        int item, const Moments& found, Shared& shared) {
  const int slot = item / walk.per_channel();  // group and channel
  if (threadIdx.x == 0) {
    board.found[item] = make_double2(found.mean, found.m2);
    __threadfence();
    shared.last = atomicAdd(board.arrived + slot, 1) == walk.per_channel() - 1;
  }
  __syncthreads();
  if (!shared.last || threadIdx.x >= kWarp) return;
  __threadfence();
  const std::int64_t first = static_cast<std::int64_t>(slot) * walk.per_channel();
  const Moments all = merged_pieces(board.found + first, walk.pieces, walk.eyes);
  if (threadIdx.x == 0) {
    finish(job, slot / walk.channels, slot % walk.channels, all, board.low);
    __threadfence();
    atomicAdd(board.arrived + slot, 1);
  }
}

__device__ __forceinline__ void wait_for_statistics(const int* arrived, int count) {
  if (threadIdx.x == 0)
    while (*static_cast<const volatile int*>(arrived) <= count) __nanosleep(64);
  __threadfence();
  __syncthreads();
}

// kApply: normalise, too (a cooperative launch, with at least as many blocks as a channel has
// pieces: the blocks of the first channel that is not finished then hold all of it, or will once
// those of finished ones have stored theirs).
template <class E, bool kAligned, bool kApply>
__global__ void __launch_bounds__(kThreads, kAligned ? kBlocks : 1)
    stats_kernel(AdainStats job, AdainApply apply, Walk walk, Board board) {
  Shared& shared = block_shared<Shared>();
  const int items = walk.groups * walk.channels * walk.per_channel();
  for (int item = static_cast<int>(blockIdx.x); item < items; item += static_cast<int>(gridDim.x)) {
    const int slot = item / walk.per_channel(), part = item % walk.per_channel();
    const int channel = slot % walk.channels, piece = part % walk.pieces.count;
    const int eye = slot / walk.channels * walk.eyes + part / walk.pieces.count;
    const int size = walk.pieces.size(piece);
    const std::int64_t first = static_cast<std::int64_t>(piece) * walk.pieces.length;
    Share<E, kAligned> share;
    share.load(job.x, eye, channel, first, size);
    publish(job, walk, board, item, moments_of(share, size, shared.sums), shared);
    if (kApply) {
      wait_for_statistics(board.arrived + slot, walk.per_channel());
      const Affine affine = affine_of(apply, eye, channel);
      const bool relu = apply.relu;
      share.each(size, [&](typename E::Bits& x) { x = E::narrow(affine(E::widen(x), relu)); });
      share.store(apply.y, eye, channel, first, size);
    }
  }
}

template <class E, bool kAligned>
__global__ void __launch_bounds__(kThreads) apply_kernel(AdainApply job, Pieces pieces) {
  const int item = static_cast<int>(blockIdx.x), piece = item % pieces.count;
  const std::int64_t map = item / pieces.count, channel = map % job.x.channels,
                     eye = map / job.x.channels;
  const int size = pieces.size(piece);
  const std::int64_t first = static_cast<std::int64_t>(piece) * pieces.length;
  const Affine affine = affine_of(job, eye, channel);
  const bool relu = job.relu;
  Share<E, kAligned> share;
  share.load(job.x, eye, channel, first, size);
  share.each(size, [&](typename E::Bits& x) { x = E::narrow(affine(E::widen(x), relu)); });
  share.store(job.y, eye, channel, first, size);
}

// Pieces of nearly the same length, so that no block has much less to do than others.
template <class E>
Pieces pieces_of(const Features& x) {
  constexpr int per = Vector<E>::kCount;
  const int pixels = static_cast<int>(x.pixels());
  const int count = divide_up(pixels, piece_pixels<E>());
  const int length = divide_up(divide_up(pixels, count), per) * per;
  return {pixels, length, divide_up(pixels, length)};
}

template <class E>
Walk walk_of(const AdainStats& job) {
  const int groups = static_cast<int>(job.groups());
  return {pieces_of<E>(job.x), static_cast<int>(job.x.eyes) / groups, groups,
          static_cast<int>(job.x.channels)};
}

int items_of(const Walk& walk) {
  const std::int64_t items =
      static_cast<std::int64_t>(walk.groups) * walk.channels * walk.eyes * walk.pieces.count;
  if (items > 1 << 30) throw std::runtime_error("adain: got more than 2^30 pieces of work");
  return static_cast<int>(items);
}

// Runs the statistics, and where kApply and they fit on the chip, all of AdaIN. Returns whether it
// did what was asked.
template <class E, bool kAligned, bool kApply>
bool run_stats(const AdainStats& job, AdainApply apply, void* stream) {
  const char* op = kApply ? "adain" : "adain_stats";
  const auto kernel = stats_kernel<E, kAligned, kApply>;
  const Walk walk = walk_of<E>(job);
  const int items = items_of(walk), per_channel = walk.eyes * walk.pieces.count;
  int blocks = items;
  if (kApply) {
    blocks = std::min(items, resident_blocks(op, kernel, kThreads, sizeof(Shared)));
    if (blocks < per_channel) return false;
  }
  const std::size_t slots = static_cast<std::size_t>(walk.groups) * walk.channels;
  const std::size_t found = static_cast<std::size_t>(items) * sizeof(double2);
  const Workspace room(op, found + slots * (sizeof(int) + sizeof(float)), stream);
  const Board board{room.at<double2>(), room.at<int>(found),
                    room.at<float>(found + slots * sizeof(int))};
  check_cuda(
      cudaMemsetAsync(board.arrived, 0, slots * sizeof(int), static_cast<cudaStream_t>(stream)),
      op);
  apply.low = board.low;
  launch(op, kernel, Shape{dim3(blocks), dim3(kThreads), sizeof(Shared), kApply}, stream, job,
         apply, walk, board);
  return true;
}

template <class E, bool kAligned>
void run_apply(const AdainApply& job, void* stream) {
  const Pieces pieces = pieces_of<E>(job.x);
  const std::int64_t items = job.x.eyes * job.x.channels * pieces.count;
  launch("adain_apply", apply_kernel<E, kAligned>, dim3(static_cast<unsigned>(items)),
         dim3(kThreads), stream, job, pieces);
}

template <class Function>
void for_element(DType dtype, const Function& function) {
  if (dtype == DType::f32) return function(F32{});
  dtype == DType::f16 ? function(F16{}) : function(BF16{});
}

}  // namespace

void adain_stats_cuda(const AdainStats& job, void* stream) {
  for_element(job.x.dtype, [&](auto element) {
    using E = decltype(element);
    aligned_runs<E>(job.x) ? run_stats<E, true, false>(job, {}, stream)
                           : run_stats<E, false, false>(job, {}, stream);
  });
}

void adain_apply_cuda(const AdainApply& job, void* stream) {
  for_element(job.x.dtype, [&](auto element) {
    using E = decltype(element);
    aligned_runs<E>(job.x) && aligned_runs<E>(job.y) ? run_apply<E, true>(job, stream)
                                                     : run_apply<E, false>(job, stream);
  });
}

void adain_cuda(const AdainStats& stats, AdainApply apply, void* stream) {
  apply.stats = stats.used, apply.groups = stats.groups();
  for_element(stats.x.dtype, [&](auto element) {
    using E = decltype(element);
    const bool done = aligned_runs<E>(apply.x) && aligned_runs<E>(apply.y)
                          ? run_stats<E, true, true>(stats, apply, stream)
                          : run_stats<E, false, true>(stats, apply, stream);
    if (done) return;
    adain_stats_cuda(stats, stream);
    adain_apply_cuda(apply, stream);
  });
}

}  // namespace eyebrush
