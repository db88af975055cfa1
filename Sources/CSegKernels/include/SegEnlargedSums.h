// Convolutions of enlarged maps from products that were made before enlarging.
#ifndef SEGPLAY_ENLARGED_SUMS_H
#define SEGPLAY_ENLARGED_SUMS_H

#include "SegRows.h"

// Channels of a block are a multiple of these, for floats and for halves.
enum { SEG_ENLARGED_VECTOR = 16, SEG_ENLARGED_HALVES = 32 };
// Rows of a kernel of halves at most.
enum { SEG_ENLARGED_MOST_ROWS = 16 };

// One of the places that a result is made of, and its share.
typedef struct SegShare {
  int32_t offset; // numbers
  float share;
} SegShare;

// Results of some output channels (`block`) for some output rows. For each place of the small map there are the products of each tap of the kernel, row by row, and
// in each tap of each of the channels. A result is the sum over all taps of their products, interpolated at the tap's place.
//
// Numbers are floats, or halves (binary16 of IEEE 754). Halves count in a unit in which none of the sums, whatever the input, is beyond what they hold.
typedef struct SegEnlargedSums {
  // A ring of rows of the small map: row, column, tap, channel.
  const void *products;
  int32_t product_width, kernel_rows, kernel_columns, block;
  // For each output row, up to `most_row_shares` places in `products` of the first column, of which `row_counts` count; each stands for all taps of a row.
  const SegShare *row_shares;
  const int32_t *row_counts;
  int32_t most_row_shares;
  // The same for each output column, in a line that is interpolated already: column, tap of a row, channel.
  const SegShare *column_shares;
  const int32_t *column_counts;
  int32_t most_column_shares;
  const float *bias;
  SegActivation activation; // without a function
  float unit; // of the products, bias and the activation's limit, in that of the output's bytes; for halves, a power of two
  SegTypedMap output; // its data starts at the block's first channel; bytes for halves
  void *lines; // one for each row that is made at once
  int32_t first_row; // row 0 of a call is this one
} SegEnlargedSums;

// Numbers of a line.
size_t seg_enlarged_line(int32_t product_width, int32_t kernel_columns, int32_t block);

// Of floats.
void seg_enlarged_sums(const void *arguments, int32_t begin, int32_t end);

// Of halves, for processors that calculate in them.
void seg_enlarged_halves(const void *arguments, int32_t begin, int32_t end);
int32_t seg_enlarged_halves_is_available(void);

#endif
