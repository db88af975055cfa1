// 3x3 convolutions of bytes or of bfloat16, of stride 1, by 4x4 tiles with a quarter of the multiplications: Lavin and Gray, Fast Algorithms for Convolutional
// Neural Networks (2016), section 4: F(4x4, 3x3). Transformed tiles are words of two bytes: of bytes whole numbers, which are exact, and of bfloat16 bfloat16.
#ifndef SEGPLAY_WORD_WINOGRAD_H
#define SEGPLAY_WORD_WINOGRAD_H

#include "SegRows.h"

// output = after(before(convolution(input) + bias) + added). The activations have no function.
typedef struct SegWordWinograd {
  SegTypedMap input; // bytes or bfloat16
  SegTypedMap output; // the same kind, or floats
  SegTypedMap added; // the same kind as the input; null data for nothing; may be the output
  const int16_t *weights; // of seg_word_winograd_pack
  const float *factors, *biases; // one for each output channel: result = factor * sum + bias in units of the output's scale
  int32_t is_bounded; // of bytes: whether no result is beyond whole numbers of four bytes before it is cut off, whatever the sums
  SegActivation before, after; // limits in units of the output's scale
  int32_t dilation_vertical, dilation_horizontal; // 1 for neighbouring taps
  int32_t padding_top, padding_left;
  const int32_t *tops, *lefts; // the first output row and column of each row and column of tiles; the others of a tile follow in steps of the dilation
  int32_t tile_rows, tile_columns;
  int32_t is_narrow; // whether registers of 32 bytes are used, as the weights were packed for; of bytes only
  int32_t is_fused; // whether their products are summed up by the same instruction (seg_has_fused_products)
  int32_t block_tiles; // tiles that are worked on at once
  int32_t shares; // parts of the tiles, each with scratch of its own
  uint8_t *scratch; // share_bytes for each share, 64-byte aligned
  size_t share_bytes; // of seg_word_winograd_share_bytes
} SegWordWinograd;

// Rows are shares.
void seg_word_winograd(const void *arguments, int32_t begin, int32_t end);

// Scratch that a share needs, a multiple of 64.
size_t seg_word_winograd_share_bytes(int32_t inputs, int32_t block_tiles);

// Numbers that the packed weights take.
size_t seg_word_winograd_weight_count(int32_t inputs, int32_t outputs, int32_t is_narrow);

// Transforms weights (output channel, input channel, row, column) for inputs of `format`; for bytes each output channel's by as large a scale as no sum can
// overflow with. scales[output channel]: what its sums are to be multiplied with.
void seg_word_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, SegFormat format, int32_t is_narrow, int16_t *packed, float *scales);

// Whether this processor has the instructions for bfloat16; those for bytes are the same as seg_byte_convolution_is_available, or
// seg_has_narrow_products for the narrow ones.
int32_t seg_half_winograd_is_available(void);

#endif
