#include "word_winograd.h"

#if SEGPLAY_BYTE_PRODUCTS

// B^T of the paper for the points 0, ±1, ±2 and infinity: the words at x, x + step, ... transformed. No place of a tile of bytes gets more than two bytes.
BYTE_INLINE void forward_line(const __m512i x[TILE_IN], int16_t *to, size_t step) {
  const __m512i far = _mm512_sub_epi16(x[4], x[2]), odd = _mm512_sub_epi16(x[3], x[1]), far_odd = _mm512_add_epi16(odd, odd);
  const __m512i near = _mm512_sub_epi16(x[4], _mm512_slli_epi16(x[2], 2)), near_odd = _mm512_sub_epi16(x[3], _mm512_slli_epi16(x[1], 2));
  _mm512_store_si512(to, _mm512_add_epi16(_mm512_slli_epi16(_mm512_sub_epi16(x[0], x[2]), 2), far));
  _mm512_store_si512(to + step, _mm512_add_epi16(near, near_odd));
  _mm512_store_si512(to + 2 * step, _mm512_sub_epi16(near, near_odd));
  _mm512_store_si512(to + 3 * step, _mm512_add_epi16(far, far_odd));
  _mm512_store_si512(to + 4 * step, _mm512_sub_epi16(far, far_odd));
  _mm512_store_si512(to + 5 * step, _mm512_sub_epi16(_mm512_sub_epi16(x[5], x[3]), _mm512_slli_epi16(odd, 2)));
}

BYTE_INLINE __m512i words_of(const __m256i *bytes, int is_signed) {
  return is_signed ? _mm512_cvtepi8_epi16(_mm256_loadu_si256(bytes)) : _mm512_cvtepu8_epi16(_mm256_loadu_si256(bytes));
}

// Transforms 32 channels of a tile of which (row, column) lies at from + row * row_step + column * column_step. Columns first, two at once as they share what
// they are made of, so that nothing but bytes is read and nothing but results written.
BYTE_INLINE void forward_tile(const uint8_t *from, ptrdiff_t row_step, ptrdiff_t column_step, int is_signed, int16_t *to) {
#define WORDS_AT(row, column) words_of((const __m256i *)(from + (row) * row_step + (column) * column_step), is_signed)
  __m512i near[TILE_IN], near_odd[TILE_IN], far[TILE_IN], far_odd[TILE_IN], line[TILE_IN];
  for (int32_t row = 0; row < TILE_IN; row++) {
    const __m512i x1 = WORDS_AT(row, 1), x2 = WORDS_AT(row, 2), x3 = WORDS_AT(row, 3), x4 = WORDS_AT(row, 4), odd = _mm512_sub_epi16(x3, x1);
    near[row] = _mm512_sub_epi16(x4, _mm512_slli_epi16(x2, 2));
    near_odd[row] = _mm512_sub_epi16(x3, _mm512_slli_epi16(x1, 2));
    far[row] = _mm512_sub_epi16(x4, x2);
    far_odd[row] = _mm512_add_epi16(odd, odd);
  }
#define LINE(column, value) \
  for (int32_t row = 0; row < TILE_IN; row++) line[row] = value; \
  forward_line(line, to + (column) * WORDS, TILE_IN * WORDS)
  LINE(1, _mm512_add_epi16(near[row], near_odd[row]));
  LINE(2, _mm512_sub_epi16(near[row], near_odd[row]));
  LINE(3, _mm512_add_epi16(far[row], far_odd[row]));
  LINE(4, _mm512_sub_epi16(far[row], far_odd[row]));
  LINE(0, _mm512_add_epi16(_mm512_slli_epi16(_mm512_sub_epi16(WORDS_AT(row, 0), WORDS_AT(row, 2)), 2), far[row]));
  LINE(5, _mm512_sub_epi16(_mm512_sub_epi16(WORDS_AT(row, 5), WORDS_AT(row, 3)), _mm512_add_epi16(far_odd[row], far_odd[row])));
#undef LINE
#undef WORDS_AT
}

// Copies 32 channels of a tile that reaches over the map's edges.
BYTE_INLINE void copy_edge(const SegWordWinograd *work, Corner corner, int32_t channel, uint8_t *to) {
  for (int32_t index = 0; index < PLANES; index++, to += WORDS) {
    const uint8_t *from = input_place(work, corner, index, work->input.pixel_stride);
    _mm256_store_si256((__m256i *)to, from ? _mm256_loadu_si256((const __m256i *)(from + channel)) : _mm256_setzero_si256());
  }
}

BYTE_INLINE void forward(const SegWordWinograd *work, TileGroup group, int is_signed, int16_t *tiles) {
  const SegTypedMap input = work->input;
  const ptrdiff_t column_step = (ptrdiff_t)work->dilation_horizontal * input.pixel_stride;
  const ptrdiff_t row_step = (ptrdiff_t)work->dilation_vertical * input.width * input.pixel_stride;
  for (int32_t tile = 0; tile < group.count; tile++) {
    const Corner corner = input_corner(work, group.first + tile);
    const int is_whole = is_inside(work, corner);
    int16_t *to = tiles + tile * TILE_WORDS;
    for (int32_t channel = 0; channel < input.channels; channel += WORDS, to += group.count * TILE_WORDS) {
      if (is_whole) {
        const uint8_t *from = input_place(work, corner, 0, input.pixel_stride) + channel;
        prefetch_next(from, row_step, column_step);
        forward_tile(from, row_step, column_step, is_signed, to);
      } else {
        uint8_t edge[PLANES * WORDS] __attribute__((aligned(64)));
        copy_edge(work, corner, channel, edge);
        forward_tile(edge, TILE_IN * WORDS, WORDS, is_signed, to);
      }
    }
  }
}

BYTE_TARGET void seg_word_winograd_forward(const SegWordWinograd *work, TileGroup group, int16_t *tiles) {
  if (work->input.format == SEG_SIGNED8) {
    forward(work, group, 1, tiles);
  } else {
    forward(work, group, 0, tiles);
  }
}

// Four results of six sums: A^T of the paper for these points, times 7/2, with its columns divided by what SPREAD's rows were multiplied with.
BYTE_INLINE void backward_line(const __m512 x[TILE_IN], __m512 made[TILE_OUT]) {
  const __m512 near = _mm512_add_ps(x[1], x[2]), near_odd = _mm512_sub_ps(x[1], x[2]), far = _mm512_add_ps(x[3], x[4]), far_odd = _mm512_sub_ps(x[3], x[4]);
  made[0] = _mm512_fmadd_ps(_mm512_set1_ps(0.875f), x[0], _mm512_fmadd_ps(_mm512_set1_ps(0.4375f), far, near));
  made[1] = _mm512_fmadd_ps(_mm512_set1_ps(0.875f), far_odd, near_odd);
  made[2] = _mm512_fmadd_ps(_mm512_set1_ps(1.75f), far, near);
  made[3] = _mm512_fmadd_ps(_mm512_set1_ps(3.5f), _mm512_add_ps(far_odd, x[5]), near_odd);
}

// How sixteen channels of the results leave a tile.
typedef struct Finish {
  const SegWordWinograd *work;
  int32_t channel;
  __mmask16 valid; // channels that there are
  uint8_t *output;
  size_t pixel_stride;
  __m512 factor, bias, added_factor, limit;
} Finish;

BYTE_INLINE Finish finish_from(const SegWordWinograd *work, int32_t channel) {
  const int32_t left = work->output.channels - channel;
  const __mmask16 valid = left < LANES ? (__mmask16)((1 << left) - 1) : (__mmask16)0xFFFF;
  const size_t bytes = work->output.format == SEG_FLOAT32 ? sizeof(float) : 1;
  return (Finish){work,
                  channel,
                  valid,
                  (uint8_t *)work->output.data + channel * bytes,
                  work->output.pixel_stride * bytes,
                  _mm512_maskz_loadu_ps(valid, work->factors + channel),
                  _mm512_maskz_loadu_ps(valid, work->biases + channel),
                  _mm512_set1_ps(work->added.scale / work->output.scale),
                  _mm512_set1_ps(work->output.format == SEG_SIGNED8 ? 127 : 255)};
}

BYTE_INLINE __m512 activated(const Finish *how, const SegActivation *activation, __m512 x) {
  const __m512 zero = _mm512_setzero_ps(), slopes = _mm512_maskz_loadu_ps(how->valid, activation->slopes + how->channel);
  return _mm512_fmadd_ps(_mm512_min_ps(x, zero), slopes, _mm512_min_ps(_mm512_max_ps(x, zero), _mm512_set1_ps(activation->upper)));
}

BYTE_INLINE __m512 with_added(const Finish *how, __m512 x, size_t place) {
  const SegTypedMap *added = &how->work->added;
  const __m128i bytes = _mm_maskz_loadu_epi8(how->valid, (const uint8_t *)added->data + place * added->pixel_stride + how->channel);
  const __m512i words = added->format == SEG_SIGNED8 ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
  return _mm512_fmadd_ps(_mm512_cvtepi32_ps(words), how->added_factor, x);
}

// A pixel's results in units of the output's scale.
BYTE_INLINE __m512 result(const Finish *how, __m512 sums, size_t place, int is_plain) {
  const SegWordWinograd *work = how->work;
  __m512 x = _mm512_fmadd_ps(sums, how->factor, how->bias);
  if (is_plain) return x;
  if (work->before.slopes) x = activated(how, &work->before, x);
  if (work->added.data) x = with_added(how, x, place);
  return work->after.slopes ? activated(how, &work->after, x) : x;
}

// Writes sixteen channels of the first `count` of four pixels, which lie `step` pixels apart. `is_plain`: unsigned bytes of all four pixels and channels, with
// nothing done to them, and of results that are bounded.
BYTE_INLINE void finish(const Finish *how, const __m512 sums[TILE_OUT], int32_t count, size_t place, size_t step, int is_plain) {
  uint8_t *to = how->output + place * how->pixel_stride;
  const size_t bytes = step * how->pixel_stride;
  if (!is_plain && how->work->output.format == SEG_FLOAT32) {
    for (int32_t line = 0; line < TILE_OUT; line++)
      if (line < count) _mm512_mask_storeu_ps((float *)(to + line * bytes), how->valid, result(how, sums[line], place + line * step, 0));
    return;
  }
  __m512i whole[TILE_OUT];
  for (int32_t line = 0; line < TILE_OUT; line++) {
    // What a place outside is added to is never written, so it may be the place's neighbour inside.
    const __m512 x = result(how, sums[line], line < count ? place + line * step : place, is_plain);
    // Packing cuts off, but a conversion would make a number that is too large a negative one.
    whole[line] = _mm512_cvtps_epi32(is_plain ? x : _mm512_min_ps(x, how->limit));
  }
  const __m512i low = _mm512_packs_epi32(whole[0], whole[1]), high = _mm512_packs_epi32(whole[2], whole[3]);
  const int is_signed = !is_plain && how->work->output.format == SEG_SIGNED8;
  const __m512i mixed = is_signed ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high);
  const __m512i pixels = _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), mixed);
#define STORE_LINE(line) \
  if (is_plain) _mm_storeu_si128((__m128i *)(to + line * bytes), _mm512_extracti32x4_epi32(pixels, line)); \
  else if (line < count) _mm_mask_storeu_epi8(to + line * bytes, how->valid, _mm512_extracti32x4_epi32(pixels, line))
  STORE_LINE(0);
  STORE_LINE(1);
  STORE_LINE(2);
  STORE_LINE(3);
#undef STORE_LINE
}

// Transforms sixteen channels of a tile's sums, and writes what of them lies inside the output.
BYTE_INLINE void backward_tile(const Finish *how, Corner corner, const int32_t *sums, int32_t step, int is_plain) {
  const SegWordWinograd *work = how->work;
  __m512 lines[TILE_IN][TILE_OUT];
#pragma clang loop unroll(full)
  for (int32_t line = 0; line < TILE_IN; line++) {
    __m512 x[TILE_IN];
    for (int32_t index = 0; index < TILE_IN; index++) x[index] = _mm512_cvtepi32_ps(_mm512_load_si512(sums + (line * TILE_IN + index) * step));
    backward_line(x, lines[line]);
  }
  const int32_t rows = places_within(corner.row, work->dilation_vertical, work->output.height);
  const int32_t columns = places_within(corner.column, work->dilation_horizontal, work->output.width);
  const size_t row_step = (size_t)work->dilation_vertical * work->output.width, column_step = (size_t)work->dilation_horizontal;
  size_t place = (size_t)corner.row * work->output.width + corner.column;
  if (is_plain && rows == TILE_OUT && columns == TILE_OUT) {
#pragma clang loop unroll(full)
    for (int32_t index = 0; index < TILE_OUT; index++, place += column_step) {
      __m512 column[TILE_IN], made[TILE_OUT];
      for (int32_t line = 0; line < TILE_IN; line++) column[line] = lines[line][index];
      backward_line(column, made);
      finish(how, made, rows, place, row_step, 1);
    }
    return;
  }
#pragma clang loop unroll(full)
  for (int32_t index = 0; index < TILE_OUT; index++, place += column_step) {
    __m512 column[TILE_IN], made[TILE_OUT];
    for (int32_t line = 0; line < TILE_IN; line++) column[line] = lines[line][index];
    if (index < columns) {
      backward_line(column, made);
      finish(how, made, rows, place, row_step, 0);
    }
  }
}

BYTE_TARGET void seg_word_winograd_backward(const SegWordWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const void *sums) {
  const int is_plain = !work->before.slopes && !work->added.data && !work->after.slopes && work->is_bounded && work->output.format == SEG_UNSIGNED8;
  for (int32_t vector = 0; vector < vectors; vector++) {
    const Finish how = finish_from(work, channel + vector * LANES);
    for (int32_t tile = 0; tile < group.count; tile++) {
      const Corner corner = output_corner(work, group.first + tile);
      const int32_t *from = (const int32_t *)sums + tile * tile_sums(vectors) + vector * LANES;
      if (is_plain && how.valid == 0xFFFF) {
        backward_tile(&how, corner, from, vectors * LANES, 1);
      } else {
        backward_tile(&how, corner, from, vectors * LANES, 0);
      }
    }
  }
}

#endif
