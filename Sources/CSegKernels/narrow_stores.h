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

// Stores the first `count` of eight floats. Stores with masks take as long as a dozen others on some processors.
NARROW_INLINE void store_first_floats(float *to, __m256 numbers, int32_t count) {
  if (count >= 8) {
    _mm256_storeu_ps(to, numbers);
    return;
  }
  __m128 left = _mm256_castps256_ps128(numbers);
  if (count & 4) {
    _mm_storeu_ps(to, left);
    left = _mm256_extractf128_ps(numbers, 1);
    to += 4;
  }
  if (count & 2) {
    _mm_storel_pi((__m64 *)to, left);
    left = _mm_movehl_ps(left, left);
    to += 2;
  }
  if (count & 1) _mm_store_ss(to, left);
}

#endif
