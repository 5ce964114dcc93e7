/* What both sides of a session share: making and checking a header, checking messages. */
#ifndef EB_SESSION_H
#define EB_SESSION_H

#include "channel.h"
#include "platform.h"

/* A valid name of a session; a leftover's may end in ~PID. */
int eb_check_name(const char* name, int leftover);

/* Fills in the header of a new region, its size included. EB_ARGUMENT. */
int eb_header_plan(const eb_engine_config* config, eb_header* header);
/* Copies a region's header once, and checks every number of it. EB_REFUSED, EB_VERSION. */
int eb_header_read(const eb_region* region, eb_header* header);
eb_live* eb_live_of(const eb_region* region, const eb_header* header);

/* Messages that go into, or came out of a slot. `geometry` says what fits. EB_OK, or `status` with
 * a message, or EB_CAPACITY. */
int eb_check_frame(const eb_frame* frame, const eb_geometry* geometry, int status);
int eb_check_field(const eb_field* field, const eb_geometry* geometry, int status);
int eb_check_control(const eb_control* control, int status);

/* EB_CORRUPT where the region's file was cut short under us, so that touching it would be fatal. */
int eb_check_region(const eb_region* region);

/* Where the planes of a checked message lie in its slot, and how many bytes each has. */
void eb_frame_place(const eb_frame* frame, uint8_t* slot, const eb_geometry* geometry,
                    eb_frame_planes* planes);
void eb_field_place(const eb_field* field, uint8_t* slot, const eb_geometry* geometry,
                    eb_field_planes* planes);

/* Puts a message into a slot, or takes it out; a peer of another minor version has longer or
 * shorter structs: what is missing is zero. */
void eb_put(uint8_t* slot, const eb_geometry* geometry, const void* message, size_t bytes);
void eb_take(const uint8_t* slot, const eb_geometry* geometry, void* message, size_t bytes);

void eb_peer_arrive(eb_peer* peer);

/* Wait for a newer publication of a channel, at most so long. EB_OK, EB_NOTHING; EB_PEER_GONE once
 * the `watched` side closed or died, unless that is -1. */
int eb_wait_news(const eb_region* region, eb_live* live, const eb_end* end, int channel,
                 int watched, int64_t timeout_ns);

#endif
