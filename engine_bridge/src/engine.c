/* The engine's side. After eb_engine_open nothing here waits, allocates or locks. */
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "session.h"

struct eb_engine {
  eb_region region;
  eb_header header; /* our own copy: what is used; the region's is for the runtime */
  eb_live* live;
  eb_end frames, fields, controls, reports;
  int64_t* publish_ns; /* in the slot that is being written */
  eb_report report;    /* the newest good one */
};

int eb_engine_open(const eb_engine_config* config, eb_engine** engine) {
  if (!config || !engine)
    return eb_fail(EB_ARGUMENT,
                   "got NULL; wanted a config and a place for the "
                   "engine; fix: pass both");
  *engine = NULL;
  int status = eb_check_name(config->name, 0);
  if (status != EB_OK) return status;
  eb_engine* self = calloc(1, sizeof *self);
  if (!self)
    return eb_fail(EB_SYSTEM,
                   "got no memory for a session; wanted a few hundred bytes; fix: "
                   "close other programs");
  status = eb_header_plan(config, &self->header);
  if (status == EB_OK)
    status = eb_region_make(&self->region, config->name, self->header.region_bytes,
                            self->header.session_id);
  if (status != EB_OK) {
    free(self);
    return status;
  }
  memcpy(self->region.map, &self->header, sizeof self->header);
  self->live = eb_live_of(&self->region, &self->header);
  uint8_t* map = self->region.map;
  const eb_geometry* geometry = self->header.channels;
  eb_channel* channels = self->live->channels;
  eb_writer_init(&self->frames, &channels[EB_FRAMES], map, &geometry[EB_FRAMES]);
  eb_reader_init(&self->fields, &channels[EB_FIELDS], map, &geometry[EB_FIELDS]);
  eb_writer_init(&self->controls, &channels[EB_CONTROLS], map, &geometry[EB_CONTROLS]);
  eb_reader_init(&self->reports, &channels[EB_REPORTS], map, &geometry[EB_REPORTS]);
  eb_peer_arrive(&self->live->peers[EB_ENGINE_SIDE]);
  status = eb_region_publish(&self->region);
  if (status != EB_OK) {
    eb_region_leave(&self->region, 0);
    eb_region_unmap(&self->region);
    free(self);
    return status;
  }
  *engine = self;
  return EB_OK;
}

static void beat(eb_engine* self) {
  atomic_store_explicit(&self->live->peers[EB_ENGINE_SIDE].beat_ns, eb_now_ns(),
                        memory_order_relaxed); /* a sign of life orders nothing */
}

int eb_engine_begin_frame(eb_engine* self, const eb_frame* frame, eb_frame_planes* planes) {
  const eb_geometry* geometry = &self->header.channels[EB_FRAMES];
  int status = eb_check_frame(frame, geometry, EB_ARGUMENT);
  if (status == EB_OK) status = eb_check_region(&self->region);
  if (status != EB_OK) return status;
  uint8_t* slot = eb_writer_begin(&self->frames);
  eb_put(slot, geometry, frame, sizeof *frame);
  self->publish_ns = (int64_t*)(void*)(slot + EB_LINE + offsetof(eb_frame, publish_ns));
  eb_frame_place(frame, slot, geometry, planes);
  return EB_OK;
}

int eb_engine_publish(eb_engine* self) {
  if (self->frames.slot < 0)
    return eb_fail(EB_STATE,
                   "got publish without begin_frame; wanted begin_frame first; fix: call it");
  *self->publish_ns = eb_now_ns();
  if (eb_writer_publish(&self->frames))
    eb_wake(&self->region, EB_FRAMES, &self->live->channels[EB_FRAMES].signal);
  beat(self);
  return EB_OK;
}

int eb_engine_acquire_field(eb_engine* self, eb_field* field, eb_field_planes* planes) {
  if (self->fields.slot >= 0)
    return eb_fail(EB_STATE, "got acquire_field twice; wanted release_field between; fix: call it");
  const eb_geometry* geometry = &self->header.channels[EB_FIELDS];
  const uint8_t* slot;
  int status = eb_check_region(&self->region);
  if (status != EB_OK) return status;
  status = eb_reader_acquire(&self->fields, &slot);
  if (status == EB_CORRUPT)
    return eb_fail(status,
                   "got a field in a slot that does not exist; wanted 0 to %d; fix: restart "
                   "eyebrush serve",
                   EB_SLOTS - 1);
  if (status != EB_OK) return status;
  eb_take(slot, geometry, field, sizeof *field);
  if (!eb_reader_intact(&self->fields)) {
    eb_reader_release(&self->fields);
    return EB_TORN;
  }
  status = eb_check_field(field, geometry, EB_CORRUPT);
  if (status != EB_OK) {
    eb_reader_release(&self->fields);
    return status;
  }
  eb_copy_text(field->status, field->status, EB_TEXT_BYTES);
  eb_field_place(field, self->region.map + (slot - self->region.map), geometry, planes);
  return EB_OK;
}

int eb_engine_release_field(eb_engine* self) {
  if (self->fields.slot < 0)
    return eb_fail(EB_STATE,
                   "got release_field without acquire_field; wanted a field; fix: acquire it");
  return eb_reader_release(&self->fields);
}

int eb_engine_wait_field(eb_engine* self, int64_t timeout_ns) {
  beat(self);
  return eb_wait_news(&self->region, self->live, &self->fields, EB_FIELDS, -1, timeout_ns);
}

int eb_engine_set_control(eb_engine* self, const eb_control* control, const float* code) {
  const int status = eb_check_control(control, EB_ARGUMENT);
  if (status != EB_OK) return status;
  if (control->code_count && !code)
    return eb_fail(EB_ARGUMENT,
                   "got code_count %u and no code; wanted both or none; fix: pass the "
                   "code",
                   control->code_count);
  const eb_geometry* geometry = &self->header.channels[EB_CONTROLS];
  uint8_t* slot = eb_writer_begin(&self->controls);
  eb_put(slot, geometry, control, sizeof *control);
  if (control->code_count)
    memcpy(slot + geometry->planes[0].offset, code, control->code_count * sizeof(float));
  eb_writer_publish(&self->controls); /* seen with the next frame; nobody sleeps on it */
  return EB_OK;
}

static uint32_t link_of(eb_engine* self, int64_t* silent_ns) {
  const eb_peer* runtime = &self->live->peers[EB_RUNTIME_SIDE];
  const uint32_t presence = atomic_load(&runtime->presence);
  *silent_ns = 0;
  if (presence == EB_PEER_NEVER) return EB_LINK_NONE;
  if (presence != EB_PEER_HERE) return EB_LINK_LOST;
  const int64_t beat_ns = atomic_load(&runtime->beat_ns);
  const int64_t now_ns = eb_now_ns();
  /* a beat from the future, or from before all times, is no sign of life */
  if (beat_ns > now_ns - EB_STALL_NS && beat_ns <= now_ns + EB_STALL_NS) {
    *silent_ns = beat_ns < now_ns ? now_ns - beat_ns : 0;
    return EB_LINK_LIVE;
  }
  *silent_ns = beat_ns > 0 && beat_ns < now_ns ? now_ns - beat_ns : EB_STALL_NS;
  return eb_region_held(&self->region, EB_RUNTIME_SIDE) ? EB_LINK_STALLED : EB_LINK_LOST;
}

int eb_engine_status(eb_engine* self, eb_status* status) {
  beat(self);
  const eb_geometry* geometry = &self->header.channels[EB_REPORTS];
  const uint8_t* slot;
  if (eb_reader_acquire(&self->reports, &slot) == EB_OK) {
    eb_report report;
    eb_take(slot, geometry, &report, sizeof report);
    if (eb_reader_release(&self->reports) == EB_OK && report.state <= EB_STATE_FAILED &&
        report.head_eyes <= EB_MAX_EYES) {
      eb_copy_text(report.style, report.style, EB_TEXT_BYTES);
      eb_copy_text(report.backend, report.backend, EB_TEXT_BYTES);
      eb_copy_text(report.reason, report.reason, EB_REASON_BYTES);
      self->report = report;
    }
  }
  *status = (eb_status){.runtime_pid = atomic_load(&self->live->peers[EB_RUNTIME_SIDE].pid),
                        .frames_published = self->frames.count,
                        .fields_skipped = self->fields.skipped,
                        .fields_torn = self->fields.torn,
                        .report = self->report};
  status->link = link_of(self, &status->silent_ns);
  return EB_OK;
}

void eb_engine_leave(eb_engine* self) {
  if (self->region.file < 0) return;
  atomic_store(&self->live->peers[EB_ENGINE_SIDE].presence, EB_PEER_LEFT);
  eb_wake(&self->region, EB_FRAMES, &self->live->channels[EB_FRAMES].signal);
  eb_region_leave(&self->region, 1);
}

void eb_engine_close(eb_engine* self) {
  if (!self) return;
  eb_engine_leave(self);
  eb_region_unmap(&self->region);
  free(self);
}
