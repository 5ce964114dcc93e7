/* CHECK(x): say where and leave, unless x. */
#ifndef EB_CHECK_H
#define EB_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "eyebrush_bridge.h"

#define CHECK(what)                                                                             \
  do {                                                                                          \
    if (!(what)) {                                                                              \
      fprintf(stderr, "%s:%d: wanted %s (%s)\n", __FILE__, __LINE__, #what, eb_last_message()); \
      exit(1);                                                                                  \
    }                                                                                           \
  } while (0)

#endif
