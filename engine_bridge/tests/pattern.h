/* What the test peers of all languages write into planes: 32-bit words that tell which message they
 * belong to and where they lie, so that every lost, mixed or moved byte shows. */
#ifndef EB_PATTERN_H
#define EB_PATTERN_H

#include <stdint.h>

static inline void pattern_fill(void* plane, uint64_t bytes, uint64_t id) {
  uint32_t* words = plane;
  const uint32_t first = (uint32_t)id * UINT32_C(2654435761);
  for (uint64_t i = 0; i < bytes / 4; i++) words[i] = first + (uint32_t)i;
}

static inline int pattern_holds(const void* plane, uint64_t bytes, uint64_t id) {
  const uint32_t* words = plane;
  const uint32_t first = (uint32_t)id * UINT32_C(2654435761);
  uint32_t wrong = 0;
  for (uint64_t i = 0; i < bytes / 4; i++) wrong |= words[i] ^ (first + (uint32_t)i);
  return wrong == 0;
}

#endif
