// Weighted means over the places of a map, and attention to a few places.
#ifndef SEGPLAY_ATTENTION_H
#define SEGPLAY_ATTENTION_H

#include "SegRows.h"

// Places of a gathering whose weights are held at once, the multiple that counts of regions and keys are rounded up to, and places that attend at once.
enum { SEG_GATHER_PLACES = 8, SEG_REGION_UNIT = 16, SEG_ATTEND_PLACES = 8 };

// output (1 x regions x channels): the mean of the features, weighted for each region by the softmax of its logits over all places.
// In two kernels, first for all parts, then for all regions. A part is a run of `part_places` places, `parts` of them cover the map. Its scratch holds, after
// one another: greatest logits and sums of weights (`padded_regions` each, a multiple of SEG_REGION_UNIT), weights (SEG_GATHER_PLACES x padded_regions), and
// weighted sums of features (padded_regions x padded_channels, channels rounded up to 16).
typedef struct SegGather {
  SegMap features, logits, output;
  float *scratch; // `part_size` floats for each part
  size_t part_size;
  int32_t parts, part_places, padded_regions, padded_channels;
} SegGather;

// Rows are parts.
void seg_gather_parts(const void *arguments, int32_t begin, int32_t end);

// Rows are regions.
void seg_gather_regions(const void *arguments, int32_t begin, int32_t end);

// output = the values weighted by the softmax over all keys of scale * query . key.
// In two kernels: the keys are turned first, so that those of one channel lie together.
typedef struct SegAttend {
  SegMap queries, keys, values, output;
  float scale;
  float *turned; // channels of the keys x padded_keys
  float *weights; // for each row SEG_ATTEND_PLACES x padded_keys
  int32_t padded_keys; // a multiple of SEG_REGION_UNIT
} SegAttend;

// Rows are channels of the keys.
void seg_turn_keys(const void *arguments, int32_t begin, int32_t end);

// Rows are those of the output.
void seg_attend(const void *arguments, int32_t begin, int32_t end);

#endif
