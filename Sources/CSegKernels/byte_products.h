// Sums of products of bytes for blocks of pixels and output channels that stay in registers.
#ifndef SEGPLAY_BYTE_PRODUCTS_H
#define SEGPLAY_BYTE_PRODUCTS_H

#include "byte_results.h"

enum { MOST_VECTORS = 4 };

// The greatest result so far of each pixel, and its class.
typedef struct ByteGreatest {
  __m512 results[MOST_VECTORS];
  __m512i classes[MOST_VECTORS];
} ByteGreatest;

// A block's work but for what differs between pixels.
typedef struct ByteBlock {
  const ByteFinish *finish;
  ByteTarget target;
  int32_t channels, vectors;
  int32_t is_finished; // whether results are made at once, else sums
  ByteGreatest *greatest; // where results are compared instead; null where they are not
  int32_t *sums; // output channel, pixel
  size_t sums_step;
} ByteBlock;

// Results of two vectors from sums that are still in registers: without activations, most convolutions are such.
BYTE_INLINE void finish_made(const ByteFinish *finish, __m512i made[MOST_VECTORS][SEG_BYTE_BLOCK], int32_t channels, const ByteTarget *target, size_t place,
                             int has_added) {
#pragma clang loop unroll(full)
  for (int32_t channel = 0; channel < channels; channel += 4)
#pragma clang loop unroll(full)
    for (int32_t vector = 0; vector < 2; vector++) {
      __m512i four[4];
#pragma clang loop unroll(full)
      for (int32_t byte = 0; byte < 4; byte++) four[byte] = channel + byte < channels ? made[vector][channel + byte] : _mm512_setzero_si512();
      finish_plane(finish, four, channel, target, place + (size_t)(VECTOR_BYTES * vector), 0, has_added, 0);
    }
}

// Compares results of classes from sums that are still in registers.
BYTE_INLINE void compare_made(const ByteBlock *block, __m512i made[MOST_VECTORS][SEG_BYTE_BLOCK], int32_t channels, int32_t vectors) {
  const SegPlaceLabels *labels = &block->finish->work->labels;
  const int32_t channel = block->target.first, first = channel % labels->classes, start = labels->ignored == 0 ? 1 : 0;
  ByteGreatest *greatest = block->greatest;
  __m512 results[MOST_VECTORS];
  __m512i classes[MOST_VECTORS];
  for (int32_t vector = 0; vector < vectors; vector++) {
    results[vector] = first == 0 ? _mm512_setzero_ps() : greatest->results[vector];
    classes[vector] = first == 0 ? _mm512_setzero_si512() : greatest->classes[vector];
  }
#pragma clang loop unroll(full)
  for (int32_t index = 0; index < channels; index++) {
    const int32_t class = first + index;
    const __m512i number = _mm512_set1_epi32(class);
#pragma clang loop unroll(full)
    for (int32_t vector = 0; vector < vectors; vector++) {
      const __m512 x = finish_channel(block->finish, made[vector][index], channel + index, _mm512_setzero_si512(), 0, 0, 0, 0);
      if (class == labels->ignored) continue;
      // What is not a number stays when it comes first, and never wins after that.
      const __mmask16 wins = class == start ? 0xFFFF : _mm512_cmp_ps_mask(x, results[vector], _CMP_GT_OQ);
      results[vector] = class == start ? x : _mm512_max_ps(x, results[vector]);
      classes[vector] = _mm512_mask_mov_epi32(classes[vector], wins, number);
    }
  }
  for (int32_t vector = 0; vector < vectors; vector++) {
    greatest->results[vector] = results[vector];
    greatest->classes[vector] = classes[vector];
  }
}

// Sums up: each of `taps` up to `end` says where a rearranged row begins for it, the first pixel is `place` bytes behind that and behind the target's begin.
// `vectors` and `channels` are constants where this is used.
BYTE_INLINE void sum_products(const uint8_t *const *taps, const uint8_t *const *end, size_t first, const int32_t *weights, const int32_t *starts,
                              const ByteBlock *block, int32_t vectors, int32_t channels) {
  __m512i made[MOST_VECTORS][SEG_BYTE_BLOCK];
  for (int32_t channel = 0; channel < channels; channel++)
    for (int32_t vector = 0; vector < vectors; vector++) made[vector][channel] = _mm512_set1_epi32(starts[channel]);
  for (; taps < end; taps++, weights += channels) {
    const uint8_t *place = *taps + first;
    __m512i pixels[MOST_VECTORS];
    for (int32_t vector = 0; vector < vectors; vector++) pixels[vector] = _mm512_loadu_si512(place + VECTOR_BYTES * vector);
#pragma clang loop unroll(full)
    for (int32_t channel = 0; channel < channels; channel++) {
      const __m512i weight = _mm512_set1_epi32(weights[channel]);
      for (int32_t vector = 0; vector < vectors; vector++) made[vector][channel] = _mm512_dpbusd_epi32(made[vector][channel], pixels[vector], weight);
    }
  }
  if (block->greatest) {
    compare_made(block, made, channels, vectors);
    return;
  }
  if (vectors == 2 && block->is_finished) {
    if (block->finish->work->added.data) finish_made(block->finish, made, channels, &block->target, first, 1);
    else finish_made(block->finish, made, channels, &block->target, first, 0);
    return;
  }
  int32_t *sums = block->sums;
  const size_t sums_step = block->sums_step;
  for (int32_t channel = 0; channel < channels; channel++)
    for (int32_t vector = 0; vector < vectors; vector++) _mm512_store_si512(sums + (size_t)channel * sums_step + PIXELS * vector, made[vector][channel]);
}

// The same for any block: up to SEG_BYTE_BLOCK channels of one or two vectors, or up to SEG_BYTE_FEW of four.
// All that changes is in registers: numbers that were just written in parts and are read at once keep the processor from working ahead.
BYTE_TARGET static void sum_block(const uint8_t *const *taps, const uint8_t *const *end, size_t place, const int32_t *weights, const int32_t *starts,
                                  const ByteBlock *block) {
  const int32_t vectors = block->vectors, channels = block->channels;
#define CASE(count, vectors) case count: sum_products(taps, end, place, weights, starts, block, vectors, count); break
#define FEW(vectors) CASE(1, vectors); CASE(2, vectors); CASE(3, vectors); CASE(4, vectors); CASE(5, vectors); CASE(6, vectors)
#define MANY(vectors) FEW(vectors); CASE(7, vectors); CASE(8, vectors); CASE(9, vectors); CASE(10, vectors); CASE(11, vectors); CASE(12, vectors)
  if (vectors == 1) {
    switch (channels) { MANY(1); }
  } else if (vectors == 2) {
    switch (channels) { MANY(2); }
  } else {
    switch (channels) { FEW(4); }
  }
#undef CASE
#undef FEW
#undef MANY
}

#endif
