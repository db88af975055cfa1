// Products of pixels' words and weights on processors whose vectors are eight floats long, in blocks that fill sixteen registers.
#ifndef SEGPLAY_FLOAT_PRODUCTS_H
#define SEGPLAY_FLOAT_PRODUCTS_H

#include "vectors.h"

enum { FLOATS_LANES = 8, FLOATS_SUMS = 12 };

typedef float Floats __attribute__((vector_size(32), aligned(4)));
typedef int32_t FloatMask __attribute__((vector_size(32), aligned(4)));

#define FLOATS_LOAD(pointer) (*(const Floats *)(pointer))
#define FLOATS_STORE(pointer, value) (*(Floats *)(pointer) = (value))
#define FLOATS_SELECT(mask, a, b) ((Floats)(((mask) & (FloatMask)(a)) | (~(mask) & (FloatMask)(b))))

// Vectors of outputs from `vector` on that are made beside each other: two, and three or one at the end of an odd number.
INLINE int32_t vectors_beside(int32_t vector, int32_t vectors) {
  const int32_t left = vectors - vector;
  return left == 3 ? 3 : left < 2 ? left : 2;
}

#ifdef __x86_64__

#define FLOATS_TARGET __attribute__((target("arch=x86-64-v3")))
#define FLOATS_INLINE FLOATS_TARGET static inline __attribute__((always_inline))

// Words of pixels.
typedef struct Terms {
  const float *from;
  size_t pitch; // floats from one pixel to the next
  int32_t count; // of a pixel
} Terms;

// Pixels for which the sums of `vectors` vectors of outputs stay in registers.
INLINE int32_t most_pixels(int32_t vectors) { return FLOATS_SUMS / vectors; }

// sums[pixel][vector][output] = start + sum over the terms of pixels[pixel][term] * weights[term][vector][output], where `start` is the sums themselves or numbers for
// each output. `pixels`, `vectors` and `continues` are constants where this is used.
FLOATS_INLINE void multiply_block(Terms terms, const float *weights, int32_t pixels, int32_t vectors, const float *start, float *sums) {
  Floats made[FLOATS_SUMS];
  const int32_t start_step = start == sums ? vectors * FLOATS_LANES : 0;
  for (int32_t pixel = 0; pixel < pixels; pixel++)
    for (int32_t vector = 0; vector < vectors; vector++) made[pixel * vectors + vector] = FLOATS_LOAD(start + pixel * start_step + vector * FLOATS_LANES);
  // Every other place is reached from one of two or four pointers by adding the pitch once or twice.
  const float *from[4] = {terms.from, terms.from + 3 * terms.pitch, terms.from + 6 * terms.pitch, terms.from + 9 * terms.pitch};
  const size_t pitch = terms.pitch;
#pragma clang loop unroll_count(2)
  for (int32_t term = 0; term < terms.count; term++, weights += vectors * FLOATS_LANES) {
    Floats right[3];
    for (int32_t vector = 0; vector < vectors; vector++) right[vector] = FLOATS_LOAD(weights + vector * FLOATS_LANES);
    for (int32_t pixel = 0; pixel < pixels; pixel++)
      for (int32_t vector = 0; vector < vectors; vector++) made[pixel * vectors + vector] += from[pixel / 3][(size_t)(pixel % 3) * pitch] * right[vector];
    for (int32_t index = 0; index < 4; index++) from[index]++;
  }
  for (int32_t index = 0; index < pixels * vectors; index++) FLOATS_STORE(sums + index * FLOATS_LANES, made[index]);
}

// The same for any number of pixels up to the most.
FLOATS_INLINE void multiply(Terms terms, const float *weights, int32_t pixels, int32_t vectors, const float *start, float *sums) {
#define CASE(pixels, vectors) \
  case pixels: multiply_block(terms, weights, pixels, vectors, start, sums); return;
  if (vectors == 2) {
    switch (pixels) { CASE(1, 2) CASE(2, 2) CASE(3, 2) CASE(4, 2) CASE(5, 2) CASE(6, 2) }
  } else if (vectors == 3) {
    switch (pixels) { CASE(1, 3) CASE(2, 3) CASE(3, 3) CASE(4, 3) }
  } else {
    switch (pixels) { CASE(1, 1) CASE(2, 1) CASE(3, 1) CASE(4, 1) CASE(5, 1) CASE(6, 1) CASE(7, 1) CASE(8, 1) CASE(9, 1) CASE(10, 1) CASE(11, 1) CASE(12, 1) }
  }
#undef CASE
}

#endif

#endif
