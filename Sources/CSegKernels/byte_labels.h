// From sums of products to labels, without results in memory.
#ifndef SEGPLAY_BYTE_LABELS_H
#define SEGPLAY_BYTE_LABELS_H

#include "byte_products.h"
#include "byte_results.h"

// The greatest result so far of each pixel, and its class.
typedef struct ByteGreatest {
  __m512 results[MOST_VECTORS];
  __m512i classes[MOST_VECTORS];
} ByteGreatest;

// Compares a block's results, which are those of classes from `first` on; `vectors` is a constant where this is used.
BYTE_INLINE void compare_classes(const ByteFinish *finish, const int32_t *sums, size_t sums_step, const SegByteBlock *block, int32_t first,
                                 ByteGreatest *greatest, int32_t vectors) {
  const SegByteLabels *labels = &finish->work->labels;
  const int32_t start = labels->ignored == 0 ? 1 : 0;
  __m512 results[MOST_VECTORS];
  __m512i classes[MOST_VECTORS];
  for (int32_t vector = 0; vector < vectors; vector++) {
    results[vector] = first == 0 ? _mm512_setzero_ps() : greatest->results[vector];
    classes[vector] = first == 0 ? _mm512_setzero_si512() : greatest->classes[vector];
  }
  for (int32_t index = 0; index < block->count; index++, sums += sums_step) {
    const int32_t class = first + index;
    if (class == labels->ignored) continue;
    const __m512i number = _mm512_set1_epi32(class);
    for (int32_t vector = 0; vector < vectors; vector++) {
      const __m512 x = finish_channel(finish, _mm512_load_si512(sums + PIXELS * vector), block->first + index, _mm512_setzero_si512(), 0, 0, 0, 0);
      // What is not a number stays when it comes first, and never wins after that.
      const __mmask16 wins = class == start ? 0xFFFF : _mm512_cmp_ps_mask(x, results[vector], _CMP_GT_OQ);
      results[vector] = _mm512_mask_mov_ps(results[vector], wins, x);
      classes[vector] = _mm512_mask_mov_epi32(classes[vector], wins, number);
    }
  }
  for (int32_t vector = 0; vector < vectors; vector++) {
    greatest->results[vector] = results[vector];
    greatest->classes[vector] = classes[vector];
  }
}

// The same for a block of any place, whose labels are written when its classes are complete: a row for each place, `row_bytes` apart.
BYTE_TARGET static void label_block(const ByteFinish *finish, const int32_t *sums, size_t sums_step, const SegByteBlock *block, int32_t vectors,
                                    ByteGreatest *greatest, uint8_t *to, size_t row_bytes) {
  const int32_t count = finish->work->labels.classes, place = block->first / count, first = block->first - place * count;
  if (vectors == 1) compare_classes(finish, sums, sums_step, block, first, greatest, 1);
  else if (vectors == 2) compare_classes(finish, sums, sums_step, block, first, greatest, 2);
  else compare_classes(finish, sums, sums_step, block, first, greatest, 4);
  if (first + block->count < count) return;
  to += (size_t)place * row_bytes;
  for (int32_t vector = 0; vector < vectors; vector++)
    _mm_storeu_si128((__m128i *)(to + PIXELS * vector), _mm512_cvtepi32_epi8(greatest->classes[vector]));
}

// The rows of labels whose places are those of an output row, from a row of labels for each place.
BYTE_INLINE void write_labels(const SegByteConvolution *work, int32_t output_row, const uint8_t *places, uint8_t *line) {
  const SegByteLabels *labels = &work->labels;
  const int32_t block = labels->block, pixels = work->output.width;
  for (int32_t within = 0; within < block; within++, places += (size_t)block * work->label_bytes) {
    const int32_t row = output_row * block + within - labels->top;
    if (row < 0 || row >= labels->height) continue;
    const uint8_t *from = block == 1 ? places : line;
    if (block == 2) {
      for (int32_t pixel = 0; pixel < pixels; pixel += 2 * PIXELS) {
        const __m512i left = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(places + pixel)));
        const __m512i right = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(places + work->label_bytes + pixel)));
        _mm512_storeu_si512(line + 2 * pixel, _mm512_or_si512(left, _mm512_slli_epi16(right, 8)));
      }
    } else if (block > 2) {
      for (int32_t column = 0; column < block; column++)
        for (int32_t pixel = 0; pixel < pixels; pixel++) line[pixel * block + column] = places[(size_t)column * work->label_bytes + pixel];
    }
    memcpy(labels->labels + (size_t)row * labels->width, from + labels->left, (size_t)labels->width);
  }
}

#endif
