// What is done to sums of eight floats before they are written.
#ifndef SEGPLAY_FLOAT_RESULTS_H
#define SEGPLAY_FLOAT_RESULTS_H

#include "float_products.h"

#ifdef __x86_64__

#include <immintrin.h>

// The activation of eight channels; without slopes nothing is done.
typedef struct Activating {
  Floats slopes, upper;
  int32_t is_done;
} Activating;

FLOATS_INLINE Activating activating(const SegActivation *activation, int32_t channel) {
  const Floats zero = {0};
  return activation->slopes ? (Activating){FLOATS_LOAD(activation->slopes + channel), zero + activation->upper, 1} : (Activating){zero, zero, 0};
}

FLOATS_INLINE Floats activated(Activating how, Floats x) {
  return how.is_done ? _mm256_blendv_ps(_mm256_min_ps(x, how.upper), x * how.slopes, x) : x;
}

// Writes eight channels, or the first `count` where there are fewer.
FLOATS_INLINE void store_channels(float *to, Floats x, int32_t count) {
  if (count >= FLOATS_LANES) {
    FLOATS_STORE(to, x);
    return;
  }
  float room[FLOATS_LANES] __attribute__((aligned(32)));
  FLOATS_STORE(room, x);
  const float *from = room;
  for (int32_t part = FLOATS_LANES / 2; part > 0; part /= 2) {
    if (!(count & part)) continue;
    memcpy(to, from, (size_t)part * sizeof(float));
    to += part;
    from += part;
  }
}

#endif

#endif
