// Sixteen elements at once of maps in any format, as floats.
#ifndef SEGPLAY_TYPED_H
#define SEGPLAY_TYPED_H

#include "exponential.h"

// What loads and stores need to know; `kind` is best a constant where it is used, the rest comes from the map.
typedef enum Kind { FLOATS, HALVES, BYTES } Kind;

typedef struct Access {
  Kind kind;
  int32_t flip, lowest, highest; // of bytes: what makes a signed one unsigned by exclusive or, and the limits
  float scale, inverse;
} Access;

typedef uint16_t HalfLanes __attribute__((vector_size(32), aligned(1)));

INLINE Kind kind_of(SegFormat format) { return format == SEG_FLOAT32 ? FLOATS : format == SEG_BFLOAT16 ? HALVES : BYTES; }

INLINE size_t kind_bytes(Kind kind) { return kind == FLOATS ? 4 : kind == HALVES ? 2 : 1; }

INLINE Access access_to(const SegTypedMap *map, Kind kind) {
  const int is_signed = map->format == SEG_SIGNED8;
  return (Access){kind, is_signed ? 128 : 0, is_signed ? -128 : 0, is_signed ? 127 : 255, map->scale, 1 / map->scale};
}

INLINE void *place(const SegTypedMap *map, int32_t row, int32_t column, Kind kind) {
  return (char *)map->data + ((size_t)row * map->width + column) * map->pixel_stride * kind_bytes(kind);
}

// The sixteen numbers from element `index` on.
INLINE Lanes load_typed(const Access *access, const void *data, size_t index) {
  switch (access->kind) {
  case FLOATS: return LOAD((const float *)data + index);
  case HALVES: return (Lanes)(__builtin_convertvector(*(const HalfLanes *)((const uint16_t *)data + index), IntegerLanes) << 16);
  case BYTES: break;
  }
  const IntegerLanes bytes = __builtin_convertvector(*(const ByteLanes *)((const uint8_t *)data + index), IntegerLanes);
  return __builtin_convertvector((bytes ^ access->flip) - access->flip, Lanes) * access->scale;
}

// Bytes of numbers in units of the scale: rounded to the nearest, ties to even, and cut off at the limits.
INLINE ByteLanes bytes_of(const Access *access, Lanes x) {
  const Lanes lowest = SPLAT((float)access->lowest), highest = SPLAT((float)access->highest), magic = SPLAT(12582912.0f);
  x = SELECT(x > lowest, x, lowest);
  x = SELECT(x < highest, x, highest);
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits; the lowest eight are all that is kept.
  return __builtin_convertvector((IntegerLanes)(x + magic), ByteLanes);
}

INLINE HalfLanes halves_of(Lanes x) {
  typedef uint32_t WordLanes __attribute__((vector_size(64)));
  const WordLanes bits = (WordLanes)x;
  return __builtin_convertvector((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16, HalfLanes);
}

INLINE void store_typed(const Access *access, void *data, size_t index, Lanes x) {
  switch (access->kind) {
  case FLOATS: STORE((float *)data + index, x); return;
  case HALVES: *(HalfLanes *)((uint16_t *)data + index) = halves_of(x); return;
  case BYTES: *(ByteLanes *)((uint8_t *)data + index) = bytes_of(access, x * access->inverse); return;
  }
}

// Writes the first `count` (below LANES) elements of `room`, whatever they are, in pieces whose sizes the compiler knows.
INLINE void copy_first(char *to, const char *room, int32_t count, int32_t size) {
  for (int32_t piece = LANES / 2; piece > 0; piece /= 2) {
    if (!(count & piece)) continue;
    const size_t bytes = (size_t)piece * size;
    __builtin_memcpy(to, room, bytes);
    to += bytes;
    room += bytes;
  }
}

INLINE void store_typed_first(const Access *access, void *data, size_t index, Lanes x, int32_t count) {
  char room[sizeof(Lanes)] __attribute__((aligned(64)));
  store_typed(access, room, 0, x);
  char *to = (char *)data + index * kind_bytes(access->kind);
  switch (access->kind) {
  case FLOATS: copy_first(to, room, count, 4); return;
  case HALVES: copy_first(to, room, count, 2); return;
  case BYTES: copy_first(to, room, count, 1); return;
  }
}

// Writes sixteen numbers, or the first `count` where there are fewer. Loads need no such care: every map and every vector of constants may be read
// SEG_READABLE_BEYOND bytes beyond its end.
INLINE void store_part(const Access *access, void *data, size_t index, Lanes x, int32_t count) {
  if (count >= LANES) {
    store_typed(access, data, index, x);
  } else {
    store_typed_first(access, data, index, x, count);
  }
}

// The activation of sixteen channels from `channel` on.
INLINE Lanes activated(const SegActivation *activation, Lanes x, int32_t channel) {
  if (activation->slopes) {
    const Lanes slopes = LOAD(activation->slopes + channel), upper = SPLAT(activation->upper);
    x = SELECT(x > 0, SELECT(x < upper, x, upper), x * slopes);
  }
  return activation->function ? activation_function(x, activation->function) : x;
}

// Runs `body(kind_in, kind_out)` with constants where both maps have one kind, which the compiler then makes code of its own for.
#define BY_KIND(body, in, out) \
  do { \
    const Kind by_kind_in = kind_of(in), by_kind_out = kind_of(out); \
    if (by_kind_in == FLOATS && by_kind_out == FLOATS) body(FLOATS, FLOATS); \
    else if (by_kind_in == HALVES && by_kind_out == HALVES) body(HALVES, HALVES); \
    else if (by_kind_in == BYTES && by_kind_out == BYTES) body(BYTES, BYTES); \
    else body(by_kind_in, by_kind_out); \
  } while (0)

#endif
