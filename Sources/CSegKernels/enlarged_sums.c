#include "SegEnlargedSums.h"

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

INLINE void interpolate_vectors(const float *from, const SegShare *shares, int32_t share_count, float *to, int32_t count) {
  Lanes sums[MOST] = {0};
  add_shares(from, shares, share_count, sums, count);
  for (int32_t vector = 0; vector < count; vector++) STORE(to + LANES * vector, sums[vector]);
}

// The line of an output row: what its rows of products have in each column.
INLINE void make_line(const SegEnlargedSums *work, int32_t row, float *line) {
  const SegShare *shares = work->row_shares + (size_t)row * work->most_row_shares;
  const int32_t count = work->row_counts[row], width = work->kernel_columns * work->block;
  const size_t step = (size_t)work->kernel_rows * width;
  for (int32_t column = 0; column < work->product_width; column++) {
    const float *from = (const float *)work->products + column * step;
    float *to = line + (size_t)column * width;
    int32_t place = 0;
    for (; place + MOST * LANES <= width; place += MOST * LANES) interpolate_vectors(from + place, shares, count, to + place, MOST);
    for (; place + 2 * LANES <= width; place += 2 * LANES) interpolate_vectors(from + place, shares, count, to + place, 2);
    for (; place < width; place += LANES) interpolate_vectors(from + place, shares, count, to + place, 1);
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
  for (int32_t index = begin; index < end; index++) {
    const int32_t row = work->first_row + index;
    float *line = (float *)work->lines + (size_t)index * line_size;
    make_line(work, row, line);
    switch (kind_of(work->output.format)) {
    case FLOATS: finish_row(work, row, line, FLOATS); break;
    case HALVES: finish_row(work, row, line, HALVES); break;
    case BYTES: finish_row(work, row, line, BYTES); break;
    }
  }
}
