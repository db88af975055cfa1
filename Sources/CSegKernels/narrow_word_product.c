#include "narrow_target.h"

#if SEGPLAY_NARROW_PRODUCTS

#define WORD_INLINE NARROW_INLINE
#define PRODUCT(sums, left, right) _mm256_add_epi32(sums, _mm256_madd_epi16(left, right))
#define VECTOR __m256i
#define VECTOR_WORDS NARROW_WORDS
#define MOST_TILES NARROW_TILES
#define LOAD_VECTOR(from) _mm256_load_si256(from)
#define STORE_VECTOR(to, vector) _mm256_store_si256(to, vector)
#define SPREAD(pair) _mm256_set1_epi32(pair)
#include "word_product.h"

NARROW_TARGET void seg_narrow_word_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums,
                                               Asking asking) {
  multiply_vectors(tiles, weights, pairs, count, vectors, sums, asking);
}

#endif
