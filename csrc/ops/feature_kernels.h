// What adain.cpp and gram.cpp need of the vector kernels, one table for each instruction set.
#pragma once

#include "../tensor.h"

namespace eyebrush {

// Count, mean and sum of squared differences from it.
struct Moments {
  double n, mean, m2;
};

// Constants of one channel of AdaIN: y = ((x - mean) - low) * gain + shift.
struct Affine {
  float mean, low, gain, shift;
};

struct FeatureKernels {
  int lanes;
  // n contiguous values.
  Moments (*moments)(const float* x, int n);
  void (*affine)(const float* x, float* y, int n, const Affine& by, bool relu);
  // n pixels of `lanes` neighbouring channels; strides between pixels.
  void (*moments_across)(const float* x, std::ptrdiff_t stride, int n, Moments* out);
  void (*affine_across)(const float* x, std::ptrdiff_t x_stride, float* y, std::ptrdiff_t y_stride,
                        int n, const Affine* by, bool relu);
  // f16 or bf16 <-> float32, n contiguous values. narrow() rounds to nearest even.
  void (*widen)(const void* from, DType type, float* to, int n);
  void (*narrow)(const float* from, void* to, DType type, int n);
  // sums[i * sums_stride + j] += sum over n pixels of x_i x_j, for j >= i (and some j < i). x and
  // sums must have room for channels rounded up to gram_width. Here pixel p's channels lie at
  // x + p * stride, ...
  void (*gram_block)(const float* x, std::ptrdiff_t stride, int channels, int n, float* sums,
                     std::ptrdiff_t sums_stride);
  int gram_width;  // a multiple of kGramLines
  // ... and here channel i's pixels at x + i * stride, with 0 up to a multiple of `lanes`. Lines of
  // room, of channels that there are not, must be 0 up to a multiple of kGramLines.
  void (*gram_lines)(const float* x, std::ptrdiff_t stride, int channels, int n, float* sums,
                     std::ptrdiff_t sums_stride);
};
constexpr int kGramLines = 4;
extern const FeatureKernels features_plain, features_avx2, features_avx512;

const FeatureKernels& feature_kernels();

// The values of channel c, pixels first .. first + n - 1, as contiguous floats: in place where they
// are that already, otherwise copied into `room` [n].
const float* fetch_run(const Features& x, std::int64_t eye, std::int64_t channel,
                       std::int64_t first, int n, float* room);
// Writes such a run back.
void store_run(const Features& y, std::int64_t eye, std::int64_t channel, std::int64_t first, int n,
               const float* from);

}  // namespace eyebrush
