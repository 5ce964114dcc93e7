// An array of somebody else's: numpy, or anything that speaks DLPack or __cuda_array_interface__.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "../tensor.h"

namespace eyebrush {

namespace py = pybind11;

// Holds on to its owner; nothing is copied and nothing is waited for.
class Array {
 public:
  // Throws py::type_error where `object` is no such array or has an element type of no use here.
  explicit Array(py::object object);

  const py::object& value() const { return value_; }  // what it was made from
  void* data() const { return data_; }
  DType dtype() const { return dtype_; }
  int dims() const { return static_cast<int>(shape_.size()); }
  std::int64_t shape(int axis) const { return shape_[axis]; }
  std::int64_t stride(int axis) const { return strides_[axis]; }  // in elements
  const std::vector<std::int64_t>& shape() const { return shape_; }
  const std::vector<std::int64_t>& strides() const { return strides_; }
  bool writable() const { return writable_; }
  int cuda_device() const { return cuda_device_; }  // -1: memory of the CPU
  std::string device() const;
  const char* dtype_name() const;
  bool contiguous() const;  // in C order
  // First byte and the one after the last that elements can lie in.
  std::pair<std::uintptr_t, std::uintptr_t> span() const;

  // As feature maps; raises unless it has 4 axes and a floating element type.
  Features features(const char* name) const;

 private:
  void from_numpy(const py::object& object);
  void from_cuda_interface(const py::dict& interface);
  void from_dlpack(const py::object& object);
  void set_strides_in_c_order();

  py::object value_, capsule_;
  void* data_ = nullptr;
  DType dtype_ = DType::u8;
  std::vector<std::int64_t> shape_, strides_;
  bool writable_ = true;
  int cuda_device_ = -1;
};

using Given = std::optional<Array>;

// The checks behind the friendly ones of eyebrush.ops: no call, whoever makes it, can read or
// write out of bounds. `shape`: -1 where any size >= 1 will do. Throw std::invalid_argument.
void want(const Array& array, const char* name, DType dtype,
          std::initializer_list<std::int64_t> shape);
void want_shape(const Array& array, const char* name, std::initializer_list<std::int64_t> shape);
void want_writable(const Array& array, const char* name);

// The one device that all arrays are on, as cuda_device(). Throws std::invalid_argument.
int device_of(const std::vector<const Array*>& arrays);

void bind_array(py::module_& m);
void bind_frame_ops(py::module_& m);
void bind_feature_ops(py::module_& m);

}  // namespace eyebrush
