// From the outputs of a network that finds instances to masks: candidates, overlaps of boxes, mask values, labels, overlaps of masks.
#ifndef SEGPLAY_INSTANCES_H
#define SEGPLAY_INSTANCES_H

#include "SegResize.h"
#include "SegRows.h"

// A candidate as one word that sorts by score: the score's bits, then the complement of class << 24 | anchor, so that of equal scores the lower class and then
// the earlier anchor is the greater word. At most 256 classes and 2^24 anchors.
#define SEG_CANDIDATE(score_bits, class_index, anchor) \
  ((uint64_t)(score_bits) << 32 | (uint32_t)~((uint32_t)(class_index) << 24 | (uint32_t)(anchor)))

// Class scores of some anchors before the softmax, the background's first.
typedef struct SegCandidates {
  const float *logits; // anchors x classes
  int32_t anchors, classes, first_anchor;
  float limit;       // an anchor takes part when its best score, without the background, is above this; above 0, below 1
  float floor;       // a class of such an anchor is a candidate when its score is above this
  int32_t best_only; // whether only the anchor's best class can be one
} SegCandidates;

// Writes a word for each candidate and returns how many there are; there must be room for all. Classes are counted from 0 without the background.
// Numbers that are not finite give no candidate.
size_t seg_candidates(const SegCandidates *work, uint64_t *candidates);

// Whether one of the boxes overlaps a box by more than `threshold` of their union; with `inclusive` by exactly so much too. Sides are counted `margin` longer.
// Boxes are left, top, right, bottom, each in an array of `stride` elements of which sixteen at once are read.
int32_t seg_boxes_overlap(const float *boxes, int32_t stride, int32_t count, const float box[4], float threshold, float margin, int32_t inclusive);

// What of a mask is kept: its values within a rectangle of prototype pixels, zeros left and right of it up to whole blocks of sixteen columns.
typedef struct SegMaskCrop {
  const float *coefficients;
  float *values; // (bottom - top) rows of blocks * 16 columns, the first of them first_block * 16
  uint64_t *bits; // one bit a prototype pixel, rows of whole words, zeros before; null for none
  int32_t top, bottom, left, right, first_block, blocks;
} SegMaskCrop;

typedef struct SegMaskAssembly {
  const float *prototypes; // height x width x channels
  int32_t height, width, channels, row_words;
  const SegMaskCrop *crops;
  int32_t count;
  float *scratch; // ceil(width / 16) * 16 * channels
} SegMaskAssembly;

// Fills each crop with the logistic function of the prototypes' sum weighted by its coefficients, and sets a bit where that is above a half.
void seg_assemble_masks(const SegMaskAssembly *work);

// How masks of prototype size are shown at another size.
typedef struct SegMaskScale {
  int32_t height, width;         // of the prototypes
  int32_t out_height, out_width; // of the labels
  const SegTap *rows, *columns;  // one for each label row and column
  const int32_t *row_starts, *column_starts; // for each prototype row and column the first label row and column whose first tap is not before it; then the size
  float *scratch;                // (width + 15) / 16 * 16 + 32
} SegMaskScale;

// Writes `value` where the mask, interpolated bilinearly, is above a half; other labels stay.
void seg_paint_mask(const SegMaskScale *scale, const SegMaskCrop *crop, uint8_t *labels, uint8_t value);

// Bits that are set.
size_t seg_bits_count(const uint64_t *bits, size_t words);

// Bits that are set in both of two masks of `rows` rows of `row_words` words, the second moved right by `x` and down by `y` bits.
size_t seg_bits_common(const uint64_t *left, const uint64_t *right, int32_t rows, int32_t row_words, int32_t x, int32_t y);

#endif
