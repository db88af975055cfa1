#include "word_weights.h"

// G of the paper for the points 0, ±1, ±2 and infinity, what three weights in a line become; rows times 4, 7/2, 7/2, 8, 8 and 1, so that the sums of all planes
// come about as near to their limit.
static const double SPREAD_WORDS[TILE_IN][3] = {
  {1, 0, 0}, {-7.0 / 12, -7.0 / 12, -7.0 / 12}, {-7.0 / 12, 7.0 / 12, -7.0 / 12}, {1.0 / 3, 2.0 / 3, 4.0 / 3}, {1.0 / 3, -2.0 / 3, 4.0 / 3}, {0, 0, 1},
};

// Sums of what forward_line multiplies a line with, those above zero and those below.
static const double ABOVE[TILE_IN] = {5, 2, 5, 3, 3, 5}, BELOW[TILE_IN] = {5, 8, 5, 3, 3, 5};

// Between which limits a place of a transformed tile lies.
typedef struct Range {
  double above, below; // zero; both as sizes
} Range;

static Range range_of(int32_t place, int32_t is_signed) {
  const int32_t row = place / TILE_IN, column = place % TILE_IN;
  const double same = ABOVE[row] * ABOVE[column] + BELOW[row] * BELOW[column], opposite = ABOVE[row] * BELOW[column] + BELOW[row] * ABOVE[column];
  return is_signed ? (Range){128 * (same + opposite), 128 * (same + opposite)} : (Range){255 * same, 255 * opposite};
}

double seg_word_scale(const float *weights, int32_t inputs, SegFormat format) {
  double most[PLANES] = {0}, above[PLANES] = {0}, below[PLANES] = {0}, words[PLANES], scale = INFINITY;
  for (int32_t input = 0; input < inputs; input++) {
    spread_taps(weights + 9 * (size_t)input, SPREAD_WORDS, words);
    for (int32_t place = 0; place < PLANES; place++) {
      const double size = fabs(words[place]);
      most[place] = size > most[place] ? size : most[place];
      *(words[place] > 0 ? above + place : below + place) += size;
    }
  }
  for (int32_t place = 0; place < PLANES; place++) {
    const Range range = range_of(place, format == SEG_SIGNED8);
    // The greatest sum of one sign and of the other, and what rounding adds: half to each weight at most.
    const double sum = fmax(above[place] * range.above + below[place] * range.below, above[place] * range.below + below[place] * range.above);
    const double room = INT32_MAX - 0.5 * inputs * fmax(range.above, range.below);
    if (!(most[place] * scale <= INT16_MAX - 1)) scale = (INT16_MAX - 1) / most[place];
    if (!(sum * scale <= room)) scale = room / sum;
  }
  return scale > 0 && isfinite(scale) ? scale : 1;
}

// SPREAD_WORDS is 7/2 times what the transform back undoes, in rows and in columns.
float seg_word_sum_factor(double scale) { return (float)(4.0 / 49 / scale); }

void seg_word_weights(const float *taps, double scale, int16_t words[PLANES]) {
  double numbers[PLANES];
  spread_taps(taps, SPREAD_WORDS, numbers);
  for (int32_t place = 0; place < PLANES; place++) words[place] = (int16_t)lrint(numbers[place] * scale);
}
