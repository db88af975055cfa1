// The softmax of a run of numbers.
#ifndef SEGPLAY_SOFTMAX_H
#define SEGPLAY_SOFTMAX_H

#include "exponential.h"

// out = exp(in) for `count` numbers.
INLINE void powers(const float *in, float *out, int32_t count) {
  for (int32_t index = 0; index < count; index += LANES) store_first(out + index, exponential(load_first(in + index, count - index, 0)), count - index);
}

// The sum of sixteen numbers.
INLINE float lanes_sum(Lanes x) {
  float sum = 0;
  for (int32_t lane = 0; lane < LANES; lane++) sum += x[lane];
  return sum;
}

// The softmax of fewer numbers than LANES.
INLINE void softmax_below_lanes(const float *in, float *out, int32_t count) {
  const Lanes x = load_first(in, count, -INFINITY), power = exponential(x - __builtin_reduce_max(x));
  store_first(out, power * (1 / lanes_sum(power)), count);
}

// out = exp(in - max) / sum for `count` numbers, at least one; `out` may be `in`.
INLINE void softmax(const float *in, float *out, int32_t count) {
  if (count < LANES) {
    softmax_below_lanes(in, out, count);
    return;
  }
  // The last vector ends with the last number and covers some numbers again: it is read before they are written, and its first lanes are not summed.
  const IntegerLanes numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int32_t last = count - LANES, covered = (LANES - count % LANES) % LANES;
  Lanes tail = LOAD(in + last), greatest = tail;
  for (int32_t index = 0; index < last; index += LANES) {
    const Lanes x = LOAD(in + index);
    greatest = SELECT(x > greatest, x, greatest);
  }
  const float shift = __builtin_reduce_max(greatest);
  tail = exponential(tail - shift);
  Lanes sums = SELECT(numbers >= covered, tail, SPLAT(0.0f));
  for (int32_t index = 0; index < last; index += LANES) {
    const Lanes power = exponential(LOAD(in + index) - shift);
    sums += power;
    STORE(out + index, power);
  }
  const float factor = 1 / lanes_sum(sums);
  for (int32_t index = 0; index < last; index += LANES) STORE(out + index, LOAD(out + index) * factor);
  STORE(out + last, tail * factor);
}

#endif
