#include "array.h"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <stdexcept>

#include "../cuda/device.h"

namespace eyebrush {
namespace {

// DLPack (github.com/dmlc/dlpack), the part that is read here; its layout is fixed by its ABI.
struct DLManagedTensor {
  void* data;
  std::int32_t device_type, device_id;
  std::int32_t dims;
  std::uint8_t code, bits;
  std::uint16_t lanes;
  std::int64_t* shape;
  std::int64_t* strides;  // in elements; null: C order
  std::uint64_t byte_offset;
};
constexpr int kDLCpu = 1, kDLCuda = 2, kDLCudaHost = 3, kDLCudaManaged = 13;
constexpr int kDLUint = 1, kDLFloat = 2, kDLBfloat = 4;

DType dtype_of(char kind, int bytes, const std::string& shown) {
  if (kind == 'u' && bytes == 1) return DType::u8;
  if (kind == 'u' && bytes == 4) return DType::u32;
  if (kind == 'f' && bytes == 2) return DType::f16;
  if (kind == 'f' && bytes == 4) return DType::f32;
  if (kind == 'b' && bytes == 2) return DType::bf16;
  throw py::type_error("got elements of type " + shown +
                       "; wanted uint8, uint32, float16, bfloat16 or float32");
}

}  // namespace

Array::Array(py::object object) : value_(object) {
  if (py::isinstance<py::array>(object)) {
    from_numpy(object);
  } else if (py::hasattr(object, "__dlpack__")) {
    from_dlpack(object);
  } else if (py::hasattr(object, "__cuda_array_interface__")) {
    from_cuda_interface(object.attr("__cuda_array_interface__"));
  } else {
    throw py::type_error("got " + std::string(py::str(py::type::of(object).attr("__name__"))) +
                         "; wanted a numpy array, or one with DLPack or __cuda_array_interface__");
  }
}

void Array::from_numpy(const py::object& object) {
  const auto array = py::reinterpret_borrow<py::array>(object);
  const auto item = static_cast<std::int64_t>(array.itemsize());
  if (array.dtype().byteorder() == '>')
    throw py::type_error("got a big-endian array; wanted the machine's own order");
  dtype_ = dtype_of(array.dtype().kind(), static_cast<int>(item), py::str(array.dtype()));
  data_ = const_cast<void*>(array.data());
  writable_ = array.writeable();
  for (py::ssize_t i = 0; i < array.ndim(); ++i) {
    if (array.strides(i) % item != 0 && array.shape(i) > 1)
      throw py::type_error("got strides that are no whole number of elements");
    shape_.push_back(array.shape(i));
    strides_.push_back(array.strides(i) / item);
  }
}

void Array::from_cuda_interface(const py::dict& interface) {
  const auto type = interface["typestr"].cast<std::string>();  // as "<f2"
  if (type.size() < 3 || type[0] == '>') throw py::type_error("got elements of type " + type);
  const int item = std::stoi(type.substr(2));
  dtype_ = dtype_of(type[1], item, type);
  const auto data = interface["data"].cast<py::tuple>();
  data_ = reinterpret_cast<void*>(data[0].cast<std::uintptr_t>());
  writable_ = !data[1].cast<bool>();
  shape_ = interface["shape"].cast<std::vector<std::int64_t>>();
  if (interface.contains("strides") && !interface["strides"].is_none()) {
    for (const auto bytes : interface["strides"].cast<std::vector<std::int64_t>>())
      strides_.push_back(bytes / item);
  } else {
    set_strides_in_c_order();
  }
#if defined(EYEBRUSH_CUDA)  // the interface names no device: the driver knows
  cuda_device_ = eyebrush::device_of(data_);
  if (cuda_device_ < 0) throw py::type_error("got an address that is no GPU's");
#else
  cuda_device_ = 0;
#endif
}

void Array::from_dlpack(const py::object& object) {
  const auto device = object.attr("__dlpack_device__")().cast<std::pair<int, int>>();
  const bool cuda = device.first == kDLCuda || device.first == kDLCudaManaged;
  if (!cuda && device.first != kDLCpu && device.first != kDLCudaHost)
    throw py::type_error("got an array on DLPack device type " + std::to_string(device.first) +
                         "; wanted CPU or CUDA memory");
  // -1: the producer must not wait for, or order, anything; the caller named the stream.
  py::object capsule =
      cuda ? object.attr("__dlpack__")(py::arg("stream") = -1) : object.attr("__dlpack__")();
  const auto* t =
      static_cast<const DLManagedTensor*>(PyCapsule_GetPointer(capsule.ptr(), "dltensor"));
  if (!t) throw py::error_already_set();
  const char kind = t->code == kDLUint     ? 'u'
                    : t->code == kDLFloat  ? 'f'
                    : t->code == kDLBfloat ? 'b'
                                           : '?';
  const std::string shown =
      "DLPack code " + std::to_string(t->code) + ", " + std::to_string(t->bits) + " bits";
  if (t->lanes != 1 || t->bits % 8 != 0) throw py::type_error("got elements of " + shown);
  dtype_ = dtype_of(kind, t->bits / 8, shown);
  data_ = static_cast<char*>(t->data) + t->byte_offset;
  shape_.assign(t->shape, t->shape + t->dims);
  if (t->strides)
    strides_.assign(t->strides, t->strides + t->dims);
  else
    set_strides_in_c_order();
  cuda_device_ = cuda ? device.second : -1;
  capsule_ = capsule;  // keeps what it describes alive
}

void Array::set_strides_in_c_order() {
  strides_.assign(shape_.size(), 1);
  for (int i = dims() - 2; i >= 0; --i) strides_[i] = strides_[i + 1] * shape_[i + 1];
}

std::string Array::device() const {
  return cuda_device_ < 0 ? "cpu" : "cuda:" + std::to_string(cuda_device_);
}

const char* Array::dtype_name() const {
  switch (dtype_) {
    case DType::u8:
      return "uint8";
    case DType::u32:
      return "uint32";
    case DType::f16:
      return "float16";
    case DType::bf16:
      return "bfloat16";
    default:
      return "float32";
  }
}

bool Array::contiguous() const {
  std::int64_t expected = 1;
  for (int i = dims() - 1; i >= 0; --i) {
    if (shape_[i] != 1 && strides_[i] != expected) return false;
    expected *= shape_[i];
  }
  return true;
}

std::pair<std::uintptr_t, std::uintptr_t> Array::span() const {
  const auto start = reinterpret_cast<std::uintptr_t>(data_);
  std::int64_t low = 0, high = 0;
  for (int i = 0; i < dims(); ++i) {
    if (shape_[i] == 0) return {start, start};
    const std::int64_t reach = (shape_[i] - 1) * strides_[i];
    (reach < 0 ? low : high) += reach;
  }
  const int item = bytes_of(dtype_);
  return {start + low * item, start + (high + 1) * item};
}

Features Array::features(const char* name) const {
  want_shape(*this, name, {-1, -1, -1, -1});
  if (dtype_ == DType::u8 || dtype_ == DType::u32)
    throw std::invalid_argument(std::string(name) + ": wanted float16, bfloat16 or float32");
  if (shape_[0] * shape_[1] >= 1 << 30 || shape_[2] * shape_[3] >= 1 << 30)
    throw std::invalid_argument(std::string(name) + ": wanted less than 2^30 pixels and channels");
  return {data_,     dtype_,      shape_[0],   shape_[1],   shape_[2],
          shape_[3], strides_[0], strides_[1], strides_[2], strides_[3]};
}

void want_shape(const Array& array, const char* name, std::initializer_list<std::int64_t> shape) {
  bool good = array.dims() == static_cast<int>(shape.size());
  std::string wanted;
  int axis = 0;
  for (const auto size : shape) {
    if (good) {
      const auto n = array.shape(axis);
      good = size < 0 ? n >= 1 && n < (1 << 30) : n == size;
    }
    wanted += (axis++ ? ", " : "") + (size < 0 ? std::string("any") : std::to_string(size));
  }
  if (!good) throw std::invalid_argument(std::string(name) + ": wanted shape [" + wanted + "]");
}

void want(const Array& array, const char* name, DType dtype,
          std::initializer_list<std::int64_t> shape) {
  want_shape(array, name, shape);
  if (array.dtype() != dtype)
    throw std::invalid_argument(std::string(name) + ": got " + array.dtype_name() + " elements");
  if (!array.contiguous())
    throw std::invalid_argument(std::string(name) + ": wanted it C-contiguous");
}

void want_writable(const Array& array, const char* name) {
  if (!array.writable()) throw std::invalid_argument(std::string(name) + ": wanted it writable");
}

int device_of(const std::vector<const Array*>& arrays) {
  const Array* first = nullptr;
  for (const Array* array : arrays) {
    if (!array) continue;
    if (!first) first = array;
    if (array->cuda_device() != first->cuda_device())
      throw std::invalid_argument("got arrays on " + first->device() + " and on " +
                                  array->device() + "; wanted all on one device");
  }
  return first ? first->cuda_device() : -1;
}

void bind_array(py::module_& m) {
  py::class_<Array>(m, "Array", py::module_local())
      .def(py::init<py::object>(), py::arg("value"))
      .def_property_readonly("value", &Array::value)
      .def_property_readonly("shape", [](const Array& a) { return py::tuple(py::cast(a.shape())); })
      .def_property_readonly("strides",
                             [](const Array& a) { return py::tuple(py::cast(a.strides())); })
      .def_property_readonly("dtype", &Array::dtype_name)
      .def_property_readonly("device", &Array::device)
      .def_property_readonly("writable", &Array::writable)
      .def_property_readonly("contiguous", &Array::contiguous)
      .def_property_readonly(
          "address", [](const Array& a) { return reinterpret_cast<std::uintptr_t>(a.data()); })
      .def_property_readonly("span", &Array::span);
  py::implicitly_convertible<py::object, Array>();
}

}  // namespace eyebrush
