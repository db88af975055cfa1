// Sixteen vectors of sixteen as columns.
#ifndef SEGPLAY_TRANSPOSE_H
#define SEGPLAY_TRANSPOSE_H

#include "vectors.h"

// Turns sixteen rows of sixteen into columns: four times, every pair of rows exchanges halves of ever larger blocks.
INLINE void transpose(Lanes *rows) {
  Lanes next[LANES];
  for (int row = 0; row < LANES; row += 2) {
    next[row] = __builtin_shufflevector(rows[row], rows[row + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    next[row + 1] = __builtin_shufflevector(rows[row], rows[row + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  }
  for (int row = 0; row < LANES; row++) {
    if (row & 2) continue;
    rows[row] = __builtin_shufflevector(next[row], next[row + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    rows[row + 2] = __builtin_shufflevector(next[row], next[row + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  for (int row = 0; row < LANES; row++) {
    if (row & 4) continue;
    next[row] = __builtin_shufflevector(rows[row], rows[row + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    next[row + 4] = __builtin_shufflevector(rows[row], rows[row + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  }
  for (int row = 0; row < LANES / 2; row++) {
    rows[row] = __builtin_shufflevector(next[row], next[row + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    rows[row + 8] = __builtin_shufflevector(next[row], next[row + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
}

#endif
