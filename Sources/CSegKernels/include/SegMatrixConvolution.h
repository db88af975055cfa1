// Convolutions of bytes or of bfloat16 in tile registers (AMX): one instruction multiplies a matrix of sixteen places by 64 bytes of input with one of 64 bytes by
// sixteen output channels.
#ifndef SEGPLAY_MATRIX_CONVOLUTION_H
#define SEGPLAY_MATRIX_CONVOLUTION_H

#include "SegRows.h"

enum {
  SEG_MATRIX_PLACES = 16, // rows of a tile register: places of the output
  SEG_MATRIX_OUTPUTS = 16, // columns of a tile register of sums: output channels
  SEG_MATRIX_BYTES = 64, // of a row of a tile register: inputs that one product sums up
  SEG_MATRIX_WORD = 4 // bytes of neighbouring inputs that lie together in a register of weights
};

// output = after(before(convolution(input) + bias) + added). The activations have no function.
//
// The output is made in bands of rows. Its places are taken sixteen at a time, as tiles: the inputs of one step of a tile lie `place_step` bytes apart from one
// place to the next, either where the input is (single pixels that need no margin) or in a copy of the band's rows with zeros around them.
typedef struct SegMatrixConvolution {
  SegTypedMap input; // bytes or bfloat16; finite numbers, as what lies beside a window may be multiplied with zeros
  SegTypedMap output; // the same kind, or floats
  // Whether results that are floats are written as halves (binary16 of IEEE 754) instead; of bytes, output channels are whole pairs of registers then, and neither
  // is anything added nor are there activations.
  int32_t writes_halves;
  SegTypedMap added; // the same kind as the input; null data for nothing; may be the output
  const uint8_t *weights; // of seg_matrix_pack, 64-byte aligned
  const int32_t *offsets; // for each step, in bytes from a place's first input
  int32_t steps;
  int32_t is_paired; // whether vectors of numbers for output channels are in the order of pairs (seg_matrix_place); for outputs of bytes, and results below 2^31
  const float *factors, *biases; // one for each output channel, filled up to whole tiles: result = factor * sum + bias in units of the output's scale
  SegActivation before, after; // limits in units of the output's scale
  int32_t stride_vertical; // rows of the input from one row of the output to the next
  int32_t is_direct; // whether the input is read where it lies
  int32_t band_rows; // of the output, the most of a band
  const int32_t *tile_offsets; // where each tile of a band begins, in bytes
  const int32_t *targets; // for each place of each tile: the pixel of the band that it is, row by row; -1 for none
  const int32_t *tile_counts; // tiles of a band of one row, of two rows, ... of band_rows; those of fewer rows are the first ones
  int32_t place_step;
  size_t tile_bytes; // from a tile's begin to behind the last byte of its steps; a multiple of 64
  // Of the copy: every row_step-th row and every column_step-th column, where others are not read. Rows of one phase (row modulo `phases`) lie together.
  int32_t row_step, column_step, phases;
  // Where it is not zero, the copy has for each row of the output the columns of the input, and in each the so many rows of a window, row_dilation apart, together.
  int32_t rows_together, row_dilation;
  int32_t input_rows; // rows of the copy of a whole band
  int32_t padding_top, padding_left;
  size_t row_bytes; // of the copy, or of the input where that is read directly
  size_t phase_bytes; // of a phase, behind which lie SEG_MATRIX_BYTES at least before the next
  size_t copy_bytes; // all phases, and what the last places' steps reach beyond; a multiple of 64
  int32_t first_row, row_count; // rows of the output that are made; the first of them is where output.data and added.data point
  int32_t shares; // parts of these rows, each with scratch of its own
  uint8_t *scratch; // share_bytes for each share, 64-byte aligned
  size_t share_bytes; // of seg_matrix_share_bytes
} SegMatrixConvolution;

// Rows are shares.
void seg_matrix_convolution(const void *arguments, int32_t begin, int32_t end);

// Scratch that a share needs, a multiple of 64.
size_t seg_matrix_share_bytes(const SegMatrixConvolution *work);

// Bytes of the packed weights of so many steps.
size_t seg_matrix_weight_bytes(int32_t steps, int32_t outputs);

// Where an output channel is among all: where results of two whole registers are packed to bytes at once, which alternates between them by four, their channels
// are in such an order that the bytes come to lie in theirs.
int32_t seg_matrix_place(int32_t output, int32_t outputs, int32_t is_paired);

// Puts one output channel's weights of one step in order: SEG_MATRIX_BYTES bytes in the order of the inputs. `place`: the channel's among all.
void seg_matrix_pack(const uint8_t *weights, int32_t step, int32_t steps, int32_t place, int32_t outputs, uint8_t *packed);

// Whether this processor has the instructions, and the system lets this process use them.
int32_t seg_matrix_convolution_is_available(void);

#endif
