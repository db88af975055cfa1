// Patches of 8 x 8 floats as four vectors of two rows each.
#ifndef SEGPLAY_PATCHES_H
#define SEGPLAY_PATCHES_H

#include "SegFlow.h"
#include "vectors.h"

typedef float HalfLanes __attribute__((vector_size(32), aligned(4)));
typedef float QuarterLanes __attribute__((vector_size(16), aligned(4)));

enum { PAIRS = SEG_FLOW_PATCH / 2 };

#define HALF(pointer) (*(const HalfLanes *)(pointer))
#define JOIN(upper, lower) __builtin_shufflevector(upper, lower, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define UPPER(pair) __builtin_shufflevector(pair, pair, 0, 1, 2, 3, 4, 5, 6, 7)
#define LOWER(pair) __builtin_shufflevector(pair, pair, 8, 9, 10, 11, 12, 13, 14, 15)

// Two rows of eight.
INLINE Lanes row_pair(const float *first, int32_t stride) {
  const HalfLanes upper = HALF(first), lower = HALF(first + stride);
  return JOIN(upper, lower);
}

INLINE void load_patch(const float *first, int32_t stride, Lanes *pairs) {
  for (int32_t pair = 0; pair < PAIRS; pair++) pairs[pair] = row_pair(first + 2 * pair * stride, stride);
}

// The patch between pixels: `first` is the pixel at its upper left, (right, below) in [0, 1) the way on from there. Reads ten rows of nine.
INLINE void sample_patch(const float *first, int32_t stride, float right, float below, Lanes *pairs) {
  Lanes rows[PAIRS + 1];
  for (int32_t pair = 0; pair <= PAIRS; pair++) {
    const Lanes left = row_pair(first + 2 * pair * stride, stride);
    rows[pair] = left + right * (row_pair(first + 2 * pair * stride + 1, stride) - left);
  }
  for (int32_t pair = 0; pair < PAIRS; pair++) {
    const Lanes next = __builtin_shufflevector(rows[pair], rows[pair + 1], 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
    pairs[pair] = rows[pair] + below * (next - rows[pair]);
  }
}

// The sums of four vectors, in the order a, c, b, d.
INLINE QuarterLanes four_sums(Lanes a, Lanes b, Lanes c, Lanes d) {
  const HalfLanes ha = UPPER(a) + LOWER(a), hb = UPPER(b) + LOWER(b), hc = UPPER(c) + LOWER(c), hd = UPPER(d) + LOWER(d);
  const HalfLanes ab = __builtin_shufflevector(ha, hb, 0, 1, 2, 3, 8, 9, 10, 11) + __builtin_shufflevector(ha, hb, 4, 5, 6, 7, 12, 13, 14, 15);
  const HalfLanes cd = __builtin_shufflevector(hc, hd, 0, 1, 2, 3, 8, 9, 10, 11) + __builtin_shufflevector(hc, hd, 4, 5, 6, 7, 12, 13, 14, 15);
  const HalfLanes all = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13) + __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
  return __builtin_shufflevector(all, all, 0, 2, 4, 6) + __builtin_shufflevector(all, all, 1, 3, 5, 7);
}

INLINE Lanes patch_sum(const Lanes *pairs) { return (pairs[0] + pairs[1]) + (pairs[2] + pairs[3]); }

INLINE Lanes patch_product(const Lanes *a, const Lanes *b) { return (a[0] * b[0] + a[1] * b[1]) + (a[2] * b[2] + a[3] * b[3]); }

#endif
