// The transform forward, for what is defined in plane_wide.h or plane_narrow.h.
#include "plane_parts.h"

// Registers of words, which wrap around as those of the processor do.
typedef uint16_t PartWords __attribute__((vector_size(sizeof(PART))));

// Which two of four channels become a pair, of bytes without a sign and with one.
typedef enum Pair { FIRST_TWO, EVEN_TWO, ODD_TWO, SIGNED_FIRST_TWO, SIGNED_EVEN_TWO, SIGNED_ODD_TWO } Pair;

PLANE_INLINE PartWords pair_words(const uint8_t *channels, Pair pair) {
  PART bytes = PART_LOAD(channels);
  if (pair == FIRST_TWO || pair == SIGNED_FIRST_TWO)
    bytes = OP(shuffle_epi8)(bytes, IN_EVERY_LANE(_mm_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1)));
  switch (pair) {
  case FIRST_TWO: return (PartWords)bytes;
  case EVEN_TWO: return (PartWords)PART_AND(bytes, OP(set1_epi16)(0xFF));
  case ODD_TWO: return (PartWords)OP(srli_epi16)(bytes, 8);
  case SIGNED_FIRST_TWO:
  case SIGNED_EVEN_TWO: return (PartWords)OP(srai_epi16)(OP(slli_epi16)(bytes, 8), 8);
  case SIGNED_ODD_TWO: return (PartWords)OP(srai_epi16)(bytes, 8);
  }
}

#define NUMBERS PartWords
#define NUMBERS_OF(bytes, kind) pair_words(bytes, (Pair)(kind))
#define FORWARD_LINE forward_pair_line
#define FORWARD_TILE forward_pair_tile
#define FORWARD_INLINE PLANE_INLINE
#include "word_forward.h"

enum { PIXEL = SEG_BYTE_GROUP, ROW_BYTES = TILE_IN * PART_BYTES };

// Turns one plane of a row of the tiles round: four channels of each column of the tiles, a vector for each.
PLANE_INLINE void turn_row(const uint8_t *const runs[GROUP_RUNS], size_t plane, uint8_t *columns) {
  PART first[GROUP_RUNS], next[GROUP_RUNS];
  for (int32_t run = 0; run < GROUP_RUNS; run++) {
    first[run] = PART_LOAD_ANY(runs[run] + plane);
    next[run] = PART_LOAD_ANY(runs[run] + plane + TILE_OUT * PIXEL);
  }
  PART_TURN(first);
  for (int32_t column = 0; column < TILE_OUT; column++) PART_STORE(columns + column * PART_BYTES, first[column]);
  // The last two columns of a tile are the first two of the next, which is another vector's for the last tile of a run.
  const PART even = OP(unpacklo_epi32)(next[0], next[1]), odd = OP(unpacklo_epi32)(next[2], next[3]);
  PART_STORE(columns + TILE_OUT * PART_BYTES, OP(unpacklo_epi64)(even, odd));
  PART_STORE(columns + (TILE_OUT + 1) * PART_BYTES, OP(unpackhi_epi64)(even, odd));
}

// Planes that are called for so long before they are turned round: they come from beyond the caches, mostly, and are too many streams for the processor to see.
enum { AHEAD = 8 };

PLANE_INLINE void ask_for(const PlaneGroup *group, size_t plane) {
  for (int32_t row = 0; row < TILE_IN; row++)
    for (int32_t run = 0; run < GROUP_RUNS; run++) __builtin_prefetch(group->inputs[row][run] + plane);
}

// Transforms a pair of a plane that is turned round.
PLANE_INLINE void transform(const uint8_t *turned, Pair pair, size_t line_step, int16_t *to) {
  forward_pair_tile(turned, ROW_BYTES, PART_BYTES, pair, WORDS_OF_VECTOR, line_step, to);
}

PLANE_INLINE void forward(const SegPlaneWinograd *work, const PlaneGroup *group, int16_t *tiles, int is_signed) {
  const int32_t channels = work->input.channels, planes = planes_of(channels), whole = has_single_pair(channels) ? planes - 1 : planes;
  const size_t line_step = line_words(channels);
  for (int32_t plane = 0; plane < planes; plane++, tiles += 2 * LINE_WORDS) {
    ask_for(group, (size_t)(plane + AHEAD) * group->input_bytes);
    for (int32_t part = 0; part < PARTS; part++) {
      uint8_t turned[PLANES * PART_BYTES] __attribute__((aligned(64)));
      int16_t *to = tiles + part * PART_WORDS;
      for (int32_t row = 0; row < TILE_IN; row++)
        turn_row(group->inputs[row], (size_t)plane * group->input_bytes + (size_t)(part * PART_BYTES), turned + row * ROW_BYTES);
      if (plane < whole) {
        transform(turned, is_signed ? SIGNED_EVEN_TWO : EVEN_TWO, line_step, to);
        transform(turned, is_signed ? SIGNED_ODD_TWO : ODD_TWO, line_step, to + LINE_WORDS);
      } else {
        transform(turned, is_signed ? SIGNED_FIRST_TWO : FIRST_TWO, line_step, to);
      }
    }
  }
}

PLANE_TARGET void PLANE_STAGE(forward)(const SegPlaneWinograd *work, const PlaneGroup *group, int16_t *tiles) {
  if (work->input.format == SEG_SIGNED8) forward(work, group, tiles, 1);
  else forward(work, group, tiles, 0);
}
