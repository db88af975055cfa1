// What is done to the results of Winograd's tiles of bytes.
#ifndef SEGPLAY_WORD_FINISHING_H
#define SEGPLAY_WORD_FINISHING_H

#include "SegWordWinograd.h"

#include <math.h>

// That for which there is code of its own: anything; or to whole tiles and channels of bytes, of results that are bounded, nothing (they have no sign then); or slopes
// from -1 to 1 below zero.
typedef enum Finishing { FINISHES_ALL, FINISHES_PLAINLY, FINISHES_SLOPES } Finishing;

// The code for all channels of results.
static inline Finishing finishing_of(const SegWordWinograd *work) {
  if (work->before.slopes || work->added.data || !work->is_bounded || work->output.format == SEG_FLOAT32) return FINISHES_ALL;
  if (!work->after.slopes) return work->output.format == SEG_UNSIGNED8 ? FINISHES_PLAINLY : FINISHES_ALL;
  for (int32_t channel = 0; channel < work->output.channels; channel++)
    if (!(fabsf(work->after.slopes[channel]) <= 1)) return FINISHES_ALL;
  return work->after.upper == INFINITY ? FINISHES_SLOPES : FINISHES_ALL;
}

#endif
