// Convolutions of floats of any window, stride and dilation on processors whose vectors are eight floats long: each result is a sum over the words of its window.
#ifndef SEGPLAY_FLOAT_CONVOLUTION_H
#define SEGPLAY_FLOAT_CONVOLUTION_H

#include "SegRows.h"

// output = after(before(convolution(input) + bias) + added). The activations have no function, and `after` is used with `added` only.
typedef struct SegFloatConvolution {
  SegMap input, output, added; // added: null data for nothing; may be the output
  const float *weights; // of seg_float_convolution_pack
  const float *bias; // one for each output channel, like the slopes; both may be read SEG_READABLE_BEYOND bytes further
  SegActivation before, after;
  int32_t kernel_height, kernel_width;
  int32_t stride_vertical, stride_horizontal;
  int32_t dilation_vertical, dilation_horizontal; // 1 for neighbouring taps
  int32_t padding_top, padding_left;
  int32_t shares; // parts of the output's pixels, each with scratch of its own
  float *scratch; // share_size numbers for each share
  size_t share_size; // of seg_float_convolution_share_size
} SegFloatConvolution;

// Rows are shares; where seg_float_convolution_is_available.
void seg_float_convolution(const void *arguments, int32_t begin, int32_t end);

// Numbers of scratch that a share needs.
size_t seg_float_convolution_share_size(const SegFloatConvolution *work);

// Numbers that the packed weights take.
size_t seg_float_convolution_weight_count(const SegFloatConvolution *work);

// Reorders weights (output channel, input channel, row, column) for seg_float_convolution; of `work`, maps' channels and the window are read.
void seg_float_convolution_pack(const SegFloatConvolution *work, const float *weights, float *packed);

// Whether the processor has the instructions: AVX2 and FMA.
int32_t seg_float_convolution_is_available(void);

// Whether they are the best that it has: AVX-512 serves the inference library better.
int32_t seg_float_convolution_is_fast(void);

#endif
