// Asking for memory that Winograd's tiles of floats will write.
#ifndef SEGPLAY_WINOGRAD_AHEAD_H
#define SEGPLAY_WINOGRAD_AHEAD_H

#include "SegWinograd.h"
#include "winograd_tiles.h"

// Whether results are asked for: measured to be faster with AVX2 and no more.
int32_t seg_winograd_asks_ahead(void);

// Asks for sixteen channels of the tile to the right of the one at (row, column) of the output, and of what is added: they come from beyond the caches, in places too
// far apart for the processor to see a stream, but where pixels are a line of the cache each.
INLINE void ask_for_next_tile(const SegWinograd *work, int32_t row, int32_t column, int32_t channel) {
  if (work->output.pixel_stride <= LANES) return;
  for (int32_t line = 0; line < TILE_OUT; line++)
    for (int32_t index = TILE_OUT; index < 2 * TILE_OUT; index++) {
      const size_t width = (size_t)work->output.width, y = (size_t)(row + line * work->dilation_vertical), x = (size_t)(column + index * work->dilation_horizontal);
      __builtin_prefetch(work->output.data + (y * width + x) * (size_t)work->output.pixel_stride + channel, 1);
      if (work->added.data) __builtin_prefetch(work->added.data + (y * width + x) * (size_t)work->added.pixel_stride + channel);
    }
}

#endif
