#define _POSIX_C_SOURCE 199309L /* clock_gettime */
#include "stage_clock.h"

#if defined(_WIN32)
#include "eyebrush_bridge.h"
static int64_t now_ns(void) { return eb_now_ns(); }
#else
#include <time.h>
static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
#endif

void stage_start(stage_clock* clock) { clock->since_ns = now_ns(); }

void stage_stop(stage_clock* clock, int64_t stage) {
  const int64_t now = now_ns();
  if (stage >= 0 && stage < STAGES) clock->total_ns[stage] += now - clock->since_ns;
  clock->since_ns = now;
}
