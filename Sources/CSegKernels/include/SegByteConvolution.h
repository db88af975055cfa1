// Convolutions of bytes on sixteen pixels at once: no output channel is padded, so that few or odd numbers of channels cost what they count.
#ifndef SEGPLAY_BYTE_CONVOLUTION_H
#define SEGPLAY_BYTE_CONVOLUTION_H

#include "SegLabels.h"
#include "SegRows.h"

enum {
  SEG_BYTE_GROUP = 4, // input channels that one product sums up
  SEG_BYTE_VECTOR = 16, // pixels of a vector
  SEG_BYTE_BLOCK = 12, // output channels that are summed up at once at most
  SEG_BYTE_FEW = 6 // output channels for which four vectors are worked on at once, instead of two
};

// A map of bytes without a sign as planes of four channels: [row][plane][place][4 bytes]. Column i is at place i + SEG_BYTE_VECTOR; zeros are around a plane's
// columns, at SEG_BYTE_VECTOR places before and behind at least. Where channels fill the last plane badly, what fills it up is anything.
typedef struct SegBytePlanes {
  int32_t planes;
  size_t plane_bytes, row_bytes, byte_count; // multiples of 64
} SegBytePlanes;

SegBytePlanes seg_byte_planes(int32_t height, int32_t width, int32_t channels);

// Output channels that are summed up together, and the taps whose weights are not zero for all of them.
typedef struct SegByteBlock {
  int32_t first, count; // output channels
  int32_t first_tap, tap_count; // among all taps (row of the kernel and then pair of rows, tap) and, behind those, the chosen ones
  const int32_t *weights; // four signed bytes each: tap, output channel
} SegByteBlock;

// A convolution of bytes. Rows of the input are rearranged to planes of four channels each: [plane][phase][place][4 bytes], where place i of phase p is
// input column p + i * phases - padding_left. An input that is planes already is read where it lies.
typedef struct SegByteConvolution {
  SegTypedMap input; // bytes
  SegTypedMap output; // bytes or floats, pixels without gaps
  SegTypedMap added; // bytes, for an output of bytes only; may be the output's place; null data where nothing is added
  int32_t input_is_planes, added_is_planes, output_is_planes; // instead of channels-last
  SegBytePlanes output_planes; // how the output lies as planes, and what is added
  int32_t kernel_rows, stride, dilation, padding_top; // of rows
  int32_t phases, padding_left; // of columns; as many phases as the stride
  int32_t planes; // of the input
  int32_t taps; // planes times columns of the kernel; without the last plane where that is paired
  // Where the last plane holds two channels at most, those of two rows of the kernel go into one word: so many taps for each pair of rows, a last row without
  // another included; 0 where nothing is paired.
  int32_t pair_taps;
  const int32_t *offsets; // for each tap, from an output pixel's place in a rearranged row, in bytes; those of a pair are the first plane's
  const SegByteBlock *blocks; // all output channels in ascending order; all but the last of a multiple of four channels where the output is bytes
  int32_t block_count;
  const int32_t *chosen; // lists of taps that blocks choose, one behind the other: numbers among all taps
  int32_t chosen_count;
  const int32_t *starts; // what each output channel's sum begins with
  const float *factors, *biases; // result = factor * sum + bias in units of the output's scale
  SegActivation before, after; // of what is added; limits in units of the output's scale, no functions
  int32_t vectors; // pixel vectors at once: 2, or 4 for up to SEG_BYTE_FEW output channels
  int32_t has_margins; // whether windows reach over the edges
  int32_t is_point; // whether windows are single pixels: these are rearranged where they are needed, and there are no rearranged rows
  size_t phase_bytes, plane_bytes, row_bytes; // of rearranged rows
  int32_t ring; // rearranged rows that are kept; 0 where the input is planes
  size_t pair_bytes, pair_place; // of each pair
  size_t empty_row, added_place, line_place, labels_place, results_place, sums_place, taps_place; // places in a strip's scratch, multiples of 64
  size_t label_bytes; // of a row of labels of one place
  size_t strip_bytes; // scratch of a strip
  uint8_t *scratch; // `strips` times strip_bytes, 64-byte aligned
  int32_t first_row, row_count; // rows of the output that are made; the first of them is where output.data points
  int32_t strips; // parts that these rows are worked on in, which threads share
  SegPlaceLabels labels;
} SegByteConvolution;

// How many of `left` output channels the next block has: at most SEG_BYTE_BLOCK, a multiple of four unless it is the last, all of similar size.
int32_t seg_byte_block(int32_t left);

// Whether this processor has the instructions that the kernel needs.
int32_t seg_byte_convolution_is_available(void);

// Makes the strips begin..<end.
void seg_byte_convolution(const void *arguments, int32_t begin, int32_t end);

#endif
