/* One side's end of a channel: the slot protocol, and nothing else. */
#ifndef EB_CHANNEL_H
#define EB_CHANNEL_H

#include "layout.h"

#define EB_ACQUIRE_TRIES 64

/* Private to one process; the geometry in it was checked when the region was attached. */
typedef struct eb_end {
  eb_channel* shared;
  uint8_t* slots;
  eb_geometry geometry;
  uint64_t count;  /* writer: publications so far. reader: number of the newest one acquired */
  uint32_t newest; /* writer: slot of the newest publication */
  int32_t slot;    /* the slot being written or read, -1: none */
  uint64_t reading, skipped, torn; /* reader */
} eb_end;

void eb_writer_init(eb_end* end, eb_channel* shared, uint8_t* region, const eb_geometry* geometry);
void eb_reader_init(eb_end* end, eb_channel* shared, uint8_t* region, const eb_geometry* geometry);

/* Start of a slot that nobody reads; its contents are the caller's until eb_writer_publish. */
uint8_t* eb_writer_begin(eb_end* end);
/* Makes it the newest. Returns 1 if the reader sleeps and must be woken. */
int eb_writer_publish(eb_end* end);

/* EB_OK: *slot is the newest publication, not acquired before, and the writer keeps off it until
 * eb_reader_release. EB_NOTHING: none newer. EB_CORRUPT. */
int eb_reader_acquire(eb_end* end, const uint8_t** slot);
/* Whether the slot is still what was acquired; what was read before this call is good if so. */
int eb_reader_intact(const eb_end* end);
/* EB_OK, or EB_TORN: forget what was read. */
int eb_reader_release(eb_end* end);

int eb_reader_has_news(const eb_end* end);

#endif
