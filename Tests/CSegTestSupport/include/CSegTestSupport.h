#ifndef SEGPLAY_TEST_SUPPORT_H
#define SEGPLAY_TEST_SUPPORT_H

#include <stddef.h>

#include <sys/types.h>

// Starts a program in a new pseudo-terminal of the given size in cells. Returns its process id and stores the master's descriptor,
// or returns -1 with errno set. `arguments` and `environment` end with NULL.
pid_t seg_test_spawn_in_pty(const char *path, char *const arguments[], char *const environment[], int columns, int rows, int *master);

// Bytes of the C heap in use, over all of the allocator's arenas and mapped blocks.
size_t seg_test_heap_bytes(void);

// How often the process asked the C library for memory so far; 0 under sanitizers.
long seg_test_allocation_count(void);

#endif
