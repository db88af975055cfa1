#include "SegDepthwiseConvolution.h"

#include "narrow_target.h"

// As for the wider registers: of every sixteen channels four.
int32_t seg_narrow_depthwise_channel(int32_t number) { return number % 8 / 4 * 16 + number / 8 * 4 + number % 4; }

#if SEGPLAY_NARROW_PRODUCTS

#include "depthwise_rows.h"
#include "narrow_stores.h"

enum {
  QUARTERS = 4,
  LANES = 8,
  CHANNELS = SEG_DEPTHWISE_NARROW_CHANNELS,
  WORD = SEG_DEPTHWISE_WORD,
  MOST_WINDOWS = 2, // that are made at once
  MOST_COLUMNS = SIDE + MOST_WINDOWS - 1
};

// The constants of a vector of channels, and how many of these there are; a copy of its own, as bytes that are written might be anybody's.
typedef struct Vector {
  const int8_t *weights;
  const int32_t *starts;
  const float *factors, *biases, *slopes;
  float upper;
  int is_signed; // results
  int32_t channels;
} Vector;

// How code is made, in constants: for 32 channels of one place or sixteen of two at once; for a stride of columns, where windows lie within the map and have no
// dilation, or 0 for any.
typedef struct Kind {
  int32_t places, stride;
  int is_flipped, is_activated; // signed inputs; activations
  int is_fused; // products and sums
} Kind;

// A column of the rows: a channel's three bytes beside each other, and another that does not matter.
typedef struct Column {
  __m256i quarters[QUARTERS];
} Column;

// The column for a window's place, `beside` columns from `column` on, and of two places for the one `stride` columns on as well.
NARROW_INLINE Column column_at(const DepthwiseRows *rows, int32_t column, int32_t beside, Kind kind, int32_t stride) {
  __m256i bytes[SIDE];
  for (int32_t row = 0; row < SIDE; row++) {
    const uint8_t *from = pixel_at(rows, row, column, beside, kind.stride > 0);
    if (kind.places == 1) {
      bytes[row] = _mm256_loadu_si256((const __m256i *)from);
    } else {
      const uint8_t *second = pixel_at(rows, row, column, beside + stride, kind.stride > 0);
      bytes[row] = _mm256_loadu2_m128i((const __m128i *)second, (const __m128i *)from);
    }
    if (kind.is_flipped) bytes[row] = _mm256_xor_si256(bytes[row], _mm256_set1_epi8((char)0x80));
  }
  const __m256i low = _mm256_unpacklo_epi8(bytes[0], bytes[1]), high = _mm256_unpackhi_epi8(bytes[0], bytes[1]);
  const __m256i last_low = _mm256_unpacklo_epi8(bytes[2], bytes[2]), last_high = _mm256_unpackhi_epi8(bytes[2], bytes[2]);
  return (Column){{_mm256_unpacklo_epi16(low, last_low), _mm256_unpackhi_epi16(low, last_low), _mm256_unpacklo_epi16(high, last_high),
                   _mm256_unpackhi_epi16(high, last_high)}};
}

// How many windows are made at once: where two share columns, the constants that are loaded for both save more than what the columns take.
NARROW_INLINE int32_t windows_of(Kind kind) { return kind.stride * kind.places == 1 ? MOST_WINDOWS : 1; }

// The 32 results of each window, in order; the second begins with the first one's second column.
NARROW_INLINE void results(const Vector *vector, const Column columns[MOST_COLUMNS], Kind kind, __m256i made[MOST_WINDOWS]) {
  __m256i whole[MOST_WINDOWS][QUARTERS];
  for (int32_t quarter = 0; quarter < QUARTERS; quarter++) {
    const int32_t place = quarter * LANES;
    __m256i weights[SIDE];
    for (int32_t column = 0; column < SIDE; column++)
      weights[column] = _mm256_load_si256((const __m256i *)(vector->weights + (column * CHANNELS + place) * WORD));
    const __m256 factors = _mm256_load_ps(vector->factors + place), biases = _mm256_load_ps(vector->biases + place);
    for (int32_t window = 0; window < windows_of(kind); window++) {
      const Column *own = columns + window;
      __m256i sums = kind.is_flipped ? _mm256_load_si256((const __m256i *)(vector->starts + place)) : _mm256_setzero_si256();
      for (int32_t column = 0; column < SIDE; column++) sums = add_byte_products(sums, own[column].quarters[quarter], weights[column], kind.is_fused);
      __m256 x = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), factors, biases);
      if (kind.is_activated) {
        x = _mm256_blendv_ps(x, _mm256_mul_ps(x, _mm256_load_ps(vector->slopes + place)), x);
        x = _mm256_min_ps(x, _mm256_set1_ps(vector->upper));
      }
      whole[window][quarter] = _mm256_cvtps_epi32(x);
    }
  }
  for (int32_t window = 0; window < windows_of(kind); window++) {
    const __m256i low = _mm256_packs_epi32(whole[window][0], whole[window][1]), high = _mm256_packs_epi32(whole[window][2], whole[window][3]);
    made[window] = vector->is_signed ? _mm256_packs_epi16(low, high) : _mm256_packus_epi16(low, high);
  }
}

// Stores a window's results, of two places where there is a second.
NARROW_INLINE void store(const Vector *vector, uint8_t *to, size_t gap, __m256i bytes, int32_t places, int has_second) {
  const __m128i first = _mm256_castsi256_si128(bytes), second = _mm256_extracti128_si256(bytes, 1);
  if (places == 2) {
    store_first_bytes(to, first, vector->channels);
    if (has_second) store_first_bytes(to + gap, second, vector->channels);
  } else if (vector->channels >= CHANNELS) {
    _mm256_storeu_si256((__m256i *)to, bytes);
  } else {
    store_first_bytes(to, first, vector->channels);
    if (vector->channels > 16) store_first_bytes(to + 16, second, vector->channels - 16);
  }
}

// The results of the output columns begin..<end.
NARROW_INLINE void make_columns(const Vector *vector, const DepthwiseRows *rows, int32_t begin, int32_t end, Kind kind) {
  const int32_t stride = kind.stride ? kind.stride : rows->stride, dilation = kind.stride ? 1 : rows->dilation;
  const int32_t windows = windows_of(kind), count = SIDE + windows - 1;
  // Columns that these windows have in common with the next.
  const int32_t shared = kind.stride * kind.places == 1 ? 2 : kind.stride * kind.places == 2 ? 1 : 0;
  int32_t first = begin * stride - rows->before;
  Column columns[MOST_COLUMNS];
  // As if of the windows before.
  for (int32_t column = 0; column < shared && begin < end; column++) columns[count - shared + column] = column_at(rows, first, column, kind, stride);
  uint8_t *to = rows->to + (size_t)begin * rows->gap;
  for (int32_t index = begin; index < end; index += windows * kind.places, first += windows * kind.places * stride) {
    for (int32_t column = 0; column < shared; column++) columns[column] = columns[count - shared + column];
    for (int32_t column = shared; column < count; column++) columns[column] = column_at(rows, first, column * dilation, kind, stride);
    if (rows->next && kind.stride) ask_ahead(rows, index * stride, windows * kind.places * stride, stride);
    __m256i bytes[MOST_WINDOWS];
    results(vector, columns, kind, bytes);
    for (int32_t window = 0; window < windows; window++, to += (size_t)kind.places * rows->gap)
      store(vector, to, rows->gap, bytes[window], kind.places, kind.stride || index + 1 < end);
  }
}

// The same by the code that is made for such columns: that for any where windows reach over an edge.
NARROW_INLINE void make_any(const Vector *vector, const DepthwiseRows *rows, int32_t begin, int32_t end, Kind any) {
  const DepthwiseSpan inner = inner_span(rows, begin, end, rows->stride * any.places == 1 ? MOST_WINDOWS : any.places);
  make_columns(vector, rows, begin, inner.begin, any);
  if (rows->stride == 1) make_columns(vector, rows, inner.begin, inner.end, (Kind){any.places, 1, any.is_flipped, any.is_activated, any.is_fused});
  else make_columns(vector, rows, inner.begin, inner.end, (Kind){any.places, 2, any.is_flipped, any.is_activated, any.is_fused});
  make_columns(vector, rows, inner.end, end, any);
}

NARROW_INLINE void make_row(const SegDepthwiseConvolution *work, int32_t row, int is_flipped, int is_activated, int is_fused) {
  const int32_t width = work->output.width;
  for (int32_t begin = 0; begin < width; begin += COLUMNS_AT_ONCE) {
    const int32_t end = begin + COLUMNS_AT_ONCE < width ? begin + COLUMNS_AT_ONCE : width;
    for (int32_t index = 0; index < work->vectors; index++) {
      const int32_t channel = work->firsts[index], constants = index * CHANNELS, left = work->output.channels - channel;
      const int32_t places = index == work->vectors - 1 && work->is_last_half ? 2 : 1;
      const DepthwiseRows rows = rows_of(work, row, channel, 1);
      const Vector vector = {.weights = (const int8_t *)work->weights + constants * SIDE * WORD, .starts = work->starts + constants,
                             .factors = work->factors + constants, .biases = work->biases + constants,
                             .slopes = work->activation.slopes + (is_activated ? constants : 0), .upper = work->activation.upper,
                             .is_signed = work->output.format == SEG_SIGNED8, .channels = left};
      if (places == 1) make_any(&vector, &rows, begin, end, (Kind){1, 0, is_flipped, is_activated, is_fused});
      else make_any(&vector, &rows, begin, end, (Kind){2, 0, is_flipped, is_activated, is_fused});
    }
  }
}

NARROW_INLINE void make_any_rows(const SegDepthwiseConvolution *work, int32_t begin, int32_t end, int is_fused) {
  const int is_flipped = work->input.format == SEG_SIGNED8, is_activated = work->activation.slopes != NULL;
  for (int32_t row = begin; row < end; row++) {
    if (is_flipped && is_activated) make_row(work, row, 1, 1, is_fused);
    else if (is_flipped) make_row(work, row, 1, 0, is_fused);
    else if (is_activated) make_row(work, row, 0, 1, is_fused);
    else make_row(work, row, 0, 0, is_fused);
  }
}

NARROW_TARGET static void make_rows(const SegDepthwiseConvolution *work, int32_t begin, int32_t end) {
  if (work->is_fused) make_any_rows(work, begin, end, 1);
  else make_any_rows(work, begin, end, 0);
}

void seg_narrow_depthwise(const void *arguments, int32_t begin, int32_t end) { make_rows(arguments, begin, end); }

#else

void seg_narrow_depthwise(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
