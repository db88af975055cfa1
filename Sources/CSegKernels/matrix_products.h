// Sums of products in tile registers.
#ifndef SEGPLAY_MATRIX_PRODUCTS_H
#define SEGPLAY_MATRIX_PRODUCTS_H

#include "matrix_results.h"

enum {
  TILE_BYTES = SEG_MATRIX_PLACES * SEG_MATRIX_BYTES,
  LINE_BYTES = 64, // of the cache
  FEWEST_FINISHED = 4 // places at a step, while there are any
};

// Memory that is needed soon, which the processor is asked for a little at each step: most of it comes from beyond a core's own cache.
typedef struct MatrixAhead {
  const uint8_t *next, *end;
  int32_t lines; // at each step
} MatrixAhead;

enum {
  AHEAD_WEIGHTS, // of the next strip
  AHEAD_INPUT, // of the next band, where it is read directly
  AHEAD_ADDED,
  AHEAD_OUTPUT,
  AHEAD_KINDS
};

// What a group of tiles is multiplied with.
typedef struct MatrixStrip {
  const SegMatrixConvolution *work;
  const uint8_t *weights; // step, vector of output channels, tile register
  MatrixAhead ahead[AHEAD_KINDS];
} MatrixStrip;

// The multiply-add of tile registers for a kind of input.
#define MULTIPLY(format, sums, left, right) \
  do { \
    if (format == SEG_BFLOAT16) _tile_dpbf16ps(sums, left, right); \
    else if (format == SEG_SIGNED8) _tile_dpbssd(sums, left, right); \
    else _tile_dpbusd(sums, left, right); \
  } while (0)

// Between products: asks for memory that is needed soon, and finishes results of the group before.
MATRIX_INLINE void matrix_between(MatrixStrip *strip, MatrixSums *left, int32_t each) {
  for (int32_t kind = 0; kind < AHEAD_KINDS; kind++) {
    MatrixAhead *ahead = &strip->ahead[kind];
    const uint8_t *end = ahead->next + ahead->lines * LINE_BYTES;
    if (end > ahead->end) end = ahead->end;
    for (; ahead->next < end; ahead->next += LINE_BYTES) {
      if (kind == AHEAD_OUTPUT) __builtin_prefetch(ahead->next, 1, 2);
      else __builtin_prefetch(ahead->next, 0, 2);
    }
  }
  if (left->next < left->count) left->finish(left, each);
}

// How many results are finished at a step: as many as steps leave, but not so few that each has to begin anew.
MATRIX_INLINE int32_t matrix_each(const MatrixSums *left, int32_t steps) {
  const int32_t each = (left->count - left->next + steps - 1) / steps;
  return each < FEWEST_FINISHED ? FEWEST_FINISHED : each;
}

// The four registers of sums.
MATRIX_INLINE void clear_sums(void) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

// Writes them, the second and fourth `inner` and the last two `outer` numbers further; places have so many vectors.
MATRIX_INLINE void store_sums(int32_t *sums, size_t inner, size_t outer, size_t vectors) {
  const size_t row = vectors * SEG_MATRIX_OUTPUTS * sizeof(int32_t);
  _tile_stored(0, sums, row);
  _tile_stored(1, sums + inner, row);
  _tile_stored(2, sums + outer, row);
  _tile_stored(3, sums + outer + inner, row);
}

// Sums of two tiles of places and two vectors of output channels.
MATRIX_INLINE void multiply_square(MatrixStrip *strip, const uint8_t *const from[], MatrixSums *left, int32_t *sums, SegFormat format) {
  const SegMatrixConvolution *work = strip->work;
  const size_t step = (size_t)work->place_step;
  const uint8_t *weights = strip->weights;
  const int32_t *offset = work->offsets, *const end = offset + work->steps, each = matrix_each(left, work->steps);
  clear_sums();
  for (; offset < end; offset++, weights += 2 * TILE_BYTES) {
    _tile_loadd(6, weights, SEG_MATRIX_BYTES);
    _tile_loadd(4, from[0] + *offset, step);
    MULTIPLY(format, 0, 4, 6);
    _tile_loadd(7, weights + TILE_BYTES, SEG_MATRIX_BYTES);
    MULTIPLY(format, 1, 4, 7);
    _tile_loadd(5, from[1] + *offset, step);
    MULTIPLY(format, 2, 5, 6);
    MULTIPLY(format, 3, 5, 7);
    matrix_between(strip, left, each);
  }
  store_sums(sums, SEG_MATRIX_OUTPUTS, 2 * SEG_MATRIX_PLACES * SEG_MATRIX_OUTPUTS, 2);
}

// Sums of four tiles of places and one vector of output channels.
MATRIX_INLINE void multiply_column(MatrixStrip *strip, const uint8_t *const from[], MatrixSums *left, int32_t *sums, SegFormat format) {
  const SegMatrixConvolution *work = strip->work;
  const size_t step = (size_t)work->place_step;
  const uint8_t *weights = strip->weights;
  const int32_t *offset = work->offsets, *const end = offset + work->steps, each = matrix_each(left, work->steps);
  clear_sums();
  for (; offset < end; offset++, weights += TILE_BYTES) {
    _tile_loadd(7, weights, SEG_MATRIX_BYTES);
    _tile_loadd(4, from[0] + *offset, step);
    MULTIPLY(format, 0, 4, 7);
    _tile_loadd(5, from[1] + *offset, step);
    MULTIPLY(format, 1, 5, 7);
    _tile_loadd(6, from[2] + *offset, step);
    MULTIPLY(format, 2, 6, 7);
    _tile_loadd(4, from[3] + *offset, step);
    MULTIPLY(format, 3, 4, 7);
    matrix_between(strip, left, each);
  }
  store_sums(sums, SEG_MATRIX_PLACES * SEG_MATRIX_OUTPUTS, 2 * SEG_MATRIX_PLACES * SEG_MATRIX_OUTPUTS, 1);
}

#endif
