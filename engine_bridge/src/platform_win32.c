/* The Windows half is not written yet; POSIX is in platform_posix.c. */
#if defined(_WIN32)
#error "the bridge has no Windows half yet"
#endif
