// Winograd's convolution of bytes in three stages: tiles transformed forward to words of two bytes, 36 products of matrices, sums transformed back.
//
// The transformed tiles of a block lie as 36 planes, one for each place of a tile. In a plane the tiles lie in groups, one group for each step of the product:
// group, 32 channels, tile of the group, channel. The sums of one or two vectors of outputs lie as 36 planes too: group, tile of the group, output.
#ifndef SEGPLAY_BYTE_WINOGRAD_STAGES_H
#define SEGPLAY_BYTE_WINOGRAD_STAGES_H

#include "SegByteWinograd.h"
#include "byte_target.h"
#include "winograd_tiles.h"

enum {
  WORDS = 32, // of two bytes, in a vector
  GROUP_TILES = 14, // the most tiles of a group: with two vectors of outputs the sums fill 28 registers
  GROUP_VECTORS = 2, // of sixteen outputs
};

INLINE int32_t word_vectors(int32_t channels) { return parts_of(channels, WORDS); }

// Elements from one plane to the next: an odd number of cache lines, so that the planes lie at different places of a cache.
INLINE size_t word_plane(int32_t block_tiles, int32_t channels) { return ((size_t)block_tiles * word_vectors(channels) | 1) * WORDS; }
INLINE size_t sum_plane(int32_t block_tiles) { return ((size_t)block_tiles * GROUP_VECTORS | 1) * LANES; }

// Transforms a group's tiles of the input into its place in the first plane.
void seg_byte_winograd_forward(const SegByteWinograd *work, TileGroup group, int16_t *planes, size_t plane);

// sums[tile][vector][output] = sum over inputs of tiles[vector of inputs][tile][input] * weights[pair of inputs][vector][output][input of the pair].
void seg_byte_winograd_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, int32_t *sums);

// Makes outputs from `channel` on, `vectors` times sixteen, of a group's sums.
void seg_byte_winograd_backward(const SegByteWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const int32_t *sums, size_t plane);

#endif
