/* The Eyebrush bridge: an engine and the runtime exchange frames and style fields through shared
 * memory. C11, no dependency. The byte layout, memory ordering and life cycle are in PROTOCOL.md;
 * nobody but src/ touches the region itself.
 *
 * A session is one region that the engine creates. `eyebrush serve` finds every session of its
 * user by itself, in either start order, and finds it again after either side was restarted.
 *
 * Engine (the engine's calls never wait, allocate or lock after eb_engine_open):
 *
 *     eb_engine_config config = {.max_width_px = 1440, .max_height_px = 1600, .max_eyes = 2};
 *     snprintf(config.name, sizeof config.name, "my-game");
 *     eb_engine *engine = NULL;
 *     if (eb_engine_open(&config, &engine) != EB_OK) log_once(eb_last_message());
 *     ...
 *     // each display frame, with the eyes at 1/4 of their size (eb_small_px) read back as RGBA8:
 *     eb_frame frame = {.eyes = 2, .width_px = 1440, .height_px = 1600,
 *                       .color_width_px = 360, .color_height_px = 400,
 *                       .extent = {1, 1}, .frame_id = n, .display_time_ns = t};
 *     // frame.views[0], [1]: see eb_view
 *     eb_frame_planes into;
 *     if (eb_engine_begin_frame(engine, &frame, &into) == EB_OK) {
 *       memcpy(into.color, pixels, into.color_bytes);  // left eye, then right eye
 *       eb_engine_publish(engine);
 *     }
 *     eb_field field;
 *     eb_field_planes from;
 *     if (eb_engine_acquire_field(engine, &field, &from) == EB_OK) {  // EB_NOTHING: none newer
 *       upload(from.grid, from.strokes);
 *       if (eb_engine_release_field(engine) == EB_OK) use_from_now_on(&field);
 *     }
 *     eb_status status;
 *     eb_engine_status(engine, &status);  // status.link != EB_LINK_LIVE: fade to the plain picture
 *     ...
 *     eb_engine_close(engine);
 *
 * Runtime:
 *
 *     eb_session_info found[EB_MAX_SESSIONS];
 *     uint32_t count;
 *     eb_list(found, EB_MAX_SESSIONS, &count);
 *     eb_runtime *runtime = NULL;
 *     eb_runtime_attach(found[0].name, &runtime);
 *     for (int s; (s = eb_runtime_wait_frame(runtime, 20 * 1000 * 1000)) != EB_PEER_GONE;) {
 *       eb_runtime_beat(runtime);  // at least every EB_BEAT_NS, from any one thread
 *       if (s != EB_OK || eb_runtime_acquire_frame(runtime, &frame, &from) != EB_OK) continue;
 *       make_field(&frame, from.color, &field);
 *       if (eb_runtime_release_frame(runtime) != EB_OK) continue;
 *       if (eb_runtime_begin_field(runtime, &field, &into) == EB_OK) {
 *         memcpy(into.grid, ...), memcpy(into.strokes, ...);
 *         eb_runtime_publish(runtime);
 *       }
 *     }
 *     eb_runtime_detach(runtime);
 *
 * A frame without poses (a picture, a flat game that has none) leaves its views all zero.
 *
 * Threads: each of these groups is called by one thread at a time, and the groups may run on
 * different threads: {begin, publish}, {acquire, release, wait}, {set_control, control},
 * {status, report}, {beat}. open / attach come before all, close / detach after all.
 */
#ifndef EYEBRUSH_BRIDGE_H
#define EYEBRUSH_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define EB_ASSERT(what) static_assert(what, #what)
#else
#define EB_ASSERT(what) _Static_assert(what, #what)
#endif

#if defined(_WIN32) && defined(EB_SHARED)
#define EB_API __declspec(dllexport)
#elif defined(EB_SHARED)
#define EB_API __attribute__((visibility("default")))
#else
#define EB_API
#endif

#define EB_MAJOR 1 /* peers of different major versions refuse each other, naming both */
#define EB_MINOR 1 /* minor versions only append; they understand each other both ways */

#define EB_NAME_BYTES 48  /* session name with its final 0: A-Z a-z 0-9 _ - and . inside */
#define EB_TEXT_BYTES 128 /* short UTF-8 texts, always ended by a 0 */
#define EB_REASON_BYTES 256
#define EB_MAX_EYES 2 /* left, right; 1 is mono */
#define EB_MAX_SIDE_PX 8192
#define EB_MAX_CODE 16384   /* numbers in a style code */
#define EB_MAX_GRID_SIDE 64 /* bins, rows and columns of the bilateral grid */
#define EB_GRID_COEFFICIENTS 12
#define EB_MAX_SESSIONS 64
#define EB_BEAT_NS 20000000  /* the runtime beats at least this often ... */
#define EB_STALL_NS 80000000 /* ... and counts as stalled after this long without a beat */

/* What every call returns. 0 is success; positive: nothing is wrong; negative: see
 * eb_last_message(). */
enum {
  EB_OK = 0,
  EB_NOTHING = 1,   /* no newer frame, field, control or report; or the wait timed out */
  EB_TORN = 2,      /* the peer overwrote what was being read: forget it, take the next one */
  EB_PEER_GONE = 3, /* the peer closed the session or died: close / detach and open again */
  EB_ARGUMENT = -1, /* a wrong argument, named in the message */
  EB_BUSY = -2,     /* a live engine has this name already, or another runtime serves it */
  EB_MISSING = -3,  /* there is no such session */
  EB_REFUSED = -4,  /* wrong owner, mode or kind of file, or not a bridge region */
  EB_VERSION = -5,  /* another major version; the message names both */
  EB_CORRUPT = -6,  /* the peer wrote something impossible */
  EB_CAPACITY = -7, /* larger than the session was opened for: open it anew */
  EB_STATE = -8,    /* a call out of order, such as publish without begin */
  EB_SYSTEM = -9    /* the operating system said no; the message has its words */
};

enum { EB_FEATURE_DEPTH = 1, EB_FEATURE_PIXELS = 2 };
enum { EB_MODE_FIELD = 0, EB_MODE_PIXELS = 1 };

/* The runtime's side as the engine sees it. */
enum {
  EB_LINK_NONE = 0,    /* no runtime has attached yet */
  EB_LINK_LIVE = 1,    /* attached, and its heart beats */
  EB_LINK_STALLED = 2, /* attached, without a beat for EB_STALL_NS: stopped or starved */
  EB_LINK_LOST = 3     /* was attached; it left or died. A restarted one makes this LIVE again */
};

/* The runtime's own word on its state. */
enum {
  EB_STATE_STARTING = 0, /* loading the network; no field yet */
  EB_STATE_RUNNING = 1,
  EB_STATE_PAUSED = 2, /* the control block asks for it */
  EB_STATE_FAILED = 3  /* no fields at the moment; the reason says why */
};

/* Where one eye looked from: OpenXR's XrView. +x right, +y up, -z forward, right-handed, metres.
 * orientation_xyzw: unit quaternion, eye space -> world space.
 * fov_rad: left, right, up, down; signed angles, left and down negative for an ordinary eye. */
typedef struct eb_view {
  float orientation_xyzw[4];
  float position_m[3];
  float fov_rad[4];
  uint32_t reserved;
} eb_view;
EB_ASSERT(sizeof(eb_view) == 48);

/* engine -> runtime, with the planes of eb_frame_planes.
 * extent: share (u, v) of the colour picture that shows the eye; below 1 where edges were padded.
 * color_*_px: size of one eye's colour plane: eb_small_px of the eye's size; or the eye's own size
 * in pixels mode. depth_*_px: 0 without depth. */
typedef struct eb_frame {
  uint64_t frame_id;       /* the engine's own count; comes back in eb_field */
  int64_t display_time_ns; /* predicted display time, the engine's clock; only differences count */
  int64_t publish_ns;      /* eb_now_ns() when it was published; set by eb_engine_publish */
  uint32_t eyes;
  uint32_t width_px, height_px; /* the eye buffer that will be composited */
  uint32_t color_width_px, color_height_px;
  uint32_t depth_width_px, depth_height_px;
  uint32_t reserved;
  float extent[2];
  eb_view views[EB_MAX_EYES];
} eb_frame;
EB_ASSERT(sizeof(eb_frame) == 160 && offsetof(eb_frame, eyes) == 24);
EB_ASSERT(offsetof(eb_frame, extent) == 56 && offsetof(eb_frame, views) == 64);

/* color: [eyes][color_height_px][color_width_px][4] bytes, sRGB-encoded RGBA, row 0 on top.
 * depth_m: [eyes][depth_height_px][depth_width_px], metres along the view axis, +inf for the sky.
 */
typedef struct eb_frame_planes {
  uint8_t* color;
  float* depth_m;
  uint64_t color_bytes, depth_bytes;
} eb_frame_planes;

/* runtime -> engine, with the planes of eb_field_planes. kind is EB_MODE_FIELD (grid, strokes) or
 * EB_MODE_PIXELS (pixels: the finished frame). */
typedef struct eb_field {
  uint64_t frame_id; /* of the frame it was made from; so are the next four */
  int64_t display_time_ns;
  int64_t frame_publish_ns;
  int64_t publish_ns; /* eb_now_ns() when the field was published */
  uint32_t kind;
  uint32_t eyes;
  uint32_t grid_bins, grid_height, grid_width;
  uint32_t strokes_width_px, strokes_height_px;
  uint32_t pixels_width_px, pixels_height_px;
  float strength;  /* 0..1, to be used by the composite */
  float extent[2]; /* share (u, v) of the strokes that the picture covers */
  eb_view views[EB_MAX_EYES];
  uint64_t ingest_ns, tone_ns, network_ns, composite_ns; /* how long each stage took */
  char status[EB_TEXT_BYTES];
} eb_field;
EB_ASSERT(sizeof(eb_field) == 336 && offsetof(eb_field, kind) == 32);
EB_ASSERT(offsetof(eb_field, extent) == 72 && offsetof(eb_field, views) == 80);
EB_ASSERT(offsetof(eb_field, ingest_ns) == 176 && offsetof(eb_field, status) == 208);

/* grid: [eyes][12][grid_bins][grid_height][grid_width] floats, a 3x4 colour transform per cell, row
 * major. strokes: [eyes][strokes_height_px][strokes_width_px][4] bytes, sRGB colour and blend mask.
 * pixels: [eyes][pixels_height_px][pixels_width_px][4] bytes, sRGB-encoded RGBA. */
typedef struct eb_field_planes {
  float* grid;
  uint8_t* strokes;
  uint8_t* pixels;
  uint64_t grid_bytes, strokes_bytes, pixels_bytes;
} eb_field_planes;

/* engine -> runtime: what the engine wants. All zero is a good start: the runtime's own style, in
 * full. style, mix_style: names of styles (never files); mix: 0 is style, 1 is mix_style. With
 * code_count > 0 the style is the code handed in beside, made for the network of that id. */
typedef struct eb_control {
  uint32_t mode;   /* EB_MODE_FIELD or EB_MODE_PIXELS (needs EB_FEATURE_PIXELS) */
  uint32_t paused; /* 1: make no fields */
  float strength;  /* 0..1; used where has_strength is 1, else the runtime's own */
  uint32_t has_strength;
  float mix; /* 0..1 */
  uint32_t code_count;
  float tone_out[EB_GRID_COEFFICIENTS]; /* with a code: the painting's colours, [3][4] */
  char style[EB_TEXT_BYTES];
  char mix_style[EB_TEXT_BYTES];
  char network[EB_TEXT_BYTES];
  /* since 1.1: two more dials, 0..1; used where their has_ is 1, else the runtime's own */
  float calm;   /* how much strokes stay where they are in the world */
  float detail; /* how far strokes keep off lettering and other hard contrast */
  uint32_t has_calm, has_detail;
} eb_control;
EB_ASSERT(sizeof(eb_control) == 472 && offsetof(eb_control, style) == 72);
EB_ASSERT(offsetof(eb_control, calm) == 456);

/* runtime -> engine: how it is. */
typedef struct eb_report {
  uint32_t state; /* EB_STATE_... */
  float fields_per_s;
  uint64_t fields_made;
  uint64_t frames_skipped; /* frames that a newer one replaced before they were looked at */
  uint64_t field_ns;       /* a usual field's duration */
  char style[EB_TEXT_BYTES];
  char backend[EB_TEXT_BYTES];
  char reason[EB_REASON_BYTES]; /* why it is in this state; empty while all is well */
  uint32_t head_eyes; /* 0, unless the runtime owns the headset and asks for these views */
  uint32_t reserved;
  int64_t head_display_time_ns;
  eb_view head[EB_MAX_EYES];
} eb_report;
EB_ASSERT(sizeof(eb_report) == 656 && offsetof(eb_report, style) == 32);
EB_ASSERT(offsetof(eb_report, head_eyes) == 544 && offsetof(eb_report, head) == 560);

/* What eb_engine_status tells. */
typedef struct eb_status {
  uint32_t link; /* EB_LINK_... */
  uint32_t runtime_pid;
  int64_t silent_ns; /* since the runtime's last beat; 0 without a runtime */
  uint64_t frames_published;
  uint64_t fields_skipped; /* fields that a newer one replaced before they were acquired */
  uint64_t fields_torn;    /* releases that returned EB_TORN */
  eb_report report;        /* the newest one; all zero before the first */
} eb_status;
EB_ASSERT(sizeof(eb_status) == 696 && offsetof(eb_status, report) == 40);

/* One entry of eb_list. */
typedef struct eb_session_info {
  char name[EB_NAME_BYTES];
  char engine[EB_TEXT_BYTES]; /* what the engine calls itself */
  int32_t problem;            /* EB_OK, or why it cannot be attached: EB_REFUSED, EB_VERSION, ... */
  uint32_t engine_live, runtime_live; /* 1 while that process holds its side */
  uint32_t engine_pid, runtime_pid;
  uint32_t major, minor, features;
  uint64_t session_id;
  uint64_t region_bytes;
} eb_session_info;
EB_ASSERT(sizeof(eb_session_info) == 224 && offsetof(eb_session_info, problem) == 176);

typedef struct eb_engine_config {
  char name[EB_NAME_BYTES];             /* must be free among this user's live sessions */
  char engine[EB_TEXT_BYTES];           /* such as "Godot 4.6", shown to people */
  uint32_t max_width_px, max_height_px; /* largest eye buffer; sizes may vary below it */
  uint32_t max_eyes;
  uint32_t features; /* EB_FEATURE_... that this session has room for */
} eb_engine_config;
EB_ASSERT(sizeof(eb_engine_config) == 192 && offsetof(eb_engine_config, max_width_px) == 176);

typedef struct eb_engine eb_engine;
typedef struct eb_runtime eb_runtime;

/* --- both sides --- */
EB_API uint32_t eb_version(void);              /* major << 16 | minor of this library */
EB_API const char* eb_status_text(int status); /* a few words on a status */
EB_API const char* eb_last_message(void); /* got / wanted / fix of this thread's last failure */
EB_API int64_t eb_now_ns(void);           /* the clock of heartbeats: monotonic, all processes */
EB_API uint32_t
eb_small_px(uint32_t full_px); /* side of the small picture: 1/4, rounded up to even */
EB_API uint64_t eb_struct_bytes(uint32_t which); /* 0..8: sizes of the structs above, in that order;
                                                    for other languages to check theirs */

/* --- engine --- */
EB_API int eb_engine_open(const eb_engine_config* config, eb_engine** engine);
/* Where to write the frame. Its sizes may differ from the last one's, up to the session's. */
EB_API int eb_engine_begin_frame(eb_engine* engine, const eb_frame* frame, eb_frame_planes* planes);
EB_API int eb_engine_publish(eb_engine* engine);
/* The newest field, if there is one that was not acquired before. It stays as it is until
 * eb_engine_release_field, which says EB_TORN if it did not. Every acquire needs its release. */
EB_API int eb_engine_acquire_field(eb_engine* engine, eb_field* field, eb_field_planes* planes);
EB_API int eb_engine_release_field(eb_engine* engine);
/* Sleep until a newer field is there. For tools and tests; an engine's frame does not wait. */
EB_API int eb_engine_wait_field(eb_engine* engine, int64_t timeout_ns);
/* One eye's grid as a 3D texture wants it, RGBA16F with bins along z: [12][bins][height][width]
 * floats to [bins][3 * height][width][4] half floats, the rows of the transforms (red, green, blue)
 * below each other. Rounded to nearest; what is not finite becomes the largest half, 65504. */
EB_API void eb_pack_grid(const float* grid, uint32_t bins, uint32_t height, uint32_t width,
                         uint16_t* texels);
EB_API int eb_engine_set_control(eb_engine* engine, const eb_control* control, const float* code);
EB_API int eb_engine_status(eb_engine* engine, eb_status* status);
/* Removes the session; its memory stays readable until eb_engine_close, and no call but that one
 * may follow. For languages in which a view of it may live a little longer. */
EB_API void eb_engine_leave(eb_engine* engine);
EB_API void eb_engine_close(eb_engine* engine); /* leave, and free everything; NULL is fine */

/* --- runtime --- */
EB_API int eb_list(eb_session_info* sessions, uint32_t capacity, uint32_t* count);
EB_API int eb_remove(const char* name); /* a leftover that no live engine holds; else EB_BUSY */
EB_API int eb_runtime_attach(const char* name, eb_runtime** runtime);
EB_API int eb_runtime_info(eb_runtime* runtime, eb_session_info* info);
/* EB_OK: a frame is waiting. EB_NOTHING: timed out. EB_PEER_GONE: the engine closed or died. */
EB_API int eb_runtime_wait_frame(eb_runtime* runtime, int64_t timeout_ns);
EB_API int eb_runtime_acquire_frame(eb_runtime* runtime, eb_frame* frame, eb_frame_planes* planes);
EB_API int eb_runtime_release_frame(eb_runtime* runtime);
EB_API int eb_runtime_begin_field(eb_runtime* runtime, const eb_field* field,
                                  eb_field_planes* planes);
EB_API int eb_runtime_publish(eb_runtime* runtime);
/* The control block if it changed; code: room for EB_MAX_CODE floats, or NULL. */
EB_API int eb_runtime_control(eb_runtime* runtime, eb_control* control, float* code);
EB_API int eb_runtime_report(eb_runtime* runtime, const eb_report* report);
EB_API int eb_runtime_beat(eb_runtime* runtime);
EB_API uint64_t eb_runtime_skipped(eb_runtime* runtime); /* frames never looked at */
EB_API void eb_runtime_leave(eb_runtime* runtime);       /* as eb_engine_leave */
EB_API void eb_runtime_detach(eb_runtime* runtime);      /* leave, and free; NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
