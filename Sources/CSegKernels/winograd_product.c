#include "winograd.h"

// Rows and vectors of sums that fit the registers beside what they are made of: 28 of the 32 of AVX-512, and with sixteen floats as two registers 12 of 16.
enum { WIDE_TILES = 14, WIDE_VECTORS = 2, NARROW_TILES = 6 };

// `count` and `vectors` are constants where this is used.
INLINE void multiply(const float *tiles, const float *weights, int32_t terms, int32_t count, int32_t vectors, float *sums) {
  // The weights of the next product follow these. They are asked for here, as they mostly come from beyond the caches.
  const size_t step = (size_t)terms * LANES;
  Lanes made[WIDE_TILES * WIDE_VECTORS] = {{0}};
  for (int32_t first = 0; first < terms; first += LANES, tiles += count * LANES) {
    const int32_t last = terms - first < LANES ? terms - first : LANES;
    for (int32_t term = 0; term < last; term++, weights += LANES) {
      for (int32_t vector = 0; vector < vectors; vector++) __builtin_prefetch(weights + (vectors + vector) * step);
      Lanes right[WIDE_VECTORS];
      for (int32_t vector = 0; vector < vectors; vector++) right[vector] = LOAD(weights + vector * step);
      for (int32_t tile = 0; tile < count; tile++)
        for (int32_t vector = 0; vector < vectors; vector++) made[tile * vectors + vector] += tiles[tile * LANES + term] * right[vector];
    }
  }
  for (int32_t vector = 0; vector < vectors; vector++)
    for (int32_t tile = 0; tile < count; tile++) STORE(sums + (vector * count + tile) * LANES, made[tile * vectors + vector]);
}

// The same for up to WIDE_TILES tiles.
INLINE void multiply_group(const float *tiles, const float *weights, int32_t terms, int32_t count, int32_t vectors, float *sums) {
  switch (count) {
    case 1: multiply(tiles, weights, terms, 1, vectors, sums); break;
    case 2: multiply(tiles, weights, terms, 2, vectors, sums); break;
    case 3: multiply(tiles, weights, terms, 3, vectors, sums); break;
    case 4: multiply(tiles, weights, terms, 4, vectors, sums); break;
    case 5: multiply(tiles, weights, terms, 5, vectors, sums); break;
    case 6: multiply(tiles, weights, terms, 6, vectors, sums); break;
    case 7: multiply(tiles, weights, terms, 7, vectors, sums); break;
    case 8: multiply(tiles, weights, terms, 8, vectors, sums); break;
    case 9: multiply(tiles, weights, terms, 9, vectors, sums); break;
    case 10: multiply(tiles, weights, terms, 10, vectors, sums); break;
    case 11: multiply(tiles, weights, terms, 11, vectors, sums); break;
    case 12: multiply(tiles, weights, terms, 12, vectors, sums); break;
    case 13: multiply(tiles, weights, terms, 13, vectors, sums); break;
    default: multiply(tiles, weights, terms, WIDE_TILES, vectors, sums);
  }
}

#if defined(__x86_64__) && !defined(SEGPLAY_ONLY_AVX2)
#define HAS_WIDE
__attribute__((target("arch=x86-64-v4"))) WIDE static void multiply_wide(
  const float *tiles, const float *weights, int32_t terms, int32_t count, int32_t vectors, float *sums) {
  if (vectors == 1) {
    multiply_group(tiles, weights, terms, count, 1, sums);
  } else {
    multiply_group(tiles, weights, terms, count, WIDE_VECTORS, sums);
  }
}
#endif

KERNEL static void multiply_narrow(const float *tiles, const float *weights, int32_t terms, int32_t count, int32_t vectors, float *sums) {
  (void)vectors;
  multiply_group(tiles, weights, terms, count, 1, sums);
}

WinogradProductKind seg_winograd_product(void) {
#ifdef HAS_WIDE
  if (__builtin_cpu_supports("x86-64-v4")) return (WinogradProductKind){multiply_wide, WIDE_TILES, WIDE_VECTORS};
#endif
  return (WinogradProductKind){multiply_narrow, NARROW_TILES, 1};
}

int32_t seg_winograd_is_fast(void) {
#ifdef __x86_64__
  return __builtin_cpu_supports("x86-64-v3") != 0;
#else
  return 0;
#endif
}
