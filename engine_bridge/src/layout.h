/* The bytes of a region. PROTOCOL.md explains them; the two must say the same.
 *
 * A region holds a header and four channels. A channel carries one kind of message in one
 * direction, newest wins: three slots, of which the writer fills one that is neither the newest
 * nor claimed by the reader (channel.c).
 *
 * All numbers are little-endian and naturally aligned. Whoever reads something that the peer may
 * write copies it into memory of its own once, and checks and uses that copy only. */
#ifndef EB_LAYOUT_H
#define EB_LAYOUT_H

#include <stdatomic.h>

#include "eyebrush_bridge.h"

#define EB_MAGIC UINT64_C(0x4853555242455945) /* "EYEBRUSH" */
#define EB_SLOTS 3
#define EB_LINE 64                        /* cache line; no two writers share one */
#define EB_MAX_REGION (UINT64_C(1) << 33) /* 8 GiB: more than any session needs */

enum { EB_FRAMES = 0, EB_FIELDS = 1, EB_CONTROLS = 2, EB_REPORTS = 3, EB_CHANNELS = 4 };
enum { EB_ENGINE_SIDE = 0, EB_RUNTIME_SIDE = 1, EB_SIDES = 2 };
enum { EB_PEER_NEVER = 0, EB_PEER_HERE = 1, EB_PEER_LEFT = 2 };

/* Where a channel's parts lie. slots[i] begins at offset + i * slot_bytes; within a slot the
 * message struct is at EB_LINE, and plane p at planes[p].offset with room for planes[p].bytes. */
typedef struct eb_plane {
  uint64_t offset, bytes;
} eb_plane;

typedef struct eb_geometry {
  uint64_t offset, slot_bytes, message_bytes;
  eb_plane planes[3];
} eb_geometry;
EB_ASSERT(sizeof(eb_geometry) == 72);

/* Written by the engine before the region gets its name, and never again. */
typedef struct eb_header {
  uint64_t magic;
  uint32_t major, minor;
  uint32_t header_bytes; /* sizeof(eb_header) of the engine: where the live part begins */
  uint32_t features;
  uint64_t region_bytes;
  uint64_t session_id; /* random */
  uint32_t max_width_px, max_height_px, max_eyes, slots;
  eb_geometry channels[EB_CHANNELS];
  char engine[EB_TEXT_BYTES];
  uint8_t reserved[40];
} eb_header;
EB_ASSERT(sizeof(eb_header) == 512 && offsetof(eb_header, channels) == 56);
EB_ASSERT(offsetof(eb_header, engine) == 344);

/* One side's presence. Written by that side only. */
typedef struct eb_peer {
  _Atomic uint32_t presence; /* EB_PEER_...; whether the process lives is told by its lock */
  _Atomic uint32_t pid;
  _Atomic uint64_t started; /* start time of the process, as its system counts; 0: unknown */
  _Atomic int64_t beat_ns;  /* eb_now_ns() of the last sign of life */
  _Atomic uint32_t minor;   /* of that side's library */
  uint8_t reserved[36];
} eb_peer;
EB_ASSERT(sizeof(eb_peer) == EB_LINE && offsetof(eb_peer, beat_ns) == 16);

/* One channel's shared words; the first line is the writer's, the second the reader's. */
typedef struct eb_channel {
  _Atomic uint64_t newest; /* publication number << 8 | slot; 0: nothing yet */
  _Atomic uint32_t signal; /* low half of the publication number: what a waiter sleeps on */
  uint8_t reserved_writer[52];
  _Atomic uint32_t claim;   /* slot + 1 that is being read, or 0 */
  _Atomic uint32_t waiting; /* 1 while the reader sleeps, or is about to */
  uint8_t reserved_reader[56];
} eb_channel;
EB_ASSERT(sizeof(eb_channel) == 2 * EB_LINE && offsetof(eb_channel, claim) == EB_LINE);

/* The live part, at header_bytes. */
typedef struct eb_live {
  eb_peer peers[EB_SIDES];
  eb_channel channels[EB_CHANNELS];
} eb_live;
EB_ASSERT(sizeof(eb_live) == 640);

/* In front of each message: 2n while it holds publication n, odd while it is being written. */
typedef struct eb_slot {
  _Atomic uint64_t sequence;
  uint8_t reserved[56];
} eb_slot;
EB_ASSERT(sizeof(eb_slot) == EB_LINE);

EB_ASSERT(sizeof(_Atomic uint64_t) == 8 && sizeof(_Atomic uint32_t) == 4);
EB_ASSERT(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2); /* no hidden lock */

#endif
