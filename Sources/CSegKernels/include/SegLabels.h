// Class labels from scores, and network inputs from pictures.
#ifndef SEGPLAY_LABELS_H
#define SEGPLAY_LABELS_H

#include "SegResize.h"
#include "SegRows.h"

// The class with the greatest score at each position, the first of equal ones; a class of index `ignored` takes no part (-1 for none). At most 256 classes.
// Scores are dense. They lie as the input of SegInterleave does, where a block of 1 is a map of the labels' size; or, with taps, they are interpolated to
// height x width by seg_enlarged_labels.
typedef struct SegLabels {
  SegMap scores;
  uint8_t *labels; // height x width
  int32_t height, width, ignored;
  const SegTap *rows, *columns; // one for each label row and column, or both null
  int16_t *corners; // with taps, or null: what seg_corner_labels wrote
  int32_t block, top, left;
} SegLabels;

// Labels in place of scores, for kernels that make scores of all classes for each of block * block places: `ignored` takes no part, -1 for none. Place
// (row, column) of the labels is that of SegLabels.
typedef struct SegPlaceLabels {
  uint8_t *labels; // height x width; null where scores are wanted
  int32_t height, width, classes, ignored;
  int32_t block, top, left;
} SegPlaceLabels;

void seg_labels(const void *arguments, int32_t begin, int32_t end);

// The labels of interpolated scores.
void seg_enlarged_labels(const void *arguments, int32_t begin, int32_t end);

// Writes the labels of the scores' own positions to `corners`, -1 where a score is infinite or not a number. Rows are those of the scores. Between four
// corners of one label every interpolated score has that label: the greatest at each corner is the greatest of their weighted means.
void seg_corner_labels(const void *arguments, int32_t begin, int32_t end);

// output = scale * byte + offset, per channel of RGB pictures; scale and offset are in the order of the output's channels.
typedef struct SegNormalize {
  const uint8_t *bytes;
  size_t row_bytes;
  float *output; // height x width x 3
  int32_t height, width;
  float scale[3], offset[3];
  int32_t swaps_red_and_blue; // whether the output's channels are blue, green, red
} SegNormalize;

void seg_normalize(const void *arguments, int32_t begin, int32_t end);

#endif
