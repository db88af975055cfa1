// Winograd's convolution of bytes on sixteen tiles at once, in three stages: tiles transformed forward; products of all places of a line of the transformed tiles at
// once, whose sums are transformed back along the line while they are in registers; and the other direction with what follows.
//
// Work goes by runs of sixteen pixels of a row of tiles, which are four tiles. Four runs are a group: sixteen tiles, of which each vector has one number, that of run r
// and its tile t in word 4 * t + r. So four vectors of a row's pixels are turned round within their 128-bit lanes only. Channels of a plane are taken in pairs, in an
// order that needs no turning either.
#ifndef SEGPLAY_PLANE_WINOGRAD_STAGES_H
#define SEGPLAY_PLANE_WINOGRAD_STAGES_H

#include "SegPlaneWinograd.h"
#include "byte_planes.h"
#include "winograd_tiles.h"

enum {
  GROUP_RUNS = 4,
  WORDS_OF_VECTOR = 2 * LANES,
  LINE_WORDS = TILE_IN * WORDS_OF_VECTOR, // of a line of the transformed tiles: place, tile, channel of a pair
  LINE_SUMS = TILE_OUT * LANES, // of a line of sums that are transformed back along it: column, tile
};

// Where a group's runs lie: the first plane of each row; other planes lie so many bytes further each.
typedef struct PlaneGroup {
  const uint8_t *inputs[TILE_IN][GROUP_RUNS]; // where the first tile begins
  size_t input_bytes;
  const uint8_t *added[TILE_OUT][GROUP_RUNS]; // where nothing is to be written, anything that can be read
  size_t added_bytes;
  uint8_t *results[TILE_OUT][GROUP_RUNS]; // null where nothing is to be written
  size_t result_bytes;
} PlaneGroup;

INLINE int32_t planes_of(int32_t channels) { return parts_of(channels, SEG_BYTE_GROUP); }

// Whether the last plane has channels of a single pair.
INLINE int has_single_pair(int32_t channels) { return (channels - 1) % SEG_BYTE_GROUP < 2; }

INLINE int32_t plane_pairs(int32_t channels) { return 2 * planes_of(channels) - (has_single_pair(channels) ? 1 : 0); }

// Numbers from one line of the transformed tiles to the next: pair, place, tile, channel of the pair. An odd number of lines of the cache, so that lines do not fall
// into few of its sets.
INLINE size_t line_words(int32_t channels) { return (size_t)LINE_WORDS * (size_t)plane_pairs(channels) + WORDS_OF_VECTOR; }

// The stages. `forward` transforms a group's tiles. `product` makes the sums of a plane of `outputs` output channels of weights (line, pair, place, output) with all
// lines of the tiles, transformed back along the line: output, line, column, tile. `backward` makes the results of a group's plane from `channel` on of its sums.
typedef void (*PlaneForward)(const SegPlaneWinograd *work, const PlaneGroup *group, int16_t *tiles);
typedef void (*PlaneProduct)(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums);
typedef void (*PlaneBackward)(const SegPlaneWinograd *work, const PlaneGroup *group, int32_t channel, const float *sums);

// What turns rows round: `split` writes `count` pixels that lie `step` bytes apart to planes, `join` sixteen pixels of planes channels-last, without gaps; where the
// last channels do not fill a chunk, up to fifteen bytes behind the pixels are written as well.
typedef void (*PlaneSplit)(const uint8_t *from, size_t step, int32_t count, int32_t planes, uint8_t *to, size_t plane_bytes);
typedef void (*PlaneJoin)(uint8_t *to, int32_t channels, const uint8_t *planes, size_t plane_bytes);

// In registers of 64 bytes, and of 32, there also with products and sums in one instruction.
void seg_wide_plane_forward(const SegPlaneWinograd *work, const PlaneGroup *group, int16_t *tiles);
void seg_narrow_plane_forward(const SegPlaneWinograd *work, const PlaneGroup *group, int16_t *tiles);
void seg_wide_plane_product(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums);
void seg_narrow_plane_product(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums);
void seg_fused_plane_product(const int16_t *tiles, const int32_t *weights, int32_t pairs, int32_t outputs, float *sums);
void seg_wide_plane_backward(const SegPlaneWinograd *work, const PlaneGroup *group, int32_t channel, const float *sums);
void seg_narrow_plane_backward(const SegPlaneWinograd *work, const PlaneGroup *group, int32_t channel, const float *sums);
void seg_wide_plane_split(const uint8_t *from, size_t step, int32_t count, int32_t planes, uint8_t *to, size_t plane_bytes);
void seg_narrow_plane_split(const uint8_t *from, size_t step, int32_t count, int32_t planes, uint8_t *to, size_t plane_bytes);
void seg_wide_plane_join(uint8_t *to, int32_t channels, const uint8_t *planes, size_t plane_bytes);
void seg_narrow_plane_join(uint8_t *to, int32_t channels, const uint8_t *planes, size_t plane_bytes);

#endif
