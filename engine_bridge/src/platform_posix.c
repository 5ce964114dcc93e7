/* Regions as files in memory: /dev/shm on Linux, a private folder elsewhere; or the folder that
 * EYEBRUSH_BRIDGE_DIR names (tests, containers). Locks are open-file-description locks on the
 * region's first two bytes; sleeping is a futex. */
#if !defined(_WIN32)
#define _GNU_SOURCE
#include "platform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "message.h"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#ifndef F_OFD_SETLK /* systems without: a lock of the process, which serves one session each way \
                     */
#define F_OFD_SETLK F_SETLK
#define F_OFD_GETLK F_GETLK
#endif

#define NAME_BYTES (EB_NAME_BYTES + 32)

static int fail_system(const char* what, const char* name) {
  return eb_fail(EB_SYSTEM,
                 "got \"%s\" when the bridge wanted to %s %s; fix: see what that means "
                 "for shared memory here",
                 strerror(errno), what, name);
}

static void file_name(char* to, const char* name) {
  snprintf(to, NAME_BYTES, "eyebrush-%u-%s", (unsigned)geteuid(), name);
}

/* The folder of all regions, open; or -1 with the message set. */
static int open_folder(void) {
  char place[512];
  const char* own = getenv("EYEBRUSH_BRIDGE_DIR");
  if (own && *own) {
    snprintf(place, sizeof place, "%s", own);
  } else {
#if defined(__linux__)
    snprintf(place, sizeof place, "/dev/shm");
#else
    const char* temporary = getenv("TMPDIR");
    snprintf(place, sizeof place, "%s", temporary && *temporary ? temporary : "/tmp");
#endif
  }
  const int folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat is;
  if (folder < 0 || fstat(folder, &is) != 0) {
    fail_system("open the folder", place);
  } else if ((is.st_uid != geteuid() && is.st_uid != 0) ||
             ((is.st_mode & 022) && !(is.st_mode & S_ISVTX))) {
    /* others could rename or replace what lies there */
    eb_fail(EB_REFUSED,
            "got folder %s with owner %u, mode %o; wanted your own with mode 700, or a "
            "sticky one such as /dev/shm; fix: EYEBRUSH_BRIDGE_DIR",
            place, (unsigned)is.st_uid, (unsigned)is.st_mode & 07777);
  } else {
    return folder;
  }
  if (folder >= 0) close(folder);
  return -1;
}

static int lock(int file, int side) {
  struct flock want = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = side, .l_len = 1};
  return fcntl(file, F_OFD_SETLK, &want) == 0;
}

/* Open a region's file without following links, and see that it is ours alone. */
static int open_checked(int folder, const char* name, int flags, int* file) {
  char path[NAME_BYTES];
  file_name(path, name);
  *file = openat(folder, path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (*file < 0) {
    if (errno == ENOENT)
      return eb_fail(EB_MISSING,
                     "got no session \"%s\"; wanted one that an engine has opened; fix: "
                     "start the engine, or see eyebrush bridge-ls",
                     name);
    return eb_fail(EB_REFUSED,
                   "got \"%s\" on opening %s; wanted a regular file of your own; fix: "
                   "remove it",
                   strerror(errno), path);
  }
  struct stat is;
  if (fstat(*file, &is) == 0 && S_ISREG(is.st_mode) && is.st_uid == geteuid() &&
      (is.st_mode & 07777) == 0600)
    return EB_OK;
  close(*file);
  *file = -1;
  return eb_fail(EB_REFUSED,
                 "got %s with owner %u, mode %o; wanted a regular file of user %u, mode "
                 "600; fix: remove it",
                 path, (unsigned)is.st_uid, (unsigned)is.st_mode, (unsigned)geteuid());
}

/* 1 while the name leads to this very file. */
static int is_named(int folder, const char* path, int file) {
  struct stat named, is;
  return fstatat(folder, path, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(file, &is) == 0 &&
         named.st_dev == is.st_dev && named.st_ino == is.st_ino;
}

static void temporary_name(char* to, const eb_region* region) {
  snprintf(to, NAME_BYTES, "eyebrush-%u-%s~%u", (unsigned)geteuid(), region->name,
           (unsigned)getpid());
}

static void undo(eb_region* region) {
  eb_region_leave(region, 0);
  eb_region_unmap(region);
}

int eb_region_make(eb_region* region, const char* name, uint64_t bytes, uint64_t session_id) {
  *region = (eb_region){.bytes = bytes, .session_id = session_id, .file = -1};
  snprintf(region->name, sizeof region->name, "%s", name);
  const int folder = open_folder();
  if (folder < 0) return EB_SYSTEM;
  char path[NAME_BYTES];
  temporary_name(path, region);
  unlinkat(folder, path, 0); /* of an earlier process with our id */
  const int file = openat(folder, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  int status = EB_OK;
  if (file < 0) {
    status = fail_system("create", path);
  } else {
    region->file = file;
    if (!lock(file, EB_ENGINE_SIDE)) status = fail_system("lock", path);
    /* Reserved now: a full memory is an error here, not a SIGBUS later. */
    const int full = fchmod(file, 0600) ? errno : posix_fallocate(file, 0, (off_t)bytes);
    if (full) errno = full, status = fail_system("reserve memory for", path);
    if (status == EB_OK) {
      void* map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      if (map == MAP_FAILED)
        status = fail_system("map", path);
      else
        region->map = map;
    }
    if (status != EB_OK) {
      unlinkat(folder, path, 0);
      undo(region);
    }
  }
  close(folder);
  return status;
}

/* Take the name away from a region whose engine is dead. */
static int remove_leftover(int folder, const char* name) {
  char path[NAME_BYTES];
  file_name(path, name);
  int file;
  int status = open_checked(folder, name, O_RDWR, &file);
  if (status != EB_OK) return status == EB_MISSING ? EB_OK : status;
  if (!lock(file, EB_ENGINE_SIDE)) {
    status = eb_fail(EB_BUSY,
                     "got the name \"%s\", which a live engine has; wanted a free one; fix: "
                     "close that engine or choose another name",
                     name);
  } else if (is_named(folder, path, file) && unlinkat(folder, path, 0) != 0 && errno != ENOENT) {
    status = fail_system("remove", path);
  }
  close(file);
  return status;
}

int eb_region_publish(eb_region* region) {
  const int folder = open_folder();
  if (folder < 0) return EB_SYSTEM;
  char from[NAME_BYTES], to[NAME_BYTES];
  temporary_name(from, region);
  file_name(to, region->name);
  int status = EB_BUSY;
  for (int i = 0; i < 8 && status == EB_BUSY; i++) { /* again where another engine was quicker */
    if ((status = remove_leftover(folder, region->name)) != EB_OK) break;
    if (linkat(folder, from, folder, to, 0) == 0)
      region->published = 1;
    else
      status = errno == EEXIST ? EB_BUSY : fail_system("name", to);
  }
  unlinkat(folder, from, 0);
  close(folder);
  return status;
}

int eb_region_attach(eb_region* region, const char* name, int side) {
  *region = (eb_region){.file = -1};
  snprintf(region->name, sizeof region->name, "%s", name);
  const int folder = open_folder();
  if (folder < 0) return EB_SYSTEM;
  int file;
  int status = open_checked(folder, name, side < 0 ? O_RDONLY : O_RDWR, &file);
  close(folder);
  if (status != EB_OK) return status;
  region->file = file;
  struct stat is;
  if (fstat(file, &is) != 0) {
    status = fail_system("look at", name);
  } else if ((uint64_t)is.st_size < sizeof(eb_header) || (uint64_t)is.st_size > EB_MAX_REGION) {
    status = eb_fail(EB_REFUSED,
                     "got session \"%s\" of %lld bytes; wanted %u bytes to 8 GiB; fix: "
                     "eyebrush bridge-ls --clean",
                     name, (long long)is.st_size, (unsigned)sizeof(eb_header));
  } else if (side >= 0 && !lock(file, side)) {
    status = eb_fail(EB_BUSY,
                     "got session \"%s\", which another runtime serves; wanted a free one; "
                     "fix: stop the other eyebrush serve",
                     name);
  } else {
    region->bytes = (uint64_t)is.st_size;
    const int access = side < 0 ? PROT_READ : PROT_READ | PROT_WRITE;
    void* map = mmap(NULL, region->bytes, access, MAP_SHARED, file, 0);
    if (map == MAP_FAILED)
      status = fail_system("map session", name);
    else
      region->map = map, region->published = 1;
  }
  if (status != EB_OK) undo(region);
  return status;
}

void eb_region_leave(eb_region* region, int remove) {
  if (region->file < 0) return;
  const int folder = remove && region->published ? open_folder() : -1;
  if (folder >= 0) {
    char path[NAME_BYTES];
    file_name(path, region->name);
    if (is_named(folder, path, (int)region->file)) unlinkat(folder, path, 0);
    close(folder);
  }
  close((int)region->file); /* and with it the locks */
  region->file = -1;
}

/* Guarded regions. A handler may run at any moment, so that nothing here is ever freed or locked: a
 * slot is taken by its begin (0: free), and read end first. */
static struct guarded {
  _Atomic uintptr_t begin, end;
} guarded[EB_MAX_SESSIONS];
static struct sigaction before_us;

static void on_bus_error(int signal_number, siginfo_t* info, void* context) {
  const uintptr_t at = (uintptr_t)info->si_addr;
  for (int i = 0; i < EB_MAX_SESSIONS; i++) {
    const uintptr_t begin = atomic_load(&guarded[i].begin), end = atomic_load(&guarded[i].end);
    if (!begin || at < begin || at >= end) continue;
    /* Zeros from here to the end, as libwayland does it; eb_check_region tells the rest. */
    const uintptr_t page = at - (at - begin) % 4096;
    const int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
    if (mmap((void*)page, end - page, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED) return;
  }
  if ((before_us.sa_flags & SA_SIGINFO) && before_us.sa_sigaction)
    before_us.sa_sigaction(signal_number, info, context);
  else if (before_us.sa_handler != SIG_DFL && before_us.sa_handler != SIG_IGN)
    before_us.sa_handler(signal_number);
  else
    sigaction(SIGBUS, &before_us, NULL); /* the access comes again, and is what it was */
}

void eb_region_guard(eb_region* region) {
  static _Atomic int installed;
  if (!atomic_exchange(&installed, 1)) {
    struct sigaction ours = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&ours.sa_mask);
    sigaction(SIGBUS, &ours, &before_us);
  }
  for (int i = 0; i < EB_MAX_SESSIONS; i++) {
    uintptr_t free_slot = 0;
    if (!atomic_compare_exchange_strong(&guarded[i].begin, &free_slot, (uintptr_t)region->map))
      continue;
    atomic_store(&guarded[i].end, (uintptr_t)region->map + region->bytes);
    return;
  }
}

static void unguard(const eb_region* region) {
  for (int i = 0; i < EB_MAX_SESSIONS; i++) {
    if (atomic_load(&guarded[i].begin) != (uintptr_t)region->map) continue;
    atomic_store(&guarded[i].end, 0);
    atomic_store(&guarded[i].begin, 0);
  }
}

void eb_region_unmap(eb_region* region) {
  if (region->map) unguard(region);
  if (region->map) munmap(region->map, region->bytes);
  region->map = NULL;
}

int eb_region_held(const eb_region* region, int side) {
  struct flock is = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = side, .l_len = 1};
  return fcntl((int)region->file, F_OFD_GETLK, &is) == 0 && is.l_type != F_UNLCK;
}

int eb_region_whole(const eb_region* region) {
  struct stat is;
  return fstat((int)region->file, &is) == 0 && (uint64_t)is.st_size >= region->bytes;
}

int eb_region_names(char (*names)[EB_NAME_BYTES], uint32_t capacity, uint32_t* count) {
  *count = 0;
  const int folder = open_folder();
  if (folder < 0) return EB_SYSTEM;
  DIR* entries = fdopendir(folder);
  if (!entries) {
    close(folder);
    return fail_system("list", "the folder of sessions");
  }
  char prefix[NAME_BYTES];
  file_name(prefix, "");
  const size_t length = strlen(prefix);
  for (struct dirent* entry; *count < capacity && (entry = readdir(entries));) {
    if (strncmp(entry->d_name, prefix, length) != 0) continue;
    const char* name = entry->d_name + length;
    if (*name && strlen(name) < EB_NAME_BYTES)
      snprintf(names[(*count)++], EB_NAME_BYTES, "%s", name);
  }
  closedir(entries);
  return EB_OK;
}

int eb_region_remove(const char* name) {
  const int folder = open_folder();
  if (folder < 0) return EB_SYSTEM;
  const int status = remove_leftover(folder, name);
  close(folder);
  return status;
}

void eb_wait(const eb_region* region, int channel, _Atomic uint32_t* word, uint32_t seen,
             int64_t timeout_ns) {
  (void)region, (void)channel;
#if defined(__linux__)
  const struct timespec rest = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  syscall(SYS_futex, word, FUTEX_WAIT, seen, &rest, NULL, 0);
#else
  const int64_t nap_ns = timeout_ns < 200000 ? timeout_ns : 200000;
  const struct timespec nap = {0, (long)nap_ns};
  if (atomic_load(word) == seen) nanosleep(&nap, NULL);
#endif
}

void eb_wake(const eb_region* region, int channel, _Atomic uint32_t* word) {
  (void)region, (void)channel;
#if defined(__linux__)
  syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
#else
  (void)word;
#endif
}

int64_t eb_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint32_t eb_process_id(void) { return (uint32_t)getpid(); }

uint64_t eb_process_started(void) {
  /* the 22nd field of /proc/self/stat; the 2nd may hold spaces, and ends with the last ')' */
  char text[1024];
  const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t bytes = read(file, text, sizeof text - 1);
  close(file);
  if (bytes <= 0) return 0;
  text[bytes] = 0;
  const char* at = strrchr(text, ')');
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  return at ? strtoull(at, NULL, 10) : 0;
}

uint64_t eb_random(void) {
  uint64_t value = 0;
  const int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    if (read(file, &value, sizeof value) != (ssize_t)sizeof value) value = 0;
    close(file);
  }
  return value ? value : (uint64_t)eb_now_ns() * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)getpid();
}
#endif
