// Max pooling, its inverse, and what follows transposed convolutions.
#ifndef SEGPLAY_POOLING_H
#define SEGPLAY_POOLING_H

#include "SegRows.h"

// A window that slides over a map. At most 256 taps.
typedef struct SegWindow {
  int32_t kernel_height, kernel_width, stride_vertical, stride_horizontal, padding_top, padding_left;
} SegWindow;

// Maxima over the places of each window that lie in the input. `taps`, when not null, gets the place within the window (row * kernel_width + column) of the
// first maximum for each output element, dense; the first tap that lies in the map wins over NaN. Both maps have one format and scale.
typedef struct SegMaxPool {
  SegTypedMap input, output;
  uint8_t *taps;
  SegWindow window;
} SegMaxPool;

void seg_max_pool(const void *arguments, int32_t begin, int32_t end);

// Puts each input element at its place in the output, zeros elsewhere; where windows overlap, the last element of one place stays. Rows are those of the output.
// Both maps have one format and scale.
typedef struct SegMaxUnpool {
  SegTypedMap input, output;
  const uint8_t *taps;
  SegWindow window;
} SegMaxUnpool;

void seg_max_unpool(const void *arguments, int32_t begin, int32_t end);

// Spreads a map of blocks: output (row, column) is position ((row + top) % block, (column + left) % block) of the block at the quotients; the blocks of a row lie
// one after another in the input's row, block * block positions each. Adds the unpooled map when `taps` is not null (windows of block x block without overlap).
// Without taps and activation, input and output have one format and scale.
typedef struct SegInterleave {
  SegTypedMap input, output, pooled;
  const uint8_t *taps;
  int32_t block, top, left;
  SegActivation activation;
} SegInterleave;

void seg_interleave(const void *arguments, int32_t begin, int32_t end);

#endif
