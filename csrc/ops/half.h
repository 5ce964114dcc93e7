// float16 and bfloat16 <-> float32 in plain C++. To 16 bits: rounded to nearest even, NaN kept.
#pragma once

#include <cstdint>
#include <cstring>

namespace eyebrush {

inline std::uint32_t bits_of(float value) {
  std::uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  return word;
}

inline float float_of(std::uint32_t word) {
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

inline float from_f16(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16;
  const std::uint32_t exponent = (h >> 10) & 0x1fu, fraction = h & 0x3ffu;
  if (exponent == 31) return float_of(sign | 0x7f800000u | (fraction << 13));
  if (exponent != 0) return float_of(sign | ((exponent + 112) << 23) | (fraction << 13));
  const float value = static_cast<float>(fraction) * 5.9604644775390625e-8f;  // exact: 2^-24
  return sign ? -value : value;
}

inline std::uint16_t to_f16(float value) {
  const std::uint32_t word = bits_of(value), sign = word >> 16 & 0x8000u;
  const std::uint32_t size = word & 0x7fffffffu;
  if (size > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
  if (size >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // rounds to Inf
  if (size < 0x38800000u) {  // subnormal: let float addition round at 2^-24
    const float shifted = float_of(size) + 0.5f;
    return static_cast<std::uint16_t>(sign | (bits_of(shifted) - 0x3f000000u));
  }
  const std::uint32_t even = (size >> 13 & 1u) + 0xfffu;
  return static_cast<std::uint16_t>(sign | ((size + even - 0x38000000u) >> 13));
}

inline float from_bf16(std::uint16_t h) { return float_of(static_cast<std::uint32_t>(h) << 16); }

inline std::uint16_t to_bf16(float value) {
  const std::uint32_t word = bits_of(value);
  if (value != value) return static_cast<std::uint16_t>((word | 0x400000u) >> 16);
  return static_cast<std::uint16_t>((word + 0x7fffu + (word >> 16 & 1u)) >> 16);
}

}  // namespace eyebrush
