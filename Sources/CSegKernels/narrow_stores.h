// Stores of a part of a register where there are no masks for bytes.
#ifndef SEGPLAY_NARROW_STORES_H
#define SEGPLAY_NARROW_STORES_H

#include "narrow_target.h"

#include <stdint.h>
#include <string.h>

// Stores the first `count` of sixteen bytes.
NARROW_INLINE void store_first_bytes(uint8_t *to, __m128i bytes, int32_t count) {
  if (count >= 16) {
    _mm_storeu_si128((__m128i *)to, bytes);
    return;
  }
  uint64_t left = (uint64_t)_mm_cvtsi128_si64(bytes);
  if (count & 8) {
    memcpy(to, &left, 8);
    left = (uint64_t)_mm_extract_epi64(bytes, 1);
    to += 8;
  }
  if (count & 4) {
    memcpy(to, &left, 4);
    left >>= 32;
    to += 4;
  }
  if (count & 2) {
    memcpy(to, &left, 2);
    left >>= 16;
    to += 2;
  }
  if (count & 1) *to = (uint8_t)left;
}

// Stores the first `count` of eight floats.
NARROW_INLINE void store_first_floats(float *to, __m256 numbers, int32_t count) {
  if (count >= 8) _mm256_storeu_ps(to, numbers);
  else _mm256_maskstore_ps(to, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), numbers);
}

#endif
