#include "plane_narrow.h"

#if SEGPLAY_NARROW_PRODUCTS

#include "plane_parts.h"

enum {
  PART_PIXELS = PIXELS / PARTS,
  LANE_PIXELS = 4 // pixels of four channels in a 128-bit lane
};

// Writes sixteen channels of eight pixels that lie `step` bytes apart to `count` planes, four at most.
PLANE_INLINE void split_chunk(const uint8_t *from, size_t step, int32_t count, uint8_t *to, size_t plane_bytes) {
  PART rows[LANE_PIXELS];
  for (int32_t row = 0; row < LANE_PIXELS; row++)
    rows[row] = _mm256_loadu2_m128i((const __m128i *)(from + (size_t)(row + LANE_PIXELS) * step), (const __m128i *)(from + (size_t)row * step));
  PART_TURN(rows);
  for (int32_t plane = 0; plane < count; plane++) _mm256_storeu_si256((__m256i *)(to + (size_t)plane * plane_bytes), rows[plane]);
}

PLANE_TARGET void seg_narrow_plane_split(const uint8_t *from, size_t step, int32_t count, int32_t planes, uint8_t *to, size_t plane_bytes) {
  if (count < PART_PIXELS) {
    for (int32_t pixel = 0; pixel < count; pixel++)
      for (int32_t plane = 0; plane < planes; plane++)
        memcpy(to + (size_t)plane * plane_bytes + (size_t)(SEG_BYTE_GROUP * pixel), from + (size_t)pixel * step + (size_t)(SEG_BYTE_GROUP * plane), SEG_BYTE_GROUP);
    return;
  }
  for (int32_t next = 0; next < count; next += PART_PIXELS) {
    // The last register ends with the last pixel.
    const int32_t pixel = next + PART_PIXELS <= count ? next : count - PART_PIXELS;
    const uint8_t *in = from + (size_t)pixel * step;
    for (size_t byte = 0; step >= FAR && byte < PART_PIXELS * step; byte += 64) __builtin_prefetch(in + 2 * PIXELS * step + byte);
    for (int32_t plane = 0; plane < planes; plane += CHUNK / SEG_BYTE_GROUP) {
      const int32_t left = planes - plane, some = left < CHUNK / SEG_BYTE_GROUP ? left : CHUNK / SEG_BYTE_GROUP;
      split_chunk(in + SEG_BYTE_GROUP * (size_t)plane, step, some, to + SEG_BYTE_GROUP * (size_t)pixel + (size_t)plane * plane_bytes, plane_bytes);
    }
  }
}

// The last channels first: where they do not fill a chunk up, what is too much belongs to the next pixel's first, which are written later.
PLANE_TARGET void seg_narrow_plane_join(uint8_t *to, int32_t channels, const uint8_t *planes, size_t plane_bytes) {
  for (int32_t channel = (channels - 1) / CHUNK * CHUNK; channel >= 0; channel -= CHUNK) {
    uint8_t *pixel = to + channel;
    for (int32_t part = 0; part < PARTS; part++) {
      PART rows[LANE_PIXELS];
      for (int32_t plane = 0; plane < LANE_PIXELS; plane++)
        rows[plane] = PART_LOAD_ANY(planes + (size_t)(channel / SEG_BYTE_GROUP + plane) * plane_bytes + (size_t)(part * PART_BYTES));
      PART_TURN(rows);
      for (int32_t row = 0; row < LANE_PIXELS; row++, pixel += channels) _mm_storeu_si128((__m128i *)pixel, _mm256_castsi256_si128(rows[row]));
      for (int32_t row = 0; row < LANE_PIXELS; row++, pixel += channels) _mm_storeu_si128((__m128i *)pixel, _mm256_extracti128_si256(rows[row], 1));
    }
  }
}

#endif
