// The rows that a depthwise convolution's windows read, and which columns of them are inside.
#ifndef SEGPLAY_DEPTHWISE_ROWS_H
#define SEGPLAY_DEPTHWISE_ROWS_H

#include "SegDepthwiseConvolution.h"

#include <immintrin.h>

#define ROWS_INLINE static inline __attribute__((always_inline))

enum {
  SIDE = SEG_DEPTHWISE_SIDE,
  COLUMNS_AT_ONCE = 32 // of the output, for one vector of channels after the other, so that what they read stays near
};

// What an output row reads and writes, at a vector's first channel.
typedef struct DepthwiseRows {
  const uint8_t *from[SIDE];
  size_t steps[SIDE]; // bytes from one column to the next: 0 for rows outside, which are zeros
  int32_t width; // columns that there are
  int32_t stride, dilation, before; // of columns; a window begins so many columns before the first
  const uint8_t *next; // the first row of those that the next output row reads and this does not; null for none
  size_t next_row, next_step; // from one of these to the next, and of their columns
  uint8_t *to; // output column 0
  size_t gap; // from one output column to the next
} DepthwiseRows;

static const uint8_t depthwise_zeros[SEG_DEPTHWISE_CHANNELS] __attribute__((aligned(64)));

// What output row `row` reads and writes from `channel` on, in maps whose elements have so many bytes.
ROWS_INLINE DepthwiseRows rows_of(const SegDepthwiseConvolution *work, int32_t row, int32_t channel, size_t element) {
  const SegTypedMap *input = &work->input, *output = &work->output;
  const size_t gap = element * (size_t)input->pixel_stride, row_bytes = gap * (size_t)input->width, output_gap = element * (size_t)output->pixel_stride;
  const uint8_t *const map = (const uint8_t *)input->data + element * (size_t)channel;
  const int32_t top = row * work->stride_vertical - work->padding_top, next = top + (SIDE - 1) * work->dilation_vertical + 1;
  DepthwiseRows made = {.width = input->width, .stride = work->stride_horizontal, .dilation = work->dilation_horizontal, .before = work->padding_left,
                        .next_row = row_bytes, .next_step = gap, .gap = output_gap};
  for (int32_t tap = 0; tap < SIDE; tap++) {
    const int32_t source = top + tap * work->dilation_vertical, is_inside = source >= 0 && source < input->height;
    const int32_t line = work->ring_rows && is_inside ? source % work->ring_rows : source;
    made.from[tap] = is_inside ? map + (size_t)line * row_bytes : depthwise_zeros;
    made.steps[tap] = is_inside ? gap : 0;
  }
  const int is_ahead = !work->ring_rows && next >= 0 && next + work->stride_vertical <= input->height;
  made.next = is_ahead ? map + (size_t)next * row_bytes : 0;
  made.to = (uint8_t *)output->data + (size_t)row * (size_t)output->width * output_gap + element * (size_t)channel;
  return made;
}

// Where a row's pixel is, `beside` columns from `column` on; `is_inside` says that the map has it.
ROWS_INLINE const uint8_t *pixel_at(const DepthwiseRows *rows, int32_t row, int32_t column, int32_t beside, int is_inside) {
  if (!is_inside && (uint32_t)(column + beside) >= (uint32_t)rows->width) return depthwise_zeros;
  return rows->from[row] + (ptrdiff_t)column * (ptrdiff_t)rows->steps[row] + (size_t)beside * rows->steps[row];
}

// Asks for what the next output row reads where this reads the columns from `column` on.
ROWS_INLINE void ask_ahead(const DepthwiseRows *rows, int32_t column, int32_t columns, int32_t count) {
  const uint8_t *next = rows->next + (size_t)column * rows->next_step;
  for (int32_t row = 0; row < count; row++, next += rows->next_row)
    for (int32_t index = 0; index < columns; index++) __builtin_prefetch(next + (size_t)index * rows->next_step);
}

// Output columns.
typedef struct DepthwiseSpan {
  int32_t begin, end;
} DepthwiseSpan;

// Those of begin..<end whose windows lie within the map, where they have no dilation and a stride of one or two: for these there is code of its own. They are a
// multiple of `places`.
ROWS_INLINE DepthwiseSpan inner_span(const DepthwiseRows *rows, int32_t begin, int32_t end, int32_t places) {
  const int32_t stride = rows->stride, reach = rows->width + rows->before - SIDE;
  if (rows->dilation != 1 || stride > 2 || reach < 0) return (DepthwiseSpan){begin, begin};
  const int32_t left = (rows->before + stride - 1) / stride, right = reach / stride + 1;
  const int32_t first = left > begin ? left : begin, last = right < end ? right : end;
  return last <= first ? (DepthwiseSpan){begin, begin} : (DepthwiseSpan){first, last - (last - first) % places};
}

#endif
