// Registers of 32 bytes for word_product.h.
#ifndef SEGPLAY_NARROW_WORD_VECTORS_H
#define SEGPLAY_NARROW_WORD_VECTORS_H

#define VECTOR __m256i
#define VECTOR_WORDS NARROW_WORDS
#define MOST_TILES NARROW_TILES
#define LOAD_VECTOR(from) _mm256_load_si256(from)
#define STORE_VECTOR(to, vector) _mm256_store_si256(to, vector)
#define SPREAD(pair) _mm256_set1_epi32(pair)

#endif
