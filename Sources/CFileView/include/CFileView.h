#ifndef SEGPLAY_FILE_VIEW_H
#define SEGPLAY_FILE_VIEW_H

#include <stddef.h>

// A view of a file takes no memory but for the pages that are touched. A page that cannot be read, since another program has cut the file short or the disk
// fails, is seen as zeros, where a plain mapping would end the process by SIGBUS.

// Maps the first `size` bytes, at least one, of a file for reading. One view exists at a time in the process: a second caller waits until the first has closed
// its own. Returns the first byte, or NULL with errno set.
const void *seg_view_open(int descriptor, size_t size);

// Closes the view, on the thread that opened it. Returns 0 when everything that was seen was the file's, -1 when a page of it could not be read.
int seg_view_close(void);

#endif
