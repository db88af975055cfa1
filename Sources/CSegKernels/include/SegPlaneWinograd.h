// 3x3 convolutions of bytes, of stride 1, by 4x4 tiles as in SegWordWinograd.h, sixteen tiles at once: no output channel is padded, and maps may lie as planes of four
// channels, of which tiles are made without turning anything round but pixels.
#ifndef SEGPLAY_PLANE_WINOGRAD_H
#define SEGPLAY_PLANE_WINOGRAD_H

#include "SegByteConvolution.h"

// output = after(before(convolution(input) + bias) + added). The activations have no function.
typedef struct SegPlaneWinograd {
  SegTypedMap input; // bytes; as planes without a sign
  SegTypedMap output; // bytes, pixels without gaps, at most as many columns as the input has
  SegTypedMap added; // bytes; null data for nothing; may be the output's place
  int32_t input_is_planes, added_is_planes, output_is_planes; // instead of channels-last
  SegBytePlanes input_planes, output_planes; // how maps lie as planes, and rows that are rearranged
  int32_t is_narrow, is_fused; // whether registers of 32 bytes are used, and there products are summed up by the same instruction (seg_has_fused_products)
  const int32_t *weights; // of seg_plane_winograd_pack
  const float *factors, *biases; // one for each output channel: result = factor * sum + bias in units of the output's scale
  int32_t is_bounded; // whether no result is beyond whole numbers of four bytes before it is cut off, whatever the sums and what is added
  SegActivation before, after; // limits in units of the output's scale
  int32_t padding_top, padding_left; // the second at most two
  int32_t shares; // parts of the rows of tiles, each with scratch of its own
  uint8_t *scratch; // share_bytes for each share, 64-byte aligned
  size_t share_bytes; // of seg_plane_winograd_share_bytes
} SegPlaneWinograd;

// Rows are shares; where seg_byte_convolution_is_available, or seg_has_narrow_products for the narrow ones.
void seg_plane_winograd(const void *arguments, int32_t begin, int32_t end);

// Scratch that a share needs, a multiple of 64, where all else is set.
size_t seg_plane_winograd_share_bytes(const SegPlaneWinograd *work);

// Numbers that the packed weights take.
size_t seg_plane_winograd_weight_count(int32_t inputs, int32_t outputs);

// Transforms weights (output channel, input channel, row, column) for inputs of `format`, each output channel's by as large a scale as no sum can overflow with.
// scales[output channel]: what its sums are to be multiplied with.
void seg_plane_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, SegFormat format, int32_t *packed, float *scales);

#endif
