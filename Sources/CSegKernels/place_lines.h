// Lines of a map's pixels as planes: for each element of four bytes, that of one pixel after another.
#ifndef SEGPLAY_PLACE_LINES_H
#define SEGPLAY_PLACE_LINES_H

#include "SegPlaceConvolution.h"

#include "narrow_target.h"

enum { LANES = SEG_PLACE_LANES };

// Elements from one plane of a line to the next: as many pixels as are made at once, and those that the last of them read on their right.
static inline size_t plane_pitch(const SegPlaceConvolution *work) {
  return (size_t)(SEG_PLACE_PIXELS + (work->kernel_columns - 1 + LANES - 1) / LANES * LANES);
}

static inline size_t line_size(const SegPlaceConvolution *work) { return (size_t)work->elements * plane_pitch(work); }

#if SEGPLAY_NARROW_PRODUCTS

#include <string.h>

// Turns eight registers round: element i of register j becomes element j of register i.
NARROW_INLINE void turn_round(__m256 x[LANES]) {
  __m256 pairs[LANES], fours[LANES];
  for (int32_t index = 0; index < LANES; index += 2) {
    pairs[index] = _mm256_unpacklo_ps(x[index], x[index + 1]);
    pairs[index + 1] = _mm256_unpackhi_ps(x[index], x[index + 1]);
  }
  for (int32_t half = 0; half < LANES; half += 4) {
    for (int32_t index = 0; index < 2; index++) {
      fours[half + 2 * index] = _mm256_shuffle_ps(pairs[half + index], pairs[half + 2 + index], 0x44);
      fours[half + 2 * index + 1] = _mm256_shuffle_ps(pairs[half + index], pairs[half + 2 + index], 0xee);
    }
  }
  for (int32_t index = 0; index < 4; index++) {
    x[index] = _mm256_permute2f128_ps(fours[index], fours[index + 4], 0x20);
    x[index + 4] = _mm256_permute2f128_ps(fours[index], fours[index + 4], 0x31);
  }
}

// The planes of eight pixels whose elements lie at `from`; `flip` is applied to all. Up to seven elements behind the last are read.
NARROW_INLINE void turn_pixels(const float *from, int32_t elements, __m256 flip, float *to, size_t pitch) {
  for (int32_t first = 0; first < elements; first += LANES) {
    __m256 x[LANES];
    for (int32_t pixel = 0; pixel < LANES; pixel++) x[pixel] = _mm256_xor_ps(_mm256_loadu_ps(from + (size_t)pixel * (size_t)elements + first), flip);
    turn_round(x);
    for (int32_t index = 0; index < LANES && first + index < elements; index++) _mm256_storeu_ps(to + (size_t)(first + index) * pitch, x[index]);
  }
}

// Makes a line of the `count` pixels from (row, column) of the input on, zeros where that is outside. `room` is for eight pixels and seven elements.
NARROW_INLINE void make_line(const SegPlaceConvolution *work, int32_t row, int32_t column, int32_t count, float *room, float *line) {
  const SegTypedMap *input = &work->input;
  const size_t elements = (size_t)work->elements, pitch = plane_pitch(work);
  const __m256 flip = _mm256_castsi256_ps(_mm256_set1_epi8(input->format == SEG_SIGNED8 ? (char)0x80 : 0));
  const int is_inside = row >= 0 && row < input->height;
  const float *pixels = (const float *)input->data + (is_inside ? (size_t)row * (size_t)input->width * elements : 0);
  for (int32_t end = column + count; column < end; column += LANES, line += LANES) {
    if (is_inside && column >= 0 && column + LANES <= input->width) {
      turn_pixels(pixels + (size_t)column * elements, work->elements, flip, line, pitch);
      continue;
    }
    memset(room, 0, LANES * elements * sizeof(float));
    const int32_t left = column < 0 ? -column : 0, right = input->width - column < LANES ? input->width - column : LANES;
    if (is_inside && left < right)
      memcpy(room + (size_t)left * elements, pixels + (size_t)(column + left) * elements, (size_t)(right - left) * elements * sizeof(float));
    turn_pixels(room, work->elements, flip, line, pitch);
  }
}

#endif

#endif
