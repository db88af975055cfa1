#include "word_winograd.h"

#include "narrow_stores.h"
#include "word_finishing.h"

#if SEGPLAY_NARROW_PRODUCTS

#define BACKWARD_INLINE NARROW_INLINE
#define FLOATS __m256
#define OP(name) _mm256_##name
#include "word_backward.h"

// A register of words, which wrap around as those of the processor do.
typedef uint16_t NarrowWords __attribute__((vector_size(32)));

NARROW_INLINE NarrowWords narrow_words(const uint8_t *bytes, int is_signed) {
  const __m128i x = _mm_loadu_si128((const __m128i *)bytes);
  return (NarrowWords)(is_signed ? _mm256_cvtepi8_epi16(x) : _mm256_cvtepu8_epi16(x));
}

#define NUMBERS NarrowWords
#define NUMBERS_OF(bytes, is_signed) narrow_words(bytes, is_signed)
#define FORWARD_INLINE NARROW_INLINE
#define FORWARD_LINE forward_line
#define FORWARD_TILE forward_tile
#include "word_forward.h"

// Copies sixteen channels of a tile that reaches over the map's edges.
NARROW_INLINE void copy_edge(const SegWordWinograd *work, Corner corner, int32_t channel, uint8_t *to) {
  for (int32_t index = 0; index < PLANES; index++, to += NARROW_WORDS) {
    const uint8_t *from = input_place(work, corner, index, work->input.pixel_stride);
    _mm_store_si128((__m128i *)to, from ? _mm_loadu_si128((const __m128i *)(from + channel)) : _mm_setzero_si128());
  }
}

NARROW_INLINE void forward(const SegWordWinograd *work, TileGroup group, int is_signed, int16_t *tiles) {
  const SegTypedMap input = work->input;
  const ptrdiff_t column_step = (ptrdiff_t)work->dilation_horizontal * input.pixel_stride;
  const ptrdiff_t row_step = (ptrdiff_t)work->dilation_vertical * input.width * input.pixel_stride;
  for (int32_t tile = 0; tile < group.count; tile++) {
    const Corner corner = input_corner(work, group.first + tile);
    const int is_whole = is_inside(work, corner);
    for (int32_t channel = 0; channel < input.channels; channel += NARROW_WORDS) {
      int16_t *to = tiles + (channel / WORDS * group.count + tile) * TILE_WORDS + channel % WORDS;
      if (is_whole) {
        const uint8_t *from = input_place(work, corner, 0, input.pixel_stride) + channel;
        if (channel % WORDS == 0) prefetch_next(from, row_step, column_step);
        forward_tile(from, row_step, column_step, is_signed, WORDS, TILE_IN * WORDS, to);
      } else {
        uint8_t edge[PLANES * NARROW_WORDS] __attribute__((aligned(32)));
        copy_edge(work, corner, channel, edge);
        forward_tile(edge, TILE_IN * NARROW_WORDS, NARROW_WORDS, is_signed, WORDS, TILE_IN * WORDS, to);
      }
    }
  }
}

NARROW_TARGET void seg_narrow_word_forward(const SegWordWinograd *work, TileGroup group, int16_t *tiles) {
  if (work->input.format == SEG_SIGNED8) {
    forward(work, group, 1, tiles);
  } else {
    forward(work, group, 0, tiles);
  }
}

// How eight channels of the results leave a tile.
typedef struct Finish {
  const SegWordWinograd *work;
  int32_t channel;
  int32_t count; // channels that there are, eight at most
  uint8_t *output;
  size_t pixel_stride;
  __m256 factor, bias, limit, slopes; // the slopes only where they are all that is done
} Finish;

NARROW_INLINE Finish finish_from(const SegWordWinograd *work, int32_t channel, Finishing finishing) {
  const int32_t left = work->output.channels - channel;
  const size_t bytes = work->output.format == SEG_FLOAT32 ? sizeof(float) : 1;
  return (Finish){work,
                  channel,
                  left < NARROW_LANES ? left : NARROW_LANES,
                  (uint8_t *)work->output.data + channel * bytes,
                  work->output.pixel_stride * bytes,
                  _mm256_loadu_ps(work->factors + channel),
                  _mm256_loadu_ps(work->biases + channel),
                  _mm256_set1_ps(work->output.format == SEG_SIGNED8 ? 127 : 255),
                  finishing == FINISHES_SLOPES ? _mm256_loadu_ps(work->after.slopes + channel) : _mm256_setzero_ps()};
}

NARROW_INLINE __m256 activated(const Finish *how, const SegActivation *activation, __m256 x) {
  const __m256 zero = _mm256_setzero_ps(), slopes = _mm256_loadu_ps(activation->slopes + how->channel);
  return _mm256_fmadd_ps(_mm256_min_ps(x, zero), slopes, _mm256_min_ps(_mm256_max_ps(x, zero), _mm256_set1_ps(activation->upper)));
}

NARROW_INLINE __m256 with_added(const Finish *how, __m256 x, size_t place) {
  const SegTypedMap *added = &how->work->added;
  const __m128i bytes = _mm_loadl_epi64((const __m128i *)((const uint8_t *)added->data + place * added->pixel_stride + how->channel));
  const __m256i words = added->format == SEG_SIGNED8 ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
  return _mm256_fmadd_ps(_mm256_cvtepi32_ps(words), _mm256_set1_ps(added->scale / how->work->output.scale), x);
}

// A pixel's results in units of the output's scale.
NARROW_INLINE __m256 result(const Finish *how, __m256 sums, size_t place, Finishing finishing) {
  const SegWordWinograd *work = how->work;
  __m256 x = _mm256_fmadd_ps(sums, how->factor, how->bias);
  if (finishing == FINISHES_PLAINLY) return x;
  if (finishing == FINISHES_SLOPES) return _mm256_max_ps(x, _mm256_mul_ps(x, how->slopes));
  if (work->before.slopes) x = activated(how, &work->before, x);
  if (work->added.data) x = with_added(how, x, place);
  return work->after.slopes ? activated(how, &work->after, x) : x;
}

// Writes eight channels of the first `count` of four pixels, which lie `step` pixels apart; all four are whole but for FINISHES_ALL.
NARROW_INLINE void finish(const Finish *how, const __m256 sums[TILE_OUT], int32_t count, size_t place, size_t step, Finishing finishing) {
  uint8_t *to = how->output + place * how->pixel_stride;
  const size_t bytes = step * how->pixel_stride;
  if (finishing == FINISHES_ALL && how->work->output.format == SEG_FLOAT32) {
    for (int32_t line = 0; line < count; line++)
      store_first_floats((float *)(to + line * bytes), result(how, sums[line], place + line * step, FINISHES_ALL), how->count);
    return;
  }
  __m256i whole[TILE_OUT];
  for (int32_t line = 0; line < TILE_OUT; line++) {
    // What a place outside is added to is never written, so it may be the place's neighbour inside.
    const __m256 x = result(how, sums[line], line < count ? place + line * step : place, finishing);
    // Packing cuts off, but a conversion would make a number that is too large a negative one.
    whole[line] = _mm256_cvtps_epi32(finishing ? x : _mm256_min_ps(x, how->limit));
  }
  const __m256i low = _mm256_packs_epi32(whole[0], whole[1]), high = _mm256_packs_epi32(whole[2], whole[3]);
  const int is_signed = finishing != FINISHES_PLAINLY && how->work->output.format == SEG_SIGNED8;
  const __m256i mixed = is_signed ? _mm256_packs_epi16(low, high) : _mm256_packus_epi16(low, high);
  // Each half of the register has four bytes of every pixel.
  const __m256i pixels = _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  const __m128i parts[2] = {_mm256_castsi256_si128(pixels), _mm256_extracti128_si256(pixels, 1)};
  for (int32_t line = 0; line < TILE_OUT; line++) {
    const __m128i own = line % 2 ? _mm_unpackhi_epi64(parts[line / 2], parts[line / 2]) : parts[line / 2];
    if (finishing || (line < count && how->count == NARROW_LANES)) _mm_storel_epi64((__m128i *)(to + line * bytes), own);
    else if (line < count) store_first_bytes(to + line * bytes, own, how->count);
  }
}

// Transforms eight channels of a tile's sums, and writes what of them lies inside the output.
NARROW_INLINE void backward_tile(const Finish *how, Corner corner, const int32_t *sums, int32_t step, Finishing finishing) {
  const SegWordWinograd *work = how->work;
  __m256 lines[TILE_IN][TILE_OUT];
#pragma clang loop unroll(full)
  for (int32_t line = 0; line < TILE_IN; line++) {
    __m256 x[TILE_IN];
    for (int32_t index = 0; index < TILE_IN; index++)
      x[index] = _mm256_cvtepi32_ps(_mm256_load_si256((const __m256i *)(sums + (line * TILE_IN + index) * step)));
    backward_line(x, lines[line]);
  }
  const int32_t rows = places_within(corner.row, work->dilation_vertical, work->output.height);
  const int32_t columns = places_within(corner.column, work->dilation_horizontal, work->output.width);
  const size_t row_step = (size_t)work->dilation_vertical * work->output.width, column_step = (size_t)work->dilation_horizontal;
  const int is_whole = rows == TILE_OUT && columns == TILE_OUT;
  size_t place = (size_t)corner.row * work->output.width + corner.column;
#pragma clang loop unroll(full)
  for (int32_t index = 0; index < TILE_OUT; index++, place += column_step) {
    __m256 column[TILE_IN], made[TILE_OUT];
    for (int32_t line = 0; line < TILE_IN; line++) column[line] = lines[line][index];
    if (index < columns) {
      backward_line(column, made);
      if (finishing && is_whole) finish(how, made, rows, place, row_step, finishing);
      else finish(how, made, rows, place, row_step, FINISHES_ALL);
    }
  }
}

NARROW_TARGET void seg_narrow_word_backward(const SegWordWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const void *sums) {
  const Finishing finishing = finishing_of(work);
  for (int32_t vector = 0; vector < vectors; vector++) {
    const Finish how = finish_from(work, channel + vector * NARROW_LANES, finishing);
    for (int32_t tile = 0; tile < group.count; tile++) {
      const Corner corner = output_corner(work, group.first + tile);
      const int32_t *from = (const int32_t *)sums + (tile * PLANES * vectors + vector) * NARROW_LANES;
      const int32_t step = vectors * NARROW_LANES;
      if (finishing == FINISHES_PLAINLY && how.count == NARROW_LANES) backward_tile(&how, corner, from, step, FINISHES_PLAINLY);
      else if (finishing == FINISHES_SLOPES && how.count == NARROW_LANES) backward_tile(&how, corner, from, step, FINISHES_SLOPES);
      else backward_tile(&how, corner, from, step, FINISHES_ALL);
    }
  }
}

#endif
