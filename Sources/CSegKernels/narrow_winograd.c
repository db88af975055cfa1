#include "narrow_winograd.h"

#include "winograd_ahead.h"
#include "winograd_points.h"

static int32_t has_narrow_vectors_only(void) {
#if defined(__x86_64__) && !defined(SEGPLAY_ONLY_AVX2)
  return __builtin_cpu_supports("x86-64-v3") && !__builtin_cpu_supports("x86-64-v4");
#elif defined(__x86_64__)
  return __builtin_cpu_supports("x86-64-v3") != 0;
#else
  return 0;
#endif
}

int32_t seg_winograd_asks_ahead(void) { return has_narrow_vectors_only(); }

int32_t seg_narrow_winograd_is_used(int32_t outputs) {
  // Vectors of sixteen are faster, by about as much, where a fifth more outputs are not filled up.
  const int32_t narrow = narrow_vectors(outputs) * FLOATS_LANES, wide = parts_of(outputs, LANES) * LANES;
  return has_narrow_vectors_only() && 5 * wide >= 6 * narrow;
}

size_t seg_narrow_winograd_weight_count(int32_t inputs, int32_t outputs) {
  return (size_t)PLANES * (size_t)inputs * (size_t)narrow_vectors(outputs) * FLOATS_LANES;
}

void seg_narrow_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, float *packed) {
  const int32_t vectors = narrow_vectors(outputs);
  const size_t plane = seg_narrow_winograd_weight_count(inputs, outputs) / PLANES;
  for (int32_t vector = 0, count; vector < vectors; vector += count) {
    count = vectors_beside(vector, vectors);
    for (int32_t input = 0; input < inputs; input++)
      for (int32_t lane = 0; lane < count * FLOATS_LANES; lane++, packed++) {
        const int32_t output = vector * FLOATS_LANES + lane;
        double numbers[PLANES] = {0};
        if (output < outputs) spread_taps(weights + ((size_t)output * (size_t)inputs + (size_t)input) * 9, SPREAD_FLOATS, numbers);
        for (int32_t index = 0; index < PLANES; index++) packed[(size_t)index * plane] = (float)numbers[index];
      }
  }
}

#ifdef __x86_64__

FLOATS_TARGET void seg_narrow_winograd_block(const SegWinograd *work, TileGroup block, float *scratch) {
  const int32_t inputs = work->input.channels, vectors = narrow_vectors(work->output.channels);
  const size_t in_plane = narrow_plane(work->block_tiles, inputs), out_plane = narrow_plane(work->block_tiles, work->output.channels);
  const size_t pitch = (size_t)narrow_vectors(inputs) * FLOATS_LANES;
  const float none[3 * FLOATS_LANES] = {0};
  float *tiles = scratch, *sums = scratch + PLANES * in_plane;
  seg_narrow_winograd_forward(work, block, tiles, in_plane);
  const float *weights = work->weights;
  for (int32_t plane = 0; plane < PLANES; plane++, tiles += in_plane, sums += out_plane) {
    float *to = sums;
    for (int32_t vector = 0, count; vector < vectors; vector += count) {
      count = vectors_beside(vector, vectors);
      const int32_t groups = parts_of(block.count, most_pixels(count));
      for (int32_t index = 0; index < groups; index++) {
        const TileGroup group = part((TileGroup){0, block.count}, index, groups);
        const Terms terms = {tiles + (size_t)group.first * pitch, pitch, inputs};
        multiply(terms, weights, group.count, count, none, to);
        to += group.count * count * FLOATS_LANES;
      }
      weights += (size_t)inputs * (size_t)count * FLOATS_LANES;
    }
  }
  seg_narrow_winograd_backward(work, block, sums - PLANES * out_plane, out_plane);
}

#else

void seg_narrow_winograd_block(const SegWinograd *work, TileGroup block, float *scratch) {
  (void)work;
  (void)block;
  (void)scratch;
  __builtin_trap();
}

#endif
