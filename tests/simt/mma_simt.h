// csrc/cuda/mma.h for the shim: the same words, by what PTX's manual says of each lane's part.
#pragma once

#include "simt.h"

namespace eyebrush {

inline void copy_async(void* to, const void* from, bool wanted) {
  if (wanted) {
    std::memcpy(to, from, 16);
  } else {
    std::memset(to, 0, 16);
  }
}
inline void end_group() {}
template <int kLeft>
void wait_groups() {}

inline void load_matrices(unsigned (&to)[4], const void* row) {
  const auto* rows = simt::exchange(kAllLanes, reinterpret_cast<std::uintptr_t>(row));
  const int lane = simt::current().lane;
  for (int matrix = 0; matrix < 4; ++matrix)
    to[matrix] = reinterpret_cast<const unsigned*>(rows[8 * matrix + lane / 4])[lane % 4];
}

// One lane's registers of a fragment, for all lanes of the warp.
struct Fragment {
  unsigned lanes[simt::kWarp][4];

  Fragment(unsigned r0, unsigned r1, unsigned r2, unsigned r3) { take(0, r0, r1), take(2, r2, r3); }
  void take(int first, unsigned low, unsigned high) {
    const auto* words = simt::exchange(kAllLanes, low | static_cast<std::uint64_t>(high) << 32);
    for (int lane = 0; lane < simt::kWarp; ++lane) {
      lanes[lane][first] = static_cast<unsigned>(words[lane]);
      lanes[lane][first + 1] = static_cast<unsigned>(words[lane] >> 32);
    }
  }
  unsigned short half(int lane, int reg, int which) const {
    return static_cast<unsigned short>(lanes[lane][reg] >> 16 * which);
  }
  // Element (row, k) of A: 8 x 8 quarters, rows first.
  unsigned short a(int row, int k) const {
    return half(row % 8 * 4 + k % 8 / 2, row / 8 + k / 8 * 2, k % 2);
  }
  // Element (k, column) of B.
  unsigned short b(int k, int column) const { return half(column * 4 + k % 8 / 2, k / 8, k % 2); }
};

template <class E>
void multiply_add(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  const Fragment left(a[0], a[1], a[2], a[3]), right(b0, b1, 0, 0);
  const int lane = simt::current().lane;
  for (int i = 0; i < 4; ++i) {
    const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
    for (int k = 0; k < 16; ++k) sum[i] += E::widen(left.a(row, k)) * E::widen(right.b(k, column));
  }
}

}  // namespace eyebrush
