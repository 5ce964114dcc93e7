/* Why the last call of this thread failed: got / wanted / fix, for eb_last_message(). */
#ifndef EB_MESSAGE_H
#define EB_MESSAGE_H

#include "eyebrush_bridge.h"

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int eb_fail(int status, const char* format, ...); /* keeps the text and returns the status */

/* A text from the region: copied once, always ended, control characters replaced. */
void eb_copy_text(char* to, const char* from, size_t bytes);

#endif
