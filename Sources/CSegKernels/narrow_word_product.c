#include "narrow_target.h"

#if SEGPLAY_NARROW_PRODUCTS

#define WORD_INLINE NARROW_INLINE
#define PRODUCT(sums, left, right) add_word_products(sums, left, right, 0)
#include "narrow_word_vectors.h"
#include "word_product.h"

NARROW_TARGET void seg_narrow_word_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums,
                                               Asking asking) {
  multiply_vectors(tiles, weights, pairs, count, vectors, sums, asking);
}

#endif
