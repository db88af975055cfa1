#include "word_winograd.h"

#if SEGPLAY_BYTE_PRODUCTS

#define WORD_INLINE HALF_INLINE
#define PRODUCT(sums, left, right) _mm512_castps_si512(_mm512_dpbf16_ps(_mm512_castsi512_ps(sums), (__m512bh)(left), (__m512bh)(right)))
#include "word_product.h"

HALF_TARGET void seg_half_winograd_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums,
                                           Asking asking) {
  multiply_vectors(tiles, weights, pairs, count, vectors, sums, asking);
}

#endif
