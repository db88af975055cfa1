// Convolutions of bytes with few input channels: a whole window of the input is one run of bytes, and sixteen output channels are made at once, or eight in
// registers of 32 bytes.
#ifndef SEGPLAY_WINDOW_CONVOLUTION_H
#define SEGPLAY_WINDOW_CONVOLUTION_H

#include "SegRows.h"

enum {
  SEG_WINDOW_COLUMN = 64, // bytes that a column of a window has at most
  SEG_WINDOW_GROUP = 4, // bytes that one product sums up
  SEG_WINDOW_OUTPUTS = 16, // output channels of a vector
  SEG_WINDOW_VECTORS = 24, // that are summed up at once: places times vectors of output channels
  SEG_WINDOW_NARROW_OUTPUTS = 8, // of a vector in registers of 32 bytes
  SEG_WINDOW_NARROW_VECTORS = 12, // of these
  SEG_WINDOW_BESIDE = 4 // vectors of output channels at most that are made beside each other: 4, 2 or 1
};

// output = activation(convolution(input) + bias).
//
// For each row of the output, the rows of the input that its windows read are joined: [column][row of the window][channel], with zeros around them. A window is
// then the `words` * SEG_WINDOW_GROUP bytes from place * place_step on, of which those behind the window are multiplied with zeros.
typedef struct SegWindowConvolution {
  SegTypedMap input; // bytes
  SegTypedMap output; // bytes
  int32_t kernel_rows; // two at least; times the input's channels they are SEG_WINDOW_COLUMN at most
  int32_t dilation, stride, padding_top; // of rows
  int32_t padding_left;
  int32_t place_step; // bytes of joined columns from one place to the next
  int32_t words; // of a window
  int32_t is_fused; // in registers of 32 bytes, whether products and sums are one instruction (seg_has_fused_products)
  // Four signed bytes each: for each run of SEG_WINDOW_BESIDE, two or one vectors of output channels, as seg_window_beside divides them, [word][output channel].
  const int8_t *weights; // 64-byte aligned
  const int32_t *starts; // what each output channel's sum begins with; like the factors and slopes filled up to whole vectors
  const float *factors, *biases; // result = factor * sum + bias in units of the output's scale; below 2^31 in size
  SegActivation activation; // its limit in units of the output's scale, no function
  size_t row_bytes; // of joined rows: a multiple of 64, with room for SEG_WINDOW_VECTORS places and 64 bytes behind what is written
  int32_t first_row, row_count; // rows of the output that are made; the first of them is where output.data points
  int32_t shares; // parts of these rows, each with scratch of its own
  uint8_t *scratch; // row_bytes for each share, 64-byte aligned
} SegWindowConvolution;

// How many of `left` vectors of output channels are made beside each other next.
int32_t seg_window_beside(int32_t left);

// Rows are shares; where seg_byte_convolution_is_available, and with vectors of SEG_WINDOW_NARROW_OUTPUTS where seg_has_narrow_products, of weights from -63 to 63
// unless products are fused.
void seg_window_convolution(const void *arguments, int32_t begin, int32_t end);
void seg_narrow_windows(const void *arguments, int32_t begin, int32_t end);

#endif
