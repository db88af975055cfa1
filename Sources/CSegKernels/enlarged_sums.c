#include "SegEnlargedSums.h"

#include "enlarged_rows.h"
#include "typed.h"

// Vectors that are summed up at once, of which the sums stay in registers.
enum { MOST = 8 };

size_t seg_enlarged_line(int32_t product_width, int32_t kernel_columns, int32_t block) { return (size_t)product_width * kernel_columns * block; }

// `count` (a constant where this is used) neighbouring vectors, each the sum of its shares.
INLINE void add_shares(const float *from, const SegShare *shares, int32_t share_count, Lanes *sums, int32_t count) {
  for (int32_t index = 0; index < share_count; index++) {
    const float *place = from + shares[index].offset;
    const Lanes share = SPLAT(shares[index].share);
    for (int32_t vector = 0; vector < count; vector++) sums[vector] = sums[vector] + share * LOAD(place + LANES * vector);
  }
}

// One or two (`rows`) output rows of which each share has the same place; the second's are `beside` further, and its line `line_size` numbers.
typedef struct Rows {
  const SegShare *shares;
  size_t beside, line_size;
  int32_t share_count;
} Rows;

// `count` neighbouring vectors of the rows' lines. `rows` and `count` are constants where this is used, and at most MOST vectors are made.
INLINE void interpolate_vectors(const float *from, const Rows *of, float *to, int32_t rows, int32_t count) {
  Lanes sums[2][MOST] = {0};
  for (int32_t index = 0; index < of->share_count; index++) {
    const SegShare *share = of->shares + index;
    const float *place = from + share->offset;
    for (int32_t vector = 0; vector < count; vector++) {
      const Lanes numbers = LOAD(place + LANES * vector);
      for (int32_t row = 0; row < rows; row++) sums[row][vector] = sums[row][vector] + SPLAT(share[row * of->beside].share) * numbers;
    }
  }
  for (int32_t row = 0; row < rows; row++)
    for (int32_t vector = 0; vector < count; vector++) STORE(to + row * of->line_size + LANES * vector, sums[row][vector]);
}

// The lines of output rows: what their rows of products have in each column.
INLINE void make_lines(const SegEnlargedSums *work, int32_t row, int32_t rows, size_t line_size, float *line) {
  const size_t beside = (size_t)work->most_row_shares;
  const Rows of = {work->row_shares + (size_t)row * beside, beside, line_size, work->row_counts[row]};
  const int32_t width = work->kernel_columns * work->block, most = MOST / rows;
  const size_t step = (size_t)work->kernel_rows * width;
  for (int32_t column = 0; column < work->product_width; column++) {
    const float *from = (const float *)work->products + column * step;
    float *to = line + (size_t)column * width;
    int32_t place = 0;
    for (; place + most * LANES <= width; place += most * LANES) interpolate_vectors(from + place, &of, to + place, rows, most);
    for (; place + 2 * LANES <= width; place += 2 * LANES) interpolate_vectors(from + place, &of, to + place, rows, 2);
    for (; place < width; place += LANES) interpolate_vectors(from + place, &of, to + place, rows, 1);
  }
}

INLINE void finish_vectors(const SegEnlargedSums *work, const Access *out, const float *line, int32_t column, void *to, int32_t channel, int32_t count) {
  Lanes sums[MOST];
  for (int32_t vector = 0; vector < count; vector++) sums[vector] = LOAD(work->bias + channel + LANES * vector);
  add_shares(line + channel, work->column_shares + (size_t)column * work->most_column_shares, work->column_counts[column], sums, count);
  for (int32_t vector = 0; vector < count; vector++) {
    const int32_t first = channel + LANES * vector;
    Lanes x = sums[vector];
    if (work->activation.slopes) x = ACTIVATE(x, work->activation.slopes + first, work->activation.upper);
    store_typed(out, to, first, x);
  }
}

INLINE void finish_row(const SegEnlargedSums *work, int32_t row, const float *line, Kind kind) {
  const Access out = access_to(&work->output, kind);
  const int32_t block = work->block;
  for (int32_t column = 0; column < work->output.width; column++) {
    void *to = place(&work->output, row, column, kind);
    int32_t channel = 0;
    for (; channel + 4 * LANES <= block; channel += 4 * LANES) finish_vectors(work, &out, line, column, to, channel, 4);
    for (; channel + 2 * LANES <= block; channel += 2 * LANES) finish_vectors(work, &out, line, column, to, channel, 2);
    for (; channel < block; channel += LANES) finish_vectors(work, &out, line, column, to, channel, 1);
  }
}

KERNEL void seg_enlarged_sums(const void *arguments, int32_t begin, int32_t end) {
  const SegEnlargedSums *work = arguments;
  const size_t line_size = seg_enlarged_line(work->product_width, work->kernel_columns, work->block);
  for (int32_t index = begin, count; index < end; index += count) {
    const int32_t row = work->first_row + index;
    float *lines = (float *)work->lines + (size_t)index * line_size;
    count = index + 1 < end && are_between_same(work, row) ? 2 : 1;
    if (count == 2) make_lines(work, row, 2, line_size, lines);
    else make_lines(work, row, 1, line_size, lines);
    for (int32_t beside = 0; beside < count; beside++, lines += line_size) {
      switch (kind_of(work->output.format)) {
      case FLOATS: finish_row(work, row + beside, lines, FLOATS); break;
      case HALVES: finish_row(work, row + beside, lines, HALVES); break;
      case BYTES: finish_row(work, row + beside, lines, BYTES); break;
      }
    }
  }
}
