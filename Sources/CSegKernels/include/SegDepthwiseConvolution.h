// Depthwise convolutions of bytes and of bfloat16: each channel has nine weights of its own.
#ifndef SEGPLAY_DEPTHWISE_CONVOLUTION_H
#define SEGPLAY_DEPTHWISE_CONVOLUTION_H

#include "SegRows.h"

enum {
  SEG_DEPTHWISE_SIDE = 3, // rows and columns of the kernel
  SEG_DEPTHWISE_CHANNELS = 64, // of a vector of bytes
  SEG_DEPTHWISE_NARROW_CHANNELS = 32, // of one in registers of 32 bytes
  SEG_DEPTHWISE_HALF_CHANNELS = 32, // of a vector of bfloat16
  SEG_DEPTHWISE_WORD = 4 // weights of a channel in one column of the kernel where they are bytes: row by row, and a zero
};

// output = activation(convolution(input) + bias), over maps of the same channels and kind. Constants are vector by vector of channels, and in each in the order of
// sums: number n is of channel seg_depthwise_channel(n), seg_narrow_depthwise_channel(n) or seg_half_depthwise_channel(n).
typedef struct SegDepthwiseConvolution {
  SegTypedMap input, output; // bytes or bfloat16
  int32_t ring_rows; // where it is not zero, row r of the input lies where row r modulo ring_rows of a map would: only what is read next is there
  int32_t stride_vertical, stride_horizontal, dilation_vertical, dilation_horizontal, padding_top, padding_left;
  const int32_t *firsts; // of each vector the first channel: some channels may be in two. Where there are fewer than a vector has there is one, with zeros behind them.
  int32_t vectors;
  int32_t is_last_half; // of bytes, whether the last vector is of half as many channels, at two places: the channel of number n is then modulo so many
  int32_t is_fused; // in registers of 32 bytes, whether products and sums are one instruction (seg_has_fused_products)
  const void *weights; // bytes: column of the kernel, number, row and a zero; or floats: row, column, number. 64-byte aligned, as are the others
  const int32_t *starts; // what sums of bytes begin with
  const float *factors, *biases; // result = factor * sum + bias in units of the output's scale, below 2^31 in size; no factors for bfloat16
  SegActivation activation; // its limit in units of the output's scale, no function
} SegDepthwiseConvolution;

// Which channel of a vector number `number` is of.
int32_t seg_depthwise_channel(int32_t number);
int32_t seg_narrow_depthwise_channel(int32_t number);
int32_t seg_half_depthwise_channel(int32_t number);

// Makes the output rows begin..<end, of bytes and of bfloat16, where seg_byte_convolution_is_available, seg_has_narrow_products (of weights from -63 to 63
// unless products are fused) and seg_half_winograd_is_available.
void seg_depthwise_convolution(const void *arguments, int32_t begin, int32_t end);
void seg_narrow_depthwise(const void *arguments, int32_t begin, int32_t end);
void seg_half_depthwise(const void *arguments, int32_t begin, int32_t end);

#endif
