// Sums of products of windows of bytes that lie one behind the other.
#ifndef SEGPLAY_GATHERED_SUMS_H
#define SEGPLAY_GATHERED_SUMS_H

#include "gathered_windows.h"

#if SEGPLAY_NARROW_PRODUCTS

#include <string.h>

enum { BESIDE = SEG_GATHERED_BESIDE, LANES_BESIDE = SEG_GATHERED_LANES, MOST_SUMS = SEG_GATHERED_FUSED_SUMS };

// Sums of two products in 16 bits, with weights as an operand in memory. The compiler would keep them in registers, of which there are none left beside many sums.
NARROW_INLINE __m256i byte_products_of(__m256i bytes, const int8_t *weights) {
  __m256i products;
  __asm__("vpmaddubsw %2, %1, %0" : "=x"(products) : "x"(bytes), "m"(*(const __m256i *)weights));
  return products;
}

// Adds the products of the bytes of each word, with such weights, where that is not fused.
NARROW_INLINE __m256i add_byte_products_of(__m256i sums, __m256i bytes, const int8_t *weights) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(byte_products_of(bytes, weights), _mm256_set1_epi16(1)));
}

// The windows of a block, or of a part of it.
typedef struct Windows {
  const uint8_t *from;
  size_t pitch; // bytes from one to the next
} Windows;

NARROW_INLINE __m256i word_of(const uint8_t *from) {
  int32_t bytes;
  memcpy(&bytes, from, sizeof bytes);
  return _mm256_set1_epi32(bytes);
}

// How sums are made, in constants: registers of output channels beside each other, and whether products and sums are one instruction.
typedef struct Kind {
  int32_t beside;
  int is_fused;
} Kind;

// Registers of sums: without products and ones more of them have room.
NARROW_INLINE int32_t sums_of(Kind kind) { return kind.is_fused ? SEG_GATHERED_FUSED_SUMS : SEG_GATHERED_SUMS; }
// Windows that are summed up at once.
NARROW_INLINE int32_t places_of(Kind kind) { return sums_of(kind) / kind.beside; }

// Adds two words of windows at a time, and returns where the weights of the others begin.
NARROW_INLINE const int8_t *sum_pairs(const SegGatheredBlock *block, Windows windows, Kind kind, __m256i sums[MOST_SUMS]) {
  const __m256i ones = _mm256_set1_epi16(1);
  const int32_t beside = kind.beside, *offset = block->offsets;
  const int8_t *weights = block->weights;
  for (int32_t pair = 0; pair < block->pairs; pair++, offset += 2, weights += 2 * beside * REGISTER_BYTES) {
    const uint8_t *first = windows.from + offset[0], *second = windows.from + offset[1];
    for (int32_t place = 0; place < places_of(kind); place++) {
      const __m256i left = word_of(first + (size_t)place * windows.pitch), right = word_of(second + (size_t)place * windows.pitch);
      for (int32_t vector = 0; vector < beside; vector++) {
        const __m256i four =
          _mm256_add_epi16(byte_products_of(left, weights + vector * REGISTER_BYTES), byte_products_of(right, weights + (beside + vector) * REGISTER_BYTES));
        sums[place * beside + vector] = _mm256_add_epi32(sums[place * beside + vector], _mm256_madd_epi16(four, ones));
      }
    }
  }
  return weights;
}

typedef int32_t UnalignedWord __attribute__((aligned(1), may_alias));

// Adds the products of one word of each window, in one instruction each. Those with what they load are written together, since the compiler would load everything
// first, for which there are no registers beside the sums.
NARROW_INLINE void sum_fused_word(const uint8_t *from, size_t pitch, const int8_t *weights, int32_t beside, __m256i sums[MOST_SUMS]) {
  __m256i loaded;
  if (beside == BESIDE) {
    const __m256i first = word_of(from), second = word_of(from + pitch), third = word_of(from + 2 * pitch);
    for (int32_t vector = 0; vector < BESIDE; vector++)
      __asm__("vmovdqa %4, %0\n\t%{vex%} vpdpbusd %0, %5, %1\n\t%{vex%} vpdpbusd %0, %6, %2\n\t%{vex%} vpdpbusd %0, %7, %3"
              : "=&x"(loaded), "+x"(sums[vector]), "+x"(sums[BESIDE + vector]), "+x"(sums[2 * BESIDE + vector])
              : "m"(((const __m256i *)weights)[vector]), "x"(first), "x"(second), "x"(third));
    return;
  }
  const __m256i left = _mm256_load_si256((const __m256i *)weights);
  if (beside == 1) {
    for (int32_t place = 0; place < SEG_GATHERED_FUSED_SUMS; place++)
      __asm__("vpbroadcastd %2, %0\n\t%{vex%} vpdpbusd %3, %0, %1"
              : "=&x"(loaded), "+x"(sums[place]) : "m"(*(const UnalignedWord *)(from + (size_t)place * pitch)), "x"(left));
    return;
  }
  const __m256i right = _mm256_load_si256((const __m256i *)weights + 1);
  for (int32_t place = 0; place < SEG_GATHERED_FUSED_SUMS / 2; place++)
    __asm__("vpbroadcastd %3, %0\n\t%{vex%} vpdpbusd %4, %0, %1\n\t%{vex%} vpdpbusd %5, %0, %2"
            : "=&x"(loaded), "+x"(sums[2 * place]), "+x"(sums[2 * place + 1])
            : "m"(*(const UnalignedWord *)(from + (size_t)place * pitch)), "x"(left), "x"(right));
}

// The sums of some windows for the output channels of a block: [window][register].
NARROW_INLINE void sum_windows(const SegGatheredConvolution *work, const SegGatheredBlock *block, Windows windows, Kind kind, __m256i sums[MOST_SUMS]) {
  const int32_t beside = kind.beside, places = places_of(kind);
  for (int32_t index = 0; index < sums_of(kind); index++)
    sums[index] = _mm256_loadu_si256((const __m256i *)(work->starts + block->first + index % beside * LANES_BESIDE));
  const int8_t *weights = kind.is_fused ? block->weights : sum_pairs(block, windows, kind, sums);
  const int32_t *offset = block->offsets + 2 * block->pairs;
  for (int32_t word = 0; word < block->singles; word++, offset++, weights += beside * REGISTER_BYTES) {
    const uint8_t *from = windows.from + *offset;
    if (kind.is_fused) {
      sum_fused_word(from, windows.pitch, weights, beside, sums);
      continue;
    }
    for (int32_t place = 0; place < places; place++) {
      const __m256i input = word_of(from + (size_t)place * windows.pitch);
      for (int32_t vector = 0; vector < beside; vector++)
        sums[place * beside + vector] = add_byte_products_of(sums[place * beside + vector], input, weights + vector * REGISTER_BYTES);
    }
  }
}

#endif

#endif
