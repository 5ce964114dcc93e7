/* Regions as sections backed by the page file, so that nothing is ever written to a disk. A session
 * NAME is a small file in %LOCALAPPDATA%\eyebrush\bridge (or EYEBRUSH_BRIDGE_DIR) that holds the
 * session's id; everything else is a kernel object called by that id: the section, a mutex for each
 * living side, an event for each channel. Kernel objects vanish with the last process that has
 * them open, so that only the small file can be left behind. */
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#define _CRT_RAND_S
#include "platform.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#include "message.h"

#define PLACE_CHARS 512
#define OBJECT_CHARS 96
#define ID_BYTES 16 /* hexadecimal, in the file of a name */

static int fail_system(const char* what, const char* name) {
  return eb_fail(
      EB_SYSTEM,
      "got Windows error %lu when the bridge wanted to %s %s; wanted it done; fix: see what "
      "that error means",
      GetLastError(), what, name);
}

static HANDLE handle_of(intptr_t value) { return (HANDLE)value; }

/* A kernel object of a session, of one kind ("section", "side", "event") and number. */
static void object_name(wchar_t* to, uint64_t id, const wchar_t* kind, int number) {
  swprintf(to, OBJECT_CHARS, L"Local\\eyebrush-%08x%08x-%ls-%d", (unsigned)(id >> 32), (unsigned)id,
           kind, number);
}

/* The folder of all names, made where it is missing. 1, or 0 with the message set. */
static int find_folder(wchar_t* place) {
  DWORD length = GetEnvironmentVariableW(L"EYEBRUSH_BRIDGE_DIR", place, PLACE_CHARS);
  if (length == 0 || length >= PLACE_CHARS) {
    length = GetEnvironmentVariableW(L"LOCALAPPDATA", place, PLACE_CHARS - 32);
    if (length == 0 || length >= PLACE_CHARS - 32) {
      fail_system("find", "%LOCALAPPDATA%");
      return 0;
    }
    wcscat(place, L"\\eyebrush");
    CreateDirectoryW(place, NULL);
    wcscat(place, L"\\bridge");
  }
  if (CreateDirectoryW(place, NULL) || GetLastError() == ERROR_ALREADY_EXISTS) return 1;
  fail_system("make the folder of", "sessions");
  return 0;
}

static int find_file(wchar_t* place, const char* name) {
  if (!find_folder(place)) return 0;
  const size_t length = wcslen(place);
  if (length + EB_NAME_BYTES + 16 >= PLACE_CHARS) {
    eb_fail(EB_SYSTEM,
            "got a folder of sessions with too long a path; wanted less than %d "
            "characters; fix: EYEBRUSH_BRIDGE_DIR",
            PLACE_CHARS);
    return 0;
  }
  swprintf(place + length, PLACE_CHARS - length, L"\\%hs", name);
  return 1;
}

/* 1 if this user owns the object. */
static int is_ours(HANDLE object, SE_OBJECT_TYPE kind) {
  PSID owner = NULL;
  PSECURITY_DESCRIPTOR description = NULL;
  HANDLE token = NULL;
  union {
    TOKEN_USER user;
    TOKEN_OWNER owner;
    char room[256];
  } who;
  DWORD used;
  int ours = 0;
  if (GetSecurityInfo(object, kind, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL,
                      &description) == ERROR_SUCCESS &&
      OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
    if (GetTokenInformation(token, TokenUser, &who, sizeof who, &used))
      ours = EqualSid(owner, who.user.User.Sid) != 0;
    /* what an administrator makes may belong to the group of administrators */
    if (!ours && GetTokenInformation(token, TokenOwner, &who, sizeof who, &used))
      ours = EqualSid(owner, who.owner.Owner) != 0;
  }
  if (token) CloseHandle(token);
  if (description) LocalFree(description);
  return ours;
}

/* What mode 0600 is elsewhere: owned by this user, and nobody else may do anything with it. */
static PSECURITY_DESCRIPTOR only_for_us(void) {
  HANDLE token = NULL;
  union {
    TOKEN_USER user;
    char room[256];
  } who;
  DWORD used;
  LPSTR sid = NULL;
  PSECURITY_DESCRIPTOR made = NULL;
  if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) &&
      GetTokenInformation(token, TokenUser, &who, sizeof who, &used) &&
      ConvertSidToStringSidA(who.user.User.Sid, &sid)) {
    char text[512];
    snprintf(text, sizeof text, "O:%sD:P(A;;GA;;;%s)", sid, sid);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &made, NULL))
      made = NULL;
  }
  if (sid) LocalFree(sid);
  if (token) CloseHandle(token);
  return made;
}

/* The id that a name stands for. EB_OK, EB_MISSING, EB_REFUSED. */
static int read_name(const char* name, uint64_t* id) {
  wchar_t place[PLACE_CHARS];
  if (!find_file(place, name)) return EB_SYSTEM;
  const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const HANDLE file = CreateFileW(place, GENERIC_READ, share, NULL, OPEN_EXISTING,
                                  FILE_FLAG_OPEN_REPARSE_POINT, NULL);
  if (file == INVALID_HANDLE_VALUE) {
    if (GetLastError() == ERROR_FILE_NOT_FOUND)
      return eb_fail(EB_MISSING,
                     "got no session \"%s\"; wanted one that an engine has opened; fix: start the "
                     "engine, or see eyebrush bridge-ls",
                     name);
    return eb_fail(EB_REFUSED,
                   "got Windows error %lu on opening the file of session \"%s\"; wanted a regular "
                   "file of your own; fix: remove it",
                   GetLastError(), name);
  }
  char text[ID_BYTES + 2] = {0};
  DWORD bytes = 0;
  BY_HANDLE_FILE_INFORMATION is;
  const DWORD odd = FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY;
  const int good = GetFileInformationByHandle(file, &is) && !(is.dwFileAttributes & odd) &&
                   is_ours(file, SE_FILE_OBJECT) &&
                   ReadFile(file, text, ID_BYTES + 1, &bytes, NULL) && bytes == ID_BYTES &&
                   strspn(text, "0123456789abcdef") == ID_BYTES;
  CloseHandle(file);
  if (!good)
    return eb_fail(
        EB_REFUSED,
        "got session \"%s\" named by a file that is a link, another user's, or no session "
        "id; wanted a regular file of your own with one; fix: remove it",
        name);
  *id = strtoull(text, NULL, 16);
  return EB_OK;
}

static int side_lives(uint64_t id, int side) {
  wchar_t object[OBJECT_CHARS];
  object_name(object, id, L"side", side);
  const HANDLE found = OpenMutexW(SYNCHRONIZE, FALSE, object);
  if (found) CloseHandle(found);
  return found != NULL;
}

/* A mutex that exists as long as we do; 0 if another process has it. */
static intptr_t take(const wchar_t* object) {
  const HANDLE taken = CreateMutexW(NULL, FALSE, object);
  if (taken && GetLastError() != ERROR_ALREADY_EXISTS) return (intptr_t)taken;
  if (taken) CloseHandle(taken);
  return 0;
}

static int open_events(eb_region* region) {
  for (int channel = 0; channel < EB_CHANNELS; channel++) {
    wchar_t object[OBJECT_CHARS];
    object_name(object, region->session_id, L"event", channel);
    region->events[channel] = (intptr_t)CreateEventW(NULL, FALSE, FALSE, object);
    if (!region->events[channel]) return fail_system("make an event for session", region->name);
  }
  return EB_OK;
}

static void undo(eb_region* region) {
  eb_region_leave(region, 0);
  eb_region_unmap(region);
}

int eb_region_make(eb_region* region, const char* name, uint64_t bytes, uint64_t session_id) {
  *region = (eb_region){.bytes = bytes, .session_id = session_id, .file = -1};
  snprintf(region->name, sizeof region->name, "%s", name);
  wchar_t object[OBJECT_CHARS];
  swprintf(object, OBJECT_CHARS, L"Local\\eyebrush-name-%hs", name);
  region->name_lock = take(object);
  if (!region->name_lock)
    return eb_fail(
        EB_BUSY,
        "got the name \"%s\", which a live engine has; wanted a free one; fix: close that "
        "engine or choose another name",
        name);
  object_name(object, session_id, L"section", 0);
  const PSECURITY_DESCRIPTOR ours = only_for_us();
  SECURITY_ATTRIBUTES with = {sizeof with, ours, FALSE};
  const HANDLE section =
      CreateFileMappingW(INVALID_HANDLE_VALUE, ours ? &with : NULL, PAGE_READWRITE,
                         (DWORD)(bytes >> 32), (DWORD)bytes, object);
  const int planted = section && GetLastError() == ERROR_ALREADY_EXISTS;
  if (ours) LocalFree(ours);
  region->section = (intptr_t)section;
  int status = EB_OK;
  if (!section || planted) {
    status = fail_system("make the memory of session", name);
  } else {
    region->map = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    if (!region->map) status = fail_system("map session", name);
  }
  object_name(object, session_id, L"side", EB_ENGINE_SIDE);
  if (status == EB_OK && !(region->file = take(object))) status = fail_system("lock session", name);
  if (region->file == 0) region->file = -1;
  if (status == EB_OK) status = open_events(region);
  if (status != EB_OK) undo(region);
  return status;
}

int eb_region_publish(eb_region* region) {
  /* We have the lock of this name, so that whatever bears it is a dead engine's, or planted. */
  wchar_t place[PLACE_CHARS], temporary[PLACE_CHARS];
  uint64_t old;
  const int status = read_name(region->name, &old);
  if (status != EB_OK && status != EB_MISSING) return status;
  char name[EB_NAME_BYTES + 16], id[ID_BYTES + 1];
  snprintf(name, sizeof name, "%s~%lu", region->name, GetCurrentProcessId());
  snprintf(id, sizeof id, "%08x%08x", (unsigned)(region->session_id >> 32),
           (unsigned)region->session_id);
  if (!find_file(place, region->name) || !find_file(temporary, name)) return EB_SYSTEM;
  DeleteFileW(temporary); /* of an earlier process with our id */
  const HANDLE file =
      CreateFileW(temporary, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_TEMPORARY, NULL);
  DWORD bytes = 0;
  const int written = file != INVALID_HANDLE_VALUE && WriteFile(file, id, ID_BYTES, &bytes, NULL);
  if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
  int named = 0;
  for (int i = 0; written && !named && i < 100; i++) { /* a runtime may be reading the old file */
    named = MoveFileExW(temporary, place, MOVEFILE_REPLACE_EXISTING) != 0;
    if (!named) Sleep(1);
  }
  if (!named) {
    const int failed = fail_system("name session", region->name);
    DeleteFileW(temporary);
    return failed;
  }
  region->published = 1;
  return EB_OK;
}

int eb_region_attach(eb_region* region, const char* name, int side) {
  *region = (eb_region){.file = -1};
  snprintf(region->name, sizeof region->name, "%s", name);
  int status = read_name(name, &region->session_id);
  if (status != EB_OK) return status;
  wchar_t object[OBJECT_CHARS];
  object_name(object, region->session_id, L"section", 0);
  const DWORD access = side < 0 ? FILE_MAP_READ : FILE_MAP_READ | FILE_MAP_WRITE;
  const HANDLE section = OpenFileMappingW(access | READ_CONTROL, FALSE, object);
  if (!section)
    return eb_fail(EB_PEER_GONE,
                   "got session \"%s\", whose engine is dead; wanted a live one; fix: eyebrush "
                   "bridge-ls --clean, or restart the engine",
                   name);
  region->section = (intptr_t)section;
  MEMORY_BASIC_INFORMATION is;
  if (!is_ours(section, SE_KERNEL_OBJECT)) {
    status = eb_fail(EB_REFUSED,
                     "got session \"%s\" of another user; wanted your own; fix: remove it", name);
  } else if (!(region->map = MapViewOfFile(section, access, 0, 0, 0)) ||
             !VirtualQuery(region->map, &is, sizeof is)) {
    status = fail_system("map session", name);
  } else if (is.RegionSize < sizeof(eb_header) || is.RegionSize > EB_MAX_REGION) {
    status = eb_fail(EB_REFUSED,
                     "got session \"%s\" of %llu bytes; wanted %u bytes to 8 GiB; fix: eyebrush "
                     "bridge-ls --clean",
                     name, (unsigned long long)is.RegionSize, (unsigned)sizeof(eb_header));
  } else {
    region->bytes = is.RegionSize;
    region->published = 1;
  }
  object_name(object, region->session_id, L"side", side);
  if (status == EB_OK && side >= 0 && !(region->file = take(object)))
    status =
        eb_fail(EB_BUSY,
                "got session \"%s\", which another runtime serves; wanted a free one; fix: stop "
                "the other eyebrush serve",
                name);
  if (region->file == 0) region->file = -1;
  if (status == EB_OK && side >= 0) status = open_events(region);
  if (status != EB_OK) undo(region);
  return status;
}

void eb_region_leave(eb_region* region, int remove) {
  uint64_t id;
  wchar_t place[PLACE_CHARS];
  if (remove && region->published && read_name(region->name, &id) == EB_OK &&
      id == region->session_id && find_file(place, region->name))
    DeleteFileW(place);
  if (region->file != -1) CloseHandle(handle_of(region->file));
  if (region->name_lock) CloseHandle(handle_of(region->name_lock));
  region->file = -1;
  region->name_lock = 0;
}

void eb_region_unmap(eb_region* region) {
  if (region->map) UnmapViewOfFile(region->map);
  if (region->section) CloseHandle(handle_of(region->section));
  for (int channel = 0; channel < EB_CHANNELS; channel++)
    if (region->events[channel]) CloseHandle(handle_of(region->events[channel]));
  region->map = NULL;
}

int eb_region_held(const eb_region* region, int side) {
  return side_lives(region->session_id, side);
}

int eb_region_whole(const eb_region* region) {
  return region->map != NULL; /* a section cannot shrink */
}

void eb_region_guard(eb_region* region) { (void)region; }

int eb_region_names(char (*names)[EB_NAME_BYTES], uint32_t capacity, uint32_t* count) {
  *count = 0;
  wchar_t place[PLACE_CHARS];
  if (!find_file(place, "*")) return EB_SYSTEM;
  WIN32_FIND_DATAW entry;
  const HANDLE search = FindFirstFileW(place, &entry);
  if (search == INVALID_HANDLE_VALUE) return EB_OK;
  do {
    char name[EB_NAME_BYTES];
    const int bytes =
        WideCharToMultiByte(CP_UTF8, 0, entry.cFileName, -1, name, sizeof name, NULL, NULL);
    if (bytes <= 1 || (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) continue;
    snprintf(names[(*count)++], EB_NAME_BYTES, "%s", name);
  } while (*count < capacity && FindNextFileW(search, &entry));
  FindClose(search);
  return EB_OK;
}

int eb_region_remove(const char* name) {
  uint64_t id;
  wchar_t place[PLACE_CHARS];
  const int status = read_name(name, &id);
  if (status == EB_MISSING) return EB_OK;
  if (status == EB_OK && side_lives(id, EB_ENGINE_SIDE))
    return eb_fail(
        EB_BUSY,
        "got the name \"%s\", which a live engine has; wanted a leftover; fix: close that "
        "engine",
        name);
  if (!find_file(place, name)) return EB_SYSTEM;
  return DeleteFileW(place) || GetLastError() == ERROR_FILE_NOT_FOUND ? EB_OK
                                                                      : fail_system("remove", name);
}

void eb_wait(const eb_region* region, int channel, _Atomic uint32_t* word, uint32_t seen,
             int64_t timeout_ns) {
  /* The event stays set until somebody waits for it, so that no wake-up is lost in between. */
  if (atomic_load(word) != seen) return;
  WaitForSingleObject(handle_of(region->events[channel]), (DWORD)((timeout_ns + 999999) / 1000000));
}

void eb_wake(const eb_region* region, int channel, _Atomic uint32_t* word) {
  (void)word;
  SetEvent(handle_of(region->events[channel]));
}

int64_t eb_now_ns(void) {
  LARGE_INTEGER now, rate;
  QueryPerformanceCounter(&now);
  QueryPerformanceFrequency(&rate);
  const int64_t seconds = now.QuadPart / rate.QuadPart, rest = now.QuadPart % rate.QuadPart;
  return seconds * 1000000000 + rest * 1000000000 / rate.QuadPart;
}

uint32_t eb_process_id(void) { return GetCurrentProcessId(); }

uint64_t eb_process_started(void) {
  FILETIME started, ended, kernel, user;
  if (!GetProcessTimes(GetCurrentProcess(), &started, &ended, &kernel, &user)) return 0;
  return (uint64_t)started.dwHighDateTime << 32 | started.dwLowDateTime;
}

uint64_t eb_random(void) {
  unsigned int high = 0, low = 0;
  if (rand_s(&high) || rand_s(&low)) return (uint64_t)eb_now_ns();
  return (uint64_t)high << 32 | low;
}
#endif
