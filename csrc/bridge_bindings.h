// The submodule `_core.bridge`.
#pragma once
#include <pybind11/pybind11.h>

namespace eyebrush {

void bind_bridge(pybind11::module_& m);

}  // namespace eyebrush
