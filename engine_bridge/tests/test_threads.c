/* Both sides of all four channels at full speed, on threads of one process: for ThreadSanitizer,
 * which reports any byte that is written while it may be read. */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "pattern.h"

static const uint64_t FRAMES = 20000;
static eb_engine* engine;
static eb_runtime* runtime;

static void* engine_thread(void* unused) {
  (void)unused;
  uint64_t fields = 0;
  for (uint64_t id = 1; id <= FRAMES; id++) {
    const eb_frame frame = {.frame_id = id,
                            .eyes = 1,
                            .width_px = 64,
                            .height_px = 64,
                            .color_width_px = 16,
                            .color_height_px = 16,
                            .extent = {1, 1}};
    eb_frame_planes into;
    CHECK(eb_engine_begin_frame(engine, &frame, &into) == EB_OK);
    pattern_fill(into.color, into.color_bytes, id);
    CHECK(eb_engine_publish(engine) == EB_OK);
    eb_field field;
    eb_field_planes from;
    if (eb_engine_acquire_field(engine, &field, &from) == EB_OK) {
      CHECK(pattern_holds(from.grid, from.grid_bytes, field.frame_id));
      CHECK(pattern_holds(from.strokes, from.strokes_bytes, field.frame_id));
      CHECK(eb_engine_release_field(engine) == EB_OK);
      fields++;
    }
    eb_control wish = {.mix = 0.5f, .code_count = 8};
    const float code[8] = {(float)id};
    CHECK(eb_engine_set_control(engine, &wish, code) == EB_OK);
    eb_status status;
    CHECK(eb_engine_status(engine, &status) == EB_OK);
  }
  CHECK(fields > 0);
  return NULL;
}

static void* runtime_thread(void* unused) {
  (void)unused;
  uint64_t newest = 0;
  while (newest < FRAMES) {
    eb_frame frame;
    eb_frame_planes from;
    if (eb_runtime_wait_frame(runtime, 1000000) != EB_OK ||
        eb_runtime_acquire_frame(runtime, &frame, &from) != EB_OK)
      continue;
    CHECK(frame.frame_id > newest);
    newest = frame.frame_id;
    CHECK(pattern_holds(from.color, from.color_bytes, newest));
    CHECK(eb_runtime_release_frame(runtime) == EB_OK);
    const eb_field field = {.frame_id = newest,
                            .eyes = 1,
                            .grid_bins = 1,
                            .grid_height = 2,
                            .grid_width = 2,
                            .strokes_width_px = 32,
                            .strokes_height_px = 32,
                            .strength = 1,
                            .extent = {1, 1}};
    eb_field_planes into;
    CHECK(eb_runtime_begin_field(runtime, &field, &into) == EB_OK);
    pattern_fill(into.grid, into.grid_bytes, newest);
    pattern_fill(into.strokes, into.strokes_bytes, newest);
    CHECK(eb_runtime_publish(runtime) == EB_OK);
    eb_control wish;
    static float code[EB_MAX_CODE];
    eb_runtime_control(runtime, &wish, code);
    const eb_report report = {.state = EB_STATE_RUNNING, .fields_made = newest};
    CHECK(eb_runtime_report(runtime, &report) == EB_OK);
    eb_runtime_beat(runtime);
  }
  return NULL;
}

int main(void) {
  eb_engine_config config = {.max_width_px = 64, .max_height_px = 64, .max_eyes = 1};
  snprintf(config.name, sizeof config.name, "test-threads");
  CHECK(eb_engine_open(&config, &engine) == EB_OK);
  CHECK(eb_runtime_attach(config.name, &runtime) == EB_OK);
  pthread_t threads[2];
  CHECK(pthread_create(&threads[0], NULL, runtime_thread, NULL) == 0);
  CHECK(pthread_create(&threads[1], NULL, engine_thread, NULL) == 0);
  for (int i = 0; i < 2; i++) CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(eb_runtime_skipped(runtime) < FRAMES);
  eb_runtime_detach(runtime);
  eb_engine_close(engine);
  puts("threads: ok");
  return 0;
}
