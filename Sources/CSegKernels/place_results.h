// What becomes of the scores of a network's last convolution.
#ifndef SEGPLAY_PLACE_RESULTS_H
#define SEGPLAY_PLACE_RESULTS_H

#include "place_lines.h"

#if SEGPLAY_NARROW_PRODUCTS

#include "narrow_stores.h"

enum { MOST_REGISTERS = 3 }; // of pixels that are made at once

// The class with the greatest score so far of each pixel, and that score.
typedef struct PlaceGreatest {
  __m256 score;
  __m256i class;
} PlaceGreatest;

// Takes a class into account that is not the first. What is no number is never greater, and nothing is greater than it.
NARROW_INLINE void compare_class(PlaceGreatest *greatest, __m256 score, int32_t class) {
  const __m256 above = _mm256_cmp_ps(score, greatest->score, _CMP_GT_OQ);
  greatest->score = _mm256_max_ps(score, greatest->score);
  greatest->class = _mm256_blendv_epi8(greatest->class, _mm256_set1_epi32(class), _mm256_castps_si256(above));
}

// Writes the classes of eight pixels.
NARROW_INLINE void store_classes(uint8_t *to, __m256i classes) {
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(classes), _mm256_extracti128_si256(classes, 1));
  _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}

// Writes a pixel's labels of one row of its block, as far as they lie within the line from `x` on.
NARROW_INLINE void write_block(const SegPlaceLabels *labels, uint8_t *line, int32_t x, const uint8_t *places) {
  for (int32_t beside = 0; beside < labels->block; beside++)
    if (x + beside >= 0 && x + beside < labels->width) line[x + beside] = places[beside * SEG_PLACE_PIXELS];
}

// Writes the labels of `count` pixels of an output row from `column` on: `places` has a line of SEG_PLACE_PIXELS labels for each place.
NARROW_INLINE void write_labels(const SegPlaceConvolution *work, int32_t row, int32_t column, int32_t count, const uint8_t *places) {
  const SegPlaceLabels *labels = &work->labels;
  const int32_t block = labels->block;
  for (int32_t within = 0; within < block; within++, places += block * SEG_PLACE_PIXELS) {
    const int32_t y = row * block + within - labels->top;
    if (y < 0 || y >= labels->height) continue;
    uint8_t *line = labels->labels + (size_t)y * (size_t)labels->width;
    int32_t x = column * block - labels->left, pixel = 0;
    // The first block may be cut; the others are written sixteen at a time where there are two places beside each other.
    for (; pixel < count && x < 0; pixel++, x += block) write_block(labels, line, x, places + pixel);
    if (block == 2) {
      for (; pixel + 16 <= count && x + 32 <= labels->width; pixel += 16, x += 32) {
        const __m128i left = _mm_loadu_si128((const __m128i *)(places + pixel)), right = _mm_loadu_si128((const __m128i *)(places + SEG_PLACE_PIXELS + pixel));
        _mm_storeu_si128((__m128i *)(line + x), _mm_unpacklo_epi8(left, right));
        _mm_storeu_si128((__m128i *)(line + x + 16), _mm_unpackhi_epi8(left, right));
      }
    }
    for (; pixel < count; pixel++, x += block) write_block(labels, line, x, places + pixel);
  }
}

// Writes the scores of one place of `count` pixels of an output row from `column` on: `planes` has LANES * MOST_REGISTERS numbers for each class, and is filled up to
// whole registers of classes.
NARROW_INLINE void write_scores(const SegPlaceConvolution *work, int32_t row, int32_t column, int32_t place, int32_t count, const float *planes) {
  const size_t step = (size_t)work->place_count * (size_t)work->classes;
  float *to = work->scores + ((size_t)(row - work->first_row) * (size_t)work->width + (size_t)column) * step + (size_t)place * (size_t)work->classes;
  for (int32_t class = 0; class < work->classes; class += LANES) {
    for (int32_t first = 0; first < count; first += LANES) {
      __m256 x[LANES];
      for (int32_t index = 0; index < LANES; index++) x[index] = _mm256_loadu_ps(planes + (class + index) * LANES * MOST_REGISTERS + first);
      turn_round(x);
      for (int32_t index = 0; index < LANES && first + index < count; index++)
        store_first_floats(to + (size_t)(first + index) * step + class, x[index], work->classes - class);
    }
  }
}

#endif

#endif
