// The tiles of Winograd's convolution F(4x4, 3x3), and how many of them are worked on together.
#ifndef SEGPLAY_WINOGRAD_TILES_H
#define SEGPLAY_WINOGRAD_TILES_H

#include "vectors.h"

enum {
  TILE_IN = 6, // rows and columns of a tile of the input
  TILE_OUT = 4, // and of the output
  PLANES = TILE_IN * TILE_IN,
};

// Tiles one after another, row by row, that make a group.
typedef struct TileGroup {
  int32_t first, count;
} TileGroup;

// Part `index` of `count` equal parts of tiles.
INLINE TileGroup part(TileGroup tiles, int32_t index, int32_t count) {
  const int32_t begin = (int32_t)((int64_t)tiles.count * index / count), end = (int32_t)((int64_t)tiles.count * (index + 1) / count);
  return (TileGroup){tiles.first + begin, end - begin};
}

// Nine weights transformed with G, the paper's matrix for some interpolation points.
INLINE void spread_taps(const float *taps, const double matrix[TILE_IN][3], double numbers[PLANES]) {
  double lines[TILE_IN][3];
  for (int32_t row = 0; row < TILE_IN; row++)
    for (int32_t tap = 0; tap < 3; tap++) lines[row][tap] = matrix[row][0] * taps[tap] + matrix[row][1] * taps[3 + tap] + matrix[row][2] * taps[6 + tap];
  for (int32_t place = 0; place < PLANES; place++) {
    const double *line = lines[place / TILE_IN], *column = matrix[place % TILE_IN];
    numbers[place] = column[0] * line[0] + column[1] * line[1] + column[2] * line[2];
  }
}

INLINE int32_t parts_of(int32_t count, int32_t most) { return (count + most - 1) / most; }

#endif
