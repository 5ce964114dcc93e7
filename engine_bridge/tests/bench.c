/* The two processes of benchmarks/bridge.py that are engines' own language: C.
 *
 *     bench runtime NAME                     echo: a field for every frame, until the engine goes
 *     bench engine NAME COUNT PERIOD_US WxH  send frames, take each field; wait out the period
 *     bench copy NAME WxH small|whole        pictures into slots and out again, beside memcpy
 *     bench futex COUNT PERIOD_US            the system's own wake-up with nothing around it: the
 * floor
 *
 * Like an engine and a runtime they copy: the picture into its slot, a finished field into its
 * slot, and the field out of it (an engine that uploads it to its GPU reads it in place instead).
 * Each prints a line of JSON, in microseconds. */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "platform.h"

enum { MOST = 100000 };

static int compare(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static void print_percentiles(const char* name, double* us, size_t count, const char* end) {
  qsort(us, count, sizeof *us, compare);
  printf("\"%s\": {\"p50\": %.2f, \"p99\": %.2f, \"max\": %.2f}%s", name, us[count / 2],
         us[count * 99 / 100], us[count - 1], end);
}

static double cpu_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void sleep_until(int64_t due_ns) {
  const int64_t rest_ns = due_ns - eb_now_ns();
  const struct timespec rest = {rest_ns / 1000000000, rest_ns % 1000000000};
  if (rest_ns > 0) nanosleep(&rest, NULL);
}

static uint8_t* warm(uint64_t bytes) {
  uint8_t* memory = malloc(bytes);
  CHECK(memory != NULL);
  memset(memory, 1, bytes);
  return memory;
}

static int run_runtime(const char* name) {
  static double wake_us[MOST];
  size_t wakes = 0;
  eb_runtime* runtime;
  const int64_t until_ns = eb_now_ns() + 30000000000;
  while (eb_runtime_attach(name, &runtime) != EB_OK) CHECK(eb_now_ns() < until_ns);
  uint8_t* made = NULL;
  for (int status; (status = eb_runtime_wait_frame(runtime, EB_BEAT_NS)) != EB_PEER_GONE;) {
    const int64_t woken_ns = eb_now_ns();
    eb_runtime_beat(runtime);
    eb_frame frame;
    eb_frame_planes from;
    if (status != EB_OK || eb_runtime_acquire_frame(runtime, &frame, &from) != EB_OK) continue;
    if (wakes < MOST) wake_us[wakes++] = (double)(woken_ns - frame.publish_ns) / 1e3;
    CHECK(eb_runtime_release_frame(runtime) == EB_OK);
    const eb_field field = {.frame_id = frame.frame_id,
                            .frame_publish_ns = frame.publish_ns,
                            .eyes = 2,
                            .grid_bins = 8,
                            .grid_height = 16,
                            .grid_width = 16,
                            .strokes_width_px = 2 * frame.color_width_px,
                            .strokes_height_px = 2 * frame.color_height_px,
                            .strength = 1,
                            .extent = {1, 1}};
    eb_field_planes into;
    CHECK(eb_runtime_begin_field(runtime, &field, &into) == EB_OK);
    if (!made) made = warm(into.grid_bytes + into.strokes_bytes);
    memcpy(into.grid, made, into.grid_bytes);
    memcpy(into.strokes, made + into.grid_bytes, into.strokes_bytes);
    CHECK(eb_runtime_publish(runtime) == EB_OK);
  }
  eb_runtime_detach(runtime);
  CHECK(wakes > 0);
  printf("{");
  print_percentiles("wake_us", wake_us, wakes, "}\n");
  return 0;
}

static int run_engine(const char* name, size_t count, int64_t period_ns, const char* size) {
  static double round_us[MOST], out_us[MOST], send_us[MOST], all_us[MOST];
  eb_engine_config config = {.max_eyes = 2};
  CHECK(count > 0 && count <= MOST);
  CHECK(sscanf(size, "%ux%u", &config.max_width_px, &config.max_height_px) == 2);
  snprintf(config.name, sizeof config.name, "%s", name);
  eb_engine* engine;
  CHECK(eb_engine_open(&config, &engine) == EB_OK);
  uint8_t *pixels = NULL, *field_out = NULL;
  const size_t warm_up = 20;
  int64_t due_ns = eb_now_ns();
  for (size_t i = 0; i < count + warm_up; i++) {
    const eb_frame frame = {.frame_id = i + 1,
                            .eyes = 2,
                            .extent = {1, 1},
                            .width_px = config.max_width_px,
                            .height_px = config.max_height_px,
                            .color_width_px = eb_small_px(config.max_width_px),
                            .color_height_px = eb_small_px(config.max_height_px)};
    eb_frame_planes into;
    const int64_t began_ns = eb_now_ns();
    double cpu = -cpu_us();
    CHECK(eb_engine_begin_frame(engine, &frame, &into) == EB_OK);
    if (!pixels) pixels = warm(into.color_bytes);
    memcpy(into.color, pixels, into.color_bytes);
    CHECK(eb_engine_publish(engine) == EB_OK);
    cpu += cpu_us();
    eb_field field = {0};
    eb_field_planes from;
    int status;
    do {
      CHECK(eb_engine_wait_field(engine, 30000000000) == EB_OK);
      cpu -= cpu_us();
      status = eb_engine_acquire_field(engine, &field, &from);
    } while (status == EB_NOTHING && (cpu += cpu_us(), 1));
    CHECK(status == EB_OK && field.frame_id == i + 1);
    const int64_t there_ns = eb_now_ns();
    const double before_copy = cpu_us();
    if (!field_out) field_out = warm(from.grid_bytes + from.strokes_bytes);
    memcpy(field_out, from.grid, from.grid_bytes);
    memcpy(field_out + from.grid_bytes, from.strokes, from.strokes_bytes);
    const double copied = cpu_us() - before_copy;
    CHECK(eb_engine_release_field(engine) == EB_OK);
    eb_status state;
    eb_engine_status(engine, &state);
    cpu += cpu_us();
    if (i >= warm_up) {
      const size_t k = i - warm_up;
      round_us[k] = (double)(there_ns - began_ns) / 1e3;
      out_us[k] = (double)(eb_now_ns() - began_ns) / 1e3;
      send_us[k] = cpu - copied;
      all_us[k] = cpu;
    }
    due_ns += period_ns;
    sleep_until(due_ns);
  }
  eb_engine_close(engine);
  printf("{");
  print_percentiles("round_trip_us", round_us, count, ", ");
  print_percentiles("round_trip_copied_out_us", out_us, count, ", ");
  print_percentiles("engine_cpu_us", send_us, count, ", ");
  print_percentiles("engine_cpu_copied_out_us", all_us, count, "}\n");
  return 0;
}

/* Both sides in one process, and as many buffers of its own as a channel has slots. */
static int run_copy(const char* name, const char* size, int whole) {
  enum { TIMES = 300, SLOTS = 3 };
  static double plain_us[TIMES], bridge_us[TIMES];
  eb_engine_config config = {.max_eyes = 2, .features = whole ? EB_FEATURE_PIXELS : 0};
  CHECK(sscanf(size, "%ux%u", &config.max_width_px, &config.max_height_px) == 2);
  snprintf(config.name, sizeof config.name, "%s", name);
  eb_engine* engine;
  eb_runtime* runtime;
  CHECK(eb_engine_open(&config, &engine) == EB_OK);
  CHECK(eb_runtime_attach(name, &runtime) == EB_OK);
  eb_frame frame = {.eyes = 2,
                    .extent = {1, 1},
                    .width_px = config.max_width_px,
                    .height_px = config.max_height_px};
  frame.color_width_px = whole ? frame.width_px : eb_small_px(frame.width_px);
  frame.color_height_px = whole ? frame.height_px : eb_small_px(frame.height_px);
  const uint64_t bytes = (uint64_t)2 * 4 * frame.color_width_px * frame.color_height_px;
  uint8_t *source = warm(bytes), *target = warm(bytes), *ring[SLOTS];
  for (int i = 0; i < SLOTS; i++) ring[i] = warm(bytes);
  for (int i = -20; i < TIMES; i++) {
    const int64_t began_ns = eb_now_ns();
    memcpy(ring[(i + 21) % SLOTS], source, bytes);
    memcpy(target, ring[(i + 21) % SLOTS], bytes);
    const int64_t copied_ns = eb_now_ns();
    eb_frame got;
    eb_frame_planes into, from;
    CHECK(eb_engine_begin_frame(engine, &frame, &into) == EB_OK && into.color_bytes == bytes);
    memcpy(into.color, source, bytes);
    CHECK(eb_engine_publish(engine) == EB_OK);
    CHECK(eb_runtime_acquire_frame(runtime, &got, &from) == EB_OK);
    memcpy(target, from.color, bytes);
    CHECK(eb_runtime_release_frame(runtime) == EB_OK);
    if (i < 0) continue;
    plain_us[i] = (double)(copied_ns - began_ns) / 1e3;
    bridge_us[i] = (double)(eb_now_ns() - copied_ns) / 1e3;
  }
  eb_runtime_detach(runtime);
  eb_engine_close(engine);
  printf("{\"bytes\": %llu, ", (unsigned long long)(2 * bytes));
  print_percentiles("memcpy_us", plain_us, TIMES, ", ");
  print_percentiles("bridge_us", bridge_us, TIMES, "}\n");
  return 0;
}

typedef struct {
  _Atomic uint32_t sent;
  _Atomic int64_t stamp_ns;
} floor_page;

static int run_futex(size_t count, int64_t period_ns) {
  static double wake_us[MOST];
  CHECK(count > 0 && count <= MOST);
  floor_page* page =
      mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  const pid_t sender = fork();
  CHECK(sender >= 0);
  if (sender == 0) {
    for (size_t i = 0; i < count; i++) {
      sleep_until(eb_now_ns() + period_ns); /* the receiver is asleep again */
      page->stamp_ns = eb_now_ns();
      page->sent++;
      eb_wake(NULL, 0, &page->sent);
    }
    _exit(0);
  }
  for (uint32_t seen = 0; seen < count; seen++) {
    int64_t woken_ns;
    do {
      eb_wait(NULL, 0, &page->sent, seen, EB_BEAT_NS);
      woken_ns = eb_now_ns();
    } while (page->sent == seen);
    wake_us[seen] = (double)(woken_ns - page->stamp_ns) / 1e3;
  }
  CHECK(waitpid(sender, NULL, 0) == sender);
  printf("{");
  print_percentiles("wake_us", wake_us, count, "}\n");
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "runtime") == 0) return run_runtime(argv[2]);
  if (argc == 6 && strcmp(argv[1], "engine") == 0)
    return run_engine(argv[2], strtoull(argv[3], NULL, 10), strtoll(argv[4], NULL, 10) * 1000,
                      argv[5]);
  if (argc == 5 && strcmp(argv[1], "copy") == 0)
    return run_copy(argv[2], argv[3], strcmp(argv[4], "whole") == 0);
  if (argc == 4 && strcmp(argv[1], "futex") == 0)
    return run_futex(strtoull(argv[2], NULL, 10), strtoll(argv[3], NULL, 10) * 1000);
  fprintf(
      stderr,
      "usage: bench copy NAME WxH small|whole | bench futex COUNT PERIOD_US | bench runtime NAME "
      "| bench engine NAME COUNT PERIOD_US WxH\n");
  return 2;
}
