// Channels-last bytes to planes of four channels, and back.
#ifndef SEGPLAY_BYTE_PLANES_H
#define SEGPLAY_BYTE_PLANES_H

#include "byte_target.h"

#include <string.h>

enum { PIXELS = SEG_BYTE_VECTOR, VECTOR_BYTES = 64, CHUNK = 16 };

// Pixels further apart than this are called for before they are read.
enum { FAR = 64 };

// Writes the zeros around a row's planes, those behind the map's last plane with its last row.
static inline void clear_margins(const SegTypedMap *map, const SegBytePlanes *planes, int32_t row) {
  uint8_t *plane = (uint8_t *)map->data + (size_t)row * planes->row_bytes;
  const size_t end = (size_t)(VECTOR_BYTES + SEG_BYTE_GROUP * map->width);
  for (int32_t index = 0; index < planes->planes; index++, plane += planes->plane_bytes) {
    memset(plane, 0, VECTOR_BYTES);
    memset(plane + end, 0, planes->plane_bytes - end);
  }
  if (row == map->height - 1) memset(plane, 0, VECTOR_BYTES);
}

#if SEGPLAY_BYTE_PRODUCTS

#define TURN_INLINE BYTE_INLINE
#define TURN_WORDS turn_words
#define TURNED __m512i
#define TURN(name) _mm512_##name
#include "turn_words.h"

// Turns four vectors of four lanes round so that lane i of each becomes the lanes of vector i.
BYTE_INLINE void turn_lanes(__m512i rows[4]) {
  const __m512i even01 = _mm512_shuffle_i32x4(rows[0], rows[1], 0x88), odd01 = _mm512_shuffle_i32x4(rows[0], rows[1], 0xDD);
  const __m512i even23 = _mm512_shuffle_i32x4(rows[2], rows[3], 0x88), odd23 = _mm512_shuffle_i32x4(rows[2], rows[3], 0xDD);
  rows[0] = _mm512_shuffle_i32x4(even01, even23, 0x88);
  rows[1] = _mm512_shuffle_i32x4(odd01, odd23, 0x88);
  rows[2] = _mm512_shuffle_i32x4(even01, even23, 0xDD);
  rows[3] = _mm512_shuffle_i32x4(odd01, odd23, 0xDD);
}

// Sixteen neighbouring channels of sixteen pixels that lie `step` bytes apart, as four planes.
BYTE_INLINE void load_chunk(const uint8_t *from, size_t step, __m512i planes[4]) {
  for (int32_t row = 0; row < 4; row++) {
    const uint8_t *pixel = from + (size_t)row * step;
    __m512i pixels = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)pixel));
    pixels = _mm512_inserti32x4(pixels, _mm_loadu_si128((const __m128i *)(pixel + 4 * step)), 1);
    pixels = _mm512_inserti32x4(pixels, _mm_loadu_si128((const __m128i *)(pixel + 8 * step)), 2);
    planes[row] = _mm512_inserti32x4(pixels, _mm_loadu_si128((const __m128i *)(pixel + 12 * step)), 3);
  }
  turn_words(planes);
}

// The opposite, in ascending order of pixels: what a pixel's sixteen bytes have too many is overwritten by the next pixel.
BYTE_INLINE void store_chunk(uint8_t *to, size_t step, const uint8_t *planes, size_t plane_bytes) {
  __m512i rows[4];
  for (int32_t plane = 0; plane < 4; plane++) rows[plane] = _mm512_load_si512(planes + (size_t)plane * plane_bytes);
  turn_words(rows);
#define STORE_LANE(lane) \
  for (int32_t row = 0; row < 4; row++, to += step) _mm_storeu_si128((__m128i *)to, _mm512_extracti32x4_epi32(rows[row], lane))
  STORE_LANE(0);
  STORE_LANE(1);
  STORE_LANE(2);
  STORE_LANE(3);
#undef STORE_LANE
}

// Four chunks at once, a whole vector of each pixel.
enum { WIDE = 4 * CHUNK };

// Both are functions of their own, as they take all registers.
BYTE_TARGET __attribute__((noinline)) static void split_wide(const uint8_t *from, size_t step, uint8_t *to, size_t plane_bytes, uint8_t flip) {
  const __m512i flips = _mm512_set1_epi8((char)flip);
  __m512i pixels[4][4];
#pragma clang loop unroll(full)
  for (int32_t row = 0; row < 4; row++) {
    for (int32_t lane = 0; lane < 4; lane++) pixels[row][lane] = _mm512_loadu_si512(from + (size_t)(row + 4 * lane) * step);
    turn_lanes(pixels[row]);
  }
#pragma clang loop unroll(full)
  for (int32_t chunk = 0; chunk < 4; chunk++) {
    __m512i planes[4];
    for (int32_t row = 0; row < 4; row++) planes[row] = pixels[row][chunk];
    turn_words(planes);
    for (int32_t plane = 0; plane < 4; plane++) _mm512_storeu_si512(to + (size_t)(4 * chunk + plane) * plane_bytes, _mm512_xor_si512(planes[plane], flips));
  }
}

BYTE_TARGET __attribute__((noinline)) static void store_wide(uint8_t *to, size_t step, const uint8_t *planes, size_t plane_bytes) {
  __m512i chunks[4][4];
#pragma clang loop unroll(full)
  for (int32_t chunk = 0; chunk < 4; chunk++) {
    for (int32_t plane = 0; plane < 4; plane++) chunks[chunk][plane] = _mm512_load_si512(planes + (size_t)(4 * chunk + plane) * plane_bytes);
    turn_words(chunks[chunk]);
  }
#pragma clang loop unroll(full)
  for (int32_t row = 0; row < 4; row++) {
    __m512i pixels[4];
    for (int32_t chunk = 0; chunk < 4; chunk++) pixels[chunk] = chunks[chunk][row];
    turn_lanes(pixels);
    for (int32_t lane = 0; lane < 4; lane++) _mm512_storeu_si512(to + (size_t)(row + 4 * lane) * step, pixels[lane]);
  }
}

// What will be read or written soon is called for early: maps of many channels come from far.
BYTE_INLINE void prefetch(const void *from, size_t bytes, int is_written) {
  for (size_t byte = 0; byte < bytes; byte += 64) {
    if (is_written) __builtin_prefetch((const char *)from + byte, 1);
    else __builtin_prefetch((const char *)from + byte, 0);
  }
}

// Joins the first two channels of each place of two planes.
BYTE_INLINE void pair_planes(const uint8_t *first, const uint8_t *second, uint8_t *to, size_t bytes) {
  for (size_t byte = 0; byte < bytes; byte += VECTOR_BYTES) {
    const __m512i later = _mm512_slli_epi32(_mm512_loadu_si512(second + byte), 16);
    _mm512_store_si512(to + byte, _mm512_mask_blend_epi16(0xAAAAAAAA, _mm512_loadu_si512(first + byte), later));
  }
}

// Writes `count` pixels that lie `step` bytes apart to planes, each byte with the bits of `flip` turned. Bytes beyond the last channel are whatever lies there.
BYTE_INLINE void split_pixels(const uint8_t *from, size_t step, int32_t count, int32_t planes, uint8_t *to, size_t plane_bytes, uint8_t flip) {
  if (count < PIXELS) {
    for (int32_t pixel = 0; pixel < count; pixel++)
      for (int32_t plane = 0; plane < planes; plane++) {
        const uint8_t *in = from + (size_t)pixel * step + (size_t)(SEG_BYTE_GROUP * plane);
        uint8_t *out = to + (size_t)plane * plane_bytes + (size_t)(SEG_BYTE_GROUP * pixel);
        for (int32_t byte = 0; byte < SEG_BYTE_GROUP; byte++) out[byte] = in[byte] ^ flip;
      }
    return;
  }
  const __m512i flips = _mm512_set1_epi8((char)flip);
  const int32_t wide = planes / CHUNK * CHUNK;
  for (int32_t next = 0; wide > 0 && next < count; next += PIXELS) {
    const int32_t pixel = next + PIXELS <= count ? next : count - PIXELS;
    const uint8_t *in = from + (size_t)pixel * step;
    prefetch(in + 2 * PIXELS * step, PIXELS * step, 0);
    for (int32_t plane = 0; plane < wide; plane += CHUNK)
      split_wide(in + SEG_BYTE_GROUP * plane, step, to + SEG_BYTE_GROUP * (size_t)pixel + (size_t)plane * plane_bytes, plane_bytes, flip);
  }
  if (wide == planes) return;
  for (int32_t next = 0; next < count; next += PIXELS) {
    // The last vector ends with the last pixel.
    const int32_t pixel = next + PIXELS <= count ? next : count - PIXELS;
    const uint8_t *in = from + (size_t)pixel * step;
    if (step >= FAR) prefetch(in + 2 * PIXELS * step, PIXELS * step, 0);
    uint8_t *out = to + SEG_BYTE_GROUP * (size_t)pixel;
    for (int32_t plane = wide; plane < planes; plane += 4) {
      __m512i chunk[4];
      load_chunk(in + SEG_BYTE_GROUP * (size_t)plane, step, chunk);
      for (int32_t index = 0; index < 4 && plane + index < planes; index++)
        _mm512_storeu_si512(out + (size_t)(plane + index) * plane_bytes, _mm512_xor_si512(chunk[index], flips));
    }
  }
}

// Writes sixteen pixels of planes without gaps. Where the last channels do not fill a chunk, up to fifteen bytes behind the pixels are written as well.
BYTE_INLINE void join_pixels(uint8_t *to, int32_t channels, const uint8_t *planes, size_t plane_bytes) {
  const int32_t wide = channels / WIDE * WIDE;
  // The last channels first: where they do not fill a chunk up, what is too much belongs to the next pixel's first, which are written later.
  for (int32_t channel = (channels - 1) / CHUNK * CHUNK; channel >= wide; channel -= CHUNK)
    store_chunk(to + channel, (size_t)channels, planes + (size_t)(channel / SEG_BYTE_GROUP) * plane_bytes, plane_bytes);
  for (int32_t channel = 0; channel < wide; channel += WIDE)
    store_wide(to + channel, (size_t)channels, planes + (size_t)(channel / SEG_BYTE_GROUP) * plane_bytes, plane_bytes);
}

#endif

#endif
