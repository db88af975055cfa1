#include "plane_winograd.h"
#include "word_weights.h"

size_t seg_plane_winograd_weight_count(int32_t inputs, int32_t outputs) { return (size_t)PLANES * plane_pairs(inputs) * outputs; }

// The pair that an input channel is of, and which of its two it is.
typedef struct PairPlace {
  int32_t pair, which;
} PairPlace;

static PairPlace pair_place(int32_t channel, int32_t channels) {
  const int32_t plane = channel / SEG_BYTE_GROUP, byte = channel % SEG_BYTE_GROUP;
  if (plane == planes_of(channels) - 1 && has_single_pair(channels)) return (PairPlace){2 * plane, byte};
  return (PairPlace){2 * plane + byte % 2, byte / 2};
}

void seg_plane_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, SegFormat format, int32_t *packed, float *scales) {
  const int32_t pairs = plane_pairs(inputs);
  memset(packed, 0, seg_plane_winograd_weight_count(inputs, outputs) * sizeof(int32_t));
  for (int32_t first = 0; first < outputs; first += SEG_BYTE_GROUP) {
    const int32_t left = outputs - first, count = left < SEG_BYTE_GROUP ? left : SEG_BYTE_GROUP;
    for (int32_t output = 0; output < count; output++) {
      const float *own = weights + 9 * (size_t)inputs * (first + output);
      const double scale = seg_word_scale(own, inputs, format);
      scales[first + output] = seg_word_sum_factor(scale);
      for (int32_t input = 0; input < inputs; input++) {
        const PairPlace at = pair_place(input, inputs);
        int16_t words[PLANES];
        seg_word_weights(own + 9 * (size_t)input, scale, words);
        for (int32_t place = 0; place < PLANES; place++) {
          int32_t *both = packed + (((size_t)(place / TILE_IN) * pairs + at.pair) * TILE_IN + place % TILE_IN) * count + output;
          memcpy((int16_t *)both + at.which, words + place, sizeof(int16_t));
        }
      }
    }
    packed += (size_t)PLANES * pairs * count;
  }
}
