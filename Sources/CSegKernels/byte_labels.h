// From sums of products to labels, without results in memory.
#ifndef SEGPLAY_BYTE_LABELS_H
#define SEGPLAY_BYTE_LABELS_H

#include "byte_products.h"
#include "byte_results.h"

// Writes a block's labels when the classes of its place are complete: a row for each place, `row_bytes` apart.
BYTE_INLINE void label_block(const ByteFinish *finish, const SegByteBlock *block, int32_t vectors, const ByteGreatest *greatest, uint8_t *to, size_t row_bytes) {
  const int32_t count = finish->work->labels.classes, place = block->first / count, first = block->first - place * count;
  if (first + block->count < count) return;
  to += (size_t)place * row_bytes;
  for (int32_t vector = 0; vector < vectors; vector++)
    _mm_storeu_si128((__m128i *)(to + PIXELS * vector), _mm512_cvtepi32_epi8(greatest->classes[vector]));
}

// The rows of labels whose places are those of an output row, from a row of labels for each place.
BYTE_INLINE void write_labels(const SegByteConvolution *work, int32_t output_row, const uint8_t *places, uint8_t *line) {
  const SegPlaceLabels *labels = &work->labels;
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
