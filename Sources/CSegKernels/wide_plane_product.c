#include "plane_wide.h"

#if SEGPLAY_BYTE_PRODUCTS

#include "plane_winograd.h"
#include "word_backward.h"

enum { AHEAD = 64 * LANES }; // words of weights that are called for so long before they are needed

// `outputs` is a constant where this is used.
BYTE_INLINE void multiply_line(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums) {
  __m512i made[SEG_BYTE_GROUP][TILE_IN];
  for (int32_t output = 0; output < outputs; output++)
    for (int32_t place = 0; place < TILE_IN; place++) made[output][place] = _mm512_setzero_si512();
  for (int32_t pair = 0; pair < pairs; pair++, tiles += LINE_WORDS, weights += TILE_IN * outputs) {
    // Weights come from beyond the caches, mostly. A pair's take a line and a half.
    __builtin_prefetch(weights + AHEAD);
    __builtin_prefetch(weights + AHEAD + LANES);
#pragma clang loop unroll(full)
    for (int32_t place = 0; place < TILE_IN; place++) {
      const __m512i left = _mm512_load_si512(tiles + place * WORDS_OF_VECTOR);
#pragma clang loop unroll(full)
      for (int32_t output = 0; output < outputs; output++)
        made[output][place] = _mm512_dpwssd_epi32(made[output][place], left, _mm512_set1_epi32(weights[place * outputs + output]));
    }
  }
#pragma clang loop unroll(full)
  for (int32_t output = 0; output < outputs; output++) {
    __m512 x[TILE_IN], line[TILE_OUT];
    for (int32_t place = 0; place < TILE_IN; place++) x[place] = _mm512_cvtepi32_ps(made[output][place]);
    backward_line(x, line);
    for (int32_t column = 0; column < TILE_OUT; column++) _mm512_store_ps(sums + output * TILE_IN * LINE_SUMS + column * LANES, line[column]);
  }
}

BYTE_INLINE void multiply(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums) {
  const size_t step = (size_t)LINE_WORDS * pairs + WORDS_OF_VECTOR;
  for (int32_t line = 0; line < TILE_IN; line++, tiles += step, weights += (size_t)TILE_IN * pairs * outputs)
    multiply_line(tiles, weights, pairs, outputs, sums + line * LINE_SUMS);
}

BYTE_TARGET void seg_wide_plane_product(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums) {
  switch (outputs) {
  case 1: multiply(tiles, weights, pairs, 1, sums); break;
  case 2: multiply(tiles, weights, pairs, 2, sums); break;
  case 3: multiply(tiles, weights, pairs, 3, sums); break;
  default: multiply(tiles, weights, pairs, SEG_BYTE_GROUP, sums);
  }
}

#endif
