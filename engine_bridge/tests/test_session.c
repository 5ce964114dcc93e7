/* One session, both sides in one process: what goes in comes out, and calls out of order say so. */
#include <string.h>

#include "check.h"

static const char* const NAME = "test-session";

static eb_engine* open_engine(uint32_t features) {
  eb_engine_config config = {
      .max_width_px = 200, .max_height_px = 120, .max_eyes = 2, .features = features};
  snprintf(config.name, sizeof config.name, "%s", NAME);
  snprintf(config.engine, sizeof config.engine, "Test 1.0");
  eb_engine* engine;
  CHECK(eb_engine_open(&config, &engine) == EB_OK);
  return engine;
}

static eb_frame small_frame(uint64_t id) {
  eb_frame frame = {.frame_id = id,
                    .display_time_ns = (int64_t)id * 11,
                    .eyes = 2,
                    .width_px = 200,
                    .height_px = 120,
                    .color_width_px = eb_small_px(200),
                    .color_height_px = eb_small_px(120),
                    .extent = {1, 1}};
  for (int eye = 0; eye < 2; eye++) {
    const float fov[4] = {-0.8f, 0.7f, 0.9f, -0.6f};
    frame.views[eye].orientation_xyzw[3] = 1;
    frame.views[eye].position_m[0] = 0.064f * (float)eye;
    memcpy(frame.views[eye].fov_rad, fov, sizeof fov);
  }
  return frame;
}

static void frames_and_fields_arrive(void) {
  eb_engine* engine = open_engine(EB_FEATURE_DEPTH);
  eb_runtime* runtime;
  CHECK(eb_runtime_attach(NAME, &runtime) == EB_OK);
  eb_frame got;
  eb_frame_planes into, from;
  CHECK(eb_runtime_wait_frame(runtime, 1000) == EB_NOTHING);
  CHECK(eb_runtime_acquire_frame(runtime, &got, &from) == EB_NOTHING);
  for (uint64_t id = 1; id <= 3; id++) { /* newest wins; two are counted as skipped */
    eb_frame frame = small_frame(id);
    frame.depth_width_px = 5, frame.depth_height_px = 3;
    CHECK(eb_engine_begin_frame(engine, &frame, &into) == EB_OK);
    CHECK(into.color_bytes == 2 * 50 * 30 * 4 && into.depth_bytes == 2 * 5 * 3 * 4);
    memset(into.color, (int)id, into.color_bytes);
    into.depth_m[29] = 7.5f;
    CHECK(eb_engine_publish(engine) == EB_OK);
  }
  CHECK(eb_runtime_wait_frame(runtime, 0) == EB_OK);
  CHECK(eb_runtime_acquire_frame(runtime, &got, &from) == EB_OK);
  CHECK(got.frame_id == 3 && got.display_time_ns == 33 && got.publish_ns > 0);
  CHECK(got.views[1].position_m[0] == 0.064f && got.views[1].fov_rad[3] == -0.6f);
  CHECK(from.color[0] == 3 && from.color[from.color_bytes - 1] == 3 && from.depth_m[29] == 7.5f);
  CHECK(eb_runtime_acquire_frame(runtime, &got, &from) == EB_STATE);
  CHECK(eb_runtime_release_frame(runtime) == EB_OK);
  CHECK(eb_runtime_release_frame(runtime) == EB_STATE);
  CHECK(eb_runtime_skipped(runtime) == 2);

  eb_field field = {.frame_id = got.frame_id,
                    .eyes = 2,
                    .grid_bins = 8,
                    .grid_height = 16,
                    .grid_width = 16,
                    .strokes_width_px = 100,
                    .strokes_height_px = 60,
                    .strength = 0.5f,
                    .extent = {1, 1},
                    .network_ns = 42};
  eb_field_planes out, in;
  CHECK(eb_runtime_begin_field(runtime, &field, &out) == EB_OK);
  CHECK(out.grid_bytes == 2 * 12 * 8 * 16 * 16 * 4 && out.strokes_bytes == 2 * 100 * 60 * 4);
  out.grid[out.grid_bytes / 4 - 1] = 1.25f;
  memset(out.strokes, 9, out.strokes_bytes);
  CHECK(eb_runtime_publish(runtime) == EB_OK);
  eb_field found;
  CHECK(eb_engine_acquire_field(engine, &found, &in) == EB_OK);
  CHECK(found.frame_id == 3 && found.network_ns == 42 && found.strength == 0.5f);
  CHECK(in.grid[in.grid_bytes / 4 - 1] == 1.25f && in.strokes[in.strokes_bytes - 1] == 9);
  CHECK(eb_engine_release_field(engine) == EB_OK);
  CHECK(eb_engine_acquire_field(engine, &found, &in) == EB_NOTHING);
  eb_runtime_detach(runtime);
  eb_engine_close(engine);
}

static void wishes_and_reports_arrive(void) {
  eb_engine* engine = open_engine(0);
  eb_status status;
  CHECK(eb_engine_status(engine, &status) == EB_OK && status.link == EB_LINK_NONE);
  eb_runtime* runtime;
  CHECK(eb_runtime_attach(NAME, &runtime) == EB_OK);
  eb_control wish = {.strength = 0.25f,
                     .has_strength = 1,
                     .mix = 0.5f,
                     .code_count = 3,
                     .style = "starry-night",
                     .mix_style = "scream",
                     .detail = 0.75f,
                     .has_detail = 1};
  const float code[3] = {1, 2, 3};
  float read[EB_MAX_CODE];
  eb_control got;
  CHECK(eb_runtime_control(runtime, &got, read) == EB_NOTHING);
  CHECK(eb_engine_set_control(engine, &wish, code) == EB_OK);
  CHECK(eb_runtime_control(runtime, &got, read) == EB_OK);
  CHECK(strcmp(got.style, "starry-night") == 0 && got.mix == 0.5f && read[2] == 3);
  CHECK(got.has_detail == 1 && got.detail == 0.75f && got.has_calm == 0);
  CHECK(eb_runtime_control(runtime, &got, read) == EB_NOTHING);
  wish.mix = 2;
  CHECK(eb_engine_set_control(engine, &wish, code) == EB_ARGUMENT);
  wish.mix = 1;
  wish.calm = -1;
  CHECK(eb_engine_set_control(engine, &wish, code) == EB_ARGUMENT);

  const eb_report report = {.state = EB_STATE_RUNNING, .fields_made = 5, .reason = "all\nwell"};
  CHECK(eb_runtime_report(runtime, &report) == EB_OK);
  CHECK(eb_engine_status(engine, &status) == EB_OK);
  CHECK(status.link == EB_LINK_LIVE && status.report.fields_made == 5);
  CHECK(strcmp(status.report.reason, "all?well") == 0);
  eb_runtime_detach(runtime);
  CHECK(eb_engine_status(engine, &status) == EB_OK && status.link == EB_LINK_LOST);
  CHECK(eb_runtime_attach(NAME, &runtime) == EB_OK); /* a restarted runtime */
  CHECK(eb_engine_status(engine, &status) == EB_OK && status.link == EB_LINK_LIVE);
  eb_engine_close(engine);
  CHECK(eb_runtime_wait_frame(runtime, 1000) == EB_PEER_GONE);
  eb_runtime_detach(runtime);
}

static void names_are_exclusive(void) {
  eb_engine *engine = open_engine(0), *other;
  eb_engine_config config = {.max_width_px = 64, .max_height_px = 64, .max_eyes = 1};
  snprintf(config.name, sizeof config.name, "%s", NAME);
  CHECK(eb_engine_open(&config, &other) == EB_BUSY && other == NULL);
  eb_runtime *first, *second;
  CHECK(eb_runtime_attach(NAME, &first) == EB_OK);
  CHECK(eb_runtime_attach(NAME, &second) == EB_BUSY && second == NULL);
  CHECK(eb_remove(NAME) == EB_BUSY);
  eb_session_info found[EB_MAX_SESSIONS];
  uint32_t count, mine = 0;
  CHECK(eb_list(found, EB_MAX_SESSIONS, &count) == EB_OK);
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(found[i].name, NAME) == 0) {
      mine++;
      CHECK(found[i].problem == EB_OK && found[i].engine_live && found[i].runtime_live);
      CHECK(strcmp(found[i].engine, "Test 1.0") == 0);
    }
  CHECK(mine == 1);
  eb_runtime_detach(first);
  eb_engine_close(engine);
  CHECK(eb_runtime_attach(NAME, &first) == EB_MISSING);
  const char* const bad[] = {
      "",    ".hidden", "-x",  "a/b",
      "a b", "../x",    "a~1", "123456789012345678901234567890123456789012345678"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    snprintf(config.name, sizeof config.name, "%s", "");
    memcpy(config.name, bad[i],
           strlen(bad[i]) < EB_NAME_BYTES ? strlen(bad[i]) + 1 : EB_NAME_BYTES);
    CHECK(eb_engine_open(&config, &other) == EB_ARGUMENT);
  }
}

int main(void) {
  frames_and_fields_arrive();
  wishes_and_reports_arrive();
  names_are_exclusive();
  puts("session: ok");
  return 0;
}
