// Python's way to the shared-memory bridge. eyebrush/bridge.py is the friendly front. Messages
// travel as the bytes of the C structs (numpy records there); planes are numpy views of the region
// itself, which stays mapped as long as a view of it is alive.
#include "bridge_bindings.h"

#include <pybind11/numpy.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_set>

#include "eyebrush_bridge.h"

namespace py = pybind11;

namespace eyebrush {
namespace {

// One thread for all sessions of this process, which does nothing else: neither Python's lock nor
// a long network run must look like a stalled runtime. Never destroyed: it may tick at exit.
class Heart {
 public:
  static Heart& of_process() {
    static Heart* heart = new Heart;
    return *heart;
  }
  void add(eb_runtime* runtime) {
    const std::lock_guard<std::mutex> lock(mutex_);
    alive_.insert(runtime);
    if (!ticking_) std::thread([this] { tick(); }).detach();
    ticking_ = true;
  }
  void remove(eb_runtime* runtime) {
    const std::lock_guard<std::mutex> lock(mutex_);
    alive_.erase(runtime);
  }

 private:
  void tick() {
    for (;;) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (eb_runtime* runtime : alive_) eb_runtime_beat(runtime);
      }
      std::this_thread::sleep_for(std::chrono::nanoseconds(EB_BEAT_NS));
    }
  }
  std::mutex mutex_;
  std::unordered_set<eb_runtime*> alive_;
  bool ticking_ = false;
};

template <class T>
T message_from(const py::buffer& bytes) {
  const py::buffer_info info = bytes.request();
  if (info.size * info.itemsize != static_cast<py::ssize_t>(sizeof(T)))
    throw std::invalid_argument("got a message of " + std::to_string(info.size * info.itemsize) +
                                " bytes; wanted " + std::to_string(sizeof(T)));
  T message;
  std::memcpy(&message, info.ptr, sizeof message);
  return message;
}

template <class T>
py::bytes bytes_of(const T& message) {
  return py::bytes(reinterpret_cast<const char*>(&message), sizeof message);
}

// A view of region memory that keeps `owner` (and with it the mapping) alive.
template <class T, class Owner>
py::object view(T* data, std::vector<py::ssize_t> shape, const std::shared_ptr<Owner>& owner,
                bool writable) {
  if (data == nullptr) return py::none();
  auto* kept = new std::shared_ptr<Owner>(owner);
  const py::capsule base(kept, [](void* p) { delete static_cast<std::shared_ptr<Owner>*>(p); });
  py::array_t<T> array(std::move(shape), data, base);
  if (!writable) array.attr("flags").attr("writeable") = false;
  return std::move(array);
}

using Sizes = std::vector<py::ssize_t>;

template <class Owner>
py::tuple frame_views(const eb_frame& f, const eb_frame_planes& p, const Owner& owner,
                      bool writable) {
  return py::make_tuple(
      view(p.color, Sizes{f.eyes, f.color_height_px, f.color_width_px, 4}, owner, writable),
      view(p.depth_m, Sizes{f.eyes, f.depth_height_px, f.depth_width_px}, owner, writable));
}

template <class Owner>
py::tuple field_views(const eb_field& f, const eb_field_planes& p, const Owner& owner,
                      bool writable) {
  return py::make_tuple(
      view(p.grid, Sizes{f.eyes, EB_GRID_COEFFICIENTS, f.grid_bins, f.grid_height, f.grid_width},
           owner, writable),
      view(p.strokes, Sizes{f.eyes, f.strokes_height_px, f.strokes_width_px, 4}, owner, writable),
      view(p.pixels, Sizes{f.eyes, f.pixels_height_px, f.pixels_width_px, 4}, owner, writable));
}

// `handle` is null once closed; views may keep the region alive a little longer.
class Engine {
 public:
  int open(const py::buffer& config) {
    const auto wanted = message_from<eb_engine_config>(config);
    eb_engine* opened = nullptr;
    const int status = eb_engine_open(&wanted, &opened);
    handle_ = std::shared_ptr<eb_engine>(opened, eb_engine_close);
    return status;
  }
  py::tuple begin_frame(const py::buffer& message) {
    const auto frame = message_from<eb_frame>(message);
    eb_frame_planes planes;
    const int status = eb_engine_begin_frame(get(), &frame, &planes);
    if (status != EB_OK) return py::make_tuple(status, py::none());
    return py::make_tuple(status, frame_views(frame, planes, handle_, true));
  }
  int publish() { return eb_engine_publish(get()); }
  py::tuple acquire_field() {
    eb_field field;
    eb_field_planes planes;
    const int status = eb_engine_acquire_field(get(), &field, &planes);
    if (status != EB_OK) return py::make_tuple(status, py::none(), py::none());
    return py::make_tuple(status, bytes_of(field), field_views(field, planes, handle_, false));
  }
  int release_field() { return eb_engine_release_field(get()); }
  int wait_field(std::int64_t timeout_ns) {
    eb_engine* engine = get();
    const py::gil_scoped_release release;
    return eb_engine_wait_field(engine, timeout_ns);
  }
  int set_control(const py::buffer& message, const py::array_t<float, py::array::c_style>& code) {
    const auto control = message_from<eb_control>(message);
    if (static_cast<py::ssize_t>(control.code_count) != code.size())
      throw std::invalid_argument("got a code whose length is not code_count");
    return eb_engine_set_control(get(), &control, code.size() ? code.data() : nullptr);
  }
  py::bytes status() {
    eb_status status;
    eb_engine_status(get(), &status);
    return bytes_of(status);
  }
  void close() {
    if (handle_) eb_engine_leave(handle_.get());
    handle_.reset();
  }

 private:
  eb_engine* get() const {
    if (!handle_) throw std::runtime_error("the session is closed");
    return handle_.get();
  }
  std::shared_ptr<eb_engine> handle_;
};

class Runtime {
 public:
  int attach(const std::string& name) {
    eb_runtime* attached = nullptr;
    const int status = eb_runtime_attach(name.c_str(), &attached);
    handle_ = std::shared_ptr<eb_runtime>(attached, [](eb_runtime* runtime) {
      Heart::of_process().remove(runtime);
      eb_runtime_detach(runtime);
    });
    if (attached) Heart::of_process().add(attached);
    return status;
  }
  py::bytes info() {
    eb_session_info info;
    eb_runtime_info(get(), &info);
    return bytes_of(info);
  }
  int wait_frame(std::int64_t timeout_ns) {
    eb_runtime* runtime = get();
    const py::gil_scoped_release release;
    return eb_runtime_wait_frame(runtime, timeout_ns);
  }
  py::tuple acquire_frame() {
    eb_frame frame;
    eb_frame_planes planes;
    const int status = eb_runtime_acquire_frame(get(), &frame, &planes);
    if (status != EB_OK) return py::make_tuple(status, py::none(), py::none());
    return py::make_tuple(status, bytes_of(frame), frame_views(frame, planes, handle_, false));
  }
  int release_frame() { return eb_runtime_release_frame(get()); }
  py::tuple begin_field(const py::buffer& message) {
    const auto field = message_from<eb_field>(message);
    eb_field_planes planes;
    const int status = eb_runtime_begin_field(get(), &field, &planes);
    if (status != EB_OK) return py::make_tuple(status, py::none());
    return py::make_tuple(status, field_views(field, planes, handle_, true));
  }
  int publish() { return eb_runtime_publish(get()); }
  py::tuple control() {
    eb_control control;
    code_.resize(EB_MAX_CODE);
    const int status = eb_runtime_control(get(), &control, code_.data());
    if (status != EB_OK) return py::make_tuple(status, py::none(), py::none());
    const py::array_t<float> code(static_cast<py::ssize_t>(control.code_count), code_.data());
    return py::make_tuple(status, bytes_of(control), code);
  }
  int report(const py::buffer& message) {
    const auto report = message_from<eb_report>(message);
    return eb_runtime_report(get(), &report);
  }
  std::uint64_t skipped() { return eb_runtime_skipped(get()); }
  void close() {
    if (handle_) {
      Heart::of_process().remove(handle_.get());
      eb_runtime_leave(handle_.get());
    }
    handle_.reset();
  }

 private:
  eb_runtime* get() const {
    if (!handle_) throw std::runtime_error("the session is closed");
    return handle_.get();
  }
  std::shared_ptr<eb_runtime> handle_;
  std::vector<float> code_;
};

py::tuple list_sessions() {
  auto found = std::make_unique<eb_session_info[]>(EB_MAX_SESSIONS);
  std::uint32_t count = 0;
  const int status = eb_list(found.get(), EB_MAX_SESSIONS, &count);
  return py::make_tuple(status, py::bytes(reinterpret_cast<const char*>(found.get()),
                                          count * sizeof(eb_session_info)));
}

}  // namespace

void bind_bridge(py::module_& m) {
  m.doc() = "The shared-memory bridge as it is in C. Use eyebrush.bridge.";
  m.def("version", &eb_version);
  m.def("status_text", &eb_status_text, py::arg("status"));
  m.def("last_message", &eb_last_message);
  m.def("now_ns", &eb_now_ns);
  m.def("small_px", &eb_small_px, py::arg("full_px"));
  m.def("struct_bytes", &eb_struct_bytes, py::arg("which"));
  m.def("list_sessions", &list_sessions);
  m.def("remove", [](const std::string& name) { return eb_remove(name.c_str()); }, py::arg("name"));
  py::class_<Engine>(m, "Engine")
      .def(py::init<>())
      .def("open", &Engine::open, py::arg("config"))
      .def("begin_frame", &Engine::begin_frame, py::arg("frame"))
      .def("publish", &Engine::publish)
      .def("acquire_field", &Engine::acquire_field)
      .def("release_field", &Engine::release_field)
      .def("wait_field", &Engine::wait_field, py::arg("timeout_ns"))
      .def("set_control", &Engine::set_control, py::arg("control"), py::arg("code"))
      .def("status", &Engine::status)
      .def("close", &Engine::close);
  py::class_<Runtime>(m, "Runtime")
      .def(py::init<>())
      .def("attach", &Runtime::attach, py::arg("name"))
      .def("info", &Runtime::info)
      .def("wait_frame", &Runtime::wait_frame, py::arg("timeout_ns"))
      .def("acquire_frame", &Runtime::acquire_frame)
      .def("release_frame", &Runtime::release_frame)
      .def("begin_field", &Runtime::begin_field, py::arg("field"))
      .def("publish", &Runtime::publish)
      .def("control", &Runtime::control)
      .def("report", &Runtime::report, py::arg("report"))
      .def("skipped", &Runtime::skipped)
      .def("close", &Runtime::close);
}

}  // namespace eyebrush
