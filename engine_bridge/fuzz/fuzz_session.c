/* A hostile peer, coverage-guided: the fuzzer's bytes are a list of steps, which write anything
 * anywhere into a live region and make calls of both sides in between. Whatever the region says, no
 * call may crash, hang, or reach outside of it. `make fuzz` builds this with libFuzzer, ASan and
 * UBSan; every plane that a call hands out is read from its first to its last byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

typedef struct input {
  const uint8_t* at;
  size_t rest;
} input;

static uint64_t take(input* in, size_t bytes) {
  uint64_t value = 0;
  if (bytes > in->rest) bytes = in->rest;
  memcpy(&value, in->at, bytes);
  in->at += bytes, in->rest -= bytes;
  return value;
}

static volatile uint8_t sink;

static void touch(const void* plane, uint64_t bytes, int write) {
  uint8_t* at = (uint8_t*)plane;
  for (uint64_t i = 0; i < bytes; i += 61) sink ^= at[i];
  if (bytes) sink ^= at[bytes - 1];
  if (bytes && write) at[0] = at[bytes - 1] = 1;
}

/* Where hostile writes do most: the header, the live words, the messages; or anywhere. */
static uint64_t place(input* in, const eb_header* header) {
  const uint64_t where = take(in, 1);
  const eb_geometry* channel = &header->channels[where >> 2 & 3];
  const uint64_t slot = channel->offset + (where >> 4) % EB_SLOTS * channel->slot_bytes;
  switch (where & 3) {
    case 0:
      return take(in, 2) % sizeof(eb_header);
    case 1:
      return sizeof(eb_header) + take(in, 2) % sizeof(eb_live);
    case 2:
      return slot + take(in, 2) % (EB_LINE + channel->message_bytes);
  }
  return take(in, 4) % header->region_bytes;
}

static void engine_steps(eb_engine* engine, unsigned step) {
  static eb_frame frame = {.eyes = 1,
                           .width_px = 40,
                           .height_px = 40,
                           .color_width_px = 16,
                           .color_height_px = 16,
                           .extent = {1, 1}};
  eb_frame_planes into;
  eb_field field;
  eb_field_planes from;
  eb_status status;
  const eb_control wish = {.style = "a"};
  switch (step) {
    case 0:
      if (eb_engine_begin_frame(engine, &frame, &into) == EB_OK) {
        touch(into.color, into.color_bytes, 1);
        eb_engine_publish(engine);
      }
      break;
    case 1:
      if (eb_engine_acquire_field(engine, &field, &from) == EB_OK) {
        touch(from.grid, from.grid_bytes, 0);
        touch(from.strokes, from.strokes_bytes, 0);
        touch(from.pixels, from.pixels_bytes, 0);
        if (strlen(field.status) >= EB_TEXT_BYTES) abort();
        eb_engine_release_field(engine);
      }
      break;
    case 2:
      eb_engine_set_control(engine, &wish, NULL);
      break;
    case 3:
      eb_engine_status(engine, &status);
      if (strlen(status.report.reason) >= EB_REASON_BYTES) abort();
      break;
    default:
      eb_engine_wait_field(engine, 0);
  }
}

static void runtime_steps(eb_runtime* runtime, unsigned step) {
  static float code[EB_MAX_CODE];
  eb_frame frame;
  eb_frame_planes from;
  eb_control wish;
  const eb_report report = {.state = EB_STATE_RUNNING};
  const eb_field field = {.eyes = 1,
                          .grid_bins = 1,
                          .grid_height = 1,
                          .grid_width = 1,
                          .strokes_width_px = 32,
                          .strokes_height_px = 32,
                          .extent = {1, 1}};
  eb_field_planes into;
  switch (step) {
    case 0:
      if (eb_runtime_acquire_frame(runtime, &frame, &from) == EB_OK) {
        touch(from.color, from.color_bytes, 0);
        touch(from.depth_m, from.depth_bytes, 0);
        eb_runtime_release_frame(runtime);
      }
      break;
    case 1:
      if (eb_runtime_begin_field(runtime, &field, &into) == EB_OK) {
        touch(into.grid, into.grid_bytes, 1);
        touch(into.strokes, into.strokes_bytes, 1);
        eb_runtime_publish(runtime);
      }
      break;
    case 2:
      if (eb_runtime_control(runtime, &wish, code) == EB_OK && strlen(wish.style) >= EB_TEXT_BYTES)
        abort();
      break;
    case 3:
      eb_runtime_report(runtime, &report);
      break;
    default:
      eb_runtime_wait_frame(runtime, 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  eb_engine_config config = {.max_width_px = 64,
                             .max_height_px = 64,
                             .max_eyes = 1,
                             .features = EB_FEATURE_DEPTH | EB_FEATURE_PIXELS};
  snprintf(config.name, sizeof config.name, "fuzz-%u", (unsigned)getpid());
  eb_engine* engine;
  eb_region hostile;
  eb_header header;
  if (eb_engine_open(&config, &engine) != EB_OK) abort();
  /* the region again, as the peer that does what it likes with it */
  if (eb_region_attach(&hostile, config.name, EB_RUNTIME_SIDE) != EB_OK) abort();
  if (eb_header_read(&hostile, &header) != EB_OK) abort();
  eb_region_leave(&hostile, 0); /* the lock; the memory stays */
  eb_runtime* runtime = NULL;
  input in = {data, size};
  for (int steps = 0; in.rest && steps < 64; steps++) {
    const unsigned what = (unsigned)take(&in, 1);
    const uint64_t at = what % 3 == 0 ? place(&in, &header) : 0;
    const size_t bytes = what & 64 ? 8 : what & 32 ? 4 : 1;
    if (what % 3 == 0) {
      const uint64_t value = take(&in, bytes);
      if (at + bytes <= header.region_bytes) memcpy(hostile.map + at, &value, bytes);
    } else if (what % 3 == 1) {
      engine_steps(engine, what / 3 % 5);
    } else if (runtime == NULL || what / 3 % 6 == 5) { /* checks the header anew */
      eb_session_info found[4];
      uint32_t count;
      eb_list(found, 4, &count);
      eb_runtime_detach(runtime);
      eb_runtime_attach(config.name, &runtime);
    } else {
      runtime_steps(runtime, what / 3 % 6);
    }
  }
  eb_runtime_detach(runtime);
  eb_engine_close(engine);
  eb_region_unmap(&hostile);
  return 0;
}
