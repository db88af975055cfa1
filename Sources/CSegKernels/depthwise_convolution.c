#include "SegDepthwiseConvolution.h"

#include "byte_target.h"

// A fourth of a vector's sums is a register of them: of every sixteen channels four.
int32_t seg_depthwise_channel(int32_t number) { return number % 16 / 4 * 16 + number / 16 * 4 + number % 4; }

#if SEGPLAY_BYTE_PRODUCTS

#include "depthwise_rows.h"

enum { QUARTERS = 4, LANES = 16, CHANNELS = SEG_DEPTHWISE_CHANNELS, WORD = SEG_DEPTHWISE_WORD };

// The constants of a vector of channels, and which of these there are; a copy of its own, as bytes that are written might be anybody's.
typedef struct Vector {
  const int8_t *weights;
  const int32_t *starts;
  const float *factors, *biases, *slopes;
  float upper;
  int is_signed; // results
  __mmask64 valid;
} Vector;

// How code is made, in constants: for 64 channels of one place or 32 of two at once; for a stride of columns, where windows lie within the map and have no dilation,
// or 0 for any.
typedef struct Kind {
  int32_t places, stride;
  int is_flipped, is_activated; // signed inputs; activations
} Kind;

// A column of the rows: a channel's three bytes beside each other, and another that does not matter.
typedef struct Column {
  __m512i quarters[QUARTERS];
} Column;

// The column for a window's place, `beside` columns from `column` on, and of two places for the one `stride` columns on as well.
BYTE_INLINE Column column_at(const DepthwiseRows *rows, int32_t column, int32_t beside, Kind kind, int32_t stride) {
  __m512i bytes[SIDE];
  for (int32_t row = 0; row < SIDE; row++) {
    const uint8_t *from = pixel_at(rows, row, column, beside, kind.stride > 0);
    if (kind.places == 1) {
      bytes[row] = _mm512_loadu_si512(from);
    } else {
      const __m256i second = _mm256_loadu_si256((const __m256i *)pixel_at(rows, row, column, beside + stride, kind.stride > 0));
      bytes[row] = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)from)), second, 1);
    }
    if (kind.is_flipped) bytes[row] = _mm512_xor_si512(bytes[row], _mm512_set1_epi8((char)0x80));
  }
  const __m512i low = _mm512_unpacklo_epi8(bytes[0], bytes[1]), high = _mm512_unpackhi_epi8(bytes[0], bytes[1]);
  const __m512i last_low = _mm512_unpacklo_epi8(bytes[2], bytes[2]), last_high = _mm512_unpackhi_epi8(bytes[2], bytes[2]);
  return (Column){{_mm512_unpacklo_epi16(low, last_low), _mm512_unpackhi_epi16(low, last_low), _mm512_unpacklo_epi16(high, last_high),
                   _mm512_unpackhi_epi16(high, last_high)}};
}

// The 64 results of a window's columns, in order.
BYTE_INLINE __m512i results(const Vector *vector, const Column columns[SIDE], Kind kind) {
  __m512i whole[QUARTERS];
  for (int32_t quarter = 0; quarter < QUARTERS; quarter++) {
    const int32_t place = quarter * LANES;
    __m512i sums = kind.is_flipped ? _mm512_load_si512(vector->starts + place) : _mm512_setzero_si512();
    for (int32_t column = 0; column < SIDE; column++)
      sums = _mm512_dpbusd_epi32(sums, columns[column].quarters[quarter], _mm512_load_si512(vector->weights + (column * CHANNELS + place) * WORD));
    __m512 x = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_load_ps(vector->factors + place), _mm512_load_ps(vector->biases + place));
    if (kind.is_activated) {
      const __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
      x = _mm512_min_ps(_mm512_mask_mul_ps(x, below, x, _mm512_load_ps(vector->slopes + place)), _mm512_set1_ps(vector->upper));
    }
    whole[quarter] = _mm512_cvtps_epi32(x);
  }
  const __m512i low = _mm512_packs_epi32(whole[0], whole[1]), high = _mm512_packs_epi32(whole[2], whole[3]);
  return vector->is_signed ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high);
}

// The results of the output columns begin..<end.
BYTE_INLINE void make_columns(const Vector *vector, const DepthwiseRows *rows, int32_t begin, int32_t end, Kind kind) {
  const int32_t stride = kind.stride ? kind.stride : rows->stride, dilation = kind.stride ? 1 : rows->dilation;
  // Columns that neighbouring windows have in common.
  const int32_t shared = kind.stride * kind.places == 1 ? 2 : kind.stride * kind.places == 2 ? 1 : 0;
  int32_t first = begin * stride - rows->before;
  Column columns[SIDE];
  // As if of the window before.
  if (begin < end && shared == 2) columns[1] = column_at(rows, first, 0, kind, stride);
  if (begin < end && shared >= 1) columns[2] = column_at(rows, first, shared - 1, kind, stride);
  uint8_t *to = rows->to + (size_t)begin * rows->gap;
  for (int32_t index = begin; index < end; index += kind.places, first += kind.places * stride, to += (size_t)kind.places * rows->gap) {
    if (shared == 2) columns[0] = columns[1];
    else columns[0] = shared == 1 ? columns[2] : column_at(rows, first, 0, kind, stride);
    columns[1] = shared == 2 ? columns[2] : column_at(rows, first, dilation, kind, stride);
    columns[2] = column_at(rows, first, 2 * dilation, kind, stride);
    if (rows->next && kind.stride) ask_ahead(rows, index * stride, kind.places * stride, stride);
    const __m512i bytes = results(vector, columns, kind);
    if (kind.places == 2) {
      _mm256_mask_storeu_epi8(to, (__mmask32)vector->valid, _mm512_castsi512_si256(bytes));
      if (index + 1 < end) _mm256_mask_storeu_epi8(to + rows->gap, (__mmask32)vector->valid, _mm512_extracti64x4_epi64(bytes, 1));
    } else if (~vector->valid == 0) {
      _mm512_storeu_si512(to, bytes);
    } else {
      _mm512_mask_storeu_epi8(to, vector->valid, bytes);
    }
  }
}

// The same by the code that is made for such columns: that for any where windows reach over an edge.
BYTE_INLINE void make_any_columns(const Vector *vector, const DepthwiseRows *rows, int32_t begin, int32_t end, int32_t places, int is_flipped, int is_activated) {
  const DepthwiseSpan inner = inner_span(rows, begin, end, places);
  const Kind any = {places, 0, is_flipped, is_activated};
  make_columns(vector, rows, begin, inner.begin, any);
  if (rows->stride == 1) make_columns(vector, rows, inner.begin, inner.end, (Kind){places, 1, is_flipped, is_activated});
  else make_columns(vector, rows, inner.begin, inner.end, (Kind){places, 2, is_flipped, is_activated});
  make_columns(vector, rows, inner.end, end, any);
}

BYTE_INLINE void make_row(const SegDepthwiseConvolution *work, int32_t row, int is_flipped, int is_activated) {
  const int32_t width = work->output.width;
  for (int32_t begin = 0; begin < width; begin += COLUMNS_AT_ONCE) {
    const int32_t end = begin + COLUMNS_AT_ONCE < width ? begin + COLUMNS_AT_ONCE : width;
    for (int32_t index = 0; index < work->vectors; index++) {
      const int32_t channel = work->firsts[index], constants = index * CHANNELS;
      const int32_t places = index == work->vectors - 1 && work->is_last_half ? 2 : 1, most = CHANNELS / places, left = work->output.channels - channel;
      const DepthwiseRows rows = rows_of(work, row, channel, 1);
      const Vector vector = {.weights = (const int8_t *)work->weights + constants * SIDE * WORD, .starts = work->starts + constants,
                             .factors = work->factors + constants, .biases = work->biases + constants,
                             .slopes = work->activation.slopes + (is_activated ? constants : 0), .upper = work->activation.upper,
                             .is_signed = work->output.format == SEG_SIGNED8, .valid = left < most ? ((__mmask64)1 << left) - 1 : ~(__mmask64)0};
      if (places == 1) make_any_columns(&vector, &rows, begin, end, 1, is_flipped, is_activated);
      else make_any_columns(&vector, &rows, begin, end, 2, is_flipped, is_activated);
    }
  }
}

BYTE_TARGET static void make_rows(const SegDepthwiseConvolution *work, int32_t begin, int32_t end) {
  const int is_flipped = work->input.format == SEG_SIGNED8, is_activated = work->activation.slopes != NULL;
  for (int32_t row = begin; row < end; row++) {
    if (is_flipped && is_activated) make_row(work, row, 1, 1);
    else if (is_flipped) make_row(work, row, 1, 0);
    else if (is_activated) make_row(work, row, 0, 1);
    else make_row(work, row, 0, 0);
  }
}

void seg_depthwise_convolution(const void *arguments, int32_t begin, int32_t end) { make_rows(arguments, begin, end); }

#else

void seg_depthwise_convolution(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
