// A convolution and the depthwise one behind it, made in bands of rows: what is between them is never in memory as a whole.
#ifndef SEGPLAY_DEPTHWISE_BANDS_H
#define SEGPLAY_DEPTHWISE_BANDS_H

#include "SegDepthwiseConvolution.h"
#include "SegGatheredConvolution.h"
#include "SegMatrixConvolution.h"
#include "SegPointConvolution.h"
#include "SegWindowConvolution.h"

// One of the first four makes the map between; its output is that map, of which each share has a ring of rows.
typedef struct SegDepthwiseBands {
  const SegPointConvolution *points;
  const SegMatrixConvolution *matrix;
  const SegWindowConvolution *windows;
  const SegGatheredConvolution *gathered;
  SegRowKernel first; // makes the map between
  const SegDepthwiseConvolution *depthwise; // its input is the first share's ring
  SegRowKernel kernel; // of the depthwise convolution
  int32_t chunk_rows; // of the map between that are made at once; a ring has a multiple of them, and those that a window reads besides
  size_t row_bytes; // of the map between, whose pixels have no gaps
  size_t ring_bytes; // from one share's ring to the next
  int32_t shares; // parts of the output's rows, not more than there are; the first convolution has scratch for each
} SegDepthwiseBands;

// Rows are shares.
void seg_depthwise_bands(const void *arguments, int32_t begin, int32_t end);

#endif
