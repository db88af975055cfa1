// Sums of products of bytes for blocks of pixels and output channels that stay in registers.
#ifndef SEGPLAY_BYTE_PRODUCTS_H
#define SEGPLAY_BYTE_PRODUCTS_H

#include "byte_planes.h"

// What a block's sums are made of: an address in a rearranged row for each row of the kernel, and for each pair of rows, and the weights.
typedef struct ByteTerms {
  const uint8_t *const *rows;
  int32_t row_count, whole_rows, taps, pair_taps;
  const int32_t *offsets, *weights, *starts;
} ByteTerms;

enum { MOST_VECTORS = 4 };

// Writes the sums: output channel, pixel; `vectors` and `channels` are constants where this is used.
BYTE_INLINE void sum_products(const ByteTerms *terms, int32_t *sums, size_t sums_step, int32_t vectors, int32_t channels) {
  __m512i made[MOST_VECTORS][SEG_BYTE_BLOCK];
  for (int32_t channel = 0; channel < channels; channel++)
    for (int32_t vector = 0; vector < vectors; vector++) made[vector][channel] = _mm512_set1_epi32(terms->starts[channel]);
  const int32_t *weights = terms->weights;
  for (int32_t row = 0; row < terms->row_count; row++) {
    const int32_t taps = row < terms->whole_rows ? terms->taps : terms->pair_taps;
    for (int32_t tap = 0; tap < taps; tap++, weights += channels) {
      const uint8_t *place = terms->rows[row] + terms->offsets[tap];
      __m512i pixels[MOST_VECTORS];
      for (int32_t vector = 0; vector < vectors; vector++) pixels[vector] = _mm512_loadu_si512(place + VECTOR_BYTES * vector);
#pragma clang loop unroll(full)
      for (int32_t channel = 0; channel < channels; channel++) {
        const __m512i weight = _mm512_set1_epi32(weights[channel]);
        for (int32_t vector = 0; vector < vectors; vector++) made[vector][channel] = _mm512_dpbusd_epi32(made[vector][channel], pixels[vector], weight);
      }
    }
  }
  for (int32_t channel = 0; channel < channels; channel++)
    for (int32_t vector = 0; vector < vectors; vector++) _mm512_store_si512(sums + (size_t)channel * sums_step + PIXELS * vector, made[vector][channel]);
}

// The same for any block: up to SEG_BYTE_BLOCK channels of one or two vectors, or up to SEG_BYTE_FEW of four.
BYTE_TARGET static void sum_block(const ByteTerms *terms, int32_t *sums, size_t sums_step, int32_t vectors, int32_t channels) {
#define CASE(count, vectors) case count: sum_products(terms, sums, sums_step, vectors, count); break
#define FEW(vectors) CASE(1, vectors); CASE(2, vectors); CASE(3, vectors); CASE(4, vectors); CASE(5, vectors); CASE(6, vectors)
#define MANY(vectors) FEW(vectors); CASE(7, vectors); CASE(8, vectors); CASE(9, vectors); CASE(10, vectors); CASE(11, vectors); CASE(12, vectors)
  if (vectors == 1) {
    switch (channels) { MANY(1); }
  } else if (vectors == 2) {
    switch (channels) { MANY(2); }
  } else {
    switch (channels) { FEW(4); }
  }
#undef CASE
#undef FEW
#undef MANY
}

#endif
