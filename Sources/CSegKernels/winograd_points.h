// Winograd's transforms F(4x4, 3x3) in floats for the interpolation points 0, ±√½, ±√2 and infinity, which give sums about as exact as nine products do: 0, ±1, ±2
// and infinity lose three times as much.
#ifndef SEGPLAY_WINOGRAD_POINTS_H
#define SEGPLAY_WINOGRAD_POINTS_H

#include "winograd_tiles.h"

static const float ROOT = 0.70710678118654752f;

// G of the paper, for these points: what three weights in a line become.
static const double SPREAD_FLOATS[TILE_IN][3] = {
  {1, 0, 0},
  {-2.0 / 3, -0.47140452079103168, -1.0 / 3},
  {-2.0 / 3, 0.47140452079103168, -1.0 / 3},
  {1.0 / 6, 0.23570226039551584, 1.0 / 3},
  {1.0 / 6, -0.23570226039551584, 1.0 / 3},
  {0, 0, 1},
};

#endif
