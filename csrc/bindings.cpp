// The extension module eyebrush._core. eyebrush.ops is the friendly front: it explains what is
// wrong with an argument. The bindings in bind/ check every size once more, so that no call,
// whoever makes it, can read or write out of bounds.
#include <pybind11/pybind11.h>

#include <stdexcept>
#include <string>

#include "bind/array.h"
#include "bind/run.h"
#include "bridge_bindings.h"
#include "cpu.h"
#include "cuda/device.h"
#include "parallel.h"

namespace py = pybind11;
using namespace eyebrush;

namespace {

Isa isa_of(const std::string& name) {
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512})
    if (name == isa_name(isa)) return isa;
  throw std::invalid_argument("got instruction set '" + name +
                              "'; wanted 'plain', 'avx2' or 'avx512'");
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  m.doc() = "Native ops of Eyebrush. Use eyebrush.ops, which checks its arguments.";
  bind_array(m);
  bind_frame_ops(m);
  bind_feature_ops(m);
  m.def("set_threads", &set_threads, py::arg("n"));
  m.def("threads", &threads);
  m.def("set_isa", [](const std::string& name) { set_isa(isa_of(name)); }, py::arg("name"));
  m.def("isa", [] { return isa_name(current_isa()); });
  m.def("best_isa", [] { return isa_name(best_isa()); });
#if defined(EYEBRUSH_CUDA)
  m.attr("cuda") = true;
  m.def("gpus", &device_count);
  m.def("gpu_name", &device_name, py::arg("device"));
#else
  m.attr("cuda") = false;
  m.def("gpus", [] { return 0; });
  m.def("gpu_name", [](int) -> std::string { no_cuda(); }, py::arg("device"));
#endif
  auto bridge = m.def_submodule("bridge");
  bind_bridge(bridge);
}
