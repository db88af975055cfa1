#include "SegWindowConvolution.h"

#include "narrow_target.h"

#if SEGPLAY_NARROW_PRODUCTS

#include "narrow_stores.h"

#include <string.h>

enum { VECTOR_BYTES = 32, OUTPUT_BYTES = SEG_WINDOW_NARROW_OUTPUTS, VECTORS = SEG_WINDOW_NARROW_VECTORS, MOST_ROWS = SEG_WINDOW_COLUMN };

// Vectors of output channels in work.
typedef struct Outputs {
  const SegWindowConvolution *work;
  const int8_t *weights;
  int32_t channel, count; // the first, and how many of all are left from it on
} Outputs;

// The rows that a row of windows reads.
typedef struct JoinedRows {
  const uint8_t *from[MOST_ROWS];
  size_t steps[MOST_ROWS]; // bytes from one pixel to the next; 0 for rows outside, which are zeros
  size_t pixel; // bytes
} JoinedRows;

// Joins `count` columns. Of each pixel so many bytes are `copied`: what is behind the pixel is written over by what comes next. These, the rows and, where no row is
// outside, the step from one pixel to the next are constants where that is worth its code.
NARROW_INLINE void join_columns(const JoinedRows *how, size_t count, int32_t rows, size_t copied, size_t step, uint8_t *to) {
  const uint8_t *from[MOST_ROWS];
  for (int32_t row = 0; row < rows; row++) from[row] = how->from[row];
  for (size_t column = 0; column < count; column++) {
    for (int32_t row = 0; row < rows; row++, to += how->pixel) {
      memcpy(to, from[row] + column * (step ? step : how->steps[row]), copied);
    }
  }
}

// The same by the code that is made for such rows.
NARROW_INLINE void join_any_columns(const JoinedRows *how, size_t count, int32_t rows, size_t step, uint8_t *to) {
  if (how->pixel > 4) join_columns(how, count, rows, VECTOR_BYTES, 0, to);
  else if (step == 3 && rows == 3) join_columns(how, count, 3, 4, 3, to);
  else if (step == 3 && rows == 7) join_columns(how, count, 7, 4, 3, to);
  else join_columns(how, count, rows, 4, 0, to);
}

// Gives whole vectors of bytes another sign.
NARROW_INLINE void flip(uint8_t *bytes, size_t count) {
  for (size_t index = 0; index < count; index += VECTOR_BYTES) {
    __m256i *const place = (__m256i *)(bytes + index);
    _mm256_store_si256(place, _mm256_xor_si256(_mm256_load_si256(place), _mm256_set1_epi8((char)0x80)));
  }
}

// Writes what the windows of output row `row` read: `room` bytes, whole vectors, of which those before `margin` and those behind the map's columns are zeros. Less than
// a vector behind them is written as well. Signed bytes become 128 more.
NARROW_INLINE void join_row(const SegWindowConvolution *work, int32_t row, size_t margin, size_t room, uint8_t *to) {
  static const uint8_t zeros[VECTOR_BYTES];
  const SegTypedMap *map = &work->input;
  const int32_t rows = work->kernel_rows;
  const size_t gap = (size_t)map->pixel_stride;
  JoinedRows how = {.pixel = (size_t)map->channels};
  int are_inside = 1;
  for (int32_t tap = 0; tap < rows; tap++) {
    const int32_t source = row * work->stride - work->padding_top + tap * work->dilation, is_inside = source >= 0 && source < map->height;
    how.from[tap] = is_inside ? (const uint8_t *)map->data + (size_t)source * (size_t)map->width * gap : zeros;
    how.steps[tap] = is_inside ? gap : 0;
    are_inside &= is_inside;
  }
  const size_t column = how.pixel * (size_t)rows, fitting = (room - margin) / column;
  const size_t count = fitting < (size_t)map->width ? fitting : (size_t)map->width, end = margin + count * column;
  memset(to, 0, margin);
  join_any_columns(&how, count, rows, are_inside ? gap : 0, to + margin);
  memset(to + end, 0, room - end);
  if (map->format == SEG_SIGNED8) flip(to, room);
}

// The sums of some places whose windows begin at `from`. `beside` and `is_fused` are constants where this is used.
NARROW_INLINE void sum_windows(const Outputs *outputs, const uint8_t *from, int32_t beside, int is_fused, __m256i sums[VECTORS]) {
  const int32_t places = VECTORS / beside, words = outputs->work->words;
  const size_t step = (size_t)outputs->work->place_step;
  const int8_t *weights = outputs->weights;
  for (int32_t index = 0; index < VECTORS; index++)
    sums[index] = _mm256_load_si256((const __m256i *)(outputs->work->starts + outputs->channel + index % beside * OUTPUT_BYTES));
  for (int32_t word = 0; word < words; word++, from += SEG_WINDOW_GROUP, weights += beside * VECTOR_BYTES) {
    for (int32_t place = 0; place < places; place++) {
      int32_t bytes;
      memcpy(&bytes, from + (size_t)place * step, sizeof bytes);
      const __m256i input = _mm256_set1_epi32(bytes);
      // The compiler must not see that these are the same weights for all places: it would keep them in registers, which the sums need.
      if (beside > 1) __asm__("" : "+r"(weights));
      for (int32_t vector = 0; vector < beside; vector++) {
        __m256i *own = sums + place * beside + vector;
        *own = add_byte_products(*own, input, _mm256_load_si256((const __m256i *)(weights + vector * VECTOR_BYTES)), is_fused);
      }
    }
  }
}

// The results of sums of channels from `channel` on, as whole numbers.
NARROW_INLINE __m256i results(const SegWindowConvolution *work, __m256i sums, int32_t channel, int is_activated) {
  __m256 x = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), _mm256_load_ps(work->factors + channel), _mm256_load_ps(work->biases + channel));
  if (is_activated) {
    x = _mm256_blendv_ps(x, _mm256_mul_ps(x, _mm256_loadu_ps(work->activation.slopes + channel)), x);
    x = _mm256_min_ps(x, _mm256_set1_ps(work->activation.upper));
  }
  return _mm256_cvtps_epi32(x);
}

// Four vectors of results as bytes, one behind the other.
NARROW_INLINE __m256i pack(const __m256i x[4], int is_signed) {
  const __m256i first = _mm256_packs_epi32(x[0], x[1]), second = _mm256_packs_epi32(x[2], x[3]);
  const __m256i bytes = is_signed ? _mm256_packs_epi16(first, second) : _mm256_packus_epi16(first, second);
  // Each half of the register has four bytes of every vector.
  return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

// Writes those of 4 / beside places whose pixels are `gap` bytes apart, of each only the first `filled`.
NARROW_INLINE void store_spaced(uint8_t *to, size_t gap, __m256i bytes, int32_t beside, int32_t filled) {
  const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
  if (beside == 4) {
    store_first_bytes(to, low, filled);
    if (filled > 16) store_first_bytes(to + 16, high, filled - 16);
  } else if (beside == 2) {
    store_first_bytes(to, low, filled);
    store_first_bytes(to + gap, high, filled);
  } else {
    store_first_bytes(to, low, filled);
    store_first_bytes(to + gap, _mm_srli_si128(low, 8), filled);
    store_first_bytes(to + 2 * gap, high, filled);
    store_first_bytes(to + 3 * gap, _mm_srli_si128(high, 8), filled);
  }
}

// The results of VECTORS / beside places from one on, at `to`, with pixels `gap` bytes apart. All but the first four are constants where this is used.
NARROW_INLINE void make_places(const Outputs *outputs, const uint8_t *from, uint8_t *to, size_t gap, int32_t beside, int is_activated, int is_signed) {
  const int32_t filled = outputs->count < beside * OUTPUT_BYTES ? outputs->count : beside * OUTPUT_BYTES;
  // Whether the results of places lie one behind the other, or those of a place fill a register.
  const int is_dense = filled == beside * OUTPUT_BYTES && (beside == 4 || gap == (size_t)filled);
  __m256i sums[VECTORS];
  if (outputs->work->is_fused) sum_windows(outputs, from, beside, 1, sums);
  else sum_windows(outputs, from, beside, 0, sums);
  for (int32_t first = 0; first < VECTORS; first += 4) {
    __m256i x[4];
    for (int32_t index = 0; index < 4; index++)
      x[index] = results(outputs->work, sums[first + index], outputs->channel + index % beside * OUTPUT_BYTES, is_activated);
    const __m256i bytes = pack(x, is_signed);
    uint8_t *const place = to + (size_t)(first / beside) * gap;
    if (is_dense) _mm256_storeu_si256((__m256i *)place, bytes);
    else store_spaced(place, gap, bytes, beside, filled);
  }
}

// All places of a row, for the output channels in work. The last places are those that end with the row: some are made twice then. A row that is shorter goes
// through `room`.
NARROW_INLINE void make_row(const Outputs *outputs, const uint8_t *joined, uint8_t *row, int32_t beside, int is_activated, int is_signed) {
  const SegWindowConvolution *work = outputs->work;
  const int32_t places = VECTORS / beside, width = work->output.width;
  const size_t gap = (size_t)work->output.pixel_stride, step = (size_t)work->place_step;
  row += outputs->channel;
  if (width < places) {
    uint8_t room[VECTORS * OUTPUT_BYTES];
    const size_t wide = (size_t)(beside * OUTPUT_BYTES), bytes = (size_t)outputs->count < wide ? (size_t)outputs->count : wide;
    make_places(outputs, joined, room, wide, beside, is_activated, is_signed);
    for (int32_t place = 0; place < width; place++) memcpy(row + (size_t)place * gap, room + (size_t)place * wide, bytes);
    return;
  }
  for (int32_t place = 0; place < width; place += places) {
    const int32_t first = place + places <= width ? place : width - places;
    make_places(outputs, joined + (size_t)first * step, row + (size_t)first * gap, gap, beside, is_activated, is_signed);
  }
}

NARROW_INLINE void make_share(const SegWindowConvolution *work, int32_t share, int is_activated, int is_signed) {
  const int32_t height = work->row_count, vectors = (work->output.channels + OUTPUT_BYTES - 1) / OUTPUT_BYTES;
  const int32_t begin = (int32_t)((int64_t)height * share / work->shares), end = (int32_t)((int64_t)height * (share + 1) / work->shares);
  uint8_t *joined = work->scratch + (size_t)share * work->row_bytes;
  const size_t margin = (size_t)work->padding_left * (size_t)work->input.channels * (size_t)work->kernel_rows;
  for (int32_t row = begin; row < end; row++) {
    join_row(work, work->first_row + row, margin, work->row_bytes - SEG_WINDOW_COLUMN, joined);
    uint8_t *to = (uint8_t *)work->output.data + (size_t)row * (size_t)work->output.width * (size_t)work->output.pixel_stride;
    Outputs outputs = {work, work->weights, 0, work->output.channels};
    for (int32_t vector = 0, beside; vector < vectors; vector += beside) {
      beside = seg_window_beside(vectors - vector);
      if (beside == 4) make_row(&outputs, joined, to, 4, is_activated, is_signed);
      else if (beside == 2) make_row(&outputs, joined, to, 2, is_activated, is_signed);
      else make_row(&outputs, joined, to, 1, is_activated, is_signed);
      outputs.weights += (size_t)beside * (size_t)work->words * VECTOR_BYTES;
      outputs.channel += beside * OUTPUT_BYTES;
      outputs.count -= beside * OUTPUT_BYTES;
    }
  }
}

NARROW_TARGET static void make_shares(const SegWindowConvolution *work, int32_t begin, int32_t end) {
  const int is_signed = work->output.format == SEG_SIGNED8, is_activated = work->activation.slopes != NULL;
  for (int32_t share = begin; share < end; share++) {
    if (is_activated && is_signed) make_share(work, share, 1, 1);
    else if (is_activated) make_share(work, share, 1, 0);
    else if (is_signed) make_share(work, share, 0, 1);
    else make_share(work, share, 0, 0);
  }
}

void seg_narrow_windows(const void *arguments, int32_t begin, int32_t end) { make_shares(arguments, begin, end); }

#else

void seg_narrow_windows(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
