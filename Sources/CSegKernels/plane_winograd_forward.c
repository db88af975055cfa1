#include "plane_winograd.h"

#if SEGPLAY_BYTE_PRODUCTS

// Vectors of words, which wrap around as those of the processor do.
typedef uint16_t WideWords __attribute__((vector_size(64)));

// Which two of four channels become a pair, of bytes without a sign and with one.
typedef enum Pair { FIRST_TWO, EVEN_TWO, ODD_TWO, SIGNED_FIRST_TWO, SIGNED_EVEN_TWO, SIGNED_ODD_TWO } Pair;

BYTE_INLINE WideWords pair_words(const uint8_t *channels, Pair pair) {
  __m512i bytes = _mm512_load_si512(channels);
  if (pair == FIRST_TWO || pair == SIGNED_FIRST_TWO)
    bytes = _mm512_shuffle_epi8(bytes, _mm512_broadcast_i32x4(_mm_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1)));
  switch (pair) {
  case FIRST_TWO: return (WideWords)bytes;
  case EVEN_TWO: return (WideWords)_mm512_and_si512(bytes, _mm512_set1_epi16(0xFF));
  case ODD_TWO: return (WideWords)_mm512_srli_epi16(bytes, 8);
  case SIGNED_FIRST_TWO:
  case SIGNED_EVEN_TWO: return (WideWords)_mm512_srai_epi16(_mm512_slli_epi16(bytes, 8), 8);
  case SIGNED_ODD_TWO: return (WideWords)_mm512_srai_epi16(bytes, 8);
  }
}

#define NUMBERS WideWords
#define NUMBERS_OF(bytes, kind) pair_words(bytes, (Pair)(kind))
#define FORWARD_LINE forward_pair_line
#define FORWARD_TILE forward_pair_tile
#include "word_forward.h"

enum { PIXEL = SEG_BYTE_GROUP, ROW_BYTES = TILE_IN * VECTOR_BYTES };

// Turns one plane of a row of the tiles round: four channels of each column of the tiles, a vector for each.
BYTE_INLINE void turn_row(const uint8_t *const runs[GROUP_RUNS], size_t plane, uint8_t *columns) {
  __m512i first[GROUP_RUNS], next[GROUP_RUNS];
  for (int32_t run = 0; run < GROUP_RUNS; run++) {
    first[run] = _mm512_loadu_si512(runs[run] + plane);
    next[run] = _mm512_loadu_si512(runs[run] + plane + TILE_OUT * PIXEL);
  }
  turn_words(first);
  for (int32_t column = 0; column < TILE_OUT; column++) _mm512_store_si512(columns + column * VECTOR_BYTES, first[column]);
  // The last two columns of a tile are the first two of the next, which is another vector's for the last tile of a run.
  const __m512i even = _mm512_unpacklo_epi32(next[0], next[1]), odd = _mm512_unpacklo_epi32(next[2], next[3]);
  _mm512_store_si512(columns + TILE_OUT * VECTOR_BYTES, _mm512_unpacklo_epi64(even, odd));
  _mm512_store_si512(columns + (TILE_OUT + 1) * VECTOR_BYTES, _mm512_unpackhi_epi64(even, odd));
}

// Planes that are called for so long before they are turned round: they come from beyond the caches, mostly, and are too many streams for the processor to see.
enum { AHEAD = 8 };

BYTE_INLINE void ask_for(const PlaneGroup *group, size_t plane) {
  for (int32_t row = 0; row < TILE_IN; row++)
    for (int32_t run = 0; run < GROUP_RUNS; run++) __builtin_prefetch(group->inputs[row][run] + plane);
}

// Transforms a pair of a plane that is turned round.
BYTE_INLINE void transform(const uint8_t *turned, Pair pair, size_t line_step, int16_t *to) {
  forward_pair_tile(turned, ROW_BYTES, VECTOR_BYTES, pair, WORDS_OF_VECTOR, line_step, to);
}

BYTE_INLINE void forward(const SegPlaneWinograd *work, const PlaneGroup *group, int16_t *tiles, int is_signed) {
  const int32_t channels = work->input.channels, planes = planes_of(channels), whole = has_single_pair(channels) ? planes - 1 : planes;
  const size_t line_step = line_words(channels);
  for (int32_t plane = 0; plane < planes; plane++, tiles += 2 * LINE_WORDS) {
    uint8_t turned[PLANES * VECTOR_BYTES] __attribute__((aligned(64)));
    ask_for(group, (size_t)(plane + AHEAD) * group->input_bytes);
    for (int32_t row = 0; row < TILE_IN; row++) turn_row(group->inputs[row], (size_t)plane * group->input_bytes, turned + row * ROW_BYTES);
    if (plane < whole) {
      transform(turned, is_signed ? SIGNED_EVEN_TWO : EVEN_TWO, line_step, tiles);
      transform(turned, is_signed ? SIGNED_ODD_TWO : ODD_TWO, line_step, tiles + LINE_WORDS);
    } else {
      transform(turned, is_signed ? SIGNED_FIRST_TWO : FIRST_TWO, line_step, tiles);
    }
  }
}

BYTE_TARGET void seg_plane_winograd_forward(const SegPlaneWinograd *work, const PlaneGroup *group, int16_t *tiles) {
  if (work->input.format == SEG_SIGNED8) forward(work, group, tiles, 1);
  else forward(work, group, tiles, 0);
}

#endif
