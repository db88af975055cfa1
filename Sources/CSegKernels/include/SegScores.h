// Class scores of several frames brought together, and how far two frames are apart.
#ifndef SEGPLAY_SCORES_H
#define SEGPLAY_SCORES_H

#include "SegMotion.h"
#include "SegRows.h"

// output(p) = (1 - s) * first(p + first_flow(p)) + s * second(p + second_flow(p)), sampled bilinearly, beyond the edge as at the edge. All maps have one
// size and one number of channels; the output overlaps no input that has a flow. s is `share` where the mask is not zero or absent, and 0 elsewhere.
typedef struct SegScoreBlend {
  SegMap first, second, output;            // second.data may be null: s is 0 then
  const SegFlowView *first_flow, *second_flow; // at the maps' grid; null where a map stays where it is
  float share;
  const uint8_t *mask; // mask_height x mask_width, the nearest counts; null for none
  const int32_t *mask_columns; // for each column of the maps that of the mask
  int32_t mask_height, mask_width;
} SegScoreBlend;

void seg_scores_blend(const void *arguments, int32_t begin, int32_t end);

// The class with the greatest score of such a blend at each pixel, the first of equal ones; a class of index `ignored` takes no part (-1 for none). Where the
// blend has an output, as it must with a mask or a second map that stays, the scores are written there as well. At most 256 classes.
typedef struct SegScoreLabels {
  SegScoreBlend blend;
  uint8_t *labels; // height x width
  int32_t ignored;
  const uint8_t *first_common, *second_common; // the maps' `seg_common_labels`, which spare most of the work; null where unknown
} SegScoreLabels;

void seg_scores_label(const void *arguments, int32_t begin, int32_t end);

// The label that a pixel, the next one, the one below and that one's next have in common, or 255; at the edge as if the edge went on. A class that is the
// greatest at each of four corners is the greatest of any of their means, so pixels between them need no scores.
void seg_common_labels(const uint8_t *labels, int32_t width, int32_t height, uint8_t *common);

// The sum of the absolute differences of two runs of bytes.
uint64_t seg_bytes_difference(const uint8_t *left, const uint8_t *right, size_t count);

// The sum of the lengths of `count` vectors (x, y).
double seg_flow_length(const float *vectors, size_t count);

#endif
