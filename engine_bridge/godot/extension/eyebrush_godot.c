/* The class EyebrushBridge for Godot: the bridge's engine side (eyebrush_bridge.h), fields in the
 * form that the addon's textures want, and the numbers that its shaders want. All methods are for
 * one thread: the rendering thread.
 *
 * A frame in the steady state allocates nothing. Methods of a frame take and give values that a
 * Variant holds in itself. Arrays are handed out once (get_constants, get_grid, get_strokes) and
 * from then on written in place: both sides read one memory, and GDScript never writes to it. */
#include <math.h>
#include <string.h>

#include "eyebrush_bridge.h"
#include "godot_class.h"
#include "stage_clock.h"
#include "view_math.h"

#define BYTES GDEXTENSION_VARIANT_TYPE_PACKED_BYTE_ARRAY
#define FLOATS GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY
#define DOUBLES GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT64_ARRAY
#define INT GDEXTENSION_VARIANT_TYPE_INT
#define FLOAT GDEXTENSION_VARIANT_TYPE_FLOAT
#define STRING GDEXTENSION_VARIANT_TYPE_STRING
#define NIL GDEXTENSION_VARIANT_TYPE_NIL

#define VIEW_FLOATS 11   /* of an eb_view: orientation, position, field of view */
#define STATUS_NUMBERS 4 /* see get_status */
#define IN_FLIGHT 2      /* frames whose pixels are on their way from the GPU */

/* Constants of composite.slang: what the passes of one eye are drawn with. */
typedef struct {
  float reproject[12];
  float extent[2];
  float strength, stroke_opacity;
  float depth_line[2];
  float linear_scale, has_depth;
  float cells[4];
} pass_constants;

typedef struct {
  eb_engine* engine;
  char message[512];
  eb_status status;
  eb_frame frame;           /* the one that is drawn now */
  eb_frame sent[IN_FLIGHT]; /* those that wait for their pixels */
  eb_field field;           /* the one in the arrays; eyes is 0 before the first */
  float cells[4];           /* see set_views */
  godot_array constants[EB_MAX_EYES], grid[EB_MAX_EYES], strokes[EB_MAX_EYES];
  const void* places[2 * EB_MAX_EYES]; /* where grid and strokes were the last time */
  int64_t buffers_made;
  stage_clock clock;
} bridge;

static int64_t whole(GDExtensionConstTypePtr argument) { return *(const int64_t*)argument; }
static double real(GDExtensionConstTypePtr argument) { return *(const double*)argument; }
static int is_eye(int64_t eye) { return eye >= 0 && eye < EB_MAX_EYES; }

static void begin(void* instance) {
  bridge* self = instance;
  for (int eye = 0; eye < EB_MAX_EYES; eye++) {
    godot_array_begin(BYTES, &self->grid[eye]);
    godot_array_begin(BYTES, &self->strokes[eye]);
    godot_array_begin(BYTES, &self->constants[eye]);
    godot_array_resize(BYTES, &self->constants[eye], sizeof(pass_constants));
  }
}

static void end(void* instance) {
  bridge* self = instance;
  eb_engine_close(self->engine);
  for (int eye = 0; eye < EB_MAX_EYES; eye++) {
    godot_array_end(BYTES, &self->grid[eye]);
    godot_array_end(BYTES, &self->strokes[eye]);
    godot_array_end(BYTES, &self->constants[eye]);
  }
}

/* Remember why a call failed; hand its status on. */
static void answer(bridge* self, void* result, int status) {
  if (status < 0) strncpy(self->message, eb_last_message(), sizeof self->message - 1);
  *(int64_t*)result = status;
}

static int not_open(bridge* self, void* result) {
  if (self->engine) return 0;
  strcpy(self->message, "got a call on a closed bridge; wanted open first; fix: call open");
  *(int64_t*)result = EB_STATE;
  return 1;
}

static void call_open(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  bridge* self = instance;
  eb_engine_close(self->engine);
  self->engine = NULL;
  eb_engine_config config = {.max_width_px = (uint32_t)whole(a[2]),
                             .max_height_px = (uint32_t)whole(a[3]),
                             .max_eyes = (uint32_t)whole(a[4])};
  godot_text(a[0], config.name, sizeof config.name);
  godot_text(a[1], config.engine, sizeof config.engine);
  answer(self, result, eb_engine_open(&config, &self->engine));
}

static void call_close(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a, (void)result;
  bridge* self = instance;
  eb_engine_close(self->engine);
  self->engine = NULL;
}

static void get_message(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  godot_set_text(result, ((bridge*)instance)->message);
}

/* Sides of the views that are drawn from now on, and what `reduce` needs: the size of a small
 * pixel, and how many taps it takes each way, each of which lies between two source pixels. */
static void call_set_views(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)result;
  bridge* self = instance;
  const uint32_t full_px[2] = {(uint32_t)whole(a[0]), (uint32_t)whole(a[1])};
  const uint32_t small_px[2] = {eb_small_px(full_px[0]), eb_small_px(full_px[1])};
  self->frame = (eb_frame){.eyes = (uint32_t)whole(a[2]),
                           .width_px = full_px[0],
                           .height_px = full_px[1],
                           .color_width_px = small_px[0],
                           .color_height_px = small_px[1],
                           .extent = {1, 1}};
  for (int i = 0; i < 2; i++) {
    self->cells[i] = 1.0f / (float)small_px[i];
    self->cells[2 + i] = fmaxf(1.0f, ceilf((float)full_px[i] / (float)small_px[i] / 2));
  }
}

/* One eye's view of the frame and the constants of its passes, where the arrays of get_constants
 * are. strength: 0 where the field is not shown. */
static void call_prepare(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)result;
  bridge* self = instance;
  if (!is_eye(whole(a[0]))) return;
  const int64_t eye = whole(a[0]);
  const godot_projection* projection = a[2];
  eb_view* view = &self->frame.views[eye];
  view_of(a[1], projection, view);
  pass_constants constants = {.strength = (float)real(a[3]),
                              .stroke_opacity = (float)real(a[4]),
                              .linear_scale = (float)real(a[5]),
                              .has_depth = whole(a[6]) ? 1.0f : 0.0f,
                              .extent = {self->field.extent[0], self->field.extent[1]}};
  view_reprojection(view, &self->field.views[eye], constants.reproject);
  view_depth_line(projection, constants.depth_line);
  memcpy(constants.cells, self->cells, sizeof constants.cells);
  memcpy(godot_bytes_in_place(&self->constants[eye]), &constants, sizeof constants);
}

static void get_constants(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  if (is_eye(whole(a[0])))
    godot_array_share(BYTES, result, &((bridge*)instance)->constants[whole(a[0])]);
}

static void get_view(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  if (!is_eye(whole(a[0]))) return;
  godot_array_resize(FLOATS, result, VIEW_FLOATS);
  memcpy(godot_floats(result), &((bridge*)instance)->frame.views[whole(a[0])],
         VIEW_FLOATS * sizeof(float));
}

/* Remember the frame that was just drawn, until its pixels come (publish, with the same ticket). */
static void call_keep_views(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)result;
  bridge* self = instance;
  eb_frame* frame = &self->sent[whole(a[0]) % IN_FLIGHT];
  *frame = self->frame;
  frame->frame_id = (uint64_t)whole(a[1]);
  frame->display_time_ns = eb_now_ns();
}

static void call_publish(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  bridge* self = instance;
  if (not_open(self, result)) return;
  const godot_array* pixels = a[1];
  eb_frame_planes planes;
  int status = eb_engine_begin_frame(self->engine, &self->sent[whole(a[0]) % IN_FLIGHT], &planes);
  if (status == EB_OK && (uint64_t)godot_array_size(BYTES, pixels) != planes.color_bytes) {
    strcpy(self->message,
           "got pixels of another size than the frame's; wanted RGBA of all eyes; "
           "fix: read back the small picture as a whole");
    *(int64_t*)result = EB_ARGUMENT;
    return;
  }
  if (status == EB_OK) {
    memcpy(planes.color, godot_bytes_const(pixels), planes.color_bytes);
    status = eb_engine_publish(self->engine);
  }
  answer(self, result, status);
}

/* Room for `bytes` in a kept array. */
static uint8_t* room(bridge* self, int which, godot_array* array, uint64_t bytes) {
  if ((uint64_t)godot_array_size(BYTES, array) != bytes)
    godot_array_resize(BYTES, array, (int64_t)bytes);
  uint8_t* place = godot_bytes_in_place(array);
  if (place != self->places[which]) {
    self->places[which] = place;
    self->buffers_made++;
  }
  return place;
}

static void call_take_field(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  bridge* self = instance;
  if (not_open(self, result)) return;
  eb_field field;
  eb_field_planes planes;
  int status = eb_engine_acquire_field(self->engine, &field, &planes);
  if (status != EB_OK) {
    answer(self, result, status);
    return;
  }
  if (field.kind == EB_MODE_FIELD) {
    const uint64_t numbers = planes.grid_bytes / sizeof(float) / field.eyes;
    const uint64_t strokes_bytes = planes.strokes_bytes / field.eyes;
    for (uint32_t eye = 0; eye < field.eyes; eye++) {
      uint8_t* grid = room(self, (int)eye, &self->grid[eye], numbers * sizeof(uint16_t));
      eb_pack_grid(planes.grid + eye * numbers, field.grid_bins, field.grid_height,
                   field.grid_width, (uint16_t*)(void*)grid);
      uint8_t* strokes = room(self, (int)(EB_MAX_EYES + eye), &self->strokes[eye], strokes_bytes);
      memcpy(strokes, planes.strokes + eye * strokes_bytes, strokes_bytes);
    }
  }
  status = eb_engine_release_field(self->engine);
  if (status == EB_OK) {
    if (field.kind == EB_MODE_FIELD)
      self->field = field;
    else
      status = EB_NOTHING; /* finished pixels, which this addon never asks for */
  }
  answer(self, result, status);
}

static void get_field_eyes(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  *(int64_t*)result = ((bridge*)instance)->field.eyes;
}

/* Since the frame that the field was made from was published. */
static void get_field_age_ms(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  *(double*)result = (double)(eb_now_ns() - ((bridge*)instance)->field.frame_publish_ns) / 1e6;
}

static void get_field_strength(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  *(double*)result = ((bridge*)instance)->field.strength;
}

static void get_grid_cells(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  const eb_field* field = &((bridge*)instance)->field;
  const uint32_t cells[3] = {field->grid_width, field->grid_height, field->grid_bins};
  memcpy(result, cells, sizeof cells);
}

static void get_strokes_px(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  const eb_field* field = &((bridge*)instance)->field;
  const uint32_t size[2] = {field->strokes_width_px, field->strokes_height_px};
  memcpy(result, size, sizeof size);
}

static void get_grid(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  if (is_eye(whole(a[0])))
    godot_array_share(BYTES, result, &((bridge*)instance)->grid[whole(a[0])]);
}

static void get_strokes(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  if (is_eye(whole(a[0])))
    godot_array_share(BYTES, result, &((bridge*)instance)->strokes[whole(a[0])]);
}

static void call_control(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  bridge* self = instance;
  if (not_open(self, result)) return;
  eb_control control = {.mode = EB_MODE_FIELD,
                        .paused = whole(a[6]) != 0,
                        .mix = (float)real(a[2]),
                        .strength = (float)real(a[3]),
                        .calm = (float)real(a[4]),
                        .detail = (float)real(a[5]),
                        .has_strength = 1,
                        .has_calm = 1,
                        .has_detail = 1};
  godot_text(a[0], control.style, sizeof control.style);
  godot_text(a[1], control.mix_style, sizeof control.mix_style);
  answer(self, result, eb_engine_set_control(self->engine, &control, NULL));
}

/* The link, EB_LINK_... Everything else about the runtime is as of the last call of this. */
static void call_read_status(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  bridge* self = instance;
  self->status = (eb_status){.link = EB_LINK_NONE};
  if (self->engine) eb_engine_status(self->engine, &self->status);
  *(int64_t*)result = self->status.link;
}

static void get_runtime_state(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  *(int64_t*)result = ((bridge*)instance)->status.report.state;
}

/* Link, frames sent, fields per second, fields skipped. */
static void get_status(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  const eb_status* s = &((bridge*)instance)->status;
  godot_array_resize(DOUBLES, result, STATUS_NUMBERS);
  double* n = godot_doubles(result);
  *n++ = s->link, *n++ = (double)s->frames_published;
  *n++ = s->report.fields_per_s, *n++ = (double)s->fields_skipped;
}

static void get_style(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  godot_set_text(result, ((bridge*)instance)->status.report.style);
}

static void get_backend(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  godot_set_text(result, ((bridge*)instance)->status.report.backend);
}

static void get_reason(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  godot_set_text(result, ((bridge*)instance)->status.report.reason);
}

static void get_small_px(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)instance;
  *(int64_t*)result = eb_small_px((uint32_t)whole(a[0]));
}

static void get_buffers_made(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  *(int64_t*)result = ((bridge*)instance)->buffers_made;
}

/* --- CPU time --- */

static void call_clock_start(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a, (void)result;
  stage_start(&((bridge*)instance)->clock);
}

static void call_clock_stop(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)result;
  stage_stop(&((bridge*)instance)->clock, whole(a[0]));
}

static void call_clock_reset(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a, (void)result;
  ((bridge*)instance)->clock = (stage_clock){0};
}

/* Nanoseconds of each stage, as render/meter.gd lists them. */
static void get_clock(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  godot_array_resize(DOUBLES, result, STAGES);
  double* n = godot_doubles(result);
  for (int i = 0; i < STAGES; i++) n[i] = (double)((bridge*)instance)->clock.total_ns[i];
}

static const godot_method methods[] = {
    {"open",
     call_open,
     INT,
     {{"name", STRING},
      {"engine", STRING},
      {"max_width_px", INT},
      {"max_height_px", INT},
      {"max_eyes", INT}}},
    {"close", call_close, NIL, {{0}}},
    {"get_message", get_message, STRING, {{0}}},
    {"set_control",
     call_control,
     INT,
     {{"style", STRING},
      {"mix_style", STRING},
      {"mix", FLOAT},
      {"strength", FLOAT},
      {"calm", FLOAT},
      {"detail", FLOAT},
      {"paused", INT}}},
    {"set_views", call_set_views, NIL, {{"width_px", INT}, {"height_px", INT}, {"eyes", INT}}},
    {"prepare",
     call_prepare,
     NIL,
     {{"eye", INT},
      {"camera", GDEXTENSION_VARIANT_TYPE_TRANSFORM3D},
      {"projection", GDEXTENSION_VARIANT_TYPE_PROJECTION},
      {"strength", FLOAT},
      {"stroke_opacity", FLOAT},
      {"linear_scale", FLOAT},
      {"has_depth", INT}}},
    {"get_constants", get_constants, BYTES, {{"eye", INT}}},
    {"get_view", get_view, FLOATS, {{"eye", INT}}},
    {"keep_views", call_keep_views, NIL, {{"ticket", INT}, {"frame_id", INT}}},
    {"publish", call_publish, INT, {{"ticket", INT}, {"pixels", BYTES}}},
    {"take_field", call_take_field, INT, {{0}}},
    {"get_field_eyes", get_field_eyes, INT, {{0}}},
    {"get_field_age_ms", get_field_age_ms, FLOAT, {{0}}},
    {"get_field_strength", get_field_strength, FLOAT, {{0}}},
    {"get_grid_cells", get_grid_cells, GDEXTENSION_VARIANT_TYPE_VECTOR3I, {{0}}},
    {"get_strokes_px", get_strokes_px, GDEXTENSION_VARIANT_TYPE_VECTOR2I, {{0}}},
    {"get_grid", get_grid, BYTES, {{"eye", INT}}},
    {"get_strokes", get_strokes, BYTES, {{"eye", INT}}},
    {"read_status", call_read_status, INT, {{0}}},
    {"get_status", get_status, DOUBLES, {{0}}},
    {"get_runtime_state", get_runtime_state, INT, {{0}}},
    {"get_style", get_style, STRING, {{0}}},
    {"get_backend", get_backend, STRING, {{0}}},
    {"get_reason", get_reason, STRING, {{0}}},
    {"get_small_px", get_small_px, INT, {{"full_px", INT}}},
    {"get_buffers_made", get_buffers_made, INT, {{0}}},
    {"clock_start", call_clock_start, NIL, {{0}}},
    {"clock_stop", call_clock_stop, NIL, {{"stage", INT}}},
    {"clock_reset", call_clock_reset, NIL, {{0}}},
    {"get_clock", get_clock, DOUBLES, {{0}}},
};

static const godot_class type = {
    .name = "EyebrushBridge",
    .self_bytes = sizeof(bridge),
    .begin = begin,
    .end = end,
    .methods = methods,
    .method_count = sizeof methods / sizeof *methods,
};

static void initialize(void* userdata, GDExtensionInitializationLevel level) {
  (void)userdata;
  if (level == GDEXTENSION_INITIALIZATION_SCENE) godot_register(&type);
}

static void deinitialize(void* userdata, GDExtensionInitializationLevel level) {
  (void)userdata;
  if (level == GDEXTENSION_INITIALIZATION_SCENE) godot_unregister(&type);
}

#if defined(_WIN32)
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
GDExtensionBool eyebrush_godot_init(GDExtensionInterfaceGetProcAddress get,
                                    GDExtensionClassLibraryPtr library,
                                    GDExtensionInitialization* initialization) {
  if (!godot_load(get, library)) return 0;
  initialization->minimum_initialization_level = GDEXTENSION_INITIALIZATION_SCENE;
  initialization->initialize = initialize;
  initialization->deinitialize = deinitialize;
  initialization->userdata = NULL;
  return 1;
}
