// A small SIMT machine: runs the kernels' own device code on the CPU, each CUDA thread as a fibre.
//
// A test tool, made to find mistakes and not to be fast. A fibre runs until it must wait for others
// (__syncthreads, a warp's shuffle, __nanosleep), then the next one does. In which order is
// set_order()'s choice: code that lacks a barrier gives other results in another order. Shared
// memory starts as NaN. Whatever waits for ever is found and reported. Blocks run one after the
// other; those of a cooperative launch together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
extern dim3 gridDim, blockDim;  // as the running kernel sees them

namespace simt {

constexpr int kWarp = 32;

// Thread, and what it shares with others, that runs now.
struct Thread {
  dim3 thread_index, block_index;
  int lane;
};
const Thread& current();
unsigned char* shared_memory();

void yield();
[[noreturn]] void fail(const char* why);
void sync_block();
// Waits for all of the warp; the shim knows no partial masks.
void sync_warp(unsigned mask);
// Gives this lane's value and takes those of all 32, to be read before the next exchange.
const std::uint64_t* exchange(unsigned mask, std::uint64_t value);

// Runs body() as grid x block threads. Throws std::runtime_error where they deadlock, or fail.
void run(dim3 grid, dim3 block, std::size_t shared_bytes, bool together,
         const std::function<void()>& body);

// 0: ascending, 1: descending, others: seeds of a shuffle, anew in each round.
void set_order(unsigned order);

}  // namespace simt
