// Operations on each element of a map.
#ifndef SEGPLAY_ELEMENTWISE_H
#define SEGPLAY_ELEMENTWISE_H

#include "SegRows.h"

// output = activation(scale * input + shift), per channel; without scale the input itself.
typedef struct SegScaleShift {
  SegMap input, output;
  const float *scale, *shift; // one for each channel, or both null
  SegActivation activation;
} SegScaleShift;

// Rows of the output. The input may be the output.
void seg_scale_shift(const void *arguments, int32_t begin, int32_t end);

// output = activation(left + right). Either may be the output.
typedef struct SegSum {
  SegMap left, right, output;
  SegActivation activation;
} SegSum;

void seg_sum(const void *arguments, int32_t begin, int32_t end);

// Copies the input's channels to the first channels of the output, and writes zeros to the output's further channels.
// Null data in the input: only the zeros.
typedef struct SegChannelCopy {
  SegMap input, output;
} SegChannelCopy;

void seg_copy_channels(const void *arguments, int32_t begin, int32_t end);

#endif
