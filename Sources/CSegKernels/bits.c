#include "SegInstances.h"

#include "vectors.h"

KERNEL size_t seg_bits_count(const uint64_t *bits, size_t words) {
  size_t count = 0;
  for (size_t index = 0; index < words; index++) count += (size_t)__builtin_popcountll(bits[index]);
  return count;
}

// The word of a row that begins `place` bits after the row's first; bits outside the row are zeros.
INLINE uint64_t word(const uint64_t *row, int32_t words, int64_t place) {
  const int64_t index = place >> 6;
  const uint64_t low = index >= 0 && index < words ? row[index] : 0, high = index + 1 >= 0 && index + 1 < words ? row[index + 1] : 0;
  const int shift = (int)(place & 63);
  return shift ? low >> shift | high << (64 - shift) : low;
}

KERNEL size_t seg_bits_common(const uint64_t *left, const uint64_t *right, int32_t rows, int32_t row_words, int32_t x, int32_t y) {
  size_t count = 0;
  for (int32_t row = y > 0 ? y : 0; row < rows && row - y < rows; row++) {
    const uint64_t *a = left + (size_t)row * row_words, *b = right + (size_t)(row - y) * row_words;
    if (x == 0)
      for (int32_t index = 0; index < row_words; index++) count += (size_t)__builtin_popcountll(a[index] & b[index]);
    else
      for (int32_t index = 0; index < row_words; index++)
        if (a[index]) count += (size_t)__builtin_popcountll(a[index] & word(b, row_words, (int64_t)index * 64 - x));
  }
  return count;
}
