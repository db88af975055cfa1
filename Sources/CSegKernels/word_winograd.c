#include "word_winograd.h"

#include "winograd_points.h"
#include "word_weights.h"

size_t seg_word_winograd_share_bytes(int32_t inputs, int32_t block_tiles) {
  return (size_t)block_tiles * (word_vectors(inputs) * TILE_WORDS * sizeof(int16_t) + tile_sums(GROUP_VECTORS) * sizeof(int32_t));
}

static int32_t pairs_of(int32_t inputs) { return (inputs + 1) / 2; }
static int32_t vectors_of(int32_t outputs) { return parts_of(outputs, LANES); }

size_t seg_word_winograd_weight_count(int32_t inputs, int32_t outputs) { return (size_t)PLANES * vectors_of(outputs) * pairs_of(inputs) * WORDS; }

// The nearest bfloat16, ties to even.
static int16_t half_of(double number) {
  const float single = (float)number;
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  return (int16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

static void half_weights(const float *taps, int16_t words[PLANES]) {
  double numbers[PLANES];
  spread_taps(taps, SPREAD_FLOATS, numbers);
  for (int32_t place = 0; place < PLANES; place++) words[place] = half_of(numbers[place]);
}

void seg_word_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, SegFormat format, int16_t *packed, float *scales) {
  const int32_t vectors = vectors_of(outputs), pairs = pairs_of(inputs);
  const int is_half = format == SEG_BFLOAT16;
  memset(packed, 0, seg_word_winograd_weight_count(inputs, outputs) * sizeof(int16_t));
  for (int32_t output = 0; output < outputs; output++) {
    const float *own = weights + 9 * (size_t)inputs * output;
    const double scale = is_half ? 1 : seg_word_scale(own, inputs, format);
    scales[output] = is_half ? 1 : seg_word_sum_factor(scale);
    // Vectors of outputs lie in the groups that the product makes at once.
    const int32_t vector = output / LANES, before = vector / GROUP_VECTORS * GROUP_VECTORS;
    const int32_t together = vectors - before < GROUP_VECTORS ? vectors - before : GROUP_VECTORS;
    int16_t *group = packed + (size_t)PLANES * before * pairs * WORDS + (vector - before) * WORDS + output % LANES * 2;
    for (int32_t input = 0; input < inputs; input++) {
      int16_t words[PLANES];
      if (is_half) half_weights(own + 9 * (size_t)input, words);
      else seg_word_weights(own + 9 * (size_t)input, scale, words);
      for (int32_t place = 0; place < PLANES; place++) group[((size_t)place * pairs + input / 2) * together * WORDS + input % 2] = words[place];
    }
  }
}

int32_t seg_half_winograd_is_available(void) {
#if SEGPLAY_BYTE_PRODUCTS
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("fma");
#else
  return 0;
#endif
}

#if SEGPLAY_BYTE_PRODUCTS

static void run_block(const SegWordWinograd *work, TileGroup block, uint8_t *scratch) {
  const int32_t inputs = work->input.channels, vectors = vectors_of(work->output.channels), pairs = pairs_of(inputs);
  const size_t tile_size = (size_t)word_vectors(inputs) * TILE_WORDS;
  int32_t *sums = (int32_t *)scratch;
  int16_t *tiles = (int16_t *)(sums + work->block_tiles * tile_sums(GROUP_VECTORS));
  const int32_t groups = parts_of(block.count, GROUP_TILES);
  const int is_half = work->input.format == SEG_BFLOAT16;
  const WordProduct product = is_half ? seg_half_winograd_product : seg_word_winograd_product;
  for (int32_t index = 0; index < groups; index++) {
    const TileGroup group = part(block, index, groups);
    int16_t *to = tiles + (size_t)(group.first - block.first) * tile_size;
    if (is_half) seg_half_winograd_forward(work, group, to);
    else seg_word_winograd_forward(work, group, to);
  }
  const int16_t *weights = work->weights;
  for (int32_t vector = 0; vector < vectors; vector += GROUP_VECTORS) {
    const int32_t together = vectors - vector < GROUP_VECTORS ? vectors - vector : GROUP_VECTORS;
    for (int32_t plane = 0; plane < PLANES; plane++, weights += (size_t)pairs * together * WORDS) {
      for (int32_t index = 0; index < groups; index++) {
        const TileGroup group = part(block, index, groups);
        const size_t place = (size_t)(group.first - block.first);
        product(tiles + place * tile_size + plane * WORDS, weights, pairs, group.count, together,
                sums + place * tile_sums(together) + (size_t)plane * together * LANES, (Asking){index, groups});
      }
    }
    for (int32_t index = 0; index < groups; index++) {
      const TileGroup group = part(block, index, groups);
      const int32_t *from = sums + (size_t)(group.first - block.first) * tile_sums(together);
      if (is_half) seg_half_winograd_backward(work, group, vector * LANES, together, from);
      else seg_word_winograd_backward(work, group, vector * LANES, together, from);
    }
  }
}

void seg_word_winograd(const void *arguments, int32_t begin, int32_t end) {
  const SegWordWinograd *work = arguments;
  const TileGroup all = {0, work->tile_rows * work->tile_columns};
  for (int32_t share = begin; share < end; share++) {
    const TileGroup mine = part(all, share, work->shares);
    const int32_t blocks = parts_of(mine.count, work->block_tiles);
    for (int32_t block = 0; block < blocks; block++) run_block(work, part(mine, block, blocks), work->scratch + share * work->share_bytes);
  }
}

#else

void seg_word_winograd(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
