#include "cpu.h"

#include <atomic>
#include <stdexcept>
#include <string>

#if defined(EYEBRUSH_X86) && defined(_MSC_VER)
#include <immintrin.h>
#include <intrin.h>
#endif

namespace eyebrush {
namespace {

#if defined(EYEBRUSH_X86) && defined(_MSC_VER)
bool os_saves(unsigned long long state) { return (_xgetbv(0) & state) == state; }

Isa detect() {
  int leaf1[4], leaf7[4];
  __cpuid(leaf1, 1);
  __cpuidex(leaf7, 7, 0);
  const bool osxsave = leaf1[2] & (1 << 27), fma = leaf1[2] & (1 << 12);
  const bool f16c = leaf1[2] & (1 << 29);
  if (!osxsave || !fma || !f16c || !(leaf7[1] & (1 << 5)) || !os_saves(0x06)) return Isa::plain;
  const int f_dq_bw_vl = (1 << 16) | (1 << 17) | (1 << 30) | static_cast<int>(1u << 31);
  return (leaf7[1] & f_dq_bw_vl) == f_dq_bw_vl && os_saves(0xe6) ? Isa::avx512 : Isa::avx2;
}
#elif defined(EYEBRUSH_X86)
Isa detect() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("f16c"))
    return Isa::plain;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return wide ? Isa::avx512 : Isa::avx2;
}
#else
Isa detect() { return Isa::plain; }
#endif

std::atomic<Isa>& chosen() {
  static std::atomic<Isa> isa{best_isa()};
  return isa;
}

}  // namespace

const char* isa_name(Isa isa) {
  return isa == Isa::avx512 ? "avx512" : isa == Isa::avx2 ? "avx2" : "plain";
}

Isa best_isa() {
  static const Isa best = detect();
  return best;
}

Isa current_isa() { return chosen().load(std::memory_order_relaxed); }

void set_isa(Isa isa) {
  if (static_cast<int>(isa) > static_cast<int>(best_isa()))
    throw std::invalid_argument(std::string("got instruction set ") + isa_name(isa) +
                                "; wanted at most " + isa_name(best_isa()) +
                                ", the best of this build and processor");
  chosen().store(isa, std::memory_order_relaxed);
}

}  // namespace eyebrush
