// What AdaIN and Gram share on the CPU: which kernels, and reading and writing runs of one channel.
#include "../cpu.h"
#include "feature_kernels.h"
#include "half.h"

namespace eyebrush {

const FeatureKernels& feature_kernels() {
#if defined(EYEBRUSH_X86)
  if (current_isa() == Isa::avx2) return features_avx2;
  if (current_isa() == Isa::avx512) return features_avx512;
#endif
  return features_plain;
}

namespace {

template <class Value, class Step>
void each_pixel(const Features& x, std::int64_t eye, std::int64_t channel, std::int64_t first,
                int n, Value* values, const Step& step) {
  if (x.even()) {
    Value* at = values + x.offset(eye, channel, first);
    const std::int64_t stride = x.pixel_stride();
    for (int i = 0; i < n; ++i) step(i, at[i * stride]);
    return;
  }
  for (int i = 0; i < n; ++i) step(i, values[x.offset(eye, channel, first + i)]);
}

bool is_run(const Features& x) { return x.even() && (x.pixels() == 1 || x.pixel_stride() == 1); }

}  // namespace

const float* fetch_run(const Features& x, std::int64_t eye, std::int64_t channel,
                       std::int64_t first, int n, float* room) {
  if (x.dtype == DType::f32) {
    const auto* values = static_cast<const float*>(x.data);
    if (is_run(x)) return values + x.offset(eye, channel, first);
    each_pixel(x, eye, channel, first, n, values, [&](int i, float v) { room[i] = v; });
    return room;
  }
  const auto* values = static_cast<const std::uint16_t*>(x.data);
  if (is_run(x)) {
    feature_kernels().widen(values + x.offset(eye, channel, first), x.dtype, room, n);
  } else if (x.dtype == DType::f16) {
    each_pixel(x, eye, channel, first, n, values,
               [&](int i, std::uint16_t v) { room[i] = from_f16(v); });
  } else {
    each_pixel(x, eye, channel, first, n, values,
               [&](int i, std::uint16_t v) { room[i] = from_bf16(v); });
  }
  return room;
}

void store_run(const Features& y, std::int64_t eye, std::int64_t channel, std::int64_t first, int n,
               const float* from) {
  if (y.dtype == DType::f32) {
    each_pixel(y, eye, channel, first, n, static_cast<float*>(y.data),
               [&](int i, float& v) { v = from[i]; });
    return;
  }
  auto* values = static_cast<std::uint16_t*>(y.data);
  if (is_run(y)) {
    feature_kernels().narrow(from, values + y.offset(eye, channel, first), y.dtype, n);
  } else if (y.dtype == DType::f16) {
    each_pixel(y, eye, channel, first, n, values,
               [&](int i, std::uint16_t& v) { v = to_f16(from[i]); });
  } else {
    each_pixel(y, eye, channel, first, n, values,
               [&](int i, std::uint16_t& v) { v = to_bf16(from[i]); });
  }
}

}  // namespace eyebrush
