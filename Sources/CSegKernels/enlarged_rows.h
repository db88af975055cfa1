// Rows of an enlarged map that lie between the same rows of the small one.
#ifndef SEGPLAY_ENLARGED_ROWS_H
#define SEGPLAY_ENLARGED_ROWS_H

#include "SegEnlargedSums.h"

// Whether an output row and the next have the same places with other shares: products from beyond the first cache are then read once for both.
static inline int are_between_same(const SegEnlargedSums *work, int32_t row) {
  const SegShare *first = work->row_shares + (size_t)row * (size_t)work->most_row_shares, *second = first + work->most_row_shares;
  if (work->row_counts[row] != work->row_counts[row + 1]) return 0;
  for (int32_t index = 0; index < work->row_counts[row]; index++)
    if (first[index].offset != second[index].offset) return 0;
  return 1;
}

#endif
