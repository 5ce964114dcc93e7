/* The class EyebrushBridge for Godot: the bridge's engine side (eyebrush_bridge.h), and fields in
 * the form that the addon's textures want. All methods but none are for one thread: the rendering
 * thread.
 *
 * A frame in the steady state allocates nothing: what Godot gets are references to arrays that
 * are kept here, and made anew only when sizes grow or somebody else still holds them. */
#include <stdlib.h>
#include <string.h>

#include "eyebrush_bridge.h"
#include "godot_class.h"

#define BYTES GDEXTENSION_VARIANT_TYPE_PACKED_BYTE_ARRAY
#define FLOATS GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY
#define DOUBLES GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT64_ARRAY
#define INT GDEXTENSION_VARIANT_TYPE_INT
#define FLOAT GDEXTENSION_VARIANT_TYPE_FLOAT
#define STRING GDEXTENSION_VARIANT_TYPE_STRING

#define VIEW_FLOATS 11    /* of an eb_view: orientation, position, field of view */
#define FIELD_NUMBERS 38  /* see take_field */
#define STATUS_NUMBERS 11 /* see get_status */

typedef struct {
  eb_engine* engine;
  char message[512];
  eb_status status;
  godot_array grid[EB_MAX_EYES], strokes[EB_MAX_EYES];
  godot_array field, numbers;
  const void* places[2 * EB_MAX_EYES]; /* where the arrays' elements were the last time */
  int64_t buffers_made;
} bridge;

static int64_t whole(GDExtensionConstTypePtr argument) { return *(const int64_t*)argument; }
static double real(GDExtensionConstTypePtr argument) { return *(const double*)argument; }

static void begin(void* instance) {
  bridge* self = instance;
  for (int eye = 0; eye < EB_MAX_EYES; eye++) {
    godot_array_begin(BYTES, &self->grid[eye]);
    godot_array_begin(BYTES, &self->strokes[eye]);
  }
  godot_array_begin(DOUBLES, &self->field);
  godot_array_resize(DOUBLES, &self->field, FIELD_NUMBERS);
  godot_array_begin(DOUBLES, &self->numbers);
  godot_array_resize(DOUBLES, &self->numbers, STATUS_NUMBERS);
}

static void end(void* instance) {
  bridge* self = instance;
  eb_engine_close(self->engine);
  for (int eye = 0; eye < EB_MAX_EYES; eye++) {
    godot_array_end(BYTES, &self->grid[eye]);
    godot_array_end(BYTES, &self->strokes[eye]);
  }
  godot_array_end(DOUBLES, &self->field);
  godot_array_end(DOUBLES, &self->numbers);
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

static void call_publish(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  bridge* self = instance;
  if (not_open(self, result)) return;
  const godot_array *views = a[6], *pixels = a[7];
  const int64_t eyes = godot_array_size(FLOATS, views) / VIEW_FLOATS;
  eb_frame frame = {.frame_id = (uint64_t)whole(a[0]),
                    .display_time_ns = whole(a[1]),
                    .eyes = (uint32_t)eyes,
                    .width_px = (uint32_t)whole(a[2]),
                    .height_px = (uint32_t)whole(a[3]),
                    .color_width_px = (uint32_t)whole(a[4]),
                    .color_height_px = (uint32_t)whole(a[5]),
                    .extent = {1, 1}};
  for (int64_t eye = 0; eye < eyes && eye < EB_MAX_EYES; eye++)
    memcpy(&frame.views[eye], godot_floats_const(views) + eye * VIEW_FLOATS,
           VIEW_FLOATS * sizeof(float));
  eb_frame_planes planes;
  int status = eb_engine_begin_frame(self->engine, &frame, &planes);
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
  uint8_t* place = godot_bytes(array);
  if (place != self->places[which]) {
    self->places[which] = place;
    self->buffers_made++;
  }
  return place;
}

static void keep_field(bridge* self, const eb_field* field) {
  double* n = godot_doubles(&self->field);
  *n++ = (double)field->frame_id;
  *n++ = (double)field->frame_publish_ns;
  *n++ = (double)field->publish_ns;
  *n++ = field->eyes;
  *n++ = field->grid_bins, *n++ = field->grid_height, *n++ = field->grid_width;
  *n++ = field->strokes_width_px, *n++ = field->strokes_height_px;
  *n++ = field->strength;
  *n++ = field->extent[0], *n++ = field->extent[1];
  *n++ = (double)field->ingest_ns, *n++ = (double)field->tone_ns, *n++ = (double)field->network_ns;
  n++; /* 15 is free: views begin at 16 */
  for (int eye = 0; eye < EB_MAX_EYES; eye++) {
    const float* view = (const float*)&field->views[eye];
    for (int i = 0; i < VIEW_FLOATS; i++) *n++ = view[i];
  }
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
      keep_field(self, &field);
    else
      status = EB_NOTHING; /* finished pixels, which this addon never asks for */
  }
  answer(self, result, status);
}

static void get_field(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  godot_array_share(DOUBLES, result, &((bridge*)instance)->field);
}

static void get_grid(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  if ((uint64_t)whole(a[0]) < EB_MAX_EYES)
    godot_array_share(BYTES, result, &((bridge*)instance)->grid[whole(a[0])]);
}

static void get_strokes(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  if ((uint64_t)whole(a[0]) < EB_MAX_EYES)
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

static void call_status(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  bridge* self = instance;
  self->status = (eb_status){.link = EB_LINK_NONE};
  if (self->engine) eb_engine_status(self->engine, &self->status);
  const eb_status* s = &self->status;
  double* n = godot_doubles(&self->numbers);
  *n++ = s->link, *n++ = s->runtime_pid, *n++ = (double)s->silent_ns;
  *n++ = (double)s->frames_published, *n++ = (double)s->fields_skipped;
  *n++ = (double)s->fields_torn;
  *n++ = s->report.state, *n++ = s->report.fields_per_s, *n++ = (double)s->report.fields_made;
  *n++ = (double)s->report.frames_skipped, *n++ = (double)s->report.field_ns;
  godot_array_share(DOUBLES, result, &self->numbers);
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

static void get_now_ns(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)instance, (void)a;
  *(int64_t*)result = eb_now_ns();
}

static void get_small_px(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)instance;
  *(int64_t*)result = eb_small_px((uint32_t)whole(a[0]));
}

static void get_buffers_made(void* instance, const GDExtensionConstTypePtr* a, void* result) {
  (void)a;
  *(int64_t*)result = ((bridge*)instance)->buffers_made;
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
    {"close", call_close, GDEXTENSION_VARIANT_TYPE_NIL, {{0}}},
    {"get_message", get_message, STRING, {{0}}},
    {"publish",
     call_publish,
     INT,
     {{"frame_id", INT},
      {"display_time_ns", INT},
      {"width_px", INT},
      {"height_px", INT},
      {"color_width_px", INT},
      {"color_height_px", INT},
      {"views", FLOATS},
      {"pixels", BYTES}}},
    {"take_field", call_take_field, INT, {{0}}},
    {"get_field", get_field, DOUBLES, {{0}}},
    {"get_grid", get_grid, BYTES, {{"eye", INT}}},
    {"get_strokes", get_strokes, BYTES, {{"eye", INT}}},
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
    {"read_status", call_status, DOUBLES, {{0}}},
    {"get_style", get_style, STRING, {{0}}},
    {"get_backend", get_backend, STRING, {{0}}},
    {"get_reason", get_reason, STRING, {{0}}},
    {"get_now_ns", get_now_ns, INT, {{0}}},
    {"get_small_px", get_small_px, INT, {{"full_px", INT}}},
    {"get_buffers_made", get_buffers_made, INT, {{0}}},
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
