#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif
#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace eyebrush {
namespace {

struct Loop {
  const std::function<void(int, int)>* body;
  int count, grain;
  std::atomic<int> next{0};

  void work() {
    for (;;) {
      const int begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= count) return;
      (*body)(begin, std::min(begin + grain, count));
    }
  }
};

class Pool {
 public:
  explicit Pool(int helpers) {
    for (int i = 0; i < helpers; ++i) workers_.emplace_back([this] { serve(); });
  }

  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  int helpers() const { return static_cast<int>(workers_.size()); }

  void run(Loop& loop) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      loop_ = &loop;
      ++round_;
    }
    wake_.notify_all();
    loop.work();
    // The loop's work is handed out; wait only for helpers that are still inside it.
    std::unique_lock<std::mutex> lock(mutex_);
    loop_ = nullptr;
    done_.wait(lock, [this] { return inside_ == 0; });
  }

 private:
  void serve() {
    long seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || (loop_ && round_ != seen); });
      if (stop_) return;
      seen = round_;
      Loop* loop = loop_;
      ++inside_;
      lock.unlock();
      loop->work();
      lock.lock();
      if (--inside_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Loop* loop_ = nullptr;
  long round_ = 0;
  int inside_ = 0;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

int usable_cpus() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Never destroyed at exit: joining threads from a static destructor can hang an interpreter that
// is shutting down. The process end takes the sleeping workers with it.
struct State {
  std::mutex busy;
  std::unique_ptr<Pool> pool;
  std::atomic<int> threads{usable_cpus()};
};
State* state = nullptr;

State& shared() {
  static std::once_flag once;
  std::call_once(once, [] {
    state = new State;
#if !defined(_WIN32)
    // fork() copies no worker thread: the child starts with a pool of its own.
    pthread_atfork(nullptr, nullptr, [] {
      const int n = state->threads;
      state = new State;
      state->threads = n;
    });
#endif
  });
  return *state;
}

}  // namespace

void set_threads(int n) {
  if (n < 1 || n > 256)
    throw std::invalid_argument("got " + std::to_string(n) + " threads; wanted 1 to 256");
  shared().threads = n;
}

int threads() { return shared().threads; }

void parallel_for(int count, int grain, const std::function<void(int, int)>& body) {
  State& s = shared();
  const int wanted = s.threads - 1;
  std::unique_lock<std::mutex> lock(s.busy, std::try_to_lock);
  if (wanted == 0 || count <= grain || !lock.owns_lock()) {
    body(0, count);
    return;
  }
  if (!s.pool || s.pool->helpers() != wanted) s.pool = std::make_unique<Pool>(wanted);
  Loop loop{&body, count, grain};
  s.pool->run(loop);
}

}  // namespace eyebrush
