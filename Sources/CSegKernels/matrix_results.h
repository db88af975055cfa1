// From sums in memory to a convolution's results.
#ifndef SEGPLAY_MATRIX_RESULTS_H
#define SEGPLAY_MATRIX_RESULTS_H

#include "matrix_target.h"

#include <math.h>

enum {
  MATRIX_GROUP = 4, // the most tiles of places that are worked on at once
  MATRIX_GROUP_PLACES = MATRIX_GROUP * SEG_MATRIX_PLACES
};

typedef struct MatrixSums MatrixSums;

// Makes results of up to `most` further places of sums.
typedef void (*MatrixFinish)(MatrixSums *left, int32_t most);

// Sums that are no results yet: of `count` places, each of one or two vectors of output channels.
struct MatrixSums {
  const SegMatrixConvolution *work;
  MatrixFinish finish;
  const int32_t *sums; // place, vector, output channel
  const int32_t *targets; // for each place
  uint32_t pixels; // targets beyond belong to no row of this band
  size_t first_pixel; // of the band
  int32_t next, count; // places
  int32_t channel; // the first output channel
  int32_t last; // output channels of the last vector
};

// `is_open`: whether there is no limit above.
MATRIX_INLINE __m512 matrix_activated(const SegActivation *activation, __m512 x, int32_t channel, int is_open) {
  const __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
  x = _mm512_mask_mul_ps(x, below, x, _mm512_loadu_ps(activation->slopes + channel));
  return is_open ? x : _mm512_min_ps(x, _mm512_set1_ps(activation->upper));
}

MATRIX_INLINE __m512 matrix_floats(__m256i halves) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16)); }

// Sixteen numbers of a map, without its scale.
MATRIX_INLINE __m512 matrix_numbers(const SegTypedMap *map, size_t place) {
  switch (map->format) {
  case SEG_BFLOAT16: return matrix_floats(_mm256_loadu_si256((const __m256i *)((const int16_t *)map->data + place)));
  case SEG_SIGNED8: return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)((const int8_t *)map->data + place))));
  default: return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)((const uint8_t *)map->data + place))));
  }
}

// Writes the first `count` bytes. A masked store would make loads of what lies behind wait for it, as when the next place of a sum in place is read.
MATRIX_INLINE void store_first_bytes(uint8_t *to, __m128i x, int32_t count) {
  if (count & 16) {
    _mm_storeu_si128((__m128i *)to, x);
    return;
  }
  if (count & 8) {
    _mm_storel_epi64((__m128i *)to, x);
    x = _mm_unpackhi_epi64(x, x);
    to += 8;
  }
  if (count & 4) {
    _mm_storeu_si32(to, x);
    x = _mm_srli_si128(x, 4);
    to += 4;
  }
  if (count & 2) {
    _mm_storeu_si16(to, x);
    x = _mm_srli_si128(x, 2);
    to += 2;
  }
  if (count & 1) *to = (uint8_t)_mm_cvtsi128_si32(x);
}

// Writes the first `count` of sixteen numbers, all where `count` is a constant.
MATRIX_INLINE void matrix_store(SegFormat format, void *data, size_t place, int32_t count, __m512 x) {
  switch (format) {
  case SEG_FLOAT32: _mm512_mask_storeu_ps((float *)data + place, (__mmask16)((1u << count) - 1), x); return;
  case SEG_BFLOAT16: {
    const __m256i halves = (__m256i)_mm512_cvtneps_pbh(x);
    uint8_t *to = (uint8_t *)data + 2 * place;
    if (count == SEG_MATRIX_OUTPUTS) {
      _mm256_storeu_si256((__m256i *)to, halves);
    } else if (count >= SEG_MATRIX_OUTPUTS / 2) {
      _mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(halves));
      store_first_bytes(to + 16, _mm256_extracti128_si256(halves, 1), 2 * count - 16);
    } else {
      store_first_bytes(to, _mm256_castsi256_si128(halves), 2 * count);
    }
    return;
  }
  // A conversion would make a number that is too large a negative one.
  case SEG_SIGNED8:
    store_first_bytes((uint8_t *)data + place, _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(_mm512_min_ps(x, _mm512_set1_ps(127)))), count);
    return;
  case SEG_UNSIGNED8:
    store_first_bytes((uint8_t *)data + place, _mm512_cvtusepi32_epi8(_mm512_cvtps_epu32(_mm512_max_ps(x, _mm512_setzero_ps()))), count);
    return;
  }
}

// Numbers of two vectors in the order of pairs.
MATRIX_INLINE void matrix_pair_numbers(const SegTypedMap *map, size_t place, __m512 numbers[2]) {
  const __m256i bytes = _mm256_loadu_si256((const __m256i *)((const uint8_t *)map->data + place));
  if (map->format == SEG_SIGNED8) {
    const __m512i words = _mm512_cvtepi8_epi16(bytes);
    numbers[0] = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_unpacklo_epi16(words, words), 16));
    numbers[1] = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_unpackhi_epi16(words, words), 16));
  } else {
    const __m512i words = _mm512_cvtepu8_epi16(bytes), zero = _mm512_setzero_si512();
    numbers[0] = _mm512_cvtepi32_ps(_mm512_unpacklo_epi16(words, zero));
    numbers[1] = _mm512_cvtepi32_ps(_mm512_unpackhi_epi16(words, zero));
  }
}

// Writes 32 results as bytes; packing cuts them off at both ends.
MATRIX_INLINE void matrix_store_pair(SegFormat format, void *data, size_t place, const __m512 x[2]) {
  const __m512i first = _mm512_cvtps_epi32(x[0]), second = _mm512_cvtps_epi32(x[1]);
  const __m256i bytes = format == SEG_SIGNED8 ? _mm512_cvtsepi16_epi8(_mm512_packs_epi32(first, second))
                                              : _mm512_cvtusepi16_epi8(_mm512_packus_epi32(first, second));
  _mm256_storeu_si256((__m256i *)((uint8_t *)data + place), bytes);
}

// What vectors of channels a group's results have, as constants: both whole, and then in the order of pairs or not.
typedef enum MatrixFilling { MATRIX_PART, MATRIX_FULL, MATRIX_PAIRED } MatrixFilling;

// Makes results of up to `most` further places. All but the first two are constants where this is used.
MATRIX_INLINE void matrix_finish(MatrixSums *left, int32_t most, int is_half, SegFormat format, int32_t vectors, MatrixFilling filling, int has_before, int has_added, int has_after) {
  const SegMatrixConvolution *work = left->work;
  const int32_t end = left->count - left->next < most ? left->count : left->next + most, channel = left->channel;
  const int32_t *const targets = left->targets, *const sums_of = left->sums;
  const size_t first_pixel = left->first_pixel;
  const uint32_t pixels = left->pixels;
  void *const data = work->output.data;
  const SegTypedMap added = work->added;
  const int32_t last = filling == MATRIX_PART ? left->last : SEG_MATRIX_OUTPUTS;
  const size_t output_step = (size_t)work->output.pixel_stride, added_step = (size_t)work->added.pixel_stride;
  const int is_open_before = has_before && work->before.upper == INFINITY, is_open_after = has_after && work->after.upper == INFINITY;
  const __m512 added_factor = _mm512_set1_ps(has_added && !is_half ? work->added.scale / work->output.scale : 1);
  __m512 factors[2], biases[2];
  for (int32_t vector = 0; vector < vectors; vector++) {
    factors[vector] = _mm512_loadu_ps(work->factors + channel + vector * SEG_MATRIX_OUTPUTS);
    biases[vector] = _mm512_loadu_ps(work->biases + channel + vector * SEG_MATRIX_OUTPUTS);
  }
  // A loop of its own for each kind is code enough.
  _Pragma("clang loop unroll(disable)") for (int32_t place = left->next; place < end; place++) {
    const uint32_t target = (uint32_t)targets[place];
    if (target >= pixels) continue;
    const size_t pixel = first_pixel + target;
    const size_t output_place = pixel * output_step + (size_t)channel, added_place = pixel * added_step + (size_t)channel;
    __m512 x[2], numbers[2];
    if (has_added && filling == MATRIX_PAIRED) matrix_pair_numbers(&added, added_place, numbers);
    for (int32_t vector = 0; vector < vectors; vector++) {
      const int32_t beside = vector * SEG_MATRIX_OUTPUTS;
      const __m512i sums = _mm512_load_si512(sums_of + (place * vectors + vector) * SEG_MATRIX_OUTPUTS);
      x[vector] = is_half ? _mm512_add_ps(_mm512_castsi512_ps(sums), biases[vector]) : _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), factors[vector], biases[vector]);
      if (has_before) x[vector] = matrix_activated(&work->before, x[vector], channel + beside, is_open_before);
      if (has_added && filling != MATRIX_PAIRED) numbers[vector] = matrix_numbers(&added, added_place + (size_t)beside);
      if (has_added) x[vector] = _mm512_fmadd_ps(numbers[vector], added_factor, x[vector]);
      if (has_after) x[vector] = matrix_activated(&work->after, x[vector], channel + beside, is_open_after);
      if (filling != MATRIX_PAIRED)
        matrix_store(format, data, output_place + (size_t)beside, vector == vectors - 1 ? last : SEG_MATRIX_OUTPUTS, x[vector]);
    }
    if (filling == MATRIX_PAIRED) matrix_store_pair(format, data, output_place, x);
  }
  left->next = end;
}

// The code for a convolution's results of so many vectors, `last` channels in the last: whether sums are floats, the output's format, and what follows are
// constants in it.
MatrixFinish matrix_finish_for(const SegMatrixConvolution *work, int32_t vectors, int32_t last);

#endif
