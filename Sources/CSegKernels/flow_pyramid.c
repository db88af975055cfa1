#include "SegFlow.h"

#include "vectors.h"

typedef uint8_t PairBytes __attribute__((vector_size(32), aligned(1)));
typedef uint16_t ShortLanes __attribute__((vector_size(32), aligned(2)));

#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31

KERNEL void seg_flow_convert(const uint8_t *bytes, const SegFlowLevel *level) {
  for (int32_t row = 0; row < level->height; row++)
    for (int32_t column = 0; column < level->width; column++)
      level->values[(ptrdiff_t)row * level->stride + column] = bytes[(ptrdiff_t)row * level->width + column];
}

INLINE ShortLanes pair_sums(const uint8_t *bytes) {
  const PairBytes all = *(const PairBytes *)bytes;
  const ByteLanes even = __builtin_shufflevector(all, all, EVEN), odd = __builtin_shufflevector(all, all, ODD);
  return __builtin_convertvector(even, ShortLanes) + __builtin_convertvector(odd, ShortLanes);
}

// The means of sixteen groups of four.
INLINE void mean_bytes(const uint8_t *upper, const uint8_t *lower, float *out) {
  const ShortLanes sums = pair_sums(upper) + pair_sums(lower);
  STORE(out, __builtin_convertvector(sums, Lanes) * 0.25f);
}

KERNEL void seg_flow_halve_bytes(const uint8_t *bytes, int32_t width, const SegFlowLevel *level) {
  for (int32_t row = 0; row < level->height; row++) {
    const uint8_t *upper = bytes + 2 * (ptrdiff_t)row * width, *lower = upper + width;
    float *out = level->values + (ptrdiff_t)row * level->stride;
    int32_t column = 0;
    for (; column + LANES <= level->width; column += LANES) mean_bytes(upper + 2 * column, lower + 2 * column, out + column);
    for (; column < level->width; column++)
      out[column] = (float)(upper[2 * column] + upper[2 * column + 1] + lower[2 * column] + lower[2 * column + 1]) * 0.25f;
  }
}

KERNEL void seg_flow_halve(const SegFlowLevel *finer, const SegFlowLevel *level) {
  for (int32_t row = 0; row < level->height; row++) {
    const float *upper = finer->values + 2 * (ptrdiff_t)row * finer->stride, *lower = upper + finer->stride;
    float *out = level->values + (ptrdiff_t)row * level->stride;
    // Whole vectors: what is written past the row's end lies in the border, which is filled later.
    for (int32_t column = 0; column < level->width; column += LANES) {
      const Lanes first = LOAD(upper + 2 * column) + LOAD(lower + 2 * column);
      const Lanes second = LOAD(upper + 2 * column + LANES) + LOAD(lower + 2 * column + LANES);
      STORE(out + column, (__builtin_shufflevector(first, second, EVEN) + __builtin_shufflevector(first, second, ODD)) * 0.25f);
    }
  }
}

KERNEL void seg_flow_extend(const SegFlowLevel *level) {
  const int32_t width = level->width, padded = level->width + 2 * SEG_FLOW_BORDER;
  for (int32_t row = 0; row < level->height; row++) {
    float *line = level->values + (ptrdiff_t)row * level->stride;
    const float first = line[0], last = line[width - 1];
    for (int32_t column = 0; column < SEG_FLOW_BORDER; column++) {
      line[column - SEG_FLOW_BORDER] = first;
      line[width + column] = last;
    }
  }
  float *top = level->values - SEG_FLOW_BORDER, *bottom = top + (ptrdiff_t)(level->height - 1) * level->stride;
  for (int32_t row = 1; row <= SEG_FLOW_BORDER; row++) {
    memcpy(top - (ptrdiff_t)row * level->stride, top, (size_t)padded * sizeof(float));
    memcpy(bottom + (ptrdiff_t)row * level->stride, bottom, (size_t)padded * sizeof(float));
  }
}

INLINE Lanes smooth(Lanes before, Lanes here, Lanes after) { return before + 2 * here + after; }

// Sobel's gradients of sixteen pixels.
INLINE void gradients(const float *here, ptrdiff_t stride, float *x, float *y) {
  const float *above = here - stride, *below = here + stride;
  const Lanes right = smooth(LOAD(above + 1), LOAD(here + 1), LOAD(below + 1)), left = smooth(LOAD(above - 1), LOAD(here - 1), LOAD(below - 1));
  const Lanes lower = smooth(LOAD(below - 1), LOAD(below), LOAD(below + 1)), upper = smooth(LOAD(above - 1), LOAD(above), LOAD(above + 1));
  STORE(x, (right - left) * 0.125f);
  STORE(y, (lower - upper) * 0.125f);
}

KERNEL void seg_flow_gradients(const SegFlowLevel *level) {
  const int32_t width = level->width > SEG_FLOW_PATCH ? level->width : SEG_FLOW_PATCH;
  const int32_t height = level->height > SEG_FLOW_PATCH ? level->height : SEG_FLOW_PATCH;
  for (int32_t row = 0; row < height; row++) {
    for (int32_t column = 0; column < width; column += LANES) {
      const ptrdiff_t at = (ptrdiff_t)row * level->stride + column;
      gradients(level->values + at, level->stride, level->gradient_x + at, level->gradient_y + at);
    }
  }
}
