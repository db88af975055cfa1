// From sums of products to a convolution's results.
#ifndef SEGPLAY_BYTE_RESULTS_H
#define SEGPLAY_BYTE_RESULTS_H

#include "byte_planes.h"

// What the results of a convolution have in common.
typedef struct ByteFinish {
  const SegByteConvolution *work;
  __m512i picks[4]; // move byte i of each word where its conversion to a float expects it
  __m512 added_factor, limit;
} ByteFinish;

BYTE_INLINE ByteFinish byte_finish(const SegByteConvolution *work) {
  ByteFinish finish = {.work = work};
  const int is_signed = work->added.format == SEG_SIGNED8;
  for (int32_t byte = 0; byte < 4; byte++) {
    // A signed byte goes to the top of its word, which is then 2^24 times the number.
    uint8_t pick[VECTOR_BYTES];
    for (int32_t index = 0; index < VECTOR_BYTES; index++) pick[index] = index % 4 == (is_signed ? 3 : 0) ? (uint8_t)(index % 16 / 4 * 4 + byte) : 0x80;
    finish.picks[byte] = _mm512_loadu_si512(pick);
  }
  finish.added_factor = _mm512_set1_ps(work->added.scale / work->output.scale * (is_signed ? 0x1p-24f : 1));
  finish.limit = _mm512_set1_ps(work->output.format == SEG_SIGNED8 ? 127 : 255);
  return finish;
}

BYTE_INLINE __m512 activate_channel(const SegActivation *activation, __m512 x, int32_t channel) {
  const __m512 zero = _mm512_setzero_ps();
  const __m512 above = _mm512_min_ps(_mm512_max_ps(x, zero), _mm512_set1_ps(activation->upper));
  return _mm512_fmadd_ps(_mm512_min_ps(x, zero), _mm512_set1_ps(activation->slopes[channel]), above);
}

// Sixteen pixels' results of one channel; `added` are the words of its plane, which this is byte `byte` of.
BYTE_INLINE __m512 finish_channel(const ByteFinish *finish, __m512i sums, int32_t channel, __m512i added, int32_t byte, int has_before, int has_added,
                                  int has_after) {
  const SegByteConvolution *work = finish->work;
  __m512 x = _mm512_cvtepi32_ps(sums);
  x = _mm512_fmadd_ps(x, _mm512_set1_ps(work->factors[channel]), _mm512_set1_ps(work->biases[channel]));
  if (has_before) x = activate_channel(&work->before, x, channel);
  if (has_added) x = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_shuffle_epi8(added, finish->picks[byte])), finish->added_factor, x);
  return has_after ? activate_channel(&work->after, x, channel) : x;
}

// Where a block's results go, and what is added to them: planes like the input's.
typedef struct ByteTarget {
  int32_t first; // the block's first channel, a multiple of four
  const uint8_t *added;
  size_t added_bytes; // of a plane
  uint8_t *results;
  size_t plane_bytes;
} ByteTarget;

// Sixteen pixels' results of four channels from `channel` of the block on, as bytes of their plane that lie `place` bytes behind the target's begin.
BYTE_INLINE void finish_plane(const ByteFinish *finish, const __m512i sums[4], int32_t channel, const ByteTarget *target, size_t place, int has_before,
                              int has_added, int has_after) {
  const __m512i order = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  const int32_t first = target->first + channel;
  const size_t plane = (size_t)first / 4;
  const __m512i words = has_added ? _mm512_load_si512(target->added + plane * target->added_bytes + place) : _mm512_setzero_si512();
  __m512i whole[4];
#pragma clang loop unroll(full)
  for (int32_t byte = 0; byte < 4; byte++) {
    const __m512 x = finish_channel(finish, sums[byte], first + byte, words, byte, has_before, has_added, has_after);
    // Below, packing cuts off; above, a conversion would make a large number a negative one.
    whole[byte] = _mm512_cvtps_epi32(_mm512_min_ps(x, finish->limit));
  }
  const __m512i low = _mm512_packs_epi32(whole[0], whole[1]), high = _mm512_packs_epi32(whole[2], whole[3]);
  const __m512i bytes = finish->work->output.format == SEG_SIGNED8 ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high);
  _mm512_store_si512(target->results + plane * target->plane_bytes + place, _mm512_shuffle_epi8(bytes, order));
}

// One block's results from sums in memory. Whatever the sums of channels that only fill up a plane are, their bytes are not read.
BYTE_INLINE void finish_bytes(const ByteFinish *finish, const int32_t *sums, size_t sums_step, int32_t count, int32_t vectors, const ByteTarget *target,
                              size_t place, int has_before, int has_added, int has_after) {
  for (int32_t channel = 0; channel < count; channel += 4)
    for (int32_t vector = 0; vector < vectors; vector++) {
      __m512i four[4];
      for (int32_t byte = 0; byte < 4; byte++) four[byte] = _mm512_load_si512(sums + (size_t)(channel + byte) * sums_step + PIXELS * vector);
      finish_plane(finish, four, channel, target, place + (size_t)(VECTOR_BYTES * vector), has_before, has_added, has_after);
    }
}

// The same with code of its own for what most convolutions are.
BYTE_TARGET static void finish_block(const ByteFinish *finish, const int32_t *sums, size_t sums_step, int32_t count, int32_t vectors, const ByteTarget *target,
                                     size_t place) {
  const SegByteConvolution *work = finish->work;
  const int has_before = work->before.slopes != NULL, has_added = work->added.data != NULL, has_after = work->after.slopes != NULL;
#define FINISH(before, plus, after) finish_bytes(finish, sums, sums_step, count, vectors, target, place, before, plus, after)
  if (has_before) FINISH(1, has_added, has_after);
  else if (has_added && has_after) FINISH(0, 1, 1);
  else if (has_added) FINISH(0, 1, 0);
  else if (has_after) FINISH(0, 0, 1);
  else FINISH(0, 0, 0);
#undef FINISH
}

// One block's results as floats in channels-last order; pixels lie `step` floats apart.
BYTE_TARGET static void finish_floats(const ByteFinish *finish, const int32_t *sums, size_t sums_step, int32_t first, int32_t count, int32_t vectors, float *to,
                                      size_t step) {
  const SegByteConvolution *work = finish->work;
  const int has_before = work->before.slopes != NULL, has_after = work->after.slopes != NULL;
  for (int32_t channel = 0; channel < count; channel += 4) {
    const __mmask8 valid = count - channel < 4 ? (__mmask8)((1 << (count - channel)) - 1) : 15;
    for (int32_t vector = 0; vector < vectors; vector++) {
      __m512i rows[4];
      for (int32_t index = 0; index < 4; index++) {
        const int32_t *from = sums + (size_t)(channel + index) * sums_step + PIXELS * vector;
        rows[index] = _mm512_castps_si512(
          finish_channel(finish, _mm512_load_si512(from), first + channel + index, _mm512_setzero_si512(), 0, has_before, 0, has_after));
      }
      turn_words(rows);
      float *out = to + (size_t)(PIXELS * vector) * step + first + channel;
#define STORE_LANE(lane) \
  for (int32_t row = 0; row < 4; row++, out += step) _mm_mask_storeu_ps(out, valid, _mm_castsi128_ps(_mm512_extracti32x4_epi32(rows[row], lane)))
      STORE_LANE(0);
      STORE_LANE(1);
      STORE_LANE(2);
      STORE_LANE(3);
#undef STORE_LANE
    }
  }
}

#endif
