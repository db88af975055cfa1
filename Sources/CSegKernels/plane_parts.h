// Registers that a vector of a plane's numbers takes, for what is defined in plane_wide.h or plane_narrow.h.
#include "plane_winograd.h"

enum {
  PART_BYTES = sizeof(PART),
  PARTS = VECTOR_BYTES / PART_BYTES,
  PART_WORDS = PART_BYTES / 2,
  PART_LANES = PART_BYTES / 4, // tiles
};

// Turns four registers round so that the words (four bytes) a, b, c, d of each 128-bit lane become words of one register each.
PLANE_INLINE void turn_lanes_words(PART rows[4]) {
  const PART low01 = OP(unpacklo_epi32)(rows[0], rows[1]), high01 = OP(unpackhi_epi32)(rows[0], rows[1]);
  const PART low23 = OP(unpacklo_epi32)(rows[2], rows[3]), high23 = OP(unpackhi_epi32)(rows[2], rows[3]);
  rows[0] = OP(unpacklo_epi64)(low01, low23);
  rows[1] = OP(unpackhi_epi64)(low01, low23);
  rows[2] = OP(unpacklo_epi64)(high01, high23);
  rows[3] = OP(unpackhi_epi64)(high01, high23);
}
