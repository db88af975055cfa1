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
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
  return __builtin_convertvector((IntegerLanes)(x + magic) - (IntegerLanes)magic, ByteLanes);
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

// The first `count` (below LANES) numbers from element `index` on; the others are zero.
INLINE Lanes load_typed_first(const Access *access, const void *data, size_t index, int32_t count) {
  const size_t size = kind_bytes(access->kind);
  float room[LANES] = {0};
  memcpy(room, (const char *)data + index * size, (size_t)count * size);
  return load_typed(access, room, 0);
}

INLINE void store_typed_first(const Access *access, void *data, size_t index, Lanes x, int32_t count) {
  const size_t size = kind_bytes(access->kind);
  float room[LANES];
  store_typed(access, room, 0, x);
  memcpy((char *)data + index * size, room, (size_t)count * size);
}

// Sixteen numbers, or the first `count` where there are fewer.
INLINE Lanes load_part(const Access *access, const void *data, size_t index, int32_t count) {
  return count >= LANES ? load_typed(access, data, index) : load_typed_first(access, data, index, count);
}

INLINE void store_part(const Access *access, void *data, size_t index, Lanes x, int32_t count) {
  if (count >= LANES) {
    store_typed(access, data, index, x);
  } else {
    store_typed_first(access, data, index, x, count);
  }
}

// The activation of the channels from `channel` on, `count` of them where that is below LANES.
INLINE Lanes activated(const SegActivation *activation, Lanes x, int32_t channel, int32_t count) {
  if (activation->slopes) {
    const Lanes slopes = load_first(activation->slopes + channel, count, 0), upper = SPLAT(activation->upper);
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
