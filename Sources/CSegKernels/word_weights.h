// Weights of Winograd's convolution of bytes as words of two bytes.
#ifndef SEGPLAY_WORD_WEIGHTS_H
#define SEGPLAY_WORD_WEIGHTS_H

#include "SegRows.h"
#include "winograd_tiles.h"

// The factor that an output channel's transformed weights (input channel, row, column) get: the greatest with which none is beyond two bytes, and no sum beyond
// four.
double seg_word_scale(const float *weights, int32_t inputs, SegFormat format);

// What sums of weights with such a factor are to be multiplied with.
float seg_word_sum_factor(double scale);

// Nine weights of a channel as words at the 36 places of a transformed tile, times `scale`.
void seg_word_weights(const float *taps, double scale, int16_t words[PLANES]);

#endif
