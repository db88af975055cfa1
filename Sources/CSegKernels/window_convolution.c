#include "SegWindowConvolution.h"

#include "byte_target.h"

int32_t seg_window_beside(int32_t left) { return left >= SEG_WINDOW_BESIDE ? SEG_WINDOW_BESIDE : left >= 2 ? 2 : 1; }

#if SEGPLAY_BYTE_PRODUCTS

#include "joined_columns.h"

enum { VECTOR_BYTES = 64, OUTPUT_BYTES = SEG_WINDOW_OUTPUTS };

_Static_assert(SEG_WINDOW_COLUMN == COLUMN_VECTOR, "a joined column fits into a vector");

// Vectors of output channels in work.
typedef struct Outputs {
  const SegWindowConvolution *work;
  const int8_t *weights;
  int32_t channel, count; // the first, and how many of all are left from it on
} Outputs;

// The sums of some places whose windows begin at `from`. `beside` is a constant where this is used.
BYTE_INLINE void sum_windows(const Outputs *outputs, const uint8_t *from, int32_t beside, __m512i sums[SEG_WINDOW_VECTORS]) {
  const int32_t places = SEG_WINDOW_VECTORS / beside, words = outputs->work->words;
  const size_t step = (size_t)outputs->work->place_step;
  const int8_t *weights = outputs->weights;
  for (int32_t index = 0; index < SEG_WINDOW_VECTORS; index++)
    sums[index] = _mm512_load_si512(outputs->work->starts + outputs->channel + index % beside * SEG_WINDOW_OUTPUTS);
  for (int32_t word = 0; word < words; word++, from += SEG_WINDOW_GROUP, weights += beside * VECTOR_BYTES) {
    __m512i of[SEG_WINDOW_BESIDE];
    for (int32_t vector = 0; vector < beside; vector++) of[vector] = _mm512_load_si512(weights + vector * VECTOR_BYTES);
    for (int32_t place = 0; place < places; place++) {
      int32_t bytes;
      memcpy(&bytes, from + (size_t)place * step, sizeof bytes);
      const __m512i input = _mm512_set1_epi32(bytes);
      for (int32_t vector = 0; vector < beside; vector++)
        sums[place * beside + vector] = _mm512_dpbusd_epi32(sums[place * beside + vector], input, of[vector]);
    }
  }
}

// The results of sums of channels from `channel` on, as whole numbers.
BYTE_INLINE __m512i results(const SegWindowConvolution *work, __m512i sums, int32_t channel, int is_activated) {
  __m512 x = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_load_ps(work->factors + channel), _mm512_load_ps(work->biases + channel));
  if (is_activated) {
    const __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
    x = _mm512_mask_mul_ps(x, below, x, _mm512_loadu_ps(work->activation.slopes + channel));
    x = _mm512_min_ps(x, _mm512_set1_ps(work->activation.upper));
  }
  return _mm512_cvtps_epi32(x);
}

// Four vectors of results as bytes, one behind the other.
BYTE_INLINE __m512i pack(const __m512i x[4], int is_signed) {
  const __m512i first = _mm512_packs_epi32(x[0], x[1]), second = _mm512_packs_epi32(x[2], x[3]);
  const __m512i bytes = is_signed ? _mm512_packs_epi16(first, second) : _mm512_packus_epi16(first, second);
  // Each fourth of the register has four bytes of every vector.
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), bytes);
}

// Writes those of 4 / beside places whose pixels are `gap` bytes apart, of each only those in `filled`.
BYTE_INLINE void store_spaced(uint8_t *to, size_t gap, __m512i bytes, int32_t beside, __mmask64 filled) {
  if (beside == 4) {
    _mm512_mask_storeu_epi8(to, filled, bytes);
  } else if (beside == 2) {
    _mm256_mask_storeu_epi8(to, (__mmask32)filled, _mm512_castsi512_si256(bytes));
    _mm256_mask_storeu_epi8(to + gap, (__mmask32)filled, _mm512_extracti64x4_epi64(bytes, 1));
  } else {
    _mm_mask_storeu_epi8(to, (__mmask16)filled, _mm512_castsi512_si128(bytes));
    _mm_mask_storeu_epi8(to + gap, (__mmask16)filled, _mm512_extracti32x4_epi32(bytes, 1));
    _mm_mask_storeu_epi8(to + 2 * gap, (__mmask16)filled, _mm512_extracti32x4_epi32(bytes, 2));
    _mm_mask_storeu_epi8(to + 3 * gap, (__mmask16)filled, _mm512_extracti32x4_epi32(bytes, 3));
  }
}

// The results of SEG_WINDOW_VECTORS / beside places from one on, at `to`, with pixels `gap` bytes apart. All but the first four are constants where this is used.
BYTE_INLINE void make_places(const Outputs *outputs, const uint8_t *from, uint8_t *to, size_t gap, int32_t beside, int is_activated, int is_signed) {
  const int32_t filled_bytes = outputs->count < beside * OUTPUT_BYTES ? outputs->count : beside * OUTPUT_BYTES;
  // Whether the results of places lie one behind the other.
  const int is_dense = gap == (size_t)filled_bytes && filled_bytes == beside * OUTPUT_BYTES;
  const __mmask64 filled = filled_bytes == VECTOR_BYTES ? ~(__mmask64)0 : ((__mmask64)1 << filled_bytes) - 1;
  __m512i sums[SEG_WINDOW_VECTORS];
  sum_windows(outputs, from, beside, sums);
  for (int32_t first = 0; first < SEG_WINDOW_VECTORS; first += 4) {
    __m512i x[4];
    for (int32_t index = 0; index < 4; index++)
      x[index] = results(outputs->work, sums[first + index], outputs->channel + index % beside * SEG_WINDOW_OUTPUTS, is_activated);
    const __m512i bytes = pack(x, is_signed);
    uint8_t *const place = to + (size_t)(first / beside) * gap;
    if (is_dense) _mm512_storeu_si512(place, bytes);
    else store_spaced(place, gap, bytes, beside, filled);
  }
}

// All places of a row, for the output channels in work. The last places are those that end with the row: some are made twice then. A row that is shorter goes
// through `room`.
BYTE_INLINE void make_row(const Outputs *outputs, const uint8_t *joined, uint8_t *row, int32_t beside, int is_activated, int is_signed) {
  const SegWindowConvolution *work = outputs->work;
  const int32_t places = SEG_WINDOW_VECTORS / beside, width = work->output.width;
  const size_t gap = (size_t)work->output.pixel_stride, step = (size_t)work->place_step;
  row += outputs->channel;
  if (width < places) {
    uint8_t room[SEG_WINDOW_VECTORS * OUTPUT_BYTES];
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

BYTE_INLINE void make_share(const SegWindowConvolution *work, int32_t share, int is_activated, int is_signed) {
  const int32_t height = work->row_count, vectors = (work->output.channels + SEG_WINDOW_OUTPUTS - 1) / SEG_WINDOW_OUTPUTS;
  const int32_t begin = (int32_t)((int64_t)height * share / work->shares), end = (int32_t)((int64_t)height * (share + 1) / work->shares);
  uint8_t *joined = work->scratch + (size_t)share * work->row_bytes;
  JoinedColumns how;
  choose_columns(&work->input, work->kernel_rows, work->dilation, work->stride, work->padding_top, work->input.format == SEG_SIGNED8 ? 0x80 : 0, &how);
  const size_t margin = (size_t)work->padding_left * how.column;
  for (int32_t row = begin; row < end; row++) {
    join_row(&how, work->first_row + row, margin, work->row_bytes - COLUMN_VECTOR, joined);
    uint8_t *to = (uint8_t *)work->output.data + (size_t)row * (size_t)work->output.width * (size_t)work->output.pixel_stride;
    Outputs outputs = {work, work->weights, 0, work->output.channels};
    for (int32_t vector = 0, beside; vector < vectors; vector += beside) {
      beside = seg_window_beside(vectors - vector);
      if (beside == 4) make_row(&outputs, joined, to, 4, is_activated, is_signed);
      else if (beside == 2) make_row(&outputs, joined, to, 2, is_activated, is_signed);
      else make_row(&outputs, joined, to, 1, is_activated, is_signed);
      outputs.weights += (size_t)beside * (size_t)work->words * VECTOR_BYTES;
      outputs.channel += beside * SEG_WINDOW_OUTPUTS;
      outputs.count -= beside * SEG_WINDOW_OUTPUTS;
    }
  }
}

BYTE_TARGET static void make_shares(const SegWindowConvolution *work, int32_t begin, int32_t end) {
  const int is_signed = work->output.format == SEG_SIGNED8, is_activated = work->activation.slopes != NULL;
  for (int32_t share = begin; share < end; share++) {
    if (is_activated && is_signed) make_share(work, share, 1, 1);
    else if (is_activated) make_share(work, share, 1, 0);
    else if (is_signed) make_share(work, share, 0, 1);
    else make_share(work, share, 0, 0);
  }
}

void seg_window_convolution(const void *arguments, int32_t begin, int32_t end) { make_shares(arguments, begin, end); }

#else

void seg_window_convolution(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
