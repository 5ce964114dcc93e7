/* What differs between operating systems: named regions with a lock for each side, and sleeping on
 * a word of one. platform_posix.c and platform_win32.c. */
#ifndef EB_PLATFORM_H
#define EB_PLATFORM_H

#include "layout.h"

/* A mapped region of this process. Each side holds a lock of the operating system for as long as it
 * lives; the lock goes with the process, however that ends. */
typedef struct eb_region {
  uint8_t* map;
  uint64_t bytes;
  uint64_t session_id;
  char name[EB_NAME_BYTES];
  int published;               /* 1 once it bears its name */
  intptr_t file;               /* POSIX: bears the locks. Windows: the lock of our side. -1: none */
  intptr_t name_lock, section; /* Windows */
  intptr_t events[EB_CHANNELS]; /* Windows: what waiters sleep on */
} eb_region;

/* Make a region that has no name yet: zeroed, mapped, locked for the engine's side. */
int eb_region_make(eb_region* region, const char* name, uint64_t bytes, uint64_t session_id);
/* Give it its name, taking it from a dead engine's leftover; EB_BUSY if a live one has it. */
int eb_region_publish(eb_region* region);
/* Map an existing region. side: EB_RUNTIME_SIDE takes that side's lock (EB_BUSY if it is taken);
 * -1 takes none and maps for reading only. Checks owner, mode and kind; EB_MISSING, EB_REFUSED. */
int eb_region_attach(eb_region* region, const char* name, int side);
/* Give up the lock; with `remove` the name goes, too, if it still belongs to this region. */
void eb_region_leave(eb_region* region, int remove);
void eb_region_unmap(eb_region* region); /* after eb_region_leave */
/* 1 while some process holds the lock of that side. */
int eb_region_held(const eb_region* region, int side);
/* 1 while the region still has the size that it was mapped with. */
int eb_region_whole(const eb_region* region);
/* From now until it is unmapped, a part of the region that the peer cut off reads as zeros instead
 * of ending this process. Takes over SIGBUS for these addresses only: for the runtime's process,
 * while an engine's signals are its own. Nothing to do on Windows. */
void eb_region_guard(eb_region* region);
/* Names of all regions of this user, leftovers included; EB_OK, and how many fitted. */
int eb_region_names(char (*names)[EB_NAME_BYTES], uint32_t capacity, uint32_t* count);
/* Remove a leftover: EB_BUSY while an engine holds it. */
int eb_region_remove(const char* name);

/* Sleep while *word is `seen`, or until woken, or for at most timeout_ns; may wake for no reason.
 */
void eb_wait(const eb_region* region, int channel, _Atomic uint32_t* word, uint32_t seen,
             int64_t timeout_ns);
void eb_wake(const eb_region* region, int channel, _Atomic uint32_t* word);

uint32_t eb_process_id(void);
uint64_t eb_process_started(void); /* of this process; 0 if the system does not say */
uint64_t eb_random(void);

#endif
