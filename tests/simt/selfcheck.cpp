// Kernels with and without mistakes, to see that the shim finds those (tests/test_simt.py).
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "../../csrc/cuda/kernel.h"
#include "../../csrc/cuda/launch.h"

namespace {

using namespace eyebrush;

constexpr int kCount = 64;

struct Room {
  float values[kCount];
};

// Each thread gives its neighbour's number; without the barrier it may not be there yet.
void neighbours(float* out, bool barrier) {
  Room& room = block_shared<Room>();
  const int thread = static_cast<int>(threadIdx.x);
  room.values[thread] = static_cast<float>(thread);
  if (barrier) __syncthreads();
  out[thread] = room.values[(thread + 1) % kCount];
}

void unset_memory(float* out) { out[threadIdx.x] = block_shared<Room>().values[threadIdx.x]; }

// Half of the threads end at once, as they may; then the others go on alone.
void early_exit(float* out) {
  if (threadIdx.x >= kCount / 2) return;
  __syncthreads();
  out[threadIdx.x] = warp_sum(1.0f);
}

void half_a_barrier(float* out) {
  if (threadIdx.x < kCount / 2) __syncthreads();
  while (*static_cast<volatile float*>(out) == 0.0f) __nanosleep(1);
}

void half_a_warp(float* out) { out[threadIdx.x] = __shfl_sync(0xffffu, 1.0f, 0); }

// Blocks that wait for each other: only a cooperative launch has all of them running.
void all_blocks(float* out) {
  atomicAdd(out, 1.0f);
  while (*static_cast<volatile float*>(out) < static_cast<float>(gridDim.x * blockDim.x))
    __nanosleep(1);
}

std::vector<float> run(const std::string& name, bool together) {
  std::vector<float> out(kCount, 0.0f);
  const Shape shape{dim3(name == "all_blocks" ? 3 : 1), dim3(kCount), sizeof(Room), together};
  const auto start = [&](auto kernel, auto... more) {
    launch("selfcheck", kernel, shape, nullptr, out.data(), more...);
  };
  if (name == "neighbours") start(neighbours, true);
  if (name == "neighbours_without_barrier") start(neighbours, false);
  if (name == "unset_memory") start(unset_memory);
  if (name == "early_exit") start(early_exit);
  if (name == "half_a_barrier") start(half_a_barrier);
  if (name == "half_a_warp") start(half_a_warp);
  if (name == "all_blocks") start(all_blocks);
  return out;
}

}  // namespace

void bind_selfcheck(pybind11::module_& m) {
  m.def("selfcheck", &run, pybind11::arg("kernel"), pybind11::arg("together") = false);
}
