// Copies of a map's rows in which those of a window lie together for each column.
#ifndef SEGPLAY_JOINED_COLUMNS_H
#define SEGPLAY_JOINED_COLUMNS_H

#include "SegRows.h"

#include <immintrin.h>
#include <string.h>

#define JOIN_INLINE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static inline __attribute__((always_inline))

enum {
  COLUMN_VECTOR = 64, // bytes that are written at once
  COLUMN_SOURCE = 32, // bytes of a row that they are chosen from at most, as there are two rows at least
  COLUMN_HALF = 16, // of these, which bytes are chosen from by one instruction
  COLUMN_HALVES = COLUMN_SOURCE / COLUMN_HALF
};

// Which rows of a map are joined, and how: which bytes of a vector of whole columns come from each row of the window, and from where in that row.
typedef struct JoinedColumns {
  const SegTypedMap *map;
  int32_t rows, dilation; // of the window: how many, and how far apart
  int32_t stride, padding_top; // of rows
  size_t pixel, gap, column; // bytes of a pixel, from one to the next, and of a joined column
  int32_t columns; // of a vector
  uint8_t flip; // bits of every byte that are the other way round in the copy
  __mmask64 places[COLUMN_VECTOR][COLUMN_HALVES]; // for each half of what a row is chosen from
  uint8_t sources[COLUMN_VECTOR][COLUMN_VECTOR] __attribute__((aligned(COLUMN_VECTOR)));
} JoinedColumns;

// Two rows at least; times bytes of a pixel they are COLUMN_VECTOR at most.
JOIN_INLINE void choose_columns(const SegTypedMap *map, int32_t rows, int32_t dilation, int32_t stride, int32_t padding_top, uint8_t flip, JoinedColumns *made) {
  const size_t element = map->format == SEG_FLOAT32 ? 4 : map->format == SEG_BFLOAT16 ? 2 : 1;
  made->map = map;
  made->rows = rows;
  made->dilation = dilation;
  made->stride = stride;
  made->padding_top = padding_top;
  made->pixel = element * (size_t)map->channels;
  made->gap = element * (size_t)map->pixel_stride;
  made->column = made->pixel * (size_t)rows;
  made->columns = (int32_t)(COLUMN_VECTOR / made->column);
  made->flip = flip;
  for (int32_t row = 0; row < rows; row++) {
    memset(made->places[row], 0, sizeof made->places[row]);
    memset(made->sources[row], 0, COLUMN_VECTOR);
    for (size_t column = 0; column < (size_t)made->columns; column++) {
      for (size_t byte = 0; byte < made->pixel; byte++) {
        const size_t place = column * made->column + (size_t)row * made->pixel + byte;
        const size_t source = column * made->pixel + byte;
        made->places[row][source / COLUMN_HALF] |= (__mmask64)1 << place;
        made->sources[row][place] = (uint8_t)(source % COLUMN_HALF);
      }
    }
  }
}

// Joins `count` columns of rows of dense pixels; a row that is null is zeros. Less than COLUMN_VECTOR bytes behind them are written as well, and read behind each
// row. `rows` is that of `how`, a constant where that is worth its code.
JOIN_INLINE void join_dense(const JoinedColumns *how, const uint8_t *const from[], int32_t rows, int32_t count, uint8_t *to) {
  static const uint8_t zeros[COLUMN_SOURCE];
  const size_t vector_bytes = (size_t)how->columns * how->column, step = (size_t)how->columns * how->pixel;
  const __m512i flip = _mm512_set1_epi8((char)how->flip);
  const uint8_t *source[COLUMN_VECTOR];
  size_t steps[COLUMN_VECTOR];
  for (int32_t row = 0; row < rows; row++) {
    source[row] = from[row] ? from[row] : zeros;
    steps[row] = from[row] ? step : 0;
  }
  for (int32_t column = 0; column < count; column += how->columns, to += vector_bytes) {
    __m512i joined = _mm512_setzero_si512();
    for (int32_t row = 0; row < rows; row++) {
      const __m512i sources = _mm512_load_si512(how->sources[row]);
      for (int32_t half = 0; half < COLUMN_HALVES; half++) {
        const __m512i bytes = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)source[row] + half));
        joined = _mm512_mask_shuffle_epi8(joined, how->places[row][half], bytes, sources);
      }
      source[row] += steps[row];
    }
    _mm512_storeu_si512(to, _mm512_xor_si512(joined, flip));
  }
}

// The same of pixels with gaps.
JOIN_INLINE void join_spaced(const JoinedColumns *how, const uint8_t *const from[], int32_t count, uint8_t *to) {
  for (size_t column = 0; column < (size_t)count; column++)
    for (int32_t row = 0; row < how->rows; row++)
      for (size_t byte = 0; byte < how->pixel; byte++) *to++ = (from[row] ? from[row][column * how->gap + byte] : 0) ^ how->flip;
}

// Writes what the output row `row` reads: `room` bytes, of which those before `margin` and those behind the map's columns are zeros, flipped; less than
// COLUMN_VECTOR behind them are written as well.
JOIN_INLINE void join_row(const JoinedColumns *how, int32_t row, size_t margin, size_t room, uint8_t *to) {
  const SegTypedMap *map = how->map;
  const size_t fitting = (room - margin) / how->column;
  const int32_t columns = fitting < (size_t)map->width ? (int32_t)fitting : map->width;
  const size_t end = margin + (size_t)columns * how->column;
  const uint8_t *from[COLUMN_VECTOR];
  for (int32_t tap = 0; tap < how->rows; tap++) {
    const int32_t source = row * how->stride - how->padding_top + tap * how->dilation;
    from[tap] = source >= 0 && source < map->height ? (const uint8_t *)map->data + (size_t)source * (size_t)map->width * how->gap : NULL;
  }
  memset(to, how->flip, margin);
  if (how->gap != how->pixel) join_spaced(how, from, columns, to + margin);
  else if (how->rows == 3) join_dense(how, from, 3, columns, to + margin);
  else join_dense(how, from, how->rows, columns, to + margin);
  memset(to + end, how->flip, room - end);
}

#endif
