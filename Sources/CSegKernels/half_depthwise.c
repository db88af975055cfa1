#include "SegDepthwiseConvolution.h"

// Even channels first, then odd ones.
int32_t seg_half_depthwise_channel(int32_t number) { return number % 16 * 2 + number / 16; }

#if defined(__x86_64__) && !defined(SEGPLAY_ONLY_AVX2)

#include "depthwise_rows.h"

#define HALF_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")))
#define HALF_INLINE HALF_TARGET static inline __attribute__((always_inline))

enum { HALVES = 2, LANES = 16, CHANNELS = SEG_DEPTHWISE_HALF_CHANNELS, ELEMENT = 2 };

// The constants of a vector of channels, and which of these there are.
typedef struct Vector {
  const float *weights; // tap, number
  const float *biases, *slopes;
  float upper;
  __mmask32 valid;
} Vector;

// How code is made, in constants: the stride of columns for windows that lie within the map and have no dilation, or 0 for any; and whether there is an activation.
typedef struct Kind {
  int32_t stride;
  int is_activated;
} Kind;

// A column of the rows as floats: channels of even numbers, and of odd ones.
typedef struct Column {
  __m512 rows[SIDE][HALVES];
} Column;

HALF_INLINE Column column_at(const DepthwiseRows *rows, int32_t column, int32_t beside, Kind kind) {
  Column made;
  for (int32_t row = 0; row < SIDE; row++) {
    const __m512i halves = _mm512_loadu_si512(pixel_at(rows, row, column, beside, kind.stride > 0));
    made.rows[row][0] = _mm512_castsi512_ps(_mm512_slli_epi32(halves, 16));
    made.rows[row][1] = _mm512_castsi512_ps(_mm512_and_si512(halves, _mm512_set1_epi32((int32_t)0xFFFF0000)));
  }
  return made;
}

// The results of a window's columns, in order.
HALF_INLINE __m512i results(const Vector *vector, const Column columns[SIDE], Kind kind) {
  __m512 x[HALVES];
  for (int32_t half = 0; half < HALVES; half++) {
    const int32_t place = half * LANES;
    x[half] = _mm512_load_ps(vector->biases + place);
    for (int32_t row = 0; row < SIDE; row++)
      for (int32_t column = 0; column < SIDE; column++)
        x[half] = _mm512_fmadd_ps(columns[column].rows[row][half], _mm512_load_ps(vector->weights + (row * SIDE + column) * CHANNELS + place), x[half]);
    if (kind.is_activated) {
      const __mmask16 below = _mm512_cmp_ps_mask(x[half], _mm512_setzero_ps(), _CMP_LT_OQ);
      x[half] = _mm512_min_ps(_mm512_mask_mul_ps(x[half], below, x[half], _mm512_load_ps(vector->slopes + place)), _mm512_set1_ps(vector->upper));
    }
  }
  // Even numbers in the first half, odd ones in the second.
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(x[1], x[0]));
}

// The results of the output columns begin..<end.
HALF_INLINE void make_columns(const Vector *vector, const DepthwiseRows *rows, int32_t begin, int32_t end, Kind kind) {
  const int32_t stride = kind.stride ? kind.stride : rows->stride, dilation = kind.stride ? 1 : rows->dilation;
  // Columns that neighbouring windows have in common.
  const int32_t shared = kind.stride ? SIDE - kind.stride : 0;
  int32_t first = begin * stride - rows->before;
  Column columns[SIDE];
  // As if of the window before.
  if (begin < end && shared == 2) columns[1] = column_at(rows, first, 0, kind);
  if (begin < end && shared >= 1) columns[2] = column_at(rows, first, shared - 1, kind);
  uint8_t *to = rows->to + (size_t)begin * rows->gap;
  for (int32_t index = begin; index < end; index++, first += stride, to += rows->gap) {
    if (shared == 2) columns[0] = columns[1];
    else columns[0] = shared == 1 ? columns[2] : column_at(rows, first, 0, kind);
    columns[1] = shared == 2 ? columns[2] : column_at(rows, first, dilation, kind);
    columns[2] = column_at(rows, first, 2 * dilation, kind);
    if (rows->next && kind.stride) ask_ahead(rows, index * stride, stride, stride);
    const __m512i halves = results(vector, columns, kind);
    if (~vector->valid == 0) _mm512_storeu_si512(to, halves);
    else _mm512_mask_storeu_epi16(to, vector->valid, halves);
  }
}

HALF_INLINE void make_row(const SegDepthwiseConvolution *work, int32_t row, int is_activated) {
  const int32_t width = work->output.width;
  for (int32_t begin = 0; begin < width; begin += COLUMNS_AT_ONCE) {
    const int32_t end = begin + COLUMNS_AT_ONCE < width ? begin + COLUMNS_AT_ONCE : width;
    for (int32_t index = 0; index < work->vectors; index++) {
      const int32_t channel = work->firsts[index], left = work->output.channels - channel, constants = index * CHANNELS;
      const DepthwiseRows rows = rows_of(work, row, channel, ELEMENT);
      const Vector vector = {(const float *)work->weights + constants * SIDE * SIDE, work->biases + constants, work->activation.slopes + (is_activated ? constants : 0),
                             work->activation.upper, left < CHANNELS ? ((__mmask32)1 << left) - 1 : ~(__mmask32)0};
      const DepthwiseSpan inner = inner_span(&rows, begin, end, 1);
      const Kind any = {0, is_activated};
      make_columns(&vector, &rows, begin, inner.begin, any);
      if (rows.stride == 1) make_columns(&vector, &rows, inner.begin, inner.end, (Kind){1, is_activated});
      else make_columns(&vector, &rows, inner.begin, inner.end, (Kind){2, is_activated});
      make_columns(&vector, &rows, inner.end, end, any);
    }
  }
}

HALF_TARGET static void make_rows(const SegDepthwiseConvolution *work, int32_t begin, int32_t end) {
  for (int32_t row = begin; row < end; row++) {
    if (work->activation.slopes) make_row(work, row, 1);
    else make_row(work, row, 0);
  }
}

void seg_half_depthwise(const void *arguments, int32_t begin, int32_t end) { make_rows(arguments, begin, end); }

#else

void seg_half_depthwise(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
