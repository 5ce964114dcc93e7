// The extension module eyebrush_simt: the ops' CUDA source, run by the shim on the CPU's arrays.
#include <pybind11/pybind11.h>

#include "../../csrc/bind/array.h"
#include "../../csrc/cuda/device.h"
#include "simt.h"

void bind_selfcheck(pybind11::module_& m);  // selfcheck.cpp

void* eyebrush::memory_pool(const char*) { return nullptr; }  // the shim's memory has no pools

PYBIND11_MODULE(eyebrush_simt, m) {
  eyebrush::bind_array(m);
  eyebrush::bind_frame_ops(m);
  eyebrush::bind_feature_ops(m);
  bind_selfcheck(m);
  m.def("set_order", &simt::set_order, pybind11::arg("order"));
}
