// Winograd's convolution in three stages: tiles transformed forward, 36 products of matrices, sums transformed back.
//
// Both transformed maps of a block of tiles lie as 36 planes, one for each place of a transformed tile. In a plane the tiles lie in groups, one group for each
// step of the product: group, sixteen channels, tile of the group, channel.
#ifndef SEGPLAY_WINOGRAD_STAGES_H
#define SEGPLAY_WINOGRAD_STAGES_H

#include "SegWinograd.h"
#include "winograd_tiles.h"

// The transforms are sixteen floats wide throughout, which is one register where the processor has such.
#define WIDE __attribute__((min_vector_width(512)))

INLINE int32_t vectors_of(int32_t channels) { return (channels + LANES - 1) / LANES; }

// Numbers from one plane to the next: an odd number of cache lines, so that the planes lie at different places of a cache.
INLINE size_t plane_size(int32_t block_tiles, int32_t channels) { return ((size_t)block_tiles * vectors_of(channels) | 1) * LANES; }

// Transforms a group's tiles of the input into its place in the first plane.
void seg_winograd_forward(const SegWinograd *work, TileGroup group, float *planes, size_t plane);

// Makes outputs of a group's sums.
void seg_winograd_backward(const SegWinograd *work, TileGroup group, const float *planes, size_t plane);

// Transforms weights (output channel, input channel, row, column): plane, vector of outputs, input, output.
void seg_wide_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, float *packed);

// sums[vector of outputs][tile][output] = sum over `terms` inputs of tiles[vector of inputs][tile][input] * weights[vector of outputs][input][output] for a
// group of `count` tiles and `vectors` (1 or the most) vectors of outputs.
typedef void (*WinogradProduct)(const float *tiles, const float *weights, int32_t terms, int32_t count, int32_t vectors, float *sums);

// The product for this processor, with the most tiles that a group of it may have and the most vectors of outputs at once.
typedef struct WinogradProductKind {
  WinogradProduct run;
  int32_t tiles, vectors;
} WinogradProductKind;

WinogradProductKind seg_winograd_product(void);

#endif
