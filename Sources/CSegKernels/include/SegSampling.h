// Means over regions, and samples between places.
#ifndef SEGPLAY_SAMPLING_H
#define SEGPLAY_SAMPLING_H

#include "SegRows.h"

// The source rows or columns begin..<end; at least one.
typedef struct SegRange {
  int32_t begin, end;
} SegRange;

// Channels that one share of an average covers.
enum { SEG_AVERAGE_CHANNELS = 64 };

// Means over the places of `rows` x `columns`, which hold one range for each output row and column.
// Pass shares as rows: share s is channels s % n * SEG_AVERAGE_CHANNELS and on of position s / n, with n = ceil(channels / SEG_AVERAGE_CHANNELS).
typedef struct SegAverage {
  SegTypedMap input, output;
  const SegRange *rows, *columns;
} SegAverage;

void seg_average(const void *arguments, int32_t begin, int32_t end);

// The input, sampled bilinearly at (row + vertical * flow[1], column + horizontal * flow[0]); zero outside.
typedef struct SegWarp {
  SegMap input, flow, output;
  float vertical, horizontal;
} SegWarp;

void seg_warp(const void *arguments, int32_t begin, int32_t end);

// The samples of a deformable convolution: for each tap all input channels, sampled bilinearly where the tap and its offset (dy, dx) lie, zero outside, times
// the logistic function of the tap's modulation. `offsets` has 2 * taps offsets, then taps modulations.
typedef struct SegDeformable {
  SegMap input, offsets, output;
  int32_t kernel, stride, padding, dilation;
} SegDeformable;

void seg_deformable_sample(const void *arguments, int32_t begin, int32_t end);

#endif
