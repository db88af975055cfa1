// Sixty-four bytes at once.
#ifndef SEGPLAY_WIDE_BYTES_H
#define SEGPLAY_WIDE_BYTES_H

#include "typed.h"

INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }
INLINE int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

typedef uint8_t WideBytes __attribute__((vector_size(64), aligned(1)));
typedef uint64_t TwoWords __attribute__((vector_size(16), aligned(1)));

enum { WIDE = 64 };

// Sixteen bytes at each of four places that lie `step` bytes apart, and the opposite.
INLINE WideBytes load_four(const uint8_t *from, size_t step) {
#define WORDS(index) (*(const TwoWords *)(from + (index) * step))
  return (WideBytes)__builtin_shufflevector(__builtin_shufflevector(WORDS(0), WORDS(1), 0, 1, 2, 3), __builtin_shufflevector(WORDS(2), WORDS(3), 0, 1, 2, 3), 0, 1,
                                            2, 3, 4, 5, 6, 7);
#undef WORDS
}

INLINE void store_four(uint8_t *to, size_t step, WideBytes bytes) {
  ByteLanes quarters[4];
  memcpy(quarters, &bytes, sizeof bytes);
  for (int index = 0; index < 4; index++) *(ByteLanes *)(to + index * step) = quarters[index];
}

#endif
