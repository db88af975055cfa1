// Convolutions at a network's end in registers of 32 bytes: scores for each place of a block, which may become labels before they are in memory.
#ifndef SEGPLAY_PLACE_CONVOLUTION_H
#define SEGPLAY_PLACE_CONVOLUTION_H

#include "SegLabels.h"
#include "SegRows.h"

enum {
  SEG_PLACE_PIXELS = 96, // of a row for which the input is turned round at once
  SEG_PLACE_LANES = 8, // pixels of a register
  SEG_PLACE_CLASSES = 5 // whose sums are made at once, at most: four of floats, four or five of bytes
};

// The part of a window outside of which a place's weights are all zero.
typedef struct SegPlaceTaps {
  int32_t first_row, rows, first_column, columns;
  const void *weights; // [block of classes][row][column][element][class]: floats, or the four bytes that belong to an element, none beyond 63 unless products are fused
} SegPlaceTaps;

// score = bias + factor * sum of products of a window, with steps of one; factors are for bytes. An element is a float, or four neighbouring bytes.
typedef struct SegPlaceConvolution {
  SegTypedMap input; // floats, or bytes of a multiple of four channels; pixels without gaps
  int32_t is_fused; // of bytes, whether products and sums are one instruction (seg_has_fused_products)
  int32_t elements; // of a pixel
  int32_t width; // of the output, in blocks
  int32_t kernel_rows, kernel_columns, padding_top, padding_left;
  int32_t classes; // of a place
  int32_t block_classes, class_blocks; // classes are made in blocks, the last filled up
  int32_t place_count;
  const SegPlaceTaps *places;
  const int32_t *starts; // what sums of bytes begin with; like the factors and biases [place][class], filled up to whole blocks
  const float *factors, *biases;
  float *scores; // [row][column][place][class], from the first row that is made; null where labels are wanted
  SegPlaceLabels labels; // of as many classes
  int32_t first_row, row_count; // rows of the output that are made
  int32_t shares; // parts of these rows, each with scratch of its own
  uint8_t *scratch; // share_bytes for each share, 64-byte aligned
  size_t share_bytes; // of seg_place_share_bytes
} SegPlaceConvolution;

// Scratch that a share needs, a multiple of 64.
size_t seg_place_share_bytes(const SegPlaceConvolution *work);

// Rows are shares; where the processor has AVX2 and FMA.
void seg_place_convolution(const void *arguments, int32_t begin, int32_t end);

#endif
