// The transform back and what follows, for what is defined in plane_wide.h or plane_narrow.h.
#include "plane_parts.h"
#include "word_backward.h"

// What results are put through, of which code of its own is made.
typedef struct Finishing {
  int has_added, are_plain; // plain: no activations, and bounded results without a sign
} Finishing;

// What all results of a plane have in common.
typedef struct Finish {
  const SegPlaneWinograd *work;
  PART added[TILE_OUT][TILE_OUT]; // row and column of the tiles, four channels in a word
} Finish;

PLANE_INLINE FLOATS activated(const SegActivation *activation, FLOATS x, int32_t channel) {
  const FLOATS zero = OP(setzero_ps)(), above = OP(min_ps)(OP(max_ps)(x, zero), OP(set1_ps)(activation->upper));
  return OP(fmadd_ps)(OP(min_ps)(x, zero), OP(set1_ps)(activation->slopes[channel]), above);
}

// `x` and what is added to it: byte `byte` of each word, in units of the output's scale.
PLANE_INLINE FLOATS with_added(const Finish *finish, PART words, int32_t byte, FLOATS x) {
  const SegPlaneWinograd *work = finish->work;
  const FLOATS factor = OP(set1_ps)(work->added.scale / work->output.scale);
  // Shifted to the top, a signed byte is shifted back with its sign.
  const PART top = OP(sllv_epi32)(words, OP(set1_epi32)(24 - 8 * byte));
  const PART number = work->added.format == SEG_SIGNED8 ? OP(srai_epi32)(top, 24) : OP(srli_epi32)(top, 24);
  return OP(fmadd_ps)(OP(cvtepi32_ps)(number), factor, x);
}

// The same of bytes without a sign.
PLANE_INLINE FLOATS with_added_plainly(const Finish *finish, PART words, int32_t byte, FLOATS x) {
  const SegPlaneWinograd *work = finish->work;
  // The byte is left where it is, and stands for a power of two as much; the top one would have a sign there.
  static const float UNITS[SEG_BYTE_GROUP] = {1, 0x1p-8f, 0x1p-16f, 1};
  const FLOATS factor = OP(set1_ps)(work->added.scale / work->output.scale * UNITS[byte]);
  const PART number = byte == 3 ? OP(srli_epi32)(words, 24) : PART_AND(words, OP(set1_epi32)(0xFF << 8 * byte));
  return OP(fmadd_ps)(OP(cvtepi32_ps)(number), factor, x);
}

// Transforms the sums of byte `byte` of a plane along the other direction, and packs each row's results to bytes: tile, run, column of the tile.
PLANE_INLINE void finish_channel(const Finish *finish, const float *sums, int32_t channel, int32_t byte, Finishing how, PART rows[TILE_OUT]) {
  const SegPlaneWinograd *work = finish->work;
  const FLOATS factor = OP(set1_ps)(work->factors[channel]), bias = OP(set1_ps)(work->biases[channel]);
  const FLOATS limit = OP(set1_ps)(work->output.format == SEG_SIGNED8 ? 127 : 255);
  PART whole[TILE_OUT][TILE_OUT];
#pragma clang loop unroll(full)
  for (int32_t column = 0; column < TILE_OUT; column++) {
    FLOATS x[TILE_IN], made[TILE_OUT];
    for (int32_t line = 0; line < TILE_IN; line++) x[line] = OP(load_ps)(sums + line * LINE_SUMS + column * LANES);
    backward_line(x, made);
#pragma clang loop unroll(full)
    for (int32_t row = 0; row < TILE_OUT; row++) {
      FLOATS result = OP(fmadd_ps)(made[row], factor, bias);
      if (!how.are_plain && work->before.slopes) result = activated(&work->before, result, channel);
      if (how.has_added) {
        const PART words = finish->added[row][column];
        result = how.are_plain ? with_added_plainly(finish, words, byte, result) : with_added(finish, words, byte, result);
      }
      if (!how.are_plain && work->after.slopes) result = activated(&work->after, result, channel);
      // Packing cuts off, but a conversion would make a number that is too large a negative one.
      if (!how.are_plain) result = OP(min_ps)(result, limit);
      whole[row][column] = OP(cvtps_epi32)(result);
    }
  }
  const PART order = IN_EVERY_LANE(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  for (int32_t row = 0; row < TILE_OUT; row++) {
    const PART low = OP(packs_epi32)(whole[row][0], whole[row][1]), high = OP(packs_epi32)(whole[row][2], whole[row][3]);
    const int is_signed = !how.are_plain && work->output.format == SEG_SIGNED8;
    rows[row] = OP(shuffle_epi8)(is_signed ? OP(packs_epi16)(low, high) : OP(packus_epi16)(low, high), order);
  }
}

// Joins the four channels of a row's results, which are the runs then, and writes them.
PLANE_INLINE void write_row(const PlaneGroup *group, int32_t row, size_t plane, int32_t part, PART bytes[SEG_BYTE_GROUP][TILE_OUT]) {
  const PART low01 = OP(unpacklo_epi8)(bytes[0][row], bytes[1][row]), high01 = OP(unpackhi_epi8)(bytes[0][row], bytes[1][row]);
  const PART low23 = OP(unpacklo_epi8)(bytes[2][row], bytes[3][row]), high23 = OP(unpackhi_epi8)(bytes[2][row], bytes[3][row]);
  const PART runs[GROUP_RUNS] = {OP(unpacklo_epi16)(low01, low23), OP(unpackhi_epi16)(low01, low23), OP(unpacklo_epi16)(high01, high23),
                                    OP(unpackhi_epi16)(high01, high23)};
  for (int32_t run = 0; run < GROUP_RUNS; run++)
    if (group->results[row][run]) PART_STORE(group->results[row][run] + plane * group->result_bytes + part * PART_BYTES, runs[run]);
}

PLANE_INLINE void backward(const SegPlaneWinograd *work, const PlaneGroup *group, int32_t channel, const float *sums, Finishing how) {
  const size_t plane = (size_t)(channel / SEG_BYTE_GROUP);
  for (int32_t part = 0; part < PARTS; part++, sums += PART_LANES) {
    Finish finish = {.work = work};
    if (how.has_added)
      for (int32_t row = 0; row < TILE_OUT; row++) {
        for (int32_t run = 0; run < GROUP_RUNS; run++) finish.added[row][run] = PART_LOAD(group->added[row][run] + plane * group->added_bytes + part * PART_BYTES);
        PART_TURN(finish.added[row]);
      }
    // What fills up the last plane is zero.
    PART bytes[SEG_BYTE_GROUP][TILE_OUT] = {0};
#pragma clang loop unroll(full)
    for (int32_t byte = 0; byte < SEG_BYTE_GROUP; byte++)
      if (channel + byte < work->output.channels) finish_channel(&finish, sums + byte * TILE_IN * LINE_SUMS, channel + byte, byte, how, bytes[byte]);
    for (int32_t row = 0; row < TILE_OUT; row++) write_row(group, row, plane, part, bytes);
  }
}

PLANE_TARGET void PLANE_STAGE(backward)(const SegPlaneWinograd *work, const PlaneGroup *group, int32_t channel, const float *sums) {
  const int are_plain = !work->before.slopes && !work->after.slopes && work->is_bounded && work->output.format == SEG_UNSIGNED8 && work->added.format != SEG_SIGNED8;
  if (work->added.data) {
    if (are_plain) backward(work, group, channel, sums, (Finishing){1, 1});
    else backward(work, group, channel, sums, (Finishing){1, 0});
  } else {
    if (are_plain) backward(work, group, channel, sums, (Finishing){0, 1});
    else backward(work, group, channel, sums, (Finishing){0, 0});
  }
}
