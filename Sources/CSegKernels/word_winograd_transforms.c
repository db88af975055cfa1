#include "word_winograd.h"

#include "word_finishing.h"

#if SEGPLAY_BYTE_PRODUCTS

#define BACKWARD_INLINE BYTE_INLINE
#define FLOATS __m512
#define OP(name) _mm512_##name
#include "word_backward.h"

// Vectors of words, which wrap around as those of the processor do.
typedef uint16_t WideWords __attribute__((vector_size(64)));
typedef uint16_t NarrowWords __attribute__((vector_size(32)));

BYTE_INLINE WideWords wide_words(const uint8_t *bytes, int is_signed) {
  const __m256i x = _mm256_loadu_si256((const __m256i *)bytes);
  return (WideWords)(is_signed ? _mm512_cvtepi8_epi16(x) : _mm512_cvtepu8_epi16(x));
}

BYTE_INLINE NarrowWords narrow_words(const uint8_t *bytes, int is_signed) {
  const __m128i x = _mm_loadu_si128((const __m128i *)bytes);
  return (NarrowWords)(is_signed ? _mm256_cvtepi8_epi16(x) : _mm256_cvtepu8_epi16(x));
}

#define NUMBERS WideWords
#define NUMBERS_OF(bytes, is_signed) wide_words(bytes, is_signed)
#define FORWARD_LINE forward_wide_line
#define FORWARD_TILE forward_wide_tile
#include "word_forward.h"

#define NUMBERS NarrowWords
#define NUMBERS_OF(bytes, is_signed) narrow_words(bytes, is_signed)
#define FORWARD_LINE forward_narrow_line
#define FORWARD_TILE forward_narrow_tile
#include "word_forward.h"

// Transforms 32 channels, or sixteen where there are no more: the others are not read then.
BYTE_INLINE void forward_tile(const uint8_t *from, ptrdiff_t row_step, ptrdiff_t column_step, int is_signed, int32_t channels, int16_t *to) {
  if (channels > WORDS / 2) forward_wide_tile(from, row_step, column_step, is_signed, WORDS, TILE_IN * WORDS, to);
  else forward_narrow_tile(from, row_step, column_step, is_signed, WORDS, TILE_IN * WORDS, to);
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
        forward_tile(from, row_step, column_step, is_signed, input.channels - channel, to);
      } else {
        uint8_t edge[PLANES * WORDS] __attribute__((aligned(64)));
        copy_edge(work, corner, channel, edge);
        forward_tile(edge, TILE_IN * WORDS, WORDS, is_signed, input.channels - channel, to);
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

// How sixteen channels of the results leave a tile.
typedef struct Finish {
  const SegWordWinograd *work;
  int32_t channel;
  __mmask16 valid; // channels that there are
  uint8_t *output;
  size_t pixel_stride;
  __m512 factor, bias, added_factor, limit, slopes; // the slopes only where they are all that is done
} Finish;

BYTE_INLINE Finish finish_from(const SegWordWinograd *work, int32_t channel, Finishing finishing) {
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
                  _mm512_set1_ps(work->output.format == SEG_SIGNED8 ? 127 : 255),
                  finishing == FINISHES_SLOPES ? _mm512_maskz_loadu_ps(valid, work->after.slopes + channel) : _mm512_setzero_ps()};
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
BYTE_INLINE __m512 result(const Finish *how, __m512 sums, size_t place, Finishing finishing) {
  const SegWordWinograd *work = how->work;
  __m512 x = _mm512_fmadd_ps(sums, how->factor, how->bias);
  if (finishing == FINISHES_PLAINLY) return x;
  if (finishing == FINISHES_SLOPES) return _mm512_max_ps(x, _mm512_mul_ps(x, how->slopes));
  if (work->before.slopes) x = activated(how, &work->before, x);
  if (work->added.data) x = with_added(how, x, place);
  return work->after.slopes ? activated(how, &work->after, x) : x;
}

// Writes sixteen channels of the first `count` of four pixels, which lie `step` pixels apart; all four are whole but for FINISHES_ALL.
BYTE_INLINE void finish(const Finish *how, const __m512 sums[TILE_OUT], int32_t count, size_t place, size_t step, Finishing finishing) {
  uint8_t *to = how->output + place * how->pixel_stride;
  const size_t bytes = step * how->pixel_stride;
  if (finishing == FINISHES_ALL && how->work->output.format == SEG_FLOAT32) {
    for (int32_t line = 0; line < TILE_OUT; line++)
      if (line < count) _mm512_mask_storeu_ps((float *)(to + line * bytes), how->valid, result(how, sums[line], place + line * step, FINISHES_ALL));
    return;
  }
  __m512i whole[TILE_OUT];
  for (int32_t line = 0; line < TILE_OUT; line++) {
    // What a place outside is added to is never written, so it may be the place's neighbour inside.
    const __m512 x = result(how, sums[line], line < count ? place + line * step : place, finishing);
    // Packing cuts off, but a conversion would make a number that is too large a negative one.
    whole[line] = _mm512_cvtps_epi32(finishing ? x : _mm512_min_ps(x, how->limit));
  }
  const __m512i low = _mm512_packs_epi32(whole[0], whole[1]), high = _mm512_packs_epi32(whole[2], whole[3]);
  const int is_signed = finishing != FINISHES_PLAINLY && how->work->output.format == SEG_SIGNED8;
  const __m512i mixed = is_signed ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high);
  const __m512i pixels = _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), mixed);
#define STORE_LINE(line) \
  if (finishing) _mm_storeu_si128((__m128i *)(to + line * bytes), _mm512_extracti32x4_epi32(pixels, line)); \
  else if (line < count) _mm_mask_storeu_epi8(to + line * bytes, how->valid, _mm512_extracti32x4_epi32(pixels, line))
  STORE_LINE(0);
  STORE_LINE(1);
  STORE_LINE(2);
  STORE_LINE(3);
#undef STORE_LINE
}

// Transforms sixteen channels of a tile's sums, and writes what of them lies inside the output.
BYTE_INLINE void backward_tile(const Finish *how, Corner corner, const int32_t *sums, int32_t step, Finishing finishing) {
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
  if (finishing && rows == TILE_OUT && columns == TILE_OUT) {
#pragma clang loop unroll(full)
    for (int32_t index = 0; index < TILE_OUT; index++, place += column_step) {
      __m512 column[TILE_IN], made[TILE_OUT];
      for (int32_t line = 0; line < TILE_IN; line++) column[line] = lines[line][index];
      backward_line(column, made);
      finish(how, made, rows, place, row_step, finishing);
    }
    return;
  }
#pragma clang loop unroll(full)
  for (int32_t index = 0; index < TILE_OUT; index++, place += column_step) {
    __m512 column[TILE_IN], made[TILE_OUT];
    for (int32_t line = 0; line < TILE_IN; line++) column[line] = lines[line][index];
    if (index < columns) {
      backward_line(column, made);
      finish(how, made, rows, place, row_step, FINISHES_ALL);
    }
  }
}

BYTE_TARGET void seg_word_winograd_backward(const SegWordWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const void *sums) {
  const Finishing finishing = finishing_of(work);
  for (int32_t vector = 0; vector < vectors; vector++) {
    const Finish how = finish_from(work, channel + vector * LANES, finishing);
    for (int32_t tile = 0; tile < group.count; tile++) {
      const Corner corner = output_corner(work, group.first + tile);
      const int32_t *from = (const int32_t *)sums + tile * tile_sums(vectors) + vector * LANES;
      if (finishing == FINISHES_PLAINLY && how.valid == 0xFFFF) backward_tile(&how, corner, from, vectors * LANES, FINISHES_PLAINLY);
      else if (finishing == FINISHES_SLOPES && how.valid == 0xFFFF) backward_tile(&how, corner, from, vectors * LANES, FINISHES_SLOPES);
      else backward_tile(&how, corner, from, vectors * LANES, FINISHES_ALL);
    }
  }
}

#endif
