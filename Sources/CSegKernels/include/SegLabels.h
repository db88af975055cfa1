// Class labels from scores, and network inputs from pictures.
#ifndef SEGPLAY_LABELS_H
#define SEGPLAY_LABELS_H

#include "SegResize.h"
#include "SegRows.h"

// The class with the greatest score at each position, the first of equal ones; a class of index `ignored` takes no part (-1 for none).
// With taps the scores are first interpolated to height x width; without, the sizes are those of the scores, which are dense. At most 256 classes.
typedef struct SegLabels {
  SegMap scores;
  uint8_t *labels; // height x width
  int32_t height, width, ignored;
  const SegTap *rows, *columns; // one for each label row and column, or both null
} SegLabels;

void seg_labels(const void *arguments, int32_t begin, int32_t end);

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
