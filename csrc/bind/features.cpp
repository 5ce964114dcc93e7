// Python bindings of the ops on feature maps: AdaIN and Gram.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>

#include "../ops/adain.h"
#include "../ops/gram.h"
#include "array.h"
#include "run.h"

namespace eyebrush {
namespace {

const float* floats(const Array& array) { return static_cast<const float*>(array.data()); }
float* floats_out(const Array& array) { return static_cast<float*>(array.data()); }
void* stream_of(std::uintptr_t handle) { return reinterpret_cast<void*>(handle); }
const Array* maybe(const Given& array) { return array ? &*array : nullptr; }

AdainStats stats_job(const Array& x, bool shared, const Given& running, float fresh,
                     const Array& used) {
  const Features maps = x.features("x");
  const std::int64_t groups = shared ? 1 : maps.eyes;
  want(used, "used", DType::f32, {groups, 2, maps.channels});
  want_writable(used, "used");
  if (running) want(*running, "running", DType::f32, {groups, 2, maps.channels});
  return {maps, shared, running ? floats(*running) : nullptr, fresh, floats_out(used)};
}

// The number of sets along the first axis: 1 for all eyes, or one for each.
std::int64_t sets_of(const Array& sets, const char* name, const Features& x) {
  want(sets, name, DType::f32, {-1, 2, x.channels});
  if (sets.shape(0) != 1 && sets.shape(0) != x.eyes)
    throw std::invalid_argument(std::string(name) + ": wanted one set, or one for each eye");
  return sets.shape(0);
}

AdainApply apply_job(const Array& x, const Array& style, float eps, bool relu, const Array& out) {
  const Features from = x.features("x"), to = out.features("out");
  want_shape(out, "out", {from.eyes, from.channels, from.height, from.width});
  if (from.dtype != to.dtype) throw std::invalid_argument("out: wanted the elements of x");
  want_writable(out, "out");
  AdainApply job{};
  job.x = from, job.y = to, job.style = floats(style), job.styles = sets_of(style, "style", from);
  job.eps = eps, job.relu = relu;
  return job;
}

void adain_stats_bound(const Array& x, bool shared, const Given& running, float fresh,
                       const Array& used, std::uintptr_t stream) {
  const AdainStats job = stats_job(x, shared, running, fresh, used);
  const int device = device_of({&x, maybe(running), &used});
  py::gil_scoped_release release;
  RUN_OP(adain_stats, device, stream_of(stream), job);
}

void adain_apply_bound(const Array& x, const Array& stats, const Array& style, float eps, bool relu,
                       const Array& out, std::uintptr_t stream) {
  AdainApply job = apply_job(x, style, eps, relu, out);
  job.stats = floats(stats), job.groups = sets_of(stats, "stats", job.x);
  const int device = device_of({&x, &stats, &style, &out});
  py::gil_scoped_release release;
  RUN_OP(adain_apply, device, stream_of(stream), job);
}

void adain_bound(const Array& x, const Array& style, bool shared, const Given& running, float fresh,
                 float eps, bool relu, const Array& out, const Array& used, std::uintptr_t stream) {
  const AdainStats stats = stats_job(x, shared, running, fresh, used);
  const AdainApply apply = apply_job(x, style, eps, relu, out);
  const int device = device_of({&x, &style, maybe(running), &out, &used});
  py::gil_scoped_release release;
  RUN_OP(adain, device, stream_of(stream), stats, apply);
}

void gram_bound(const Array& x, float scale, const Array& out, std::uintptr_t stream) {
  const Features maps = x.features("x");
  want(out, "out", DType::f32, {maps.eyes, maps.channels, maps.channels});
  want_writable(out, "out");
  if (maps.channels > 4096) throw std::invalid_argument("x: wanted at most 4096 channels");
  const Gram job{maps, scale, floats_out(out)};
  const int device = device_of({&x, &out});
  py::gil_scoped_release release;
  RUN_OP(gram, device, stream_of(stream), job);
}

}  // namespace

void bind_feature_ops(py::module_& m) {
  using py::arg;
  m.def("adain_stats", &adain_stats_bound, arg("x"), arg("shared"), arg("running").none(true),
        arg("fresh"), arg("used"), arg("stream") = 0);
  m.def("adain_apply", &adain_apply_bound, arg("x"), arg("stats"), arg("style"), arg("eps"),
        arg("relu"), arg("out"), arg("stream") = 0);
  m.def("adain", &adain_bound, arg("x"), arg("style"), arg("shared"), arg("running").none(true),
        arg("fresh"), arg("eps"), arg("relu"), arg("out"), arg("used"), arg("stream") = 0);
  m.def("gram", &gram_bound, arg("x"), arg("scale"), arg("out"), arg("stream") = 0);
}

}  // namespace eyebrush
