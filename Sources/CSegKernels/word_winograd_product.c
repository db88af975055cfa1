#include "byte_target.h"

#if SEGPLAY_BYTE_PRODUCTS

#define WORD_INLINE BYTE_INLINE
#define PRODUCT(sums, left, right) _mm512_dpwssd_epi32(sums, left, right)
#include "word_product.h"

BYTE_TARGET void seg_word_winograd_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums,
                                           Asking asking) {
  multiply_vectors(tiles, weights, pairs, count, vectors, sums, asking);
}

#endif
