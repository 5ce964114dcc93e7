// Working memory that outlives a call, so that a frame allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eyebrush {

// 64-byte aligned room. Grown on first use and kept; make it thread_local.
class Scratch {
 public:
  float* floats(std::size_t count) {
    constexpr std::size_t kAlign = 64;
    if (store_.size() < count + kAlign / sizeof(float))
      store_.resize(count + kAlign / sizeof(float));
    const auto address = reinterpret_cast<std::uintptr_t>(store_.data());
    return store_.data() + ((kAlign - address % kAlign) % kAlign) / sizeof(float);
  }

 private:
  std::vector<float> store_;
};

}  // namespace eyebrush
