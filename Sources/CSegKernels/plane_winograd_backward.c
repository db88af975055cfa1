#include "plane_winograd.h"
#include "word_backward.h"

#if SEGPLAY_BYTE_PRODUCTS

// What results are put through, of which code of its own is made.
typedef struct Finishing {
  int has_added, are_plain; // plain: no activations, and bounded results without a sign
} Finishing;

// What all results of a plane have in common.
typedef struct Finish {
  const SegPlaneWinograd *work;
  __m512i added[TILE_OUT][TILE_OUT]; // row and column of the tiles, four channels in a word
} Finish;

BYTE_INLINE __m512 activated(const SegActivation *activation, __m512 x, int32_t channel) {
  const __m512 zero = _mm512_setzero_ps(), above = _mm512_min_ps(_mm512_max_ps(x, zero), _mm512_set1_ps(activation->upper));
  return _mm512_fmadd_ps(_mm512_min_ps(x, zero), _mm512_set1_ps(activation->slopes[channel]), above);
}

// `x` and what is added to it: byte `byte` of each word, in units of the output's scale.
BYTE_INLINE __m512 with_added(const Finish *finish, __m512i words, int32_t byte, __m512 x) {
  const SegPlaneWinograd *work = finish->work;
  const __m512 factor = _mm512_set1_ps(work->added.scale / work->output.scale);
  // Shifted to the top, a signed byte is shifted back with its sign.
  const __m512i top = _mm512_sllv_epi32(words, _mm512_set1_epi32(24 - 8 * byte));
  const __m512i number = work->added.format == SEG_SIGNED8 ? _mm512_srai_epi32(top, 24) : _mm512_srli_epi32(top, 24);
  return _mm512_fmadd_ps(_mm512_cvtepi32_ps(number), factor, x);
}

// The same of bytes without a sign.
BYTE_INLINE __m512 with_added_plainly(const Finish *finish, __m512i words, int32_t byte, __m512 x) {
  const SegPlaneWinograd *work = finish->work;
  // The byte is left where it is, and stands for a power of two as much; the top one would have a sign there.
  static const float UNITS[SEG_BYTE_GROUP] = {1, 0x1p-8f, 0x1p-16f, 1};
  const __m512 factor = _mm512_set1_ps(work->added.scale / work->output.scale * UNITS[byte]);
  const __m512i number = byte == 3 ? _mm512_srli_epi32(words, 24) : _mm512_and_si512(words, _mm512_set1_epi32(0xFF << 8 * byte));
  return _mm512_fmadd_ps(_mm512_cvtepi32_ps(number), factor, x);
}

// Transforms the sums of byte `byte` of a plane along the other direction, and packs each row's results to bytes: tile, run, column of the tile.
BYTE_INLINE void finish_channel(const Finish *finish, const float *sums, int32_t channel, int32_t byte, Finishing how, __m512i rows[TILE_OUT]) {
  const SegPlaneWinograd *work = finish->work;
  const __m512 factor = _mm512_set1_ps(work->factors[channel]), bias = _mm512_set1_ps(work->biases[channel]);
  const __m512 limit = _mm512_set1_ps(work->output.format == SEG_SIGNED8 ? 127 : 255);
  __m512i whole[TILE_OUT][TILE_OUT];
#pragma clang loop unroll(full)
  for (int32_t column = 0; column < TILE_OUT; column++) {
    __m512 x[TILE_IN], made[TILE_OUT];
    for (int32_t line = 0; line < TILE_IN; line++) x[line] = _mm512_load_ps(sums + line * LINE_SUMS + column * LANES);
    backward_line(x, made);
#pragma clang loop unroll(full)
    for (int32_t row = 0; row < TILE_OUT; row++) {
      __m512 result = _mm512_fmadd_ps(made[row], factor, bias);
      if (!how.are_plain && work->before.slopes) result = activated(&work->before, result, channel);
      if (how.has_added) {
        const __m512i words = finish->added[row][column];
        result = how.are_plain ? with_added_plainly(finish, words, byte, result) : with_added(finish, words, byte, result);
      }
      if (!how.are_plain && work->after.slopes) result = activated(&work->after, result, channel);
      // Packing cuts off, but a conversion would make a number that is too large a negative one.
      if (!how.are_plain) result = _mm512_min_ps(result, limit);
      whole[row][column] = _mm512_cvtps_epi32(result);
    }
  }
  const __m512i order = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  for (int32_t row = 0; row < TILE_OUT; row++) {
    const __m512i low = _mm512_packs_epi32(whole[row][0], whole[row][1]), high = _mm512_packs_epi32(whole[row][2], whole[row][3]);
    const int is_signed = !how.are_plain && work->output.format == SEG_SIGNED8;
    rows[row] = _mm512_shuffle_epi8(is_signed ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high), order);
  }
}

// Joins the four channels of a row's results, which are the runs then, and writes them.
BYTE_INLINE void write_row(const PlaneGroup *group, int32_t row, size_t plane, __m512i bytes[SEG_BYTE_GROUP][TILE_OUT]) {
  const __m512i low01 = _mm512_unpacklo_epi8(bytes[0][row], bytes[1][row]), high01 = _mm512_unpackhi_epi8(bytes[0][row], bytes[1][row]);
  const __m512i low23 = _mm512_unpacklo_epi8(bytes[2][row], bytes[3][row]), high23 = _mm512_unpackhi_epi8(bytes[2][row], bytes[3][row]);
  const __m512i runs[GROUP_RUNS] = {_mm512_unpacklo_epi16(low01, low23), _mm512_unpackhi_epi16(low01, low23), _mm512_unpacklo_epi16(high01, high23),
                                    _mm512_unpackhi_epi16(high01, high23)};
  for (int32_t run = 0; run < GROUP_RUNS; run++)
    if (group->results[row][run]) _mm512_store_si512(group->results[row][run] + plane * group->result_bytes, runs[run]);
}

BYTE_INLINE void backward(const SegPlaneWinograd *work, const PlaneGroup *group, int32_t channel, const float *sums, Finishing how) {
  const size_t plane = (size_t)(channel / SEG_BYTE_GROUP);
  Finish finish = {.work = work};
  if (how.has_added)
    for (int32_t row = 0; row < TILE_OUT; row++) {
      for (int32_t run = 0; run < GROUP_RUNS; run++) finish.added[row][run] = _mm512_load_si512(group->added[row][run] + plane * group->added_bytes);
      turn_words(finish.added[row]);
    }
  // What fills up the last plane is zero.
  __m512i bytes[SEG_BYTE_GROUP][TILE_OUT] = {0};
#pragma clang loop unroll(full)
  for (int32_t byte = 0; byte < SEG_BYTE_GROUP; byte++)
    if (channel + byte < work->output.channels) finish_channel(&finish, sums + byte * TILE_IN * LINE_SUMS, channel + byte, byte, how, bytes[byte]);
  for (int32_t row = 0; row < TILE_OUT; row++) write_row(group, row, plane, bytes);
}

BYTE_TARGET void seg_plane_winograd_backward(const SegPlaneWinograd *work, const PlaneGroup *group, int32_t channel, const float *sums) {
  const int are_plain = !work->before.slopes && !work->after.slopes && work->is_bounded && work->output.format == SEG_UNSIGNED8 && work->added.format != SEG_SIGNED8;
  if (work->added.data) {
    if (are_plain) backward(work, group, channel, sums, (Finishing){1, 1});
    else backward(work, group, channel, sums, (Finishing){1, 0});
  } else {
    if (are_plain) backward(work, group, channel, sums, (Finishing){0, 1});
    else backward(work, group, channel, sums, (Finishing){0, 0});
  }
}

#endif
