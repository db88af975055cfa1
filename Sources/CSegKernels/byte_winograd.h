// Winograd's convolution of bytes in three stages: tiles transformed forward to words of two bytes, 36 products of matrices, sums transformed back.
//
// The tiles of a block lie in groups, one group for each step of the product; in a group: 32 channels, tile, place of the transformed tile (36), channel. The sums
// of one or two vectors of outputs: group, tile, place, output. So both transforms work on memory that lies together, and a product reads whole cache lines.
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

// Elements of a transformed tile's 32 channels, and of a tile's sums.
enum { TILE_WORDS = PLANES * WORDS };
INLINE size_t tile_sums(int32_t vectors) { return (size_t)PLANES * vectors * LANES; }

// Transforms a group's tiles of the input.
void seg_byte_winograd_forward(const SegByteWinograd *work, TileGroup group, int16_t *tiles);

// The sums of `count` tiles at one place, which is where `tiles` and `sums` point: sums over inputs of
// tiles[vector of inputs][tile][input] * weights[pair of inputs][vector][output][input of the pair].
void seg_byte_winograd_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, int32_t *sums);

// Makes outputs from `channel` on, `vectors` times sixteen, of a group's sums.
void seg_byte_winograd_backward(const SegByteWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const int32_t *sums);

#endif
