#include "plane_narrow.h"

#if SEGPLAY_NARROW_PRODUCTS

#include "plane_parts.h"
#include "word_backward.h"

enum {
  AHEAD = 64 * LANES, // words of weights that are called for so long before they are needed
  MOST_OUTPUTS = 2, // that are made at once
  PLACES = TILE_IN / 2, // of a line of which sums are made at once: with two outputs and both parts they fill twelve registers
};

// Sums of some places of a line: output, place, part.
typedef struct LineSums {
  PART sums[MOST_OUTPUTS][TILE_IN][PARTS];
} LineSums;

// Makes those of PLACES places from `first` on, for `count` of the `outputs` output channels that weights have. `count` and `is_fused` are constants where this is used.
PLANE_INLINE void multiply_places(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, int32_t first, int32_t count, int is_fused,
                                  LineSums *line) {
  PART made[MOST_OUTPUTS][PLACES][PARTS];
  for (int32_t output = 0; output < count; output++)
    for (int32_t place = 0; place < PLACES; place++)
      for (int32_t part = 0; part < PARTS; part++) made[output][place][part] = PART_ZERO;
  tiles += first * WORDS_OF_VECTOR;
  weights += first * outputs;
  for (int32_t pair = 0; pair < pairs; pair++, tiles += LINE_WORDS, weights += TILE_IN * outputs) {
    __builtin_prefetch(weights + AHEAD);
#pragma clang loop unroll(full)
    for (int32_t place = 0; place < PLACES; place++) {
      const PART left = PART_LOAD(tiles + place * WORDS_OF_VECTOR), right = PART_LOAD(tiles + place * WORDS_OF_VECTOR + PART_WORDS);
#pragma clang loop unroll(full)
      for (int32_t output = 0; output < count; output++) {
        const PART weight = OP(set1_epi32)(weights[place * outputs + output]);
        made[output][place][0] = add_word_products(made[output][place][0], left, weight, is_fused);
        made[output][place][1] = add_word_products(made[output][place][1], right, weight, is_fused);
      }
    }
  }
  for (int32_t output = 0; output < count; output++)
    for (int32_t place = 0; place < PLACES; place++)
      for (int32_t part = 0; part < PARTS; part++) line->sums[output][first + place][part] = made[output][place][part];
}

PLANE_INLINE void multiply(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, int32_t count, int is_fused, float *sums) {
  const size_t step = (size_t)LINE_WORDS * (size_t)pairs + WORDS_OF_VECTOR;
  for (int32_t index = 0; index < TILE_IN; index++, tiles += step, weights += TILE_IN * pairs * outputs, sums += LINE_SUMS) {
    LineSums line;
    multiply_places(tiles, weights, pairs, outputs, 0, count, is_fused, &line);
    multiply_places(tiles, weights, pairs, outputs, PLACES, count, is_fused, &line);
    for (int32_t output = 0; output < count; output++) {
      for (int32_t part = 0; part < PARTS; part++) {
        FLOATS x[TILE_IN], made[TILE_OUT];
        for (int32_t place = 0; place < TILE_IN; place++) x[place] = OP(cvtepi32_ps)(line.sums[output][place][part]);
        backward_line(x, made);
        for (int32_t column = 0; column < TILE_OUT; column++) OP(store_ps)(sums + output * TILE_IN * LINE_SUMS + column * LANES + part * PART_LANES, made[column]);
      }
    }
  }
}

PLANE_INLINE void multiply_all(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, int is_fused, float *sums) {
  for (int32_t output = 0; output < outputs; output += MOST_OUTPUTS, weights += MOST_OUTPUTS, sums += MOST_OUTPUTS * TILE_IN * LINE_SUMS) {
    if (output + MOST_OUTPUTS <= outputs) multiply(tiles, weights, pairs, outputs, MOST_OUTPUTS, is_fused, sums);
    else multiply(tiles, weights, pairs, outputs, 1, is_fused, sums);
  }
}

PLANE_TARGET void seg_narrow_plane_product(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums) {
  multiply_all(tiles, weights, pairs, outputs, 0, sums);
}

PLANE_TARGET void seg_fused_plane_product(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums) {
  multiply_all(tiles, weights, pairs, outputs, 1, sums);
}

#endif
