// Winograd's convolution in vectors of eight floats, for processors with AVX2 and no more: fewer channels are filled up, and the transforms fit sixteen registers.
//
// Both transformed maps of a block of tiles lie as 36 planes. In a plane of the input: tile, channel, filled up to whole vectors. In a plane of sums: set of up to
// three vectors of outputs, tile, vector of the set, channel.
#ifndef SEGPLAY_NARROW_WINOGRAD_H
#define SEGPLAY_NARROW_WINOGRAD_H

#include "SegWinograd.h"
#include "float_results.h"
#include "winograd_tiles.h"

INLINE int32_t narrow_vectors(int32_t channels) { return parts_of(channels, FLOATS_LANES); }

// Numbers from one plane to the next: an odd number of cache lines, so that the planes lie at different places of a cache.
INLINE size_t narrow_plane(int32_t block_tiles, int32_t channels) {
  const size_t lines = ((size_t)block_tiles * (size_t)narrow_vectors(channels) * FLOATS_LANES + 15) / 16;
  return (lines | 1) * 16;
}

// Whether the kernels of this kind are used for so many output channels, instead of those of sixteen floats.
int32_t seg_narrow_winograd_is_used(int32_t outputs);

// Numbers that the packed weights take, and packing them: plane, set of vectors of outputs, input, output.
size_t seg_narrow_winograd_weight_count(int32_t inputs, int32_t outputs);
void seg_narrow_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, float *packed);

// A block of tiles, with scratch for both transformed maps.
void seg_narrow_winograd_block(const SegWinograd *work, TileGroup block, float *scratch);

// Transforms a block's tiles of the input into planes.
void seg_narrow_winograd_forward(const SegWinograd *work, TileGroup block, float *planes, size_t plane);

// Makes outputs of a block's sums.
void seg_narrow_winograd_backward(const SegWinograd *work, TileGroup block, const float *planes, size_t plane);

#endif
