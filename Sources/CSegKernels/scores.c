#include "SegScores.h"

#include "blend.h"

KERNEL void seg_scores_blend(const void *arguments, int32_t begin, int32_t end) {
  for (int32_t row = begin; row < end; row++) blend_row(arguments, row);
}

KERNEL uint64_t seg_bytes_difference(const uint8_t *left, const uint8_t *right, size_t count) {
  uint64_t sum = 0;
  for (size_t begin = 0; begin < count; begin += 4096) {
    const size_t end = begin + 4096 < count ? begin + 4096 : count;
    uint32_t part = 0;
    for (size_t index = begin; index < end; index++) part += (uint32_t)(left[index] > right[index] ? left[index] - right[index] : right[index] - left[index]);
    sum += part;
  }
  return sum;
}

KERNEL double seg_flow_length(const float *vectors, size_t count) {
  double sum = 0;
  for (size_t begin = 0; begin < count; begin += 1024) {
    const size_t end = begin + 1024 < count ? begin + 1024 : count;
    Lanes part = SPLAT(0.0f);
    size_t index = begin;
    for (; index + LANES <= end; index += LANES) {
      Lanes squares;
      for (int lane = 0; lane < LANES; lane++) {
        const float x = vectors[2 * (index + lane)], y = vectors[2 * (index + lane) + 1];
        squares[lane] = x * x + y * y;
      }
      part += __builtin_elementwise_sqrt(squares);
    }
    for (int lane = 0; lane < LANES; lane++) sum += part[lane];
    for (; index < end; index++) sum += sqrtf(vectors[2 * index] * vectors[2 * index] + vectors[2 * index + 1] * vectors[2 * index + 1]);
  }
  return sum;
}
