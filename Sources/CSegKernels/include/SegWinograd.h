// 3x3 convolutions of stride 1 by 4x4 tiles with a quarter of the multiplications: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016),
// section 4: F(4x4, 3x3).
#ifndef SEGPLAY_WINOGRAD_H
#define SEGPLAY_WINOGRAD_H

#include "SegRows.h"

// output = after(before(convolution(input) + bias) + added). The activations have no function, and `after` is used with `added` only.
typedef struct SegWinograd {
  SegMap input, output, added; // added: null data for nothing; may be the output
  const float *weights; // of seg_winograd_pack
  const float *bias; // one for each output channel
  SegActivation before, after;
  int32_t dilation_vertical, dilation_horizontal; // 1 for neighbouring taps
  int32_t padding_top, padding_left;
  const int32_t *tops, *lefts; // the first output row and column of each row and column of tiles; the others of a tile follow in steps of the dilation
  int32_t tile_rows, tile_columns;
  int32_t block_tiles; // tiles that are worked on at once
  int32_t shares; // parts of the tiles, each with scratch of its own
  float *scratch; // share_size numbers for each share
  size_t share_size; // of seg_winograd_share_size
} SegWinograd;

// Rows are shares.
void seg_winograd(const void *arguments, int32_t begin, int32_t end);

// Numbers of scratch that a share needs.
size_t seg_winograd_share_size(int32_t inputs, int32_t outputs, int32_t block_tiles);

// Numbers that the packed weights take.
size_t seg_winograd_weight_count(int32_t inputs, int32_t outputs);

// Transforms weights (output channel, input channel, row, column) for seg_winograd.
void seg_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, float *packed);

// Floats of the vectors that this processor's kernels work in for so many output channels: 8 with AVX2 and no more where much less is filled up then, else 16.
int32_t seg_winograd_lanes(int32_t outputs);

// Whether the processor has the vectors (AVX2 or AVX-512) for which this is known to be faster than sums of nine products.
int32_t seg_winograd_is_fast(void);

#endif
