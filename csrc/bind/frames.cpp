// Python bindings of the ops on frames: ingest, composite and the blends over time.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../ops/composite.h"
#include "../ops/grid_blend.h"
#include "../ops/ingest.h"
#include "../ops/temporal.h"
#include "array.h"
#include "run.h"

namespace eyebrush {
namespace {

template <class T>
T* as(const Array& array) {
  return static_cast<T*>(array.data());
}
void* stream_of(std::uintptr_t handle) { return reinterpret_cast<void*>(handle); }
const Array* maybe(const Given& array) { return array ? &*array : nullptr; }
int size_of(const Array& array, int axis) { return static_cast<int>(array.shape(axis)); }

void want_on_cpu(const Array& array, const char* name, std::initializer_list<std::int64_t> shape) {
  want(array, name, DType::f32, shape);
  if (array.cuda_device() >= 0)
    throw std::invalid_argument(std::string(name) + ": wanted it in the CPU's memory");
}

void set_reprojection(Reprojection& job, std::int64_t eyes, float extent_u, float extent_v,
                      const Given& matrix, const Given& parallax, const Given& depth_m) {
  // These two are small and stay in the CPU's memory: they travel with the call.
  if (matrix) want_on_cpu(*matrix, "matrix", {eyes, 3, 3});
  if (parallax) want_on_cpu(*parallax, "parallax", {eyes, 3});
  if (depth_m) want(*depth_m, "depth_m", DType::f32, {eyes, -1, -1});
  job.extent_u = extent_u, job.extent_v = extent_v;
  job.matrix = matrix ? as<const float>(*matrix) : nullptr;
  job.parallax = parallax && depth_m ? as<const float>(*parallax) : nullptr;
  job.depth_m = parallax && depth_m ? as<const float>(*depth_m) : nullptr;
  job.depth_h = depth_m ? size_of(*depth_m, 1) : 0;
  job.depth_w = depth_m ? size_of(*depth_m, 2) : 0;
}

// C-contiguous [E, H, W, 3 or 4] uint8, [E, H, W, 4] float16 or [E, H, W] uint32.
PixelFormat format_of(const Array& array, const char* name) {
  if (array.dtype() == DType::u32) {
    want(array, name, DType::u32, {-1, -1, -1});
    return PixelFormat::a2b10g10r10;
  }
  if (array.dtype() == DType::f16) {
    want(array, name, DType::f16, {-1, -1, -1, 4});
    return PixelFormat::rgba16f;
  }
  want(array, name, DType::u8, {-1, -1, -1, -1});
  if (array.shape(3) != 3 && array.shape(3) != 4)
    throw std::invalid_argument(std::string(name) + ": wanted 3 or 4 channels");
  return array.shape(3) == 3 ? PixelFormat::rgb8 : PixelFormat::rgba8;
}

bool is_1_2_or_4(int n) { return n == 1 || n == 2 || n == 4; }

void ingest_bound(const Array& color, int down, int shuffle, const Array& out,
                  std::uintptr_t stream) {
  const PixelFormat format = format_of(color, "color");
  if (!is_1_2_or_4(down)) throw std::invalid_argument("down: wanted 1, 2 or 4");
  if (!is_1_2_or_4(shuffle)) throw std::invalid_argument("shuffle: wanted 1, 2 or 4");
  want(out, "out", DType::f32, {color.shape(0), 3 * shuffle * shuffle, -1, -1});
  want_writable(out, "out");
  const Ingest job{color.data(), format,  size_of(color, 0), size_of(color, 1), size_of(color, 2),
                   down,         shuffle, as<float>(out),    size_of(out, 2),   size_of(out, 3)};
  const int device = device_of({&color, &out});
  py::gil_scoped_release release;
  RUN_OP(ingest, device, stream_of(stream), job);
}

void composite_bound(const Array& color, const Array& grid, const Array& strokes, float extent_u,
                     float extent_v, const Given& matrix, const Given& parallax,
                     const Given& depth_m, float strength, float stroke_opacity, const Array& out,
                     std::uintptr_t stream) {
  const PixelFormat format = format_of(color, "color"), out_format = format_of(out, "out");
  const auto eyes = color.shape(0);
  for (int axis = 0; axis < 3; ++axis)
    if (out.shape(axis) != color.shape(axis))
      throw std::invalid_argument("out: wanted shape [eyes, height, width, ...] of color");
  want_writable(out, "out");
  want(strokes, "strokes", DType::u8, {eyes, -1, -1, 4});
  const bool half = grid.dtype() == DType::f16;
  want(grid, "grid", half ? DType::f16 : DType::f32, {eyes, 12, -1, -1, -1});

  Composite job{};
  set_reprojection(job, eyes, extent_u, extent_v, matrix, parallax, depth_m);
  job.color = color.data(), job.out = out.data();
  job.format = format, job.out_format = out_format;
  job.eyes = static_cast<int>(eyes);
  job.height = size_of(color, 1), job.width = size_of(color, 2);
  job.grid = grid.data(), job.grid_is_half = half;
  job.bins = size_of(grid, 2), job.grid_h = size_of(grid, 3), job.grid_w = size_of(grid, 4);
  job.strokes = as<const std::uint8_t>(strokes);
  job.strokes_h = size_of(strokes, 1), job.strokes_w = size_of(strokes, 2);
  job.strength = strength, job.stroke_opacity = stroke_opacity;
  const int device = device_of({&color, &grid, &strokes, maybe(depth_m), &out});
  py::gil_scoped_release release;
  RUN_OP(composite, device, stream_of(stream), job);
}

// strokes, guide, share, matrix, parallax, depth_m
using HistoryArrays = std::tuple<Array, Array, float, Given, Given, Given>;

void temporal_blend_bound(const Array& fresh, const Array& fresh_guide,
                          const std::vector<HistoryArrays>& histories, float extent_u,
                          float extent_v, const Given& depth_m, const Array& out,
                          std::uintptr_t stream) {
  if (histories.empty() || histories.size() > kMostHistories)
    throw std::invalid_argument("histories: wanted 1 to " + std::to_string(kMostHistories));
  want(fresh_guide, "fresh_guide", DType::f32, {-1, 3, -1, -1});
  const auto eyes = fresh_guide.shape(0), h = fresh_guide.shape(2), w = fresh_guide.shape(3);
  want(fresh, "fresh", DType::u8, {eyes, 2 * h, 2 * w, 4});
  want(out, "out", DType::u8, {eyes, 2 * h, 2 * w, 4});
  want_writable(out, "out");

  TemporalBlend jobs[kMostHistories]{};
  std::vector<const Array*> arrays = {&fresh, &fresh_guide, maybe(depth_m), &out};
  int count = 0;
  for (const auto& [strokes, guide, share, matrix, parallax, then_m] : histories) {
    want(strokes, "history", DType::u8, {eyes, 2 * h, 2 * w, 4});
    want(guide, "history_guide", DType::f32, {eyes, 3, h, w});
    TemporalBlend& job = jobs[count++];
    set_reprojection(job, eyes, extent_u, extent_v, matrix, parallax, depth_m);
    job.fresh = as<const std::uint8_t>(fresh), job.history = as<const std::uint8_t>(strokes);
    job.out = as<std::uint8_t>(out);
    job.fresh_guide = as<const float>(fresh_guide), job.history_guide = as<const float>(guide);
    job.eyes = static_cast<int>(eyes), job.h = static_cast<int>(h), job.w = static_cast<int>(w);
    job.share = share;
    if (then_m) {
      want(*then_m, "history_depth_m", DType::f32, {eyes, job.depth_h, job.depth_w});
      job.history_depth_m = as<const float>(*then_m);
    }
    arrays.insert(arrays.end(), {&strokes, &guide, maybe(then_m)});
  }
  const int device = device_of(arrays);
  py::gil_scoped_release release;
  RUN_OP(temporal_blend, device, stream_of(stream), jobs, count);
}

void grid_blend_bound(const Array& fresh, const Array& history, float share, float extent_u,
                      float extent_v, const Given& matrix, const Given& parallax,
                      const Given& depth_m, const Array& out, std::uintptr_t stream) {
  want(fresh, "fresh", DType::f32, {-1, 12, -1, -1, -1});
  for (const auto& [array, name] : {std::pair{&history, "history"}, {&out, "out"}}) {
    want(*array, name, DType::f32, {-1, 12, -1, -1, -1});
    if (array->shape() != fresh.shape())
      throw std::invalid_argument(std::string(name) + ": wanted the shape of fresh");
  }
  want_writable(out, "out");
  GridBlend job{};
  set_reprojection(job, fresh.shape(0), extent_u, extent_v, matrix, parallax, depth_m);
  job.fresh = as<const float>(fresh), job.history = as<const float>(history);
  job.out = as<float>(out);
  job.eyes = size_of(fresh, 0), job.planes = 12 * size_of(fresh, 2);
  job.h = size_of(fresh, 3), job.w = size_of(fresh, 4);
  job.share = share;
  const int device = device_of({&fresh, &history, maybe(depth_m), &out});
  py::gil_scoped_release release;
  RUN_OP(grid_blend, device, stream_of(stream), job);
}

}  // namespace

void bind_frame_ops(py::module_& m) {
  using py::arg;
  m.def("ingest", &ingest_bound, arg("color"), arg("down"), arg("shuffle"), arg("out"),
        arg("stream") = 0);
  m.def("composite", &composite_bound, arg("color"), arg("grid"), arg("strokes"), arg("extent_u"),
        arg("extent_v"), arg("matrix").none(true), arg("parallax").none(true),
        arg("depth_m").none(true), arg("strength"), arg("stroke_opacity"), arg("out"),
        arg("stream") = 0);
  m.def("temporal_blend", &temporal_blend_bound, arg("fresh"), arg("fresh_guide"), arg("histories"),
        arg("extent_u"), arg("extent_v"), arg("depth_m").none(true), arg("out"), arg("stream") = 0);
  m.def("grid_blend", &grid_blend_bound, arg("fresh"), arg("history"), arg("share"),
        arg("extent_u"), arg("extent_v"), arg("matrix").none(true), arg("parallax").none(true),
        arg("depth_m").none(true), arg("out"), arg("stream") = 0);
}

}  // namespace eyebrush
