#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#if defined(_MSC_VER)
#define EB_THREAD_LOCAL __declspec(thread)
#else
#define EB_THREAD_LOCAL _Thread_local
#endif

static EB_THREAD_LOCAL char last_message[512];

int eb_fail(int status, const char* format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(last_message, sizeof last_message, format, values);
  va_end(values);
  return status;
}

const char* eb_last_message(void) { return last_message; }

const char* eb_status_text(int status) {
  switch (status) {
    case EB_OK:
      return "ok";
    case EB_NOTHING:
      return "nothing newer";
    case EB_TORN:
      return "overwritten while it was read";
    case EB_PEER_GONE:
      return "the other side is gone";
    case EB_ARGUMENT:
      return "wrong argument";
    case EB_BUSY:
      return "taken by a live process";
    case EB_MISSING:
      return "no such session";
    case EB_REFUSED:
      return "not a region that can be trusted";
    case EB_VERSION:
      return "another major version";
    case EB_CORRUPT:
      return "impossible values in the region";
    case EB_CAPACITY:
      return "larger than the session was opened for";
    case EB_STATE:
      return "call out of order";
    case EB_SYSTEM:
      return "the operating system refused";
  }
  return "unknown status";
}

void eb_copy_text(char* to, const char* from, size_t bytes) {
  memmove(to, from, bytes);
  to[bytes - 1] = 0;
  size_t i = 0;
  for (; to[i]; i++)
    if ((unsigned char)to[i] < 0x20 || to[i] == 0x7f) to[i] = '?';
  memset(to + i, 0, bytes - i);
}
