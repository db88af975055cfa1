#include "winograd.h"

#include "narrow_winograd.h"

INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

static void run_block(const SegWinograd *work, TileGroup block, float *scratch) {
  const WinogradProductKind product = seg_winograd_product();
  const int32_t inputs = work->input.channels, in_vectors = vectors_of(inputs), out_vectors = vectors_of(work->output.channels);
  const size_t in_plane = plane_size(work->block_tiles, inputs), out_plane = plane_size(work->block_tiles, work->output.channels);
  const size_t weights_step = (size_t)inputs * LANES;
  float *tiles = scratch, *sums = scratch + PLANES * in_plane;
  const int32_t groups = parts_of(block.count, product.tiles);
  for (int32_t index = 0; index < groups; index++) {
    const TileGroup group = part(block, index, groups);
    seg_winograd_forward(work, group, tiles + (size_t)(group.first - block.first) * in_vectors * LANES, in_plane);
  }
  const float *weights = work->weights;
  for (int32_t plane = 0; plane < PLANES; plane++, tiles += in_plane, sums += out_plane) {
    for (int32_t vector = 0; vector < out_vectors;) {
      const int32_t vectors = smaller(product.vectors, out_vectors - vector);
      for (int32_t index = 0; index < groups; index++) {
        const TileGroup group = part(block, index, groups);
        const size_t place = (size_t)(group.first - block.first);
        float *to = sums + (place * out_vectors + (size_t)vector * group.count) * LANES;
        product.run(tiles + place * in_vectors * LANES, weights, inputs, group.count, vectors, to);
      }
      weights += vectors * weights_step;
      vector += vectors;
    }
  }
  sums -= PLANES * out_plane;
  for (int32_t index = 0; index < groups; index++) {
    const TileGroup group = part(block, index, groups);
    seg_winograd_backward(work, group, sums + (size_t)(group.first - block.first) * out_vectors * LANES, out_plane);
  }
}

typedef void (*WinogradBlock)(const SegWinograd *, TileGroup, float *);

void seg_winograd(const void *arguments, int32_t begin, int32_t end) {
  const SegWinograd *work = arguments;
  const TileGroup all = {0, work->tile_rows * work->tile_columns};
  for (int32_t share = begin; share < end; share++) {
    const TileGroup mine = part(all, share, work->shares);
    const int32_t blocks = parts_of(mine.count, work->block_tiles);
    const WinogradBlock run = seg_narrow_winograd_is_used(work->output.channels) ? seg_narrow_winograd_block : run_block;
    for (int32_t block = 0; block < blocks; block++) run(work, part(mine, block, blocks), work->scratch + share * work->share_size);
  }
}

size_t seg_winograd_share_size(int32_t inputs, int32_t outputs, int32_t block_tiles) {
  if (seg_narrow_winograd_is_used(outputs)) return PLANES * (narrow_plane(block_tiles, inputs) + narrow_plane(block_tiles, outputs));
  return PLANES * (plane_size(block_tiles, inputs) + plane_size(block_tiles, outputs));
}

size_t seg_winograd_weight_count(int32_t inputs, int32_t outputs) {
  if (seg_narrow_winograd_is_used(outputs)) return seg_narrow_winograd_weight_count(inputs, outputs);
  return (size_t)PLANES * vectors_of(outputs) * inputs * LANES;
}

void seg_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, float *packed) {
  if (seg_narrow_winograd_is_used(outputs)) return seg_narrow_winograd_pack(weights, inputs, outputs, packed);
  seg_wide_winograd_pack(weights, inputs, outputs, packed);
}

int32_t seg_winograd_lanes(int32_t outputs) { return seg_narrow_winograd_is_used(outputs) ? 8 : LANES; }
