// AdaIN on the CPU.
//
// The pixels of a channel are taken in pieces of fixed size, whatever the number of threads, and
// the pieces' moments are merged in fixed order in double: the result is the same bit for bit
// from run to run, and for any number of threads.
#include "adain.h"

#include <cmath>
#include <vector>

#include "../parallel.h"
#include "../scratch.h"
#include "feature_kernels.h"

namespace eyebrush {
namespace {

constexpr int kPiece = 4096;  // pixels; 16 KB of floats: read twice, the second time from L1
constexpr int kBand = 64;     // pixels of interleaved channels at a time

std::int64_t pieces_of(const Features& x) { return (x.pixels() + kPiece - 1) / kPiece; }

int piece_length(const Features& x, std::int64_t piece, int most = kPiece) {
  const std::int64_t left = x.pixels() - piece * most;
  return static_cast<int>(left < most ? left : most);
}

void merge(Moments& into, const Moments& more) {
  if (more.n == 0) return;
  const double n = into.n + more.n, delta = more.mean - into.mean;
  into.m2 += more.m2 + delta * delta * into.n * more.n / n;
  into.mean += delta * more.n / n;
  into.n = n;
}

Moments moments_of_piece(const Features& x, std::int64_t eye, std::int64_t channel,
                         std::int64_t piece) {
  thread_local Scratch room;
  const int n = piece_length(x, piece);
  const float* run = fetch_run(x, eye, channel, piece * kPiece, n, room.floats(kPiece));
  return feature_kernels().moments(run, n);
}

// Interleaved pixels as floats: in place, or widened into `room` (then C values apart).
struct Band {
  const float* data;
  std::ptrdiff_t stride;
};

Band band_of(const Features& x, std::int64_t eye, std::int64_t first, int n, Scratch& room) {
  const std::int64_t at = x.offset(eye, 0, first), c = x.channels;
  if (x.dtype == DType::f32) return {static_cast<const float*>(x.data) + at, x.pixel_stride()};
  float* wide = room.floats(static_cast<std::size_t>(n) * c);
  const auto* from = static_cast<const std::uint16_t*>(x.data) + at;
  for (int i = 0; i < n; ++i)
    feature_kernels().widen(from + i * x.pixel_stride(), x.dtype, wide + i * c,
                            static_cast<int>(c));
  return {wide, static_cast<std::ptrdiff_t>(c)};
}

// All channels of one piece of an eye, where channels are neighbours. out: [C], `apart` apart.
void moments_of_bands(const Features& x, std::int64_t eye, std::int64_t piece, Moments* out,
                      std::ptrdiff_t apart) {
  const FeatureKernels& k = feature_kernels();
  thread_local Scratch room;
  const int length = piece_length(x, piece), channels = static_cast<int>(x.channels);
  const int whole = channels / k.lanes * k.lanes;
  for (int c = 0; c < channels; ++c) out[c * apart] = {0, 0, 0};
  for (int first = 0; first < length; first += kBand) {
    const int n = length - first < kBand ? length - first : kBand;
    const Band band = band_of(x, eye, piece * kPiece + first, n, room);
    Moments found[16];
    for (int c = 0; c < whole; c += k.lanes) {
      k.moments_across(band.data + c, band.stride, n, found);
      for (int i = 0; i < k.lanes; ++i) merge(out[(c + i) * apart], found[i]);
    }
    for (int c = whole; c < channels; ++c) {
      float run[kBand];
      for (int i = 0; i < n; ++i) run[i] = band.data[i * band.stride + c];
      merge(out[c * apart], k.moments(run, n));
    }
  }
}

// Merged statistics of one channel of a group, blended with the running ones; `low`: see
// AdainApply.
void finish(const AdainStats& job, std::int64_t group, std::int64_t channel, const Moments& all,
            float* low) {
  const std::int64_t c = job.x.channels;
  double mean = all.mean, variance = all.m2 > 0 ? all.m2 / all.n : 0.0;
  if (!(all.m2 == all.m2)) variance = all.m2;  // NaN stays NaN
  if (job.running) {
    const float* before = job.running + group * 2 * c + channel;
    mean = before[0] + job.fresh * (mean - before[0]);
    variance = before[c] + job.fresh * (variance - before[c]);
  }
  float* used = job.used + group * 2 * c + channel;
  used[0] = static_cast<float>(mean);
  used[c] = static_cast<float>(variance);
  if (low) low[group * c + channel] = static_cast<float>(mean - used[0]);
}

void eyes_of(const AdainStats& job, std::int64_t group, std::int64_t& first, std::int64_t& last) {
  first = job.shared ? 0 : group;
  last = job.shared ? job.x.eyes : group + 1;
}

void stats(const AdainStats& job, float* low) {
  const Features& x = job.x;
  const std::int64_t pieces = pieces_of(x), c = x.channels;
  std::vector<Moments> found(static_cast<std::size_t>(x.eyes * c * pieces));  // [E, C, pieces]
  if (x.interleaved()) {
    parallel_for(static_cast<int>(x.eyes * pieces), 1, [&](int begin, int end) {
      for (int i = begin; i < end; ++i)
        moments_of_bands(x, i / pieces, i % pieces,
                         found.data() + i / pieces * c * pieces + i % pieces, pieces);
    });
  } else {
    parallel_for(static_cast<int>(found.size()), 4, [&](int begin, int end) {
      for (int i = begin; i < end; ++i)
        found[i] = moments_of_piece(x, i / (c * pieces), i / pieces % c, i % pieces);
    });
  }
  for (std::int64_t group = 0; group < job.groups(); ++group)
    for (std::int64_t channel = 0; channel < c; ++channel) {
      Moments all{0, 0, 0};
      std::int64_t eye, last;
      for (eyes_of(job, group, eye, last); eye < last; ++eye)
        for (std::int64_t piece = 0; piece < pieces; ++piece)
          merge(all, found[(eye * c + channel) * pieces + piece]);
      finish(job, group, channel, all, low);
    }
}

Affine affine_of(const AdainApply& job, std::int64_t eye, std::int64_t channel) {
  const std::int64_t c = job.x.channels, group = job.groups == 1 ? 0 : eye;
  const float* stats = job.stats + group * 2 * c + channel;
  const float* style = job.style + (job.styles == 1 ? 0 : eye) * 2 * c + channel;
  return {stats[0], job.low ? job.low[group * c + channel] : 0.0f,
          style[0] / std::sqrt(stats[c] + job.eps), style[c]};
}

void apply_piece(const AdainApply& job, std::int64_t eye, std::int64_t channel,
                 std::int64_t piece) {
  thread_local Scratch in_room, out_room;
  const FeatureKernels& k = feature_kernels();
  const Features &x = job.x, &y = job.y;
  const int n = piece_length(x, piece);
  const std::int64_t first = piece * kPiece;
  const float* from = fetch_run(x, eye, channel, first, n, in_room.floats(kPiece));
  const Affine by = affine_of(job, eye, channel);
  if (y.planar() && y.dtype == DType::f32) {
    k.affine(from, static_cast<float*>(y.data) + y.offset(eye, channel, first), n, by, job.relu);
    return;
  }
  float* to = out_room.floats(kPiece);
  k.affine(from, to, n, by, job.relu);
  store_run(y, eye, channel, first, n, to);
}

void apply_bands(const AdainApply& job, std::int64_t eye, std::int64_t piece, const Affine* by) {
  const FeatureKernels& k = feature_kernels();
  thread_local Scratch in_room, out_room;
  const Features &x = job.x, &y = job.y;
  const int length = piece_length(x, piece), channels = static_cast<int>(x.channels);
  const int whole = channels / k.lanes * k.lanes;
  const bool wide = y.dtype == DType::f32;
  for (int done = 0; done < length; done += kBand) {
    const int n = length - done < kBand ? length - done : kBand;
    const std::int64_t first = piece * kPiece + done, at = y.offset(eye, 0, first);
    const Band in = band_of(x, eye, first, n, in_room);
    float* out = wide ? static_cast<float*>(y.data) + at
                      : out_room.floats(static_cast<std::size_t>(n) * channels);
    const std::ptrdiff_t stride = wide ? y.pixel_stride() : channels;
    for (int c = 0; c < whole; c += k.lanes)
      k.affine_across(in.data + c, in.stride, out + c, stride, n, by + c, job.relu);
    for (int c = whole; c < channels; ++c)
      for (int i = 0; i < n; ++i)
        k.affine(in.data + i * in.stride + c, out + i * stride + c, 1, by[c], job.relu);
    if (wide) continue;
    auto* narrow = static_cast<std::uint16_t*>(y.data) + at;
    for (int i = 0; i < n; ++i)
      k.narrow(out + i * stride, narrow + i * y.pixel_stride(), y.dtype, channels);
  }
}

}  // namespace

void adain_stats(const AdainStats& job) { stats(job, nullptr); }

void adain_apply(const AdainApply& job) {
  const std::int64_t pieces = pieces_of(job.x), c = job.x.channels;
  if (job.x.interleaved() && job.y.interleaved()) {
    std::vector<Affine> by(static_cast<std::size_t>(job.x.eyes * c));
    for (std::int64_t i = 0; i < job.x.eyes * c; ++i) by[i] = affine_of(job, i / c, i % c);
    parallel_for(static_cast<int>(job.x.eyes * pieces), 1, [&](int begin, int end) {
      for (int i = begin; i < end; ++i)
        apply_bands(job, i / pieces, i % pieces, by.data() + i / pieces * c);
    });
    return;
  }
  parallel_for(static_cast<int>(job.x.eyes * c * pieces), 4, [&](int begin, int end) {
    for (int i = begin; i < end; ++i)
      apply_piece(job, i / (c * pieces), i / pieces % c, i % pieces);
  });
}

void adain(const AdainStats& stats_job, AdainApply apply) {
  const Features& x = stats_job.x;
  const std::int64_t groups = stats_job.groups(), c = x.channels, pieces = pieces_of(x);
  std::vector<float> low(static_cast<std::size_t>(groups * c));
  apply.stats = stats_job.used, apply.groups = groups, apply.low = low.data();
  if (x.interleaved()) {
    stats(stats_job, low.data());
    adain_apply(apply);
    return;
  }
  // One channel at a time, so that its second reading comes from the cache.
  parallel_for(static_cast<int>(groups * c), 1, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const std::int64_t group = i / c, channel = i % c;
      std::int64_t first, last;
      eyes_of(stats_job, group, first, last);
      Moments all{0, 0, 0};
      for (std::int64_t eye = first; eye < last; ++eye)
        for (std::int64_t piece = 0; piece < pieces; ++piece)
          merge(all, moments_of_piece(x, eye, channel, piece));
      finish(stats_job, group, channel, all, low.data());
      for (std::int64_t eye = first; eye < last; ++eye)
        for (std::int64_t piece = 0; piece < pieces; ++piece)
          apply_piece(apply, eye, channel, piece);
    }
  });
}

}  // namespace eyebrush
