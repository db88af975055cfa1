// Bilinear interpolation of maps.
#ifndef SEGPLAY_RESIZE_H
#define SEGPLAY_RESIZE_H

#include "SegRows.h"

// The two source places an output row or column lies between, and the share of the second.
typedef struct SegTap {
  int32_t first, second;
  float weight;
} SegTap;

// Taps for `count` output places over `source` places. Without align_corners the source coordinate is max(0, (i + 0.5) * source / count - 0.5).
void seg_resize_taps(SegTap *taps, int32_t count, int32_t source, int32_t align_corners);

// Interpolates; `rows` and `columns` hold one tap for each output row and column.
typedef struct SegResize {
  SegTypedMap input, output;
  const SegTap *rows, *columns;
} SegResize;

void seg_resize(const void *arguments, int32_t begin, int32_t end);

#endif
