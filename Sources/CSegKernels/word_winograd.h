// Winograd's convolution of bytes or of bfloat16 in three stages: tiles transformed forward to words of two bytes (whole numbers, or bfloat16), 36 products of
// matrices with sums of four bytes (whole numbers, or floats), sums transformed back.
//
// The tiles of a block lie in groups, one group for each step of the product; in a group: 32 channels, tile, place of the transformed tile (36), channel. The sums
// of one or two vectors of outputs: group, tile, place, output. So both transforms work on memory that lies together, and a product reads whole cache lines.
#ifndef SEGPLAY_WORD_WINOGRAD_STAGES_H
#define SEGPLAY_WORD_WINOGRAD_STAGES_H

#include "SegWordWinograd.h"
#include "byte_target.h"
#include "narrow_target.h"
#include "winograd_tiles.h"

#if SEGPLAY_BYTE_PRODUCTS
#define HALF_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")))
#define HALF_INLINE HALF_TARGET static inline __attribute__((always_inline))
#endif

enum {
  WORDS = 32, // in a cache line, and in a register of 64 bytes
  GROUP_TILES = 14, // the most tiles of a group: with two vectors of outputs the sums fill 28 registers
  NARROW_WORDS = 16, // in a register of 32 bytes
  NARROW_LANES = 8, // outputs in one
  NARROW_TILES = 6, // the most tiles of a group there: the sums fill 12 registers of 16
  GROUP_VECTORS = 2, // of outputs
};

// Elements of a transformed tile's 32 channels.
enum { TILE_WORDS = PLANES * WORDS };

// Sums of a tile for vectors of sixteen outputs.
INLINE size_t tile_sums(int32_t vectors) { return (size_t)PLANES * vectors * LANES; }

// Which of the next place's weights a product asks for: those of every `step`-th pair from `first` on. The products of several groups with the same weights ask for
// a part each, so that what comes from beyond the caches has all their time.
typedef struct Asking {
  int32_t first, step;
} Asking;

// The three stages. `forward` transforms a group's tiles of the input. `product` makes the sums of `count` tiles at one place, which is where `tiles` and `sums` point:
// sums over inputs of tiles[vector of inputs][tile][input] * weights[pair of inputs][vector][output][input of the pair]. `backward` makes outputs from `channel` on,
// `vectors` vectors, of a group's sums.
typedef void (*WordForward)(const SegWordWinograd *work, TileGroup group, int16_t *tiles);
typedef void (*WordProduct)(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums, Asking asking);
typedef void (*WordBackward)(const SegWordWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const void *sums);

// Of bytes, of bfloat16, and of bytes in registers of 32 bytes, there also with products and sums in one instruction.
void seg_word_winograd_forward(const SegWordWinograd *work, TileGroup group, int16_t *tiles);
void seg_half_winograd_forward(const SegWordWinograd *work, TileGroup group, int16_t *tiles);
void seg_narrow_word_forward(const SegWordWinograd *work, TileGroup group, int16_t *tiles);
void seg_word_winograd_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums, Asking asking);
void seg_half_winograd_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums, Asking asking);
void seg_narrow_word_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums, Asking asking);
void seg_fused_word_product(const int16_t *tiles, const int16_t *weights, int32_t pairs, int32_t count, int32_t vectors, void *sums, Asking asking);
void seg_word_winograd_backward(const SegWordWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const void *sums);
void seg_half_winograd_backward(const SegWordWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const void *sums);
void seg_narrow_word_backward(const SegWordWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const void *sums);

// Where a tile begins in a map.
typedef struct Corner {
  int32_t row, column;
} Corner;

// The corner of tile `index` in the output.
INLINE Corner output_corner(const SegWordWinograd *work, int32_t index) {
  return (Corner){work->tops[index / work->tile_columns], work->lefts[index % work->tile_columns]};
}

// The same in the input.
INLINE Corner input_corner(const SegWordWinograd *work, int32_t index) {
  const Corner corner = output_corner(work, index);
  return (Corner){corner.row - work->padding_top, corner.column - work->padding_left};
}

// Whether a tile lies within the input altogether.
INLINE int is_inside(const SegWordWinograd *work, Corner corner) {
  return corner.row >= 0 && corner.row + (TILE_IN - 1) * work->dilation_vertical < work->input.height && corner.column >= 0 &&
         corner.column + (TILE_IN - 1) * work->dilation_horizontal < work->input.width;
}

// Where a place of a tile lies in the input; null outside.
INLINE const uint8_t *input_place(const SegWordWinograd *work, Corner corner, int32_t place, size_t pixel_bytes) {
  const int32_t row = corner.row + place / TILE_IN * work->dilation_vertical, column = corner.column + place % TILE_IN * work->dilation_horizontal;
  if (row < 0 || row >= work->input.height || column < 0 || column >= work->input.width) return 0;
  return (const uint8_t *)work->input.data + ((size_t)row * work->input.width + column) * pixel_bytes;
}

// Asks for what the next tile to the right reads first: the processor sees no stream in 36 places that move on by four at once.
INLINE void prefetch_next(const uint8_t *from, ptrdiff_t row_step, ptrdiff_t column_step) {
  for (int32_t row = 0; row < TILE_IN; row++)
    for (int32_t column = TILE_IN; column < TILE_IN + TILE_OUT; column++) __builtin_prefetch(from + row * row_step + column * column_step);
}

// Places of a tile along one side that lie within `length`.
INLINE int32_t places_within(int32_t first, int32_t step, int32_t length) {
  const int32_t count = (length - first + step - 1) / step;
  return count < TILE_OUT ? count : TILE_OUT;
}

#endif
