#include "simt.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

dim3 gridDim, blockDim;

namespace simt {
namespace {

constexpr std::size_t kStackBytes = 128 << 10;
constexpr int kIdleRounds = 10000;  // of all fibres without progress: a deadlock

struct Barrier {
  int arrived = 0;
  unsigned generation = 0;
};

struct Warp {
  Barrier barrier;
  int alive = 0;
  std::uint64_t slots[2][kWarp];  // by turns, so that one barrier does for an exchange
};

struct Block {
  Barrier barrier;
  int alive = 0;
  std::vector<Warp> warps;
  std::vector<unsigned char> shared;
};

struct Fibre : Thread {
  jmp_buf place;
  bool begun = false;
  Block* block;
  Warp* warp;
  char* stack;
  bool done = false;
};

jmp_buf scheduler;
Fibre* running = nullptr;
const std::function<void()>* program = nullptr;
bool progress = false;
const char* failure = nullptr;
unsigned chosen_order = 0;
std::mutex one_launch_at_a_time;
std::vector<std::unique_ptr<char[]>> stacks;

void wait(Barrier& barrier, const int& alive) {
  const unsigned generation = barrier.generation;
  ++barrier.arrived;
  while (barrier.generation == generation) {
    if (barrier.arrived >= alive) {  // asked again after others have ended
      barrier.arrived = 0, ++barrier.generation, progress = true;
      return;
    }
    yield();
  }
}

void fibre_main() {
  (*program)();
  running->done = progress = true;
  --running->block->alive, --running->warp->alive;
  for (;;) yield();  // never resumed
}

// A context is entered once; after that _setjmp and _longjmp switch, which ask the kernel nothing.
void resume(Fibre& fibre) {
  running = &fibre;
  if (_setjmp(scheduler)) return;
  if (fibre.begun) _longjmp(fibre.place, 1);
  fibre.begun = true;
  ucontext_t context;
  getcontext(&context);
  context.uc_stack.ss_sp = fibre.stack;
  context.uc_stack.ss_size = kStackBytes;
  context.uc_link = nullptr;
  makecontext(&context, fibre_main, 0);
  setcontext(&context);
}

void finish(std::vector<Fibre>& fibres) {
  std::vector<Fibre*> waiting;
  for (auto& fibre : fibres) waiting.push_back(&fibre);
  if (chosen_order == 1) std::reverse(waiting.begin(), waiting.end());
  std::mt19937 random(chosen_order);
  for (int idle = 0; !waiting.empty(); idle = progress ? 0 : idle + 1) {
    if (idle > kIdleRounds)
      throw std::runtime_error("simt: " + std::to_string(waiting.size()) + " threads of " +
                               std::to_string(fibres.size()) + " wait for ever");
    progress = false;
    if (chosen_order > 1) std::shuffle(waiting.begin(), waiting.end(), random);
    for (Fibre* fibre : waiting) {
      resume(*fibre);
      if (failure) throw std::runtime_error(std::string("simt: ") + failure);
    }
    waiting.erase(std::remove_if(waiting.begin(), waiting.end(), [](Fibre* f) { return f->done; }),
                  waiting.end());
  }
}

dim3 unflatten(unsigned i, dim3 size) {
  return {i % size.x, i / size.x % size.y, i / size.x / size.y};
}

}  // namespace

const Thread& current() { return *running; }
unsigned char* shared_memory() { return running->block->shared.data(); }
void yield() {
  if (!_setjmp(running->place)) _longjmp(scheduler, 1);
}
void fail(const char* why) {
  for (failure = why;;) yield();  // never resumed
}
void set_order(unsigned order) { chosen_order = order; }
void sync_block() { wait(running->block->barrier, running->block->alive); }

void sync_warp(unsigned mask) {
  if (mask != 0xffffffffu) fail("only whole warps are known");
  wait(running->warp->barrier, running->warp->alive);
}

const std::uint64_t* exchange(unsigned mask, std::uint64_t value) {
  std::uint64_t* slots = running->warp->slots[running->warp->barrier.generation % 2];
  slots[running->lane] = value;
  sync_warp(mask);
  return slots;
}

void run(dim3 grid, dim3 block, std::size_t shared_bytes, bool together,
         const std::function<void()>& body) {
  const std::lock_guard<std::mutex> lock(one_launch_at_a_time);
  const unsigned blocks = grid.x * grid.y * grid.z, threads = block.x * block.y * block.z;
  const unsigned at_once = together ? blocks : 1;
  if (threads == 0 || threads > 1024 || blocks == 0)
    throw std::runtime_error("simt: a launch of " + std::to_string(blocks) + " blocks of " +
                             std::to_string(threads) + " threads");
  while (stacks.size() < std::size_t{at_once} * threads) stacks.emplace_back(new char[kStackBytes]);
  gridDim = grid, blockDim = block, program = &body, failure = nullptr;
  for (unsigned first = 0; first < blocks; first += at_once) {
    std::vector<Block> living(at_once);
    std::vector<Fibre> fibres(std::size_t{at_once} * threads);
    for (unsigned b = 0; b < at_once; ++b) {
      living[b].alive = static_cast<int>(threads);
      living[b].warps.resize((threads + kWarp - 1) / kWarp);
      living[b].shared.assign(shared_bytes, 0xff);
      for (unsigned t = 0; t < threads; ++t) {
        Fibre& fibre = fibres[std::size_t{b} * threads + t];
        fibre.thread_index = unflatten(t, block), fibre.block_index = unflatten(first + b, grid);
        fibre.lane = static_cast<int>(t % kWarp);
        fibre.block = &living[b], fibre.warp = &living[b].warps[t / kWarp];
        ++fibre.warp->alive;
        fibre.stack = stacks[std::size_t{b} * threads + t].get();
      }
    }
    finish(fibres);
  }
}

}  // namespace simt
