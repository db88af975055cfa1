// Operations on each element of a map.
#ifndef SEGPLAY_ELEMENTWISE_H
#define SEGPLAY_ELEMENTWISE_H

#include "SegRows.h"

// output = activation(scale * input + shift), per channel; without scale the input itself.
typedef struct SegScaleShift {
  SegTypedMap input, output;
  const float *scale, *shift; // one for each channel, or both null
  SegActivation activation;
} SegScaleShift;

// Rows of the output. The input may be the output.
void seg_scale_shift(const void *arguments, int32_t begin, int32_t end);

// output = input, in its own format.
typedef struct SegConversion {
  SegTypedMap input, output;
} SegConversion;

void seg_convert(const void *arguments, int32_t begin, int32_t end);

// output = scale * (input - mean) / sqrt(variance + epsilon) + shift, with each channel's own mean and variance over the map.
typedef struct SegMapNormalization {
  SegMap input, output;
  const float *scale, *shift; // one for each channel
  double *sums; // room for two numbers a channel
  float epsilon;
} SegMapNormalization;

// Rows are those of the whole map: pass 0 and its height. The input may be the output.
void seg_map_normalization(const void *arguments, int32_t begin, int32_t end);

// output = activation(left + right). Either may be the output.
typedef struct SegSum {
  SegTypedMap left, right, output;
  SegActivation activation;
} SegSum;

void seg_sum(const void *arguments, int32_t begin, int32_t end);

// output = left * right. Either may be the output.
typedef struct SegProduct {
  SegTypedMap left, right, output;
} SegProduct;

void seg_product(const void *arguments, int32_t begin, int32_t end);

// output = exp(input - max) / sum over each of `groups` equal runs of channels. The input may be the output.
typedef struct SegSoftmax {
  SegMap input, output;
  int32_t groups;
} SegSoftmax;

void seg_softmax(const void *arguments, int32_t begin, int32_t end);

// Writes exp(input) for `count` numbers: the function inside the softmax. Zero below -87.33, at most exp(88).
void seg_exponential(const float *input, float *output, int32_t count);

// Copies the input's channels to the first channels of the output, and writes zeros to the output's further channels.
// Null data in the input: only the zeros. Both have one format and scale.
typedef struct SegChannelCopy {
  SegTypedMap input, output;
} SegChannelCopy;

void seg_copy_channels(const void *arguments, int32_t begin, int32_t end);

#endif
