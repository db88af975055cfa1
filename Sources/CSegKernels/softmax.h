// The softmax of a run of numbers.
#ifndef SEGPLAY_SOFTMAX_H
#define SEGPLAY_SOFTMAX_H

#include "exponential.h"

// The first `count` numbers of a vector from memory; the others are `rest`.
INLINE Lanes load_first(const float *in, int32_t count, float rest) {
  if (count >= LANES) return LOAD(in);
  Lanes x = SPLAT(rest);
  memcpy(&x, in, (size_t)count * sizeof(float));
  return x;
}

// Writes the first `count` numbers of a vector.
INLINE void store_first(float *out, Lanes x, int32_t count) {
  if (count >= LANES) {
    STORE(out, x);
  } else {
    memcpy(out, &x, (size_t)count * sizeof(float));
  }
}

// out = exp(in) for `count` numbers.
INLINE void powers(const float *in, float *out, int32_t count) {
  for (int32_t index = 0; index < count; index += LANES) store_first(out + index, exponential(load_first(in + index, count - index, 0)), count - index);
}

// out = exp(in - max) / sum for `count` numbers, at least one; `out` may be `in`.
INLINE void softmax(const float *in, float *out, int32_t count) {
  Lanes greatest = SPLAT(-INFINITY);
  for (int32_t index = 0; index < count; index += LANES) {
    const Lanes x = load_first(in + index, count - index, -INFINITY);
    greatest = SELECT(x > greatest, x, greatest);
  }
  const float shift = __builtin_reduce_max(greatest);
  Lanes sums = {0};
  for (int32_t index = 0; index < count; index += LANES) {
    const Lanes power = exponential(load_first(in + index, count - index, -INFINITY) - shift);
    sums += power;
    store_first(out + index, power, count - index);
  }
  float sum = 0;
  for (int32_t lane = 0; lane < LANES; lane++) sum += sums[lane];
  const float factor = 1 / sum;
  for (int32_t index = 0; index < count; index += LANES)
    store_first(out + index, load_first(out + index, count - index, 0) * factor, count - index);
}

#endif
