#include "enlarged_rows.h"

#if defined(__x86_64__) && !defined(SEGPLAY_ONLY_AVX2)

#include <immintrin.h>

#define HALF_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512fp16")))
#define HALF_INLINE HALF_TARGET static inline __attribute__((always_inline))

enum {
  LANES = SEG_ENLARGED_HALVES,
  MOST = 6, // vectors that are summed up at once; three taps of 64 channels are so many
  MOST_SHARES = 2 * SEG_ENLARGED_MOST_ROWS, // of a row
};

HALF_INLINE __m512h splat(float number) { return _mm512_set1_ph((_Float16)number); }

// 32 numbers as halves.
HALF_INLINE __m512h halves_of(const float *numbers) {
  const __m256h first = _mm512_cvtxps_ph(_mm512_loadu_ps(numbers)), second = _mm512_cvtxps_ph(_mm512_loadu_ps(numbers + LANES / 2));
  return _mm512_castsi512_ph(_mm512_inserti64x4(_mm512_castsi256_si512(_mm256_castph_si256(first)), _mm256_castph_si256(second), 1));
}

// `count` (a constant where this is used) neighbouring vectors, each the sum of its shares.
HALF_INLINE void add_shares(const _Float16 *from, const SegShare *shares, const __m512h *parts, int32_t share_count, __m512h *sums, int32_t count) {
  for (int32_t index = 0; index < share_count; index++) {
    const _Float16 *place = from + shares[index].offset;
    for (int32_t vector = 0; vector < count; vector++) sums[vector] = _mm512_fmadd_ph(parts[index], _mm512_loadu_ph(place + LANES * vector), sums[vector]);
  }
}

// One or two (`rows`) output rows of which each share has the same place; the second's line is `line_size` numbers further.
typedef struct Rows {
  const SegShare *shares;
  size_t line_size;
  int32_t share_count;
  __m512h parts[2][MOST_SHARES];
} Rows;

// `count` neighbouring vectors of the rows' lines. `rows` and `count` are constants where this is used.
HALF_INLINE void interpolate(const _Float16 *from, const Rows *of, _Float16 *to, int32_t rows, int32_t count) {
  __m512h sums[2][MOST];
  for (int32_t row = 0; row < rows; row++)
    for (int32_t vector = 0; vector < count; vector++) sums[row][vector] = _mm512_setzero_ph();
  for (int32_t index = 0; index < of->share_count; index++) {
    const _Float16 *place = from + of->shares[index].offset;
    for (int32_t vector = 0; vector < count; vector++) {
      const __m512h numbers = _mm512_loadu_ph(place + LANES * vector);
      for (int32_t row = 0; row < rows; row++) sums[row][vector] = _mm512_fmadd_ph(of->parts[row][index], numbers, sums[row][vector]);
    }
  }
  for (int32_t row = 0; row < rows; row++)
    for (int32_t vector = 0; vector < count; vector++) _mm512_storeu_ph(to + row * of->line_size + LANES * vector, sums[row][vector]);
}

// The lines of output rows: what their rows of products have in each column.
HALF_INLINE void make_lines(const SegEnlargedSums *work, int32_t row, int32_t rows, size_t line_size, _Float16 *line) {
  const SegShare *shares = work->row_shares + (size_t)row * work->most_row_shares;
  const int32_t width = work->kernel_columns * work->block;
  const size_t step = (size_t)work->kernel_rows * width;
  Rows of = {.shares = shares, .line_size = line_size, .share_count = work->row_counts[row]};
  for (int32_t beside = 0; beside < rows; beside++)
    for (int32_t index = 0; index < of.share_count; index++) of.parts[beside][index] = splat(shares[beside * work->most_row_shares + index].share);
  for (int32_t column = 0; column < work->product_width; column++) {
    const _Float16 *from = (const _Float16 *)work->products + column * step;
    _Float16 *to = line + (size_t)column * width;
    int32_t place = 0;
    for (; place + MOST * LANES <= width; place += MOST * LANES) interpolate(from + place, &of, to + place, rows, MOST);
    for (; place + 3 * LANES <= width; place += 3 * LANES) interpolate(from + place, &of, to + place, rows, 3);
    for (; place < width; place += LANES) interpolate(from + place, &of, to + place, rows, 1);
  }
}

// A block's vectors of output channels, `count` of them (a constant where this is used), along a row.
HALF_INLINE void finish_channels(const SegEnlargedSums *work, int32_t row, const _Float16 *line, int32_t channel, int32_t count) {
  const int is_signed = work->output.format == SEG_SIGNED8;
  const __m512h unit = splat(work->unit), lowest = splat(is_signed ? -128 : 0), highest = splat(is_signed ? 127 : 255), upper = splat(work->activation.upper);
  __m512h bias[2], slopes[2];
  for (int32_t vector = 0; vector < count; vector++) {
    bias[vector] = halves_of(work->bias + channel + LANES * vector);
    slopes[vector] = work->activation.slopes ? halves_of(work->activation.slopes + channel + LANES * vector) : splat(1);
  }
  uint8_t *to = (uint8_t *)work->output.data + (size_t)row * work->output.width * work->output.pixel_stride + channel;
  for (int32_t column = 0; column < work->output.width; column++, to += work->output.pixel_stride) {
    const SegShare *shares = work->column_shares + (size_t)column * work->most_column_shares;
    __m512h sums[2] = {bias[0], bias[1]};
    for (int32_t index = 0; index < work->column_counts[column]; index++) {
      const __m512h part = splat(shares[index].share);
      add_shares(line + channel, shares + index, &part, 1, sums, count);
    }
    for (int32_t vector = 0; vector < count; vector++) {
      __m512h x = sums[vector];
      x = _mm512_mask_mul_ph(x, _mm512_cmp_ph_mask(x, _mm512_setzero_ph(), _CMP_LT_OQ), x, slopes[vector]);
      x = _mm512_mul_ph(_mm512_min_ph(x, upper), unit);
      // A conversion would make of a number that is too large or too small one at the other end.
      x = _mm512_min_ph(_mm512_max_ph(x, lowest), highest);
      _mm256_storeu_si256((__m256i *)(to + LANES * vector), _mm512_cvtepi16_epi8(_mm512_cvtph_epi16(x)));
    }
  }
}

HALF_TARGET void seg_enlarged_halves(const void *arguments, int32_t begin, int32_t end) {
  const SegEnlargedSums *work = arguments;
  const size_t line_size = seg_enlarged_line(work->product_width, work->kernel_columns, work->block);
  for (int32_t index = begin, count; index < end; index += count) {
    const int32_t row = work->first_row + index;
    _Float16 *lines = (_Float16 *)work->lines + (size_t)index * line_size;
    count = index + 1 < end && are_between_same(work, row) ? 2 : 1;
    if (count == 2) make_lines(work, row, 2, line_size, lines);
    else make_lines(work, row, 1, line_size, lines);
    for (int32_t beside = 0; beside < count; beside++, lines += line_size) {
      int32_t channel = 0;
      for (; channel + 2 * LANES <= work->block; channel += 2 * LANES) finish_channels(work, row + beside, lines, channel, 2);
      for (; channel < work->block; channel += LANES) finish_channels(work, row + beside, lines, channel, 1);
    }
  }
}

int32_t seg_enlarged_halves_is_available(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512fp16");
}

#else

void seg_enlarged_halves(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

int32_t seg_enlarged_halves_is_available(void) { return 0; }

#endif
