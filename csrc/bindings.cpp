// Python bindings of the native ops. eyebrush/ops.py is the friendly front: it explains what is
// wrong with an argument. Here every size is checked once more, so that no call, whoever makes
// it, can read or write out of bounds.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>

#include "bridge_bindings.h"
#include "cpu.h"
#include "ops/composite.h"
#include "ops/ingest.h"
#include "ops/temporal.h"
#include "parallel.h"

namespace py = pybind11;
using namespace eyebrush;

namespace {

template <class T>
using Array = py::array_t<T, py::array::c_style>;
using Bytes = Array<std::uint8_t>;
using Floats = Array<float>;

// `shape`: -1 where any size >= 1 will do.
void want(const py::array& array, const char* name, std::initializer_list<py::ssize_t> shape) {
  bool good = array.ndim() == static_cast<py::ssize_t>(shape.size());
  std::string wanted;
  py::ssize_t axis = 0;
  for (const auto size : shape) {
    if (good) {
      const auto n = array.shape(axis);
      good = size < 0 ? n >= 1 && n < (1 << 30) : n == size;
    }
    wanted += (axis++ ? ", " : "") + (size < 0 ? std::string("any") : std::to_string(size));
  }
  if (!good) throw std::invalid_argument(std::string(name) + ": wanted shape [" + wanted + "]");
}

int size_of(const py::array& array, int axis) { return static_cast<int>(array.shape(axis)); }

int channels_of(const Bytes& color) {
  want(color, "color", {-1, -1, -1, -1});
  const int channels = size_of(color, 3);
  if (channels != 3 && channels != 4) throw std::invalid_argument("color: wanted 3 or 4 channels");
  return channels;
}

using Given = std::optional<Floats>;

void set_reprojection(Reprojection& job, py::ssize_t eyes, float extent_u, float extent_v,
                      const Given& matrix, const Given& parallax, const Given& depth_m) {
  if (matrix) want(*matrix, "matrix", {eyes, 3, 3});
  if (parallax) want(*parallax, "parallax", {eyes, 3});
  if (depth_m) want(*depth_m, "depth_m", {eyes, -1, -1});
  job.extent_u = extent_u, job.extent_v = extent_v;
  job.matrix = matrix ? matrix->data() : nullptr;
  job.parallax = parallax && depth_m ? parallax->data() : nullptr;
  job.depth_m = parallax && depth_m ? depth_m->data() : nullptr;
  job.depth_h = depth_m ? size_of(*depth_m, 1) : 0;
  job.depth_w = depth_m ? size_of(*depth_m, 2) : 0;
}

void ingest_bound(const Bytes& color, int down, Floats out) {
  const int channels = channels_of(color);
  if (down != 1 && down != 2 && down != 4) throw std::invalid_argument("down: wanted 1, 2 or 4");
  want(out, "out", {color.shape(0), 3, -1, -1});
  const Ingest job{color.data(),
                   out.mutable_data(),
                   size_of(color, 0),
                   size_of(color, 1),
                   size_of(color, 2),
                   channels,
                   down,
                   size_of(out, 2),
                   size_of(out, 3)};
  py::gil_scoped_release release;
  ingest(job);
}

void composite_bound(const Bytes& color, const py::array& grid, const Bytes& strokes,
                     float extent_u, float extent_v, const Given& matrix, const Given& parallax,
                     const Given& depth_m, float strength, float stroke_opacity, Bytes out) {
  const int channels = channels_of(color);
  const auto eyes = color.shape(0);
  want(out, "out", {eyes, color.shape(1), color.shape(2), channels});
  want(strokes, "strokes", {eyes, -1, -1, 4});
  want(grid, "grid", {eyes, 12, -1, -1, -1});
  const auto kind = grid.dtype().kind();
  const auto item = grid.itemsize();
  if (kind != 'f' || (item != 2 && item != 4) || !(grid.flags() & py::array::c_style))
    throw std::invalid_argument("grid: wanted C-contiguous float32 or float16");

  Composite job{};
  set_reprojection(job, eyes, extent_u, extent_v, matrix, parallax, depth_m);
  job.color = color.data();
  job.out = out.mutable_data();
  job.eyes = static_cast<int>(eyes);
  job.height = size_of(color, 1), job.width = size_of(color, 2), job.channels = channels;
  job.grid = grid.data();
  job.grid_is_half = item == 2;
  job.bins = size_of(grid, 2), job.grid_h = size_of(grid, 3), job.grid_w = size_of(grid, 4);
  job.strokes = strokes.data();
  job.strokes_h = size_of(strokes, 1), job.strokes_w = size_of(strokes, 2);
  job.strength = strength, job.stroke_opacity = stroke_opacity;
  py::gil_scoped_release release;
  composite(job);
}

void temporal_blend_bound(const Bytes& fresh, const Bytes& history, const Floats& fresh_guide,
                          const Floats& history_guide, float calm, float extent_u, float extent_v,
                          const Given& matrix, const Given& parallax, const Given& depth_m,
                          const Given& history_depth_m, Bytes out) {
  want(fresh_guide, "fresh_guide", {-1, 3, -1, -1});
  const auto eyes = fresh_guide.shape(0), h = fresh_guide.shape(2), w = fresh_guide.shape(3);
  want(history_guide, "history_guide", {eyes, 3, h, w});
  want(fresh, "fresh", {eyes, 2 * h, 2 * w, 4});
  want(history, "history", {eyes, 2 * h, 2 * w, 4});
  want(out, "out", {eyes, 2 * h, 2 * w, 4});

  TemporalBlend job{};
  set_reprojection(job, eyes, extent_u, extent_v, matrix, parallax, depth_m);
  job.fresh = fresh.data(), job.history = history.data(), job.out = out.mutable_data();
  job.fresh_guide = fresh_guide.data(), job.history_guide = history_guide.data();
  job.eyes = static_cast<int>(eyes), job.h = static_cast<int>(h), job.w = static_cast<int>(w);
  job.calm = calm;
  if (history_depth_m) {
    want(*history_depth_m, "history_depth_m", {eyes, job.depth_h, job.depth_w});
    job.history_depth_m = history_depth_m->data();
  }
  py::gil_scoped_release release;
  temporal_blend(job);
}

Isa isa_of(const std::string& name) {
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512})
    if (name == isa_name(isa)) return isa;
  throw std::invalid_argument("got instruction set '" + name +
                              "'; wanted 'plain', 'avx2' or 'avx512'");
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  m.doc() = "Native ops of Eyebrush. Use eyebrush.ops, which checks its arguments.";
  m.def("ingest", &ingest_bound, py::arg("color").noconvert(), py::arg("down"),
        py::arg("out").noconvert());
  m.def("composite", &composite_bound, py::arg("color").noconvert(), py::arg("grid").noconvert(),
        py::arg("strokes").noconvert(), py::arg("extent_u"), py::arg("extent_v"),
        py::arg("matrix").noconvert().none(true), py::arg("parallax").noconvert().none(true),
        py::arg("depth_m").noconvert().none(true), py::arg("strength"), py::arg("stroke_opacity"),
        py::arg("out").noconvert());
  m.def("temporal_blend", &temporal_blend_bound, py::arg("fresh").noconvert(),
        py::arg("history").noconvert(), py::arg("fresh_guide").noconvert(),
        py::arg("history_guide").noconvert(), py::arg("calm"), py::arg("extent_u"),
        py::arg("extent_v"), py::arg("matrix").noconvert().none(true),
        py::arg("parallax").noconvert().none(true), py::arg("depth_m").noconvert().none(true),
        py::arg("history_depth_m").noconvert().none(true), py::arg("out").noconvert());
  m.def("set_threads", &set_threads, py::arg("n"));
  m.def("threads", &threads);
  m.def("set_isa", [](const std::string& name) { set_isa(isa_of(name)); }, py::arg("name"));
  m.def("isa", [] { return isa_name(current_isa()); });
  m.def("best_isa", [] { return isa_name(best_isa()); });
  m.attr("cuda") = false;
  auto bridge = m.def_submodule("bridge");
  bind_bridge(bridge);
}
