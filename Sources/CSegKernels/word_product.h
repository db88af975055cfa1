// Products of transformed tiles with transformed weights, for the multiply-add PRODUCT(sums, pairs, pairs) of functions WORD_INLINE, which are defined where this is
// included.
#include "word_winograd.h"

// `count` and `vectors` are constants where this is used.
WORD_INLINE void multiply(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, int32_t *sums,
                          Asking asking) {
  // The next place's weights follow these.
  const size_t next = (size_t)pairs * vectors * WORDS;
  __m512i made[GROUP_TILES * GROUP_VECTORS];
  for (int32_t index = 0; index < count * vectors; index++) made[index] = _mm512_setzero_si512();
  for (int32_t first = 0; first < pairs; first += WORDS / 2, tiles += count * TILE_WORDS) {
    const int32_t last = pairs - first < WORDS / 2 ? pairs - first : WORDS / 2;
    for (int32_t pair = 0; pair < last; pair++, weights += vectors * WORDS) {
      if (asking.first-- == 0) {
        asking.first = asking.step - 1;
        for (int32_t vector = 0; vector < vectors; vector++) __builtin_prefetch(weights + next + vector * WORDS);
      }
      __m512i right[GROUP_VECTORS];
      for (int32_t vector = 0; vector < vectors; vector++) right[vector] = _mm512_load_si512(weights + vector * WORDS);
      for (int32_t tile = 0; tile < count; tile++) {
        int32_t words;
        memcpy(&words, tiles + tile * TILE_WORDS + 2 * pair, sizeof words);
        const __m512i left = _mm512_set1_epi32(words);
        for (int32_t vector = 0; vector < vectors; vector++) made[tile * vectors + vector] = PRODUCT(made[tile * vectors + vector], left, right[vector]);
      }
    }
  }
  for (int32_t tile = 0; tile < count; tile++)
    for (int32_t vector = 0; vector < vectors; vector++) _mm512_store_si512(sums + tile * tile_sums(vectors) + vector * LANES, made[tile * vectors + vector]);
}

// The same for up to GROUP_TILES tiles.
WORD_INLINE void multiply_group(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, int32_t *sums,
                                Asking asking) {
  switch (count) {
    case 1: multiply(tiles, weights, pairs, 1, vectors, sums, asking); break;
    case 2: multiply(tiles, weights, pairs, 2, vectors, sums, asking); break;
    case 3: multiply(tiles, weights, pairs, 3, vectors, sums, asking); break;
    case 4: multiply(tiles, weights, pairs, 4, vectors, sums, asking); break;
    case 5: multiply(tiles, weights, pairs, 5, vectors, sums, asking); break;
    case 6: multiply(tiles, weights, pairs, 6, vectors, sums, asking); break;
    case 7: multiply(tiles, weights, pairs, 7, vectors, sums, asking); break;
    case 8: multiply(tiles, weights, pairs, 8, vectors, sums, asking); break;
    case 9: multiply(tiles, weights, pairs, 9, vectors, sums, asking); break;
    case 10: multiply(tiles, weights, pairs, 10, vectors, sums, asking); break;
    case 11: multiply(tiles, weights, pairs, 11, vectors, sums, asking); break;
    case 12: multiply(tiles, weights, pairs, 12, vectors, sums, asking); break;
    case 13: multiply(tiles, weights, pairs, 13, vectors, sums, asking); break;
    default: multiply(tiles, weights, pairs, GROUP_TILES, vectors, sums, asking);
  }
}

WORD_INLINE void multiply_vectors(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, int32_t *sums,
                                  Asking asking) {
  if (vectors == 1) {
    multiply_group(tiles, weights, pairs, count, 1, sums, asking);
  } else {
    multiply_group(tiles, weights, pairs, count, GROUP_VECTORS, sums, asking);
  }
}
