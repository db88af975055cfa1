#include "SegInstances.h"

#include "exponential.h"

typedef _Bool BitLanes __attribute__((ext_vector_type(16)));

INLINE uint32_t bits(IntegerLanes mask) {
  const BitLanes flags = __builtin_convertvector(mask, BitLanes);
  uint16_t result;
  memcpy(&result, &flags, sizeof result);
  return result;
}

INLINE uint32_t above_half(const float *values) { return bits(LOAD(values) > 0.5f); }

#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

// Sixteen rows of sixteen numbers become columns: four perfect shuffles of all rows.
INLINE void transpose(const float *source, size_t source_stride, float *target) {
  Lanes a[LANES], b[LANES];
  for (int index = 0; index < LANES; index++) a[index] = LOAD(source + index * source_stride);
  for (int round = 0; round < 2; round++) {
    for (int index = 0; index < LANES / 2; index++) {
      b[2 * index] = INTERLEAVE_LOW(a[index], a[index + LANES / 2]);
      b[2 * index + 1] = INTERLEAVE_HIGH(a[index], a[index + LANES / 2]);
    }
    for (int index = 0; index < LANES / 2; index++) {
      a[2 * index] = INTERLEAVE_LOW(b[index], b[index + LANES / 2]);
      a[2 * index + 1] = INTERLEAVE_HIGH(b[index], b[index + LANES / 2]);
    }
  }
  for (int index = 0; index < LANES; index++) STORE(target + index * LANES, a[index]);
}

// One row of prototypes as blocks of sixteen columns, each channels x 16; columns beyond the last are zeros.
INLINE void arrange(const float *row, int32_t width, int32_t channels, float *blocks) {
  for (int32_t column = 0; column < width; column += LANES, blocks += (size_t)channels * LANES) {
    int32_t channel = 0;
    if (column + LANES <= width)
      for (; channel + LANES <= channels; channel += LANES)
        transpose(row + (size_t)column * channels + channel, (size_t)channels, blocks + (size_t)channel * LANES);
    for (; channel < channels; channel++)
      for (int32_t lane = 0; lane < LANES; lane++)
        blocks[(size_t)channel * LANES + lane] = column + lane < width ? row[(size_t)(column + lane) * channels + channel] : 0;
  }
}

// The weighted sums of `count` blocks at once, so that each coefficient is fetched once for all.
INLINE void weigh(const float *blocks, const float *coefficients, int32_t channels, int count, Lanes *sums) {
  const size_t size = (size_t)channels * LANES;
  for (int index = 0; index < count; index++) sums[index] = SPLAT(0);
  for (int32_t channel = 0; channel < channels; channel++) {
    const Lanes factor = SPLAT(coefficients[channel]);
    for (int index = 0; index < count; index++) sums[index] += factor * LOAD(blocks + index * size + (size_t)channel * LANES);
  }
}

// Writes `count` blocks of a row of a mask, the first at column `column`.
INLINE void finish(const SegMaskCrop *crop, int32_t column, int count, const Lanes *sums, float *values, uint8_t *row_bits) {
  const IntegerLanes numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int index = 0; index < count; index++, column += LANES) {
    const IntegerLanes inside = (numbers + column >= crop->left) & (numbers + column < crop->right);
    const Lanes value = logistic(sums[index]);
    STORE(values + index * LANES, SELECT(inside, value, SPLAT(0)));
    if (row_bits) {
      const uint16_t set = (uint16_t)bits(inside & (value > 0.5f));
      memcpy(row_bits + column / 8, &set, sizeof set);
    }
  }
}

KERNEL void seg_assemble_masks(const SegMaskAssembly *work) {
  enum { AT_ONCE = 4 };
  const int32_t channels = work->channels;
  const size_t size = (size_t)channels * LANES;
  for (int32_t row = 0; row < work->height; row++) {
    int is_arranged = 0;
    for (int32_t number = 0; number < work->count; number++) {
      const SegMaskCrop *crop = work->crops + number;
      if (row < crop->top || row >= crop->bottom || crop->blocks == 0) continue;
      if (!is_arranged) arrange(work->prototypes + (size_t)row * work->width * channels, work->width, channels, work->scratch);
      is_arranged = 1;
      float *values = crop->values + (size_t)(row - crop->top) * crop->blocks * LANES;
      uint8_t *row_bits = crop->bits ? (uint8_t *)(crop->bits + (size_t)row * work->row_words) : 0;
      const float *blocks = work->scratch + crop->first_block * size;
      int32_t block = 0;
      Lanes sums[AT_ONCE];
      for (; block + AT_ONCE <= crop->blocks; block += AT_ONCE) {
        weigh(blocks + block * size, crop->coefficients, channels, AT_ONCE, sums);
        finish(crop, (crop->first_block + block) * LANES, AT_ONCE, sums, values + block * LANES, row_bits);
      }
      for (; block < crop->blocks; block++) {
        weigh(blocks + block * size, crop->coefficients, channels, 1, sums);
        finish(crop, (crop->first_block + block) * LANES, 1, sums, values + block * LANES, row_bits);
      }
    }
  }
}

// A label row, and the row of the mask it shows: `values[column]` for every prototype column, readable one before and one behind the crop's blocks.
typedef struct PaintedRow {
  const SegMaskScale *scale;
  const float *values;
  uint8_t *labels, value;
} PaintedRow;

// The labels that lie between column and column + 1, of which one is inside and the other outside.
INLINE void paint_edge(const PaintedRow *row, int32_t column) {
  const SegMaskScale *scale = row->scale;
  const float here = row->values[column], next = row->values[column + 1];
  for (int32_t x = scale->column_starts[column], end = scale->column_starts[column + 1]; x < end; x++) {
    const float weight = scale->columns[x].weight;
    if ((1 - weight) * here + weight * next > 0.5f) row->labels[x] = row->value;
  }
}

// The labels of a run of mask columns first...last that are all inside; its neighbours are outside. Between two values above a half every value is, too.
INLINE void paint_run(const PaintedRow *row, int32_t first, int32_t last) {
  const int32_t *starts = row->scale->column_starts;
  const int is_at_end = last == row->scale->width - 1;
  if (first > 0) paint_edge(row, first - 1);
  memset(row->labels + starts[first], row->value, (size_t)(starts[is_at_end ? last + 1 : last] - starts[first]));
  if (!is_at_end) paint_edge(row, last);
}

KERNEL void seg_paint_mask(const SegMaskScale *scale, const SegMaskCrop *crop, uint8_t *labels, uint8_t value) {
  if (crop->blocks == 0 || crop->top >= crop->bottom) return;
  const int32_t origin = crop->first_block * LANES, width = crop->blocks * LANES;
  float *row_values = scale->scratch + LANES;
  memset(scale->scratch, 0, LANES * sizeof(float));
  memset(row_values + width, 0, LANES * sizeof(float));
  const int32_t begin = crop->top > 0 ? scale->row_starts[crop->top - 1] : 0, end = scale->row_starts[crop->bottom];
  for (int32_t y = begin; y < end; y++) {
    const SegTap tap = scale->rows[y];
    const int has_first = tap.first >= crop->top && tap.first < crop->bottom, has_second = tap.second >= crop->top && tap.second < crop->bottom;
    // A row outside the crop is zeros, as is its share.
    const float *first = crop->values + (size_t)((has_first ? tap.first : crop->top) - crop->top) * width;
    const float *second = crop->values + (size_t)((has_second ? tap.second : crop->top) - crop->top) * width;
    const float first_share = has_first ? 1 - tap.weight : 0, second_share = has_second ? tap.weight : 0;
    const PaintedRow row = {scale, row_values - origin, labels + (size_t)y * scale->out_width, value};
    int32_t run = -1;
    for (int32_t column = 0; column < width; column += LANES)
      STORE(row_values + column, first_share * LOAD(first + column) + second_share * LOAD(second + column));
    for (int32_t column = 0; column < width; column += LANES) {
      const uint32_t set = above_half(row_values + column);
      // Where a bit differs from the one before, a run begins or ends.
      uint32_t changes = (set ^ (set << 1 | (run >= 0))) & 0xFFFF;
      for (; changes; changes &= changes - 1) {
        const int32_t place = origin + column + __builtin_ctz(changes);
        if (run >= 0) paint_run(&row, run, place - 1);
        run = run >= 0 ? -1 : place;
      }
    }
    if (run >= 0) paint_run(&row, run, (origin + width < scale->width ? origin + width : scale->width) - 1);
  }
}
