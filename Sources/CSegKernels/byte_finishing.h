// What kernels of bytes do with results in the registers they were summed up in, as far as there is code of its own for it.
#ifndef SEGPLAY_BYTE_FINISHING_H
#define SEGPLAY_BYTE_FINISHING_H

#include "SegRows.h"

#include <math.h>

// What is done to sums: nothing, slopes of at most one below zero, or any slopes below and limits above.
typedef enum Activating { ACTIVATES_NOTHING, ACTIVATES_BELOW, ACTIVATES_ALL } Activating;

// What is added to results.
typedef enum Adding { ADDS_NOTHING, ADDS_UNSIGNED, ADDS_SIGNED } Adding;

// Whether an activation is the greater of a number and a multiple of it.
static inline int is_greater(const SegActivation *activation, int32_t channels) {
  if (!activation->slopes) return 1;
  for (int32_t channel = 0; channel < channels; channel++)
    if (!(activation->slopes[channel] <= 1)) return 0;
  return activation->upper == INFINITY;
}

static inline Activating activating_of(const SegActivation *before, const SegActivation *after, int32_t channels) {
  if (!before->slopes && !after->slopes) return ACTIVATES_NOTHING;
  return is_greater(before, channels) && is_greater(after, channels) ? ACTIVATES_BELOW : ACTIVATES_ALL;
}

static inline Adding adding_of(const SegTypedMap *added) {
  if (!added->data) return ADDS_NOTHING;
  return added->format == SEG_SIGNED8 ? ADDS_SIGNED : ADDS_UNSIGNED;
}

#endif
