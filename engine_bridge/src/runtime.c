/* The runtime's side, and the list of sessions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "session.h"

struct eb_runtime {
  eb_region region;
  eb_header header; /* copied and checked once, when the session was attached */
  eb_live* live;
  eb_end frames, fields, controls, reports;
  int64_t* publish_ns; /* in the slot that is being written */
};

static void describe(const eb_region* region, eb_session_info* info) {
  eb_header header;
  info->problem = eb_header_read(region, &header);
  info->region_bytes = region->bytes;
  info->engine_live = (uint32_t)eb_region_held(region, EB_ENGINE_SIDE);
  info->runtime_live = (uint32_t)eb_region_held(region, EB_RUNTIME_SIDE);
  if (info->problem != EB_OK && info->problem != EB_VERSION) return;
  info->major = header.major;
  info->minor = header.minor;
  if (info->problem != EB_OK) return;
  info->features = header.features;
  info->session_id = header.session_id;
  memcpy(info->engine, header.engine, EB_TEXT_BYTES);
  const eb_live* live = eb_live_of(region, &header);
  info->engine_pid = atomic_load(&live->peers[EB_ENGINE_SIDE].pid);
  info->runtime_pid = atomic_load(&live->peers[EB_RUNTIME_SIDE].pid);
}

int eb_list(eb_session_info* sessions, uint32_t capacity, uint32_t* count) {
  char names[EB_MAX_SESSIONS][EB_NAME_BYTES];
  uint32_t found;
  *count = 0;
  const int status = eb_region_names(names, EB_MAX_SESSIONS, &found);
  for (uint32_t i = 0; status == EB_OK && i < found && *count < capacity; i++) {
    if (eb_check_name(names[i], 1) != EB_OK) continue;
    eb_session_info* info = &sessions[*count];
    *info = (eb_session_info){0};
    snprintf(info->name, sizeof info->name, "%s", names[i]);
    eb_region region;
    info->problem = eb_region_attach(&region, names[i], -1);
    if (info->problem == EB_MISSING) continue; /* gone since it was listed */
    if (info->problem == EB_OK) {
      describe(&region, info);
      eb_region_leave(&region, 0);
      eb_region_unmap(&region);
    }
    ++*count;
  }
  return status;
}

int eb_remove(const char* name) {
  const int status = eb_check_name(name, 1);
  return status == EB_OK ? eb_region_remove(name) : status;
}

int eb_runtime_attach(const char* name, eb_runtime** runtime) {
  if (!name || !runtime)
    return eb_fail(EB_ARGUMENT,
                   "got NULL; wanted a name and a place for the "
                   "runtime; fix: pass both");
  *runtime = NULL;
  int status = eb_check_name(name, 0);
  if (status != EB_OK) return status;
  eb_runtime* self = calloc(1, sizeof *self);
  if (!self)
    return eb_fail(EB_SYSTEM,
                   "got no memory for a session; wanted a few hundred bytes; fix: "
                   "close other programs");
  status = eb_region_attach(&self->region, name, EB_RUNTIME_SIDE);
  if (status != EB_OK) {
    free(self);
    return status;
  }
  eb_region_guard(&self->region);
  status = eb_header_read(&self->region, &self->header);
  if (status == EB_OK) {
    self->live = eb_live_of(&self->region, &self->header);
    if (!eb_region_held(&self->region, EB_ENGINE_SIDE))
      status = eb_fail(EB_PEER_GONE,
                       "got session \"%s\", whose engine is dead; wanted a live one; "
                       "fix: eyebrush bridge-ls --clean, or restart the engine",
                       name);
  }
  if (status != EB_OK) {
    eb_region_leave(&self->region, 0);
    eb_region_unmap(&self->region);
    free(self);
    return status;
  }
  uint8_t* map = self->region.map;
  const eb_geometry* geometry = self->header.channels;
  eb_channel* channels = self->live->channels;
  eb_reader_init(&self->frames, &channels[EB_FRAMES], map, &geometry[EB_FRAMES]);
  eb_writer_init(&self->fields, &channels[EB_FIELDS], map, &geometry[EB_FIELDS]);
  eb_reader_init(&self->controls, &channels[EB_CONTROLS], map, &geometry[EB_CONTROLS]);
  eb_writer_init(&self->reports, &channels[EB_REPORTS], map, &geometry[EB_REPORTS]);
  eb_peer_arrive(&self->live->peers[EB_RUNTIME_SIDE]);
  *runtime = self;
  return EB_OK;
}

int eb_runtime_info(eb_runtime* self, eb_session_info* info) {
  *info = (eb_session_info){0};
  memcpy(info->name, self->region.name, EB_NAME_BYTES);
  describe(&self->region, info);
  return EB_OK;
}

int eb_runtime_wait_frame(eb_runtime* self, int64_t timeout_ns) {
  return eb_wait_news(&self->region, self->live, &self->frames, EB_FRAMES, EB_ENGINE_SIDE,
                      timeout_ns);
}

int eb_runtime_acquire_frame(eb_runtime* self, eb_frame* frame, eb_frame_planes* planes) {
  if (self->frames.slot >= 0)
    return eb_fail(EB_STATE, "got acquire_frame twice; wanted release_frame between; fix: call it");
  const eb_geometry* geometry = &self->header.channels[EB_FRAMES];
  const uint8_t* slot;
  int status = eb_check_region(&self->region);
  if (status != EB_OK) return status;
  status = eb_reader_acquire(&self->frames, &slot);
  if (status == EB_CORRUPT)
    return eb_fail(status,
                   "got a frame in a slot that does not exist; wanted 0 to %d; fix: restart "
                   "the engine",
                   EB_SLOTS - 1);
  if (status != EB_OK) return status;
  eb_take(slot, geometry, frame, sizeof *frame);
  if (!eb_reader_intact(&self->frames)) {
    eb_reader_release(&self->frames);
    return EB_TORN;
  }
  status = eb_check_frame(frame, geometry, EB_CORRUPT);
  if (status != EB_OK) {
    eb_reader_release(&self->frames);
    return status;
  }
  eb_frame_place(frame, self->region.map + (slot - self->region.map), geometry, planes);
  return EB_OK;
}

int eb_runtime_release_frame(eb_runtime* self) {
  if (self->frames.slot < 0)
    return eb_fail(EB_STATE,
                   "got release_frame without acquire_frame; wanted a frame; fix: acquire it");
  return eb_reader_release(&self->frames);
}

int eb_runtime_begin_field(eb_runtime* self, const eb_field* field, eb_field_planes* planes) {
  const eb_geometry* geometry = &self->header.channels[EB_FIELDS];
  int status = eb_check_field(field, geometry, EB_ARGUMENT);
  if (status == EB_OK) status = eb_check_region(&self->region);
  if (status != EB_OK) return status;
  uint8_t* slot = eb_writer_begin(&self->fields);
  eb_put(slot, geometry, field, sizeof *field);
  self->publish_ns = (int64_t*)(void*)(slot + EB_LINE + offsetof(eb_field, publish_ns));
  eb_field_place(field, slot, geometry, planes);
  return EB_OK;
}

int eb_runtime_publish(eb_runtime* self) {
  if (self->fields.slot < 0)
    return eb_fail(EB_STATE,
                   "got publish without begin_field; wanted begin_field first; fix: call it");
  *self->publish_ns = eb_now_ns();
  if (eb_writer_publish(&self->fields))
    eb_wake(&self->region, EB_FIELDS, &self->live->channels[EB_FIELDS].signal);
  return EB_OK;
}

int eb_runtime_control(eb_runtime* self, eb_control* control, float* code) {
  const eb_geometry* geometry = &self->header.channels[EB_CONTROLS];
  const uint8_t* slot;
  int status = eb_reader_acquire(&self->controls, &slot);
  if (status == EB_CORRUPT)
    return eb_fail(status,
                   "got a control block in a slot that does not exist; wanted 0 to %d; fix: "
                   "restart the engine",
                   EB_SLOTS - 1);
  if (status != EB_OK) return status;
  eb_take(slot, geometry, control, sizeof *control);
  status = eb_check_control(control, EB_CORRUPT);
  const uint64_t code_bytes = (uint64_t)control->code_count * sizeof(float);
  if (status == EB_OK && code_bytes > geometry->planes[0].bytes)
    status = eb_fail(EB_CORRUPT,
                     "got a style code of %u numbers; wanted what fits the session; fix: "
                     "restart the engine",
                     control->code_count);
  if (status == EB_OK && code && code_bytes)
    memcpy(code, slot + geometry->planes[0].offset, code_bytes);
  if (eb_reader_release(&self->controls) == EB_TORN) return EB_TORN;
  if (status != EB_OK) return status;
  eb_copy_text(control->style, control->style, EB_TEXT_BYTES);
  eb_copy_text(control->mix_style, control->mix_style, EB_TEXT_BYTES);
  eb_copy_text(control->network, control->network, EB_TEXT_BYTES);
  return EB_OK;
}

int eb_runtime_report(eb_runtime* self, const eb_report* report) {
  if (report->state > EB_STATE_FAILED || report->head_eyes > EB_MAX_EYES)
    return eb_fail(EB_ARGUMENT,
                   "got a report with state %u, %u head view(s); wanted state 0 to %d, 0 "
                   "to %d views; fix: zero the struct first",
                   report->state, report->head_eyes, EB_STATE_FAILED, EB_MAX_EYES);
  uint8_t* slot = eb_writer_begin(&self->reports);
  eb_put(slot, &self->header.channels[EB_REPORTS], report, sizeof *report);
  eb_writer_publish(&self->reports);
  return EB_OK;
}

int eb_runtime_beat(eb_runtime* self) {
  atomic_store_explicit(&self->live->peers[EB_RUNTIME_SIDE].beat_ns, eb_now_ns(),
                        memory_order_relaxed); /* a sign of life orders nothing */
  return EB_OK;
}

uint64_t eb_runtime_skipped(eb_runtime* self) { return self->frames.skipped; }

void eb_runtime_leave(eb_runtime* self) {
  if (self->region.file < 0) return;
  const int engine_is_dead = !eb_region_held(&self->region, EB_ENGINE_SIDE);
  atomic_store(&self->live->peers[EB_RUNTIME_SIDE].presence, EB_PEER_LEFT);
  eb_region_leave(&self->region, 0);
  /* no leftover; if an engine of that name lives again, this is EB_BUSY and does nothing */
  if (engine_is_dead) eb_region_remove(self->region.name);
}

void eb_runtime_detach(eb_runtime* self) {
  if (!self) return;
  eb_runtime_leave(self);
  eb_region_unmap(&self->region);
  free(self);
}
