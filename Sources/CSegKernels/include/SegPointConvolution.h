// Convolutions of bytes by single points: each result is a sum over the channels of one pixel.
#ifndef SEGPLAY_POINT_CONVOLUTION_H
#define SEGPLAY_POINT_CONVOLUTION_H

#include "SegRows.h"

enum {
  SEG_POINT_WORD = 4, // input channels that one product sums up
  SEG_POINT_OUTPUTS = 32, // output channels that are made beside each other, or half as many where no more are left
  SEG_POINT_PLACES = 8 // pixels that are made at once: a share has as many at least. With more, results are not finished while the next are summed up
};

// output = after(before(convolution(input) + bias) + added).
typedef struct SegPointConvolution {
  SegTypedMap input; // bytes
  SegTypedMap output; // bytes
  SegTypedMap added; // bytes; null data for nothing; may be the output
  int32_t stride_vertical, stride_horizontal;
  const int8_t *weights; // [SEG_POINT_OUTPUTS or half as many output channels][word][output channel][input channel], 64-byte aligned; words are filled up with zeros
  const int32_t *starts; // what each output channel's sum begins with; like the factors, biases and slopes filled up to half of SEG_POINT_OUTPUTS
  const float *factors, *biases; // result = factor * sum + bias in units of the output's scale; below 2^31 in size
  SegActivation before, after; // limits in units of the output's scale, no function
  int32_t first_row, row_count; // rows of the output that are made; the first of them is where output.data and added.data point
  int32_t block_places; // pixels for which all output channels are made before the next; a multiple of SEG_POINT_PLACES
  int32_t shares; // parts of these rows' pixels, each with scratch of its own
  uint8_t *scratch; // share_bytes for each share, 64-byte aligned
  size_t share_bytes; // of seg_point_share_bytes
} SegPointConvolution;

// Scratch that a share needs, a multiple of 64.
size_t seg_point_share_bytes(const SegPointConvolution *work);

// Rows are shares; where seg_byte_convolution_is_available.
void seg_point_convolution(const void *arguments, int32_t begin, int32_t end);

#endif
