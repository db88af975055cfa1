// Sixteen floats at once for the kernels of this target: one register with AVX-512, two with AVX2, four with SSE.
#ifndef SEGPLAY_VECTORS_H
#define SEGPLAY_VECTORS_H

#include "SegRows.h"
#include "multiversion.h"

#include <math.h>
#include <string.h>

// The helpers below are always inlined, so how a caller would pass such vectors never matters.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float Lanes __attribute__((vector_size(64), aligned(4)));
typedef int32_t IntegerLanes __attribute__((vector_size(64), aligned(4)));
typedef uint8_t ByteLanes __attribute__((vector_size(16), aligned(1)));

enum { LANES = 16 };

#define KERNEL MULTIVERSIONED
#define INLINE static inline __attribute__((always_inline))

#define LOAD(pointer) (*(const Lanes *)(pointer))
#define STORE(pointer, value) (*(Lanes *)(pointer) = (value))
// The lanes of `a` where `mask` is set, of `b` elsewhere; bits are moved, so every kind of number stays as it is.
#define SELECT(mask, a, b) ((Lanes)(((mask) & (IntegerLanes)(a)) | (~(mask) & (IntegerLanes)(b))))
#define SPLAT(value) ((Lanes){0} + (value))

// The activation of sixteen neighbouring channels, without the function.
#define ACTIVATE(x, slopes, upper) SELECT((x) > 0, SELECT((x) < (upper), (x), (Lanes){0} + (upper)), (x) * LOAD(slopes))

// The activation of one element, without the function.
INLINE float activate(float x, float slope, float upper) { return x > 0 ? (x < upper ? x : upper) : slope * x; }

// The first `count` numbers of a vector from memory; the others are `rest`.
INLINE Lanes load_first(const float *in, int32_t count, float rest) {
  if (count >= LANES) return LOAD(in);
  Lanes x = SPLAT(rest);
  memcpy(&x, in, (size_t)count * sizeof(float));
  return x;
}

// Writes the first `count` numbers of a vector.
INLINE void store_first(float *out, Lanes x, int32_t count) {
  if (count >= LANES) {
    STORE(out, x);
  } else {
    memcpy(out, &x, (size_t)count * sizeof(float));
  }
}

INLINE float *pixel(const SegMap *map, int32_t row, int32_t column) { return map->data + ((size_t)row * map->width + column) * map->pixel_stride; }

#endif
