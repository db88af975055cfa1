// The instructions that convolutions of bytes are written with for processors without those of byte_target.h: registers of 32 bytes.
#ifndef SEGPLAY_NARROW_TARGET_H
#define SEGPLAY_NARROW_TARGET_H

#ifdef __x86_64__
#define SEGPLAY_NARROW_PRODUCTS 1
#include <immintrin.h>
#include <stdint.h>

#define NARROW_TARGET __attribute__((target("avx2,fma")))
#define NARROW_INLINE NARROW_TARGET static inline __attribute__((always_inline))

// What follows is fused where the processor sums up products by the instruction that multiplies (AVX-VNNI: seg_has_fused_products). Else products of bytes are two
// instructions and an addition; two of them are summed up in 16 bits, so that weights must be from -63 to 63. `is_fused` is a constant where these are used.

// Adds the products of the bytes of each word, those on the left without a sign.
NARROW_INLINE __m256i add_byte_products(__m256i sums, __m256i bytes, __m256i weights, int is_fused) {
  if (!is_fused) return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, weights), _mm256_set1_epi16(1)));
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(bytes), "x"(weights));
  return sums;
}

// Adds the products of pairs of words of two bytes.
NARROW_INLINE __m256i add_word_products(__m256i sums, __m256i left, __m256i right, int is_fused) {
  if (!is_fused) return _mm256_add_epi32(sums, _mm256_madd_epi16(left, right));
  __asm__("%{vex%} vpdpwssd %2, %1, %0" : "+x"(sums) : "x"(left), "x"(right));
  return sums;
}
#else
#define SEGPLAY_NARROW_PRODUCTS 0
#endif

#endif
