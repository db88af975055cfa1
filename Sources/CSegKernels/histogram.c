#include "SegHistogram.h"

#include "vectors.h"

#include <float.h>

INLINE int is_finite(float x) { return x >= -FLT_MAX && x <= FLT_MAX; }

KERNEL void seg_extremes(const float *values, size_t count, float *lowest, float *highest) {
  Lanes least = SPLAT(*lowest), most = SPLAT(*highest);
  size_t index = 0;
  for (; index + LANES <= count; index += LANES) {
    const Lanes x = LOAD(values + index);
    // Comparisons with what is not a number are false.
    const IntegerLanes finite = (x >= -FLT_MAX) & (x <= FLT_MAX);
    least = SELECT(finite & (x < least), x, least);
    most = SELECT(finite & (x > most), x, most);
  }
  float low = *lowest, high = *highest;
  for (int32_t lane = 0; lane < LANES; lane++) {
    if (least[lane] < low) low = least[lane];
    if (most[lane] > high) high = most[lane];
  }
  for (; index < count; index++) {
    const float x = values[index];
    if (!is_finite(x)) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  *lowest = low;
  *highest = high;
}

void seg_histogram(const float *values, size_t count, float bins_per_unit, int32_t bins, uint64_t *below, uint64_t *above, uint64_t *zeros) {
  const float last = (float)(bins - 1);
  uint64_t nothing = 0;
  for (size_t index = 0; index < count; index++) {
    const float x = values[index];
    if (x == 0) {
      nothing++;
      continue;
    }
    if (!is_finite(x)) continue;
    const float position = fabsf(x) * bins_per_unit;
    const int32_t bin = position < last ? (int32_t)position : bins - 1;
    (x < 0 ? below : above)[bin]++;
  }
  *zeros += nothing;
}
