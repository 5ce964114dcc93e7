#include "session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

#define PAGE UINT64_C(4096)

uint32_t eb_version(void) { return (uint32_t)EB_MAJOR << 16 | EB_MINOR; }

uint32_t eb_small_px(uint32_t full_px) {
  uint32_t small = full_px / 4 + (full_px % 4 != 0);
  if (small < 16) small = 16;
  return small + small % 2;
}

uint64_t eb_struct_bytes(uint32_t which) {
  static const uint64_t bytes[] = {
      sizeof(eb_view),         sizeof(eb_frame),        sizeof(eb_frame_planes), sizeof(eb_field),
      sizeof(eb_field_planes), sizeof(eb_control),      sizeof(eb_report),       sizeof(eb_status),
      sizeof(eb_session_info), sizeof(eb_engine_config)};
  return which < sizeof bytes / sizeof *bytes ? bytes[which] : 0;
}

int eb_check_name(const char* name, int leftover) {
  size_t length = 0, digits = 0;
  while (length < EB_NAME_BYTES && name[length]) length++;
  size_t end = length;
  if (leftover && length < EB_NAME_BYTES) { /* "game~123" */
    while (digits < length && name[length - 1 - digits] >= '0' && name[length - 1 - digits] <= '9')
      digits++;
    if (digits && length > digits && name[length - 1 - digits] == '~') end = length - digits - 1;
  }
  int good = end > 0 && length < EB_NAME_BYTES && name[0] != '.' && name[0] != '-';
  for (size_t i = 0; good && i < end; i++) {
    const char c = name[i];
    good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  }
  if (good) return EB_OK;
  char shown[EB_NAME_BYTES];
  eb_copy_text(shown, name, length < EB_NAME_BYTES ? length + 1 : EB_NAME_BYTES);
  return eb_fail(EB_ARGUMENT,
                 "got session name \"%s\"; wanted 1 to %d of A-Z a-z 0-9 _ - . that do "
                 "not begin with - or .; fix: choose such a name",
                 shown, EB_NAME_BYTES - 1);
}

static uint64_t up(uint64_t value, uint64_t step) { return (value + step - 1) / step * step; }

/* Lays a channel out at `at`; returns where the next one begins. */
static uint64_t lay_out(eb_geometry* channel, uint64_t at, uint64_t message_bytes,
                        const uint64_t plane_bytes[3]) {
  channel->offset = at;
  channel->message_bytes = message_bytes;
  uint64_t end = up(EB_LINE + message_bytes, EB_LINE);
  for (int p = 0; p < 3; p++) {
    if (plane_bytes[p]) end = up(end, PAGE);
    channel->planes[p] = (eb_plane){plane_bytes[p] ? end : 0, plane_bytes[p]};
    end += plane_bytes[p];
  }
  channel->slot_bytes = up(end, PAGE);
  return at + EB_SLOTS * channel->slot_bytes;
}

int eb_header_plan(const eb_engine_config* config, eb_header* header) {
  const uint32_t known = EB_FEATURE_DEPTH | EB_FEATURE_PIXELS;
  if (config->max_width_px < 1 || config->max_width_px > EB_MAX_SIDE_PX ||
      config->max_height_px < 1 || config->max_height_px > EB_MAX_SIDE_PX || config->max_eyes < 1 ||
      config->max_eyes > EB_MAX_EYES || (config->features & ~known))
    return eb_fail(EB_ARGUMENT,
                   "got %u eye(s) of %ux%u, features %u; wanted 1 or 2 eyes of 1 to %d "
                   "pixels a side, features 0 to %u; fix: the eb_engine_config",
                   config->max_eyes, config->max_width_px, config->max_height_px, config->features,
                   EB_MAX_SIDE_PX, known);
  *header = (eb_header){.magic = EB_MAGIC,
                        .major = EB_MAJOR,
                        .minor = EB_MINOR,
                        .header_bytes = sizeof *header,
                        .features = config->features,
                        .session_id = eb_random(),
                        .max_width_px = config->max_width_px,
                        .max_height_px = config->max_height_px,
                        .max_eyes = config->max_eyes,
                        .slots = EB_SLOTS};
  eb_copy_text(header->engine, config->engine, EB_TEXT_BYTES);
  const uint64_t eyes = config->max_eyes;
  const uint64_t full = eyes * config->max_width_px * config->max_height_px;
  const uint64_t small =
      eyes * eb_small_px(config->max_width_px) * eb_small_px(config->max_height_px);
  const int pixels = (config->features & EB_FEATURE_PIXELS) != 0;
  const int depth = (config->features & EB_FEATURE_DEPTH) != 0;
  const uint64_t color = 4 * (pixels && full > small ? full : small);
  const uint64_t grid = eyes * EB_GRID_COEFFICIENTS * 8 * 16 * 16 * sizeof(float);
  uint64_t at = up(sizeof(eb_header) + sizeof(eb_live), PAGE);
  at = lay_out(&header->channels[EB_FRAMES], at, sizeof(eb_frame),
               (uint64_t[3]){color, depth ? small * sizeof(float) : 0, 0});
  at = lay_out(&header->channels[EB_FIELDS], at, sizeof(eb_field),
               (uint64_t[3]){grid, 16 * small, pixels ? 4 * full : 0});
  at = lay_out(&header->channels[EB_CONTROLS], at, sizeof(eb_control),
               (uint64_t[3]){EB_MAX_CODE * sizeof(float), 0, 0});
  at = lay_out(&header->channels[EB_REPORTS], at, sizeof(eb_report), (uint64_t[3]){0, 0, 0});
  header->region_bytes = at;
  return EB_OK;
}

static int sound(const eb_geometry* channel, uint64_t begin, uint64_t region_bytes) {
  /* every number below 2^34, so that no sum or product overflows */
  if (channel->offset < begin || channel->offset > region_bytes || channel->offset % EB_LINE ||
      channel->slot_bytes > region_bytes || channel->slot_bytes % EB_LINE ||
      channel->offset + EB_SLOTS * channel->slot_bytes > region_bytes ||
      channel->message_bytes > PAGE || EB_LINE + channel->message_bytes > channel->slot_bytes)
    return 0;
  for (int p = 0; p < 3; p++) {
    const eb_plane plane = channel->planes[p];
    if (plane.bytes > channel->slot_bytes || plane.offset > channel->slot_bytes ||
        plane.offset % EB_LINE || plane.offset + plane.bytes > channel->slot_bytes ||
        (plane.bytes && plane.offset < EB_LINE + channel->message_bytes))
      return 0;
  }
  return 1;
}

int eb_header_read(const eb_region* region, eb_header* header) {
  memcpy(header, region->map, sizeof *header);
  if (header->magic != EB_MAGIC)
    return eb_fail(EB_REFUSED, "got \"%s\", which is no bridge region; wanted one; fix: remove it",
                   region->name);
  if (header->major != EB_MAJOR)
    return eb_fail(EB_VERSION,
                   "got a session \"%s\" of bridge version %u.%u; wanted %d.x; fix: "
                   "update the engine's plugin or eyebrush, so that both are of one major version",
                   region->name, header->major, header->minor, EB_MAJOR);
  int good = header->region_bytes == region->bytes && header->slots == EB_SLOTS &&
             header->header_bytes >= sizeof *header && header->header_bytes <= PAGE &&
             header->header_bytes % EB_LINE == 0 && header->max_eyes >= 1 &&
             header->max_eyes <= EB_MAX_EYES &&
             header->header_bytes + sizeof(eb_live) <= region->bytes;
  for (int c = 0; good && c < EB_CHANNELS; c++)
    good = sound(&header->channels[c], header->header_bytes + sizeof(eb_live), region->bytes);
  if (!good)
    return eb_fail(EB_REFUSED,
                   "got session \"%s\" whose header contradicts itself; wanted a sound "
                   "one; fix: eyebrush bridge-ls --clean, and restart the engine",
                   region->name);
  eb_copy_text(header->engine, header->engine, EB_TEXT_BYTES);
  return EB_OK;
}

eb_live* eb_live_of(const eb_region* region, const eb_header* header) {
  return (eb_live*)(void*)(region->map + header->header_bytes);
}

static int view_is_good(const eb_view* view) {
  int zero = 1;
  for (int i = 0; i < 4; i++) zero &= view->orientation_xyzw[i] == 0 && view->fov_rad[i] == 0;
  if (zero) return 1; /* no pose */
  float length = 0;
  for (int i = 0; i < 4; i++) length += view->orientation_xyzw[i] * view->orientation_xyzw[i];
  for (int i = 0; i < 3; i++)
    if (!(fabsf(view->position_m[i]) < 1e6f)) return 0;
  const float* fov = view->fov_rad;
  return length > 0.81f && length < 1.21f && -1.56f < fov[0] && fov[0] < fov[1] && fov[1] < 1.56f &&
         -1.56f < fov[3] && fov[3] < fov[2] && fov[2] < 1.56f;
}

static int views_are_good(const eb_view* views, uint32_t eyes) {
  for (uint32_t eye = 0; eye < eyes; eye++)
    if (!view_is_good(&views[eye])) return 0;
  return 1;
}

static int is_share(float value) { return value > 0 && value <= 1; }

static int side_is_good(uint32_t px) { return px >= 1 && px <= EB_MAX_SIDE_PX; }

static void frame_bytes(const eb_frame* frame, eb_frame_planes* planes) {
  const uint64_t eyes = frame->eyes;
  planes->color_bytes = eyes * frame->color_width_px * frame->color_height_px * 4;
  planes->depth_bytes = eyes * frame->depth_width_px * frame->depth_height_px * sizeof(float);
}

void eb_frame_place(const eb_frame* frame, uint8_t* slot, const eb_geometry* geometry,
                    eb_frame_planes* planes) {
  frame_bytes(frame, planes);
  planes->color = slot + geometry->planes[0].offset;
  planes->depth_m = planes->depth_bytes ? (float*)(void*)(slot + geometry->planes[1].offset) : NULL;
}

int eb_check_frame(const eb_frame* frame, const eb_geometry* geometry, int status) {
  if (frame->eyes < 1 || frame->eyes > EB_MAX_EYES || !side_is_good(frame->width_px) ||
      !side_is_good(frame->height_px) || !side_is_good(frame->color_width_px) ||
      !side_is_good(frame->color_height_px) || frame->depth_width_px > EB_MAX_SIDE_PX ||
      frame->depth_height_px > EB_MAX_SIDE_PX ||
      (frame->depth_width_px == 0) != (frame->depth_height_px == 0))
    return eb_fail(status,
                   "got a frame of %u eye(s), %ux%u, colour %ux%u, depth %ux%u; wanted 1 or 2 "
                   "eyes and sides of 1 to %d pixels; fix: the sizes in eb_frame",
                   frame->eyes, frame->width_px, frame->height_px, frame->color_width_px,
                   frame->color_height_px, frame->depth_width_px, frame->depth_height_px,
                   EB_MAX_SIDE_PX);
  if (!is_share(frame->extent[0]) || !is_share(frame->extent[1]))
    return eb_fail(status,
                   "got frame extent (%g, %g); wanted shares above 0, at most 1; fix: 1, 1 "
                   "where the picture fills the plane",
                   (double)frame->extent[0], (double)frame->extent[1]);
  if (!views_are_good(frame->views, frame->eyes))
    return eb_fail(
        status,
        "got a frame with an impossible view; wanted a unit quaternion, a finite "
        "position, -pi/2 < left < right < pi/2 and -pi/2 < down < up < pi/2, or all zero "
        "for none; fix: the order is left, right, up, down");
  eb_frame_planes planes;
  frame_bytes(frame, &planes);
  if (planes.color_bytes > geometry->planes[0].bytes ||
      planes.depth_bytes > geometry->planes[1].bytes)
    return eb_fail(
        EB_CAPACITY,
        "got a frame with %llu bytes of colour and %llu of depth; wanted at "
        "most %llu and %llu; fix: close the session and open it with larger eyes, or with "
        "the feature",
        (unsigned long long)planes.color_bytes, (unsigned long long)planes.depth_bytes,
        (unsigned long long)geometry->planes[0].bytes,
        (unsigned long long)geometry->planes[1].bytes);
  return EB_OK;
}

static void field_bytes(const eb_field* field, eb_field_planes* planes) {
  const uint64_t eyes = field->eyes;
  planes->grid_bytes = eyes * EB_GRID_COEFFICIENTS * field->grid_bins * field->grid_height *
                       field->grid_width * sizeof(float);
  planes->strokes_bytes = eyes * field->strokes_width_px * field->strokes_height_px * 4;
  planes->pixels_bytes = eyes * field->pixels_width_px * field->pixels_height_px * 4;
}

void eb_field_place(const eb_field* field, uint8_t* slot, const eb_geometry* geometry,
                    eb_field_planes* planes) {
  field_bytes(field, planes);
  planes->grid = planes->grid_bytes ? (float*)(void*)(slot + geometry->planes[0].offset) : NULL;
  planes->strokes = planes->strokes_bytes ? slot + geometry->planes[1].offset : NULL;
  planes->pixels = planes->pixels_bytes ? slot + geometry->planes[2].offset : NULL;
}

int eb_check_field(const eb_field* field, const eb_geometry* geometry, int status) {
  const int is_field = field->kind == EB_MODE_FIELD;
  const uint32_t grid[3] = {field->grid_bins, field->grid_height, field->grid_width};
  int good = (is_field || field->kind == EB_MODE_PIXELS) && field->eyes >= 1 &&
             field->eyes <= EB_MAX_EYES && field->strength >= 0 && field->strength <= 1 &&
             is_share(field->extent[0]) && is_share(field->extent[1]) &&
             views_are_good(field->views, field->eyes);
  for (int i = 0; i < 3; i++)
    good = good && (is_field ? grid[i] >= 1 && grid[i] <= EB_MAX_GRID_SIDE : grid[i] == 0);
  good =
      good &&
      (is_field ? side_is_good(field->strokes_width_px) && side_is_good(field->strokes_height_px) &&
                      !field->pixels_width_px && !field->pixels_height_px
                : side_is_good(field->pixels_width_px) && side_is_good(field->pixels_height_px) &&
                      !field->strokes_width_px && !field->strokes_height_px);
  if (!good)
    return eb_fail(
        status,
        "got a field of kind %u, %u eye(s), grid %ux%ux%u, strokes %ux%u, pixels "
        "%ux%u; wanted grid and strokes, or pixels alone, with sound extent, strength and "
        "views; fix: the sizes in eb_field",
        field->kind, field->eyes, grid[0], grid[1], grid[2], field->strokes_width_px,
        field->strokes_height_px, field->pixels_width_px, field->pixels_height_px);
  eb_field_planes planes;
  field_bytes(field, &planes);
  if (planes.grid_bytes > geometry->planes[0].bytes ||
      planes.strokes_bytes > geometry->planes[1].bytes ||
      planes.pixels_bytes > geometry->planes[2].bytes)
    return eb_fail(
        EB_CAPACITY,
        "got a field with %llu bytes of grid, %llu of strokes, %llu of "
        "pixels; wanted at most %llu, %llu, %llu; fix: open the session with larger eyes, "
        "or with the feature",
        (unsigned long long)planes.grid_bytes, (unsigned long long)planes.strokes_bytes,
        (unsigned long long)planes.pixels_bytes, (unsigned long long)geometry->planes[0].bytes,
        (unsigned long long)geometry->planes[1].bytes,
        (unsigned long long)geometry->planes[2].bytes);
  return EB_OK;
}

int eb_check_control(const eb_control* control, int status) {
  const float shares[] = {control->strength, control->mix, control->calm, control->detail};
  int good = control->mode <= EB_MODE_PIXELS && control->paused <= 1 &&
             control->has_strength <= 1 && control->has_calm <= 1 && control->has_detail <= 1 &&
             control->code_count <= EB_MAX_CODE;
  for (int i = 0; i < 4; ++i) good = good && shares[i] >= 0 && shares[i] <= 1;
  if (good) return EB_OK;
  return eb_fail(
      status,
      "got a control block with mode %u, paused %u, strength %g, mix %g, calm %g, detail %g, code "
      "of %u; wanted mode, paused and each has_ 0 or 1, the others 0..1, at most %d numbers; "
      "fix: zero the struct first",
      control->mode, control->paused, (double)shares[0], (double)shares[1], (double)shares[2],
      (double)shares[3], control->code_count, EB_MAX_CODE);
}

int eb_check_region(const eb_region* region) {
  if (eb_region_whole(region)) return EB_OK;
  return eb_fail(EB_CORRUPT,
                 "got session \"%s\", whose region was cut short; wanted all %llu bytes; fix: "
                 "restart the engine",
                 region->name, (unsigned long long)region->bytes);
}

void eb_put(uint8_t* slot, const eb_geometry* geometry, const void* message, size_t bytes) {
  const size_t room = (size_t)geometry->message_bytes;
  memcpy(slot + EB_LINE, message, bytes < room ? bytes : room);
  if (room > bytes) memset(slot + EB_LINE + bytes, 0, room - bytes);
}

void eb_take(const uint8_t* slot, const eb_geometry* geometry, void* message, size_t bytes) {
  const size_t room = (size_t)geometry->message_bytes;
  memset(message, 0, bytes);
  memcpy(message, slot + EB_LINE, bytes < room ? bytes : room);
}

void eb_peer_arrive(eb_peer* peer) {
  atomic_store(&peer->pid, eb_process_id());
  atomic_store(&peer->started, eb_process_started());
  atomic_store(&peer->minor, EB_MINOR);
  atomic_store(&peer->beat_ns, eb_now_ns());
  atomic_store(&peer->presence, EB_PEER_HERE);
}

int eb_wait_news(const eb_region* region, eb_live* live, const eb_end* end, int channel,
                 int watched, int64_t timeout_ns) {
  const int64_t slice_ns = EB_BEAT_NS;      /* how soon a peer's death is noticed */
  const int64_t longest_ns = INT64_MAX / 4; /* for ever, and no overflow */
  const int64_t until_ns = eb_now_ns() + (timeout_ns < longest_ns ? timeout_ns : longest_ns);
  eb_channel* shared = end->shared;
  for (;;) {
    const uint32_t seen = atomic_load(&shared->signal);
    if (eb_reader_has_news(end)) return EB_OK;
    if (watched >= 0 && (atomic_load(&live->peers[watched].presence) == EB_PEER_LEFT ||
                         !eb_region_held(region, watched)))
      return EB_PEER_GONE;
    const int64_t rest_ns = until_ns - eb_now_ns();
    if (rest_ns <= 0) return EB_NOTHING;
    atomic_store(&shared->waiting, 1);
    /* Looked at again after `waiting` is set: whoever publishes later will see it and wake us. */
    if (!eb_reader_has_news(end))
      eb_wait(region, channel, &shared->signal, seen, rest_ns < slice_ns ? rest_ns : slice_ns);
    atomic_store(&shared->waiting, 0);
  }
}
