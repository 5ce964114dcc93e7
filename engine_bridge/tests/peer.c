/* One side of a session as a process of its own, for the tests and the benchmark:
 *
 *     peer engine NAME COUNT     send COUNT frames, each after the field of the one before
 *     peer flood NAME COUNT      send COUNT frames (0: without end) as fast as it goes
 *     peer runtime NAME          a field for every frame, until the engine goes
 *     peer check NAME            take frames without answering, until the engine goes
 *
 * Every byte that arrives is checked against pattern.h. Prints a line of JSON at the end; exit code
 * 1 if anything arrived wrong. EB_PEER_SIZE=WxH sets the size of the eyes. */
#include <string.h>
#if defined(_WIN32)
#include <windows.h>
#else
#include <time.h>
#endif

#include "check.h"
#include "pattern.h"

static const int64_t SECOND_NS = 1000000000;

typedef struct tally {
  unsigned long long sent, received, skipped, torn, wrong;
  unsigned long long first, last; /* ids of the frames since the runtime attached */
  long long longest_ns;           /* of the engine's calls */
} tally;

static void nap(void) {
#if defined(_WIN32)
  Sleep(1);
#else
  const struct timespec rest = {0, 1000000};
  nanosleep(&rest, NULL);
#endif
}

static int report(const tally* t) {
  printf(
      "{\"sent\": %llu, \"received\": %llu, \"skipped\": %llu, \"torn\": %llu, \"wrong\": %llu, "
      "\"first\": %llu, \"last\": %llu, \"longest_us\": %.1f}\n",
      t->sent, t->received, t->skipped, t->torn, t->wrong, t->first, t->last,
      (double)t->longest_ns / 1e3);
  return t->wrong || t->torn;
}

static void timed(tally* t, int64_t began_ns) {
  const int64_t took_ns = eb_now_ns() - began_ns;
  if (took_ns > t->longest_ns) t->longest_ns = took_ns;
}

static void eye_size(uint32_t* width, uint32_t* height) {
  const char* size = getenv("EB_PEER_SIZE");
  *width = 200, *height = 120;
  if (size) CHECK(sscanf(size, "%ux%u", width, height) == 2);
}

static void send_frame(eb_engine* engine, uint64_t id, tally* t) {
  eb_frame frame = {
      .frame_id = id, .display_time_ns = (int64_t)id * 1000, .eyes = 2, .extent = {1, 1}};
  eye_size(&frame.width_px, &frame.height_px);
  frame.color_width_px = eb_small_px(frame.width_px);
  frame.color_height_px = eb_small_px(frame.height_px);
  eb_frame_planes into;
  int64_t began_ns = eb_now_ns();
  CHECK(eb_engine_begin_frame(engine, &frame, &into) == EB_OK);
  timed(t, began_ns);
  pattern_fill(into.color, into.color_bytes, id);
  began_ns = eb_now_ns();
  CHECK(eb_engine_publish(engine) == EB_OK);
  timed(t, began_ns);
  t->sent++;
}

/* Takes a field if there is one; returns the id of its frame, or 0. */
static uint64_t take_field(eb_engine* engine, tally* t) {
  eb_field field;
  eb_field_planes from;
  int64_t began_ns = eb_now_ns();
  const int status = eb_engine_acquire_field(engine, &field, &from);
  timed(t, began_ns);
  if (status != EB_OK) return 0;
  const int good = field.display_time_ns == (int64_t)field.frame_id * 1000 &&
                   pattern_holds(from.grid, from.grid_bytes, field.frame_id) &&
                   pattern_holds(from.strokes, from.strokes_bytes, field.frame_id);
  began_ns = eb_now_ns();
  const int released = eb_engine_release_field(engine);
  timed(t, began_ns);
  t->torn += released == EB_TORN;
  t->wrong += !good && released == EB_OK;
  t->received++;
  return released == EB_OK ? field.frame_id : 0;
}

static int run_engine(const char* name, uint64_t count, int lockstep) {
  eb_engine_config config = {.max_eyes = 2};
  eye_size(&config.max_width_px, &config.max_height_px);
  snprintf(config.name, sizeof config.name, "%s", name);
  snprintf(config.engine, sizeof config.engine, "C peer");
  eb_engine* engine;
  CHECK(eb_engine_open(&config, &engine) == EB_OK);
  tally t = {0};
  eb_status status;
  for (uint64_t id = 1; id <= count || !count; id++) {
    send_frame(engine, id, &t);
    const int64_t until_ns = eb_now_ns() + 30 * SECOND_NS;
    while (take_field(engine, &t) != id && lockstep) {
      CHECK(eb_now_ns() < until_ns);
      eb_engine_wait_field(engine, 100000000);
    }
    eb_engine_status(engine, &status);
    t.skipped = status.fields_skipped;
  }
  eb_engine_close(engine);
  return report(&t);
}

static void answer(eb_runtime* runtime, const eb_frame* frame) {
  eb_field field = {.frame_id = frame->frame_id,
                    .display_time_ns = frame->display_time_ns,
                    .frame_publish_ns = frame->publish_ns,
                    .eyes = frame->eyes,
                    .grid_bins = 8,
                    .grid_height = 16,
                    .grid_width = 16,
                    .strokes_width_px = 2 * frame->color_width_px,
                    .strokes_height_px = 2 * frame->color_height_px,
                    .strength = 1,
                    .extent = {1, 1}};
  memcpy(field.views, frame->views, sizeof field.views);
  eb_field_planes into;
  CHECK(eb_runtime_begin_field(runtime, &field, &into) == EB_OK);
  pattern_fill(into.grid, into.grid_bytes, frame->frame_id);
  pattern_fill(into.strokes, into.strokes_bytes, frame->frame_id);
  CHECK(eb_runtime_publish(runtime) == EB_OK);
}

static int run_runtime(const char* name, int answers) {
  eb_runtime* runtime;
  const int64_t until_ns = eb_now_ns() + 30 * SECOND_NS;
  while (eb_runtime_attach(name, &runtime) != EB_OK) {
    CHECK(eb_now_ns() < until_ns);
    nap();
  }
  tally t = {0};
  for (int status; (status = eb_runtime_wait_frame(runtime, EB_BEAT_NS)) != EB_PEER_GONE;) {
    eb_runtime_beat(runtime);
    eb_frame frame;
    eb_frame_planes from;
    if (status != EB_OK || eb_runtime_acquire_frame(runtime, &frame, &from) != EB_OK) continue;
    const int good = frame.display_time_ns == (int64_t)frame.frame_id * 1000 &&
                     pattern_holds(from.color, from.color_bytes, frame.frame_id);
    const int released = eb_runtime_release_frame(runtime);
    t.torn += released == EB_TORN;
    t.wrong += !good && released == EB_OK;
    t.received++;
    t.last = frame.frame_id;
    if (!t.first) t.first = t.last - eb_runtime_skipped(runtime); /* from here on all count */
    if (good && answers) answer(runtime, &frame), t.sent++;
  }
  t.skipped = eb_runtime_skipped(runtime);
  eb_runtime_detach(runtime);
  return report(&t);
}

int main(int argc, char** argv) {
  const char* mode = argc > 2 ? argv[1] : "";
  const uint64_t count = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
  if (strcmp(mode, "engine") == 0) return run_engine(argv[2], count, 1);
  if (strcmp(mode, "flood") == 0) return run_engine(argv[2], count, 0);
  if (strcmp(mode, "runtime") == 0) return run_runtime(argv[2], 1);
  if (strcmp(mode, "check") == 0) return run_runtime(argv[2], 0);
  fprintf(stderr, "usage: peer engine|flood|runtime|check NAME [COUNT]\n");
  return 2;
}
