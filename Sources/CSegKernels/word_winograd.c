#include "word_winograd.h"

#include "winograd_points.h"
#include "word_weights.h"

// The stages with what they work on at once.
typedef struct WordStages {
  WordForward forward;
  WordProduct product;
  WordBackward backward;
  int32_t words; // of a register: twice the outputs of a vector
  int32_t tiles; // the most of a group
} WordStages;

// What the wider registers need is enough for the others.
size_t seg_word_winograd_share_bytes(int32_t inputs, int32_t block_tiles) {
  return (size_t)block_tiles * (parts_of(inputs, WORDS) * TILE_WORDS * sizeof(int16_t) + tile_sums(GROUP_VECTORS) * sizeof(int32_t));
}

static int32_t pairs_of(int32_t inputs) { return (inputs + 1) / 2; }
static int32_t words_of(int32_t is_narrow) { return is_narrow ? NARROW_WORDS : WORDS; }

size_t seg_word_winograd_weight_count(int32_t inputs, int32_t outputs, int32_t is_narrow) {
  const int32_t words = words_of(is_narrow);
  return (size_t)PLANES * parts_of(outputs, words / 2) * pairs_of(inputs) * words;
}

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

void seg_word_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, SegFormat format, int32_t is_narrow, int16_t *packed, float *scales) {
  const int32_t words = words_of(is_narrow), lanes = words / 2, vectors = parts_of(outputs, lanes), pairs = pairs_of(inputs);
  const int is_half = format == SEG_BFLOAT16;
  memset(packed, 0, seg_word_winograd_weight_count(inputs, outputs, is_narrow) * sizeof(int16_t));
  for (int32_t output = 0; output < outputs; output++) {
    const float *own = weights + 9 * (size_t)inputs * output;
    const double scale = is_half ? 1 : seg_word_scale(own, inputs, format);
    scales[output] = is_half ? 1 : seg_word_sum_factor(scale);
    // Vectors of outputs lie in the groups that the product makes at once.
    const int32_t vector = output / lanes, before = vector / GROUP_VECTORS * GROUP_VECTORS;
    const int32_t together = vectors - before < GROUP_VECTORS ? vectors - before : GROUP_VECTORS;
    int16_t *group = packed + (size_t)PLANES * before * pairs * words + (vector - before) * words + output % lanes * 2;
    for (int32_t input = 0; input < inputs; input++) {
      int16_t made[PLANES];
      if (is_half) half_weights(own + 9 * (size_t)input, made);
      else seg_word_weights(own + 9 * (size_t)input, scale, made);
      for (int32_t place = 0; place < PLANES; place++) group[((size_t)place * pairs + input / 2) * together * words + input % 2] = made[place];
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

#if SEGPLAY_NARROW_PRODUCTS

static WordStages stages_of(const SegWordWinograd *work) {
#if SEGPLAY_BYTE_PRODUCTS
  if (work->input.format == SEG_BFLOAT16)
    return (WordStages){seg_half_winograd_forward, seg_half_winograd_product, seg_half_winograd_backward, WORDS, GROUP_TILES};
  if (!work->is_narrow) return (WordStages){seg_word_winograd_forward, seg_word_winograd_product, seg_word_winograd_backward, WORDS, GROUP_TILES};
#endif
  const WordProduct product = work->is_fused ? seg_fused_word_product : seg_narrow_word_product;
  return (WordStages){seg_narrow_word_forward, product, seg_narrow_word_backward, NARROW_WORDS, NARROW_TILES};
}

static void run_block(const SegWordWinograd *work, const WordStages *stages, TileGroup block, uint8_t *scratch) {
  const int32_t inputs = work->input.channels, lanes = stages->words / 2, vectors = parts_of(work->output.channels, lanes), pairs = pairs_of(inputs);
  const size_t tile_size = (size_t)parts_of(inputs, WORDS) * TILE_WORDS;
  int32_t *sums = (int32_t *)scratch;
  int16_t *tiles = (int16_t *)(sums + work->block_tiles * tile_sums(GROUP_VECTORS));
  const int32_t groups = parts_of(block.count, stages->tiles);
  for (int32_t index = 0; index < groups; index++) {
    const TileGroup group = part(block, index, groups);
    stages->forward(work, group, tiles + (size_t)(group.first - block.first) * tile_size);
  }
  const int16_t *weights = work->weights;
  for (int32_t vector = 0; vector < vectors; vector += GROUP_VECTORS) {
    const int32_t together = vectors - vector < GROUP_VECTORS ? vectors - vector : GROUP_VECTORS;
    const size_t sums_size = (size_t)PLANES * together * lanes;
    for (int32_t plane = 0; plane < PLANES; plane++, weights += (size_t)pairs * together * stages->words) {
      for (int32_t index = 0; index < groups; index++) {
        const TileGroup group = part(block, index, groups);
        const size_t place = (size_t)(group.first - block.first);
        stages->product(tiles + place * tile_size + plane * WORDS, weights, pairs, group.count, together,
                        sums + place * sums_size + (size_t)plane * together * lanes, (Asking){index, groups});
      }
    }
    for (int32_t index = 0; index < groups; index++) {
      const TileGroup group = part(block, index, groups);
      stages->backward(work, group, vector * lanes, together, sums + (size_t)(group.first - block.first) * sums_size);
    }
  }
}

void seg_word_winograd(const void *arguments, int32_t begin, int32_t end) {
  const SegWordWinograd *work = arguments;
  const WordStages stages = stages_of(work);
  const TileGroup all = {0, work->tile_rows * work->tile_columns};
  for (int32_t share = begin; share < end; share++) {
    const TileGroup mine = part(all, share, work->shares);
    const int32_t blocks = parts_of(mine.count, work->block_tiles);
    for (int32_t block = 0; block < blocks; block++) run_block(work, &stages, part(mine, block, blocks), work->scratch + share * work->share_bytes);
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
