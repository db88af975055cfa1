// Products of transformed tiles with transformed weights, for the multiply-add PRODUCT(sums, pairs, pairs) of functions WORD_INLINE, which are defined where this is
// included; of registers of 64 bytes, unless others are defined there too.
#include "word_winograd.h"

#ifndef VECTOR
#define VECTOR __m512i
#define VECTOR_WORDS WORDS
#define MOST_TILES GROUP_TILES
#define LOAD_VECTOR(from) _mm512_load_si512(from)
#define STORE_VECTOR(to, vector) _mm512_store_si512(to, vector)
#define SPREAD(pair) _mm512_set1_epi32(pair)
#endif

// `count` and `vectors` are constants where this is used.
WORD_INLINE void multiply(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, int32_t *sums,
                          Asking asking) {
  const int32_t lanes = VECTOR_WORDS / 2;
  // The next place's weights follow these.
  const size_t next = (size_t)pairs * vectors * VECTOR_WORDS;
  VECTOR made[MOST_TILES * GROUP_VECTORS];
  for (int32_t index = 0; index < count * vectors; index++) made[index] = SPREAD(0);
  for (int32_t first = 0; first < pairs; first += WORDS / 2, tiles += count * TILE_WORDS) {
    const int32_t last = pairs - first < WORDS / 2 ? pairs - first : WORDS / 2;
    for (int32_t pair = 0; pair < last; pair++, weights += vectors * VECTOR_WORDS) {
      if (asking.first-- == 0) {
        asking.first = asking.step - 1;
        for (int32_t vector = 0; vector < vectors; vector++) __builtin_prefetch(weights + next + vector * VECTOR_WORDS);
      }
      VECTOR right[GROUP_VECTORS];
      for (int32_t vector = 0; vector < vectors; vector++) right[vector] = LOAD_VECTOR((const VECTOR *)(weights + vector * VECTOR_WORDS));
      for (int32_t index = 0; index < count; index++) {
        int32_t words;
        memcpy(&words, tiles + index * TILE_WORDS + 2 * pair, sizeof words);
        const VECTOR left = SPREAD(words);
        for (int32_t vector = 0; vector < vectors; vector++) made[index * vectors + vector] = PRODUCT(made[index * vectors + vector], left, right[vector]);
      }
    }
  }
  for (int32_t index = 0; index < count; index++) {
    int32_t *to = sums + index * PLANES * vectors * lanes;
    for (int32_t vector = 0; vector < vectors; vector++) STORE_VECTOR((VECTOR *)(to + vector * lanes), made[index * vectors + vector]);
  }
}

// The same for up to MOST_TILES tiles.
WORD_INLINE void multiply_group(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, int32_t *sums,
                                Asking asking) {
#define CASE(number) \
  case number: \
    if (number <= MOST_TILES) multiply(tiles, weights, pairs, number, vectors, sums, asking); \
    break
  switch (count) {
    CASE(1);
    CASE(2);
    CASE(3);
    CASE(4);
    CASE(5);
    CASE(6);
    CASE(7);
    CASE(8);
    CASE(9);
    CASE(10);
    CASE(11);
    CASE(12);
    CASE(13);
    default: multiply(tiles, weights, pairs, MOST_TILES, vectors, sums, asking);
  }
#undef CASE
}

WORD_INLINE void multiply_vectors(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, int32_t *sums,
                                  Asking asking) {
  if (vectors == 1) {
    multiply_group(tiles, weights, pairs, count, 1, sums, asking);
  } else {
    multiply_group(tiles, weights, pairs, count, GROUP_VECTORS, sums, asking);
  }
}
