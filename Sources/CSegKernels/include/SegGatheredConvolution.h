// Convolutions of bytes in registers of 32 bytes: the windows of some pixels are copied to lie one behind the other, and each result is a sum over one of them.
#ifndef SEGPLAY_GATHERED_CONVOLUTION_H
#define SEGPLAY_GATHERED_CONVOLUTION_H

#include "SegRows.h"

enum {
  SEG_GATHERED_WORD = 4, // bytes of a window that are summed up at once
  SEG_GATHERED_LANES = 8, // output channels of a register
  SEG_GATHERED_BESIDE = 4, // registers of output channels that are made beside each other; two or one where no more are left
  SEG_GATHERED_SUMS = 8, // registers of sums; the pixels that are made at once are as many as there is room for
  SEG_GATHERED_FUSED_SUMS = 12, // the same where products and sums are one instruction
  SEG_GATHERED_PLACES = SEG_GATHERED_FUSED_SUMS, // pixels that a share has at least
  SEG_GATHERED_GROUP = 24 // pixels that are made at once fill such groups, however many they are
};

// Output channels that are made at once. Words of their windows are summed up two at a time where the sums of four products fit 16 bits for all channels, whatever the
// input, and the others one at a time.
typedef struct SegGatheredBlock {
  int32_t first, registers; // of output channels
  int32_t pairs, singles; // of words
  const int32_t *offsets; // bytes from a window's start to each word: those of the pairs, then the others
  const int8_t *weights; // [word][output channel][byte], 32-byte aligned; filled up with zeros. None is beyond 63, so that two products of bytes without a sign fit
                         // 16 bits, but where products are fused
} SegGatheredBlock;

// Registers of the next output channels that are made beside each other, where so many channels are left.
static inline int32_t seg_gathered_beside(int32_t left) {
  const int32_t registers = (left + SEG_GATHERED_LANES - 1) / SEG_GATHERED_LANES;
  return registers >= SEG_GATHERED_BESIDE ? SEG_GATHERED_BESIDE : registers >= 2 ? 2 : 1;
}

// Orders the words of weights [word][output channel][byte], none of which is beyond 63: pairs first, then the others. `order` has `words` entries. Returns the
// number of pairs.
int32_t seg_gathered_match(const int8_t *weights, int32_t words, int32_t outputs, int32_t *order);

// output = after(before(convolution(input) + bias) + added).
typedef struct SegGatheredConvolution {
  SegTypedMap input; // bytes
  SegTypedMap output; // bytes, or floats
  SegTypedMap added; // bytes; null data for nothing; may be the output
  int32_t kernel_rows, kernel_columns, stride_vertical, stride_horizontal, dilation_vertical, dilation_horizontal, padding_top, padding_left;
  int32_t is_copied; // whether windows are copied; those of single pixels without a sign, one beside the other, may be read where they lie
  int32_t is_fused; // whether products and sums are one instruction (seg_has_fused_products); no words are in pairs then
  int32_t words; // of a window: row, column, channel, filled up once
  const SegGatheredBlock *blocks;
  int32_t block_count;
  const int32_t *starts; // what each output channel's sum begins with; like the factors, biases and slopes filled up to SEG_GATHERED_LANES
  const float *factors, *biases; // result = factor * sum + bias in units of the output's scale; below 2^31 in size
  SegActivation before, after; // limits in units of the output's scale, no function
  int32_t first_row, row_count; // rows of the output that are made; the first of them is where output.data and added.data point
  int32_t block_places; // pixels for which all output channels are made before the next, SEG_GATHERED_PLACES at least
  int32_t shares; // parts of these rows' pixels, each with scratch of its own
  uint8_t *scratch; // share_bytes for each share, 64-byte aligned
  size_t share_bytes; // of seg_gathered_share_bytes
} SegGatheredConvolution;

// Scratch that a share needs, a multiple of 64.
size_t seg_gathered_share_bytes(const SegGatheredConvolution *work);

// Rows are shares; where seg_has_narrow_products.
void seg_gathered_convolution(const void *arguments, int32_t begin, int32_t end);

#endif
