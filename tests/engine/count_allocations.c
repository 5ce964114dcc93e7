/* Preloaded into Godot: counts the allocations that are made while the addon's library is on the
 * call stack, its own and those that Godot makes on its behalf (`new` ends in malloc). The file
 * that EYEBRUSH_ALLOCATIONS names holds two int64: whether to count, which test_godot_allocations.py
 * sets, since a look at the stack is slow; and the count. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEPTH 24 /* frames of the stack that are looked at */

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

static int64_t* shared; /* whether to count; the count */
static _Thread_local int inside __attribute__((tls_model("initial-exec")));

static int is_ours(const void* code) {
  Dl_info found;
  return dladdr(code, &found) && found.dli_fname && strstr(found.dli_fname, "libeyebrush");
}

static void count(void) {
  if (!shared || !__atomic_load_n(shared, __ATOMIC_RELAXED) || inside) return;
  inside = 1;
  void* stack[DEPTH];
  const int depth = backtrace(stack, DEPTH);
  for (int i = 2; i < depth; i++)
    if (is_ours(stack[i])) {
      __atomic_add_fetch(shared + 1, 1, __ATOMIC_RELAXED);
      break;
    }
  inside = 0;
}

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("EYEBRUSH_ALLOCATIONS");
  if (!path) return;
  void* stack[2];
  backtrace(stack, 2); /* loads its unwinder, which allocates */
  const int file = open(path, O_RDWR);
  if (file < 0) return;
  void* map = mmap(NULL, 2 * sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (map != MAP_FAILED) shared = map;
}

void* malloc(size_t bytes) {
  count();
  return __libc_malloc(bytes);
}
void* calloc(size_t many, size_t bytes) {
  count();
  return __libc_calloc(many, bytes);
}
void* realloc(void* old, size_t bytes) {
  count();
  return __libc_realloc(old, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  count();
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }
int posix_memalign(void** out, size_t alignment, size_t bytes) {
  *out = memalign(alignment, bytes);
  return *out ? 0 : 12; /* ENOMEM */
}
