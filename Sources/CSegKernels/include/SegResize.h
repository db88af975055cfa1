// Bilinear interpolation of maps.
#ifndef SEGPLAY_RESIZE_H
#define SEGPLAY_RESIZE_H

#include "SegRows.h"

// The two source places an output row or column lies between, and the share of the second.
typedef struct SegTap {
  int32_t first, second;
  float weight;
} SegTap;

// Taps for `count` output places over `source` places. Without align_corners the source coordinate is max(0, (i + 0.5) * source / count - 0.5).
void seg_resize_taps(SegTap *taps, int32_t count, int32_t source, int32_t align_corners);

// Interpolates; `rows` and `columns` hold one tap for each output row and column.
typedef struct SegResize {
  SegTypedMap input, output;
  const SegTap *rows, *columns;
} SegResize;

void seg_resize(const void *arguments, int32_t begin, int32_t end);

// The most maps of a sum that are interpolated.
enum { SEG_SUM_PARTS = 8 };

// Where an output column lies in a row of floats whose positions are a stride apart, and the shares of both neighbours.
typedef struct SegSumColumn {
  int32_t first, second; // floats from the row's start
  float left, right;
} SegSumColumn;

// Floats from one position to the next where a sum interpolates that many parts of so many channels, or a part of the channels at a time.
int32_t seg_sum_stride(int32_t channels, int32_t parts);

// Columns for `count` taps.
void seg_sum_columns(SegSumColumn *columns, const SegTap *taps, int32_t count, int32_t stride);

// A map of a sum, with one tap for each output row, and one column for each of the output's.
typedef struct SegSumPart {
  SegTypedMap map;
  const SegTap *rows;
  const SegSumColumn *columns;
} SegSumPart;

// output = activation(base + the interpolated parts). The activation has no function.
typedef struct SegResizedSum {
  SegTypedMap base; // of the output's size; without data where there is none. May be the output.
  SegTypedMap output;
  SegSumPart parts[SEG_SUM_PARTS]; // best with those of a single column last
  int32_t part_count, stride; // at least one part; the stride of their number
  SegActivation activation;
} SegResizedSum;

// Parts must not be larger than the output for this to be faster than seg_resize and sums.
void seg_resized_sum(const void *arguments, int32_t begin, int32_t end);

#endif
