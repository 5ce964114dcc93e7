/* CPU time of the addon's stages on the rendering thread. It does not run while the thread waits
 * or while others have the processor; only on Windows, whose thread clock is too coarse, it is
 * plain time. */
#ifndef EYEBRUSH_STAGE_CLOCK_H
#define EYEBRUSH_STAGE_CLOCK_H

#include <stdint.h>

#define STAGES 5 /* in the order of render/meter.gd: grab, read, upload, composite, other */

typedef struct {
  int64_t since_ns, total_ns[STAGES];
} stage_clock;

void stage_start(stage_clock* clock);
/* The time since the start or the last stop belongs to this stage. */
void stage_stop(stage_clock* clock, int64_t stage);

#endif
