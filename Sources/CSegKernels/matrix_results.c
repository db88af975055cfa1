#include "matrix_target.h"

#if SEGPLAY_MATRIX_PRODUCTS

#include "matrix_results.h"

// Code of its own for each kind of results: for one and for two vectors of channels, by how they are filled; with activations and a map added, or not.
#define FINISH(name, is_half, format, vectors, filling, before, plus, after) \
  MATRIX_TARGET static void name##vectors##filling(MatrixSums *left, int32_t most) { \
    matrix_finish(left, most, is_half, format, vectors, filling, before, plus, after); \
  }

#define FINISH_SIZES(name, is_half, format, before, plus, after) \
  FINISH(name, is_half, format, 1, MATRIX_PART, before, plus, after) \
  FINISH(name, is_half, format, 1, MATRIX_FULL, before, plus, after) \
  FINISH(name, is_half, format, 2, MATRIX_PART, before, plus, after) \
  FINISH(name, is_half, format, 2, MATRIX_FULL, before, plus, after)

#define SIZES(name) name##1MATRIX_PART, name##1MATRIX_FULL, name##2MATRIX_PART, name##2MATRIX_FULL
#define FLOAT_SIZES(name) {SIZES(name)}
#define BYTE_SIZES(name) {SIZES(name), name##2MATRIX_PAIRED}

#define FINISH_BYTES(name, is_half, format, before, plus, after) \
  FINISH_SIZES(name, is_half, format, before, plus, after) \
  FINISH(name, is_half, format, 2, MATRIX_PAIRED, before, plus, after)

#define FINISH_FORMAT(prefix, is_half, format, finish, sizes) \
  finish(prefix##_000_, is_half, format, 0, 0, 0) \
  finish(prefix##_001_, is_half, format, 0, 0, 1) \
  finish(prefix##_010_, is_half, format, 0, 1, 0) \
  finish(prefix##_011_, is_half, format, 0, 1, 1) \
  finish(prefix##_100_, is_half, format, 1, 0, 0) \
  finish(prefix##_101_, is_half, format, 1, 0, 1) \
  finish(prefix##_110_, is_half, format, 1, 1, 0) \
  finish(prefix##_111_, is_half, format, 1, 1, 1) \
  static const MatrixFinish prefix[][5] = {sizes(prefix##_000_), sizes(prefix##_001_), sizes(prefix##_010_), sizes(prefix##_011_), \
                                           sizes(prefix##_100_), sizes(prefix##_101_), sizes(prefix##_110_), sizes(prefix##_111_)};

FINISH_FORMAT(signed_bytes, 0, SEG_SIGNED8, FINISH_BYTES, BYTE_SIZES)
FINISH_FORMAT(unsigned_bytes, 0, SEG_UNSIGNED8, FINISH_BYTES, BYTE_SIZES)
FINISH_FORMAT(floats_of_bytes, 0, SEG_FLOAT32, FINISH_SIZES, FLOAT_SIZES)
FINISH_FORMAT(halves, 1, SEG_BFLOAT16, FINISH_SIZES, FLOAT_SIZES)
FINISH_FORMAT(floats_of_halves, 1, SEG_FLOAT32, FINISH_SIZES, FLOAT_SIZES)

// Results of two whole vectors of channels as halves.
MATRIX_TARGET static void finish_halves(MatrixSums *left, int32_t most) {
  const SegMatrixConvolution *work = left->work;
  const int32_t end = left->count - left->next < most ? left->count : left->next + most, channel = left->channel;
  uint16_t *const out = (uint16_t *)work->output.data + channel;
  const __m512 factors[2] = {_mm512_loadu_ps(work->factors + channel), _mm512_loadu_ps(work->factors + channel + SEG_MATRIX_OUTPUTS)};
  const __m512 biases[2] = {_mm512_loadu_ps(work->biases + channel), _mm512_loadu_ps(work->biases + channel + SEG_MATRIX_OUTPUTS)};
  for (int32_t place = left->next; place < end; place++) {
    const uint32_t target = (uint32_t)left->targets[place];
    if (target >= left->pixels) continue;
    const int32_t *const sums = left->sums + (size_t)place * 2 * SEG_MATRIX_OUTPUTS;
    __m256i halves[2];
    for (int32_t vector = 0; vector < 2; vector++) {
      const __m512 numbers = _mm512_cvtepi32_ps(_mm512_load_si512(sums + vector * SEG_MATRIX_OUTPUTS));
      halves[vector] = _mm512_cvtps_ph(_mm512_fmadd_ps(numbers, factors[vector], biases[vector]), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
    uint16_t *const to = out + (left->first_pixel + target) * (size_t)work->output.pixel_stride;
    _mm512_storeu_si512(to, _mm512_inserti64x4(_mm512_castsi256_si512(halves[0]), halves[1], 1));
  }
  left->next = end;
}

MatrixFinish matrix_finish_for(const SegMatrixConvolution *work, int32_t vectors, int32_t last) {
  const int is_half = work->input.format == SEG_BFLOAT16;
  const MatrixFinish(*kinds)[5];
  if (work->writes_halves) return finish_halves;
  switch (work->output.format) {
  case SEG_FLOAT32: kinds = is_half ? floats_of_halves : floats_of_bytes; break;
  case SEG_BFLOAT16: kinds = halves; break;
  case SEG_SIGNED8: kinds = signed_bytes; break;
  case SEG_UNSIGNED8: kinds = unsigned_bytes; break;
  }
  const int32_t kind = 4 * (work->before.slopes != 0) + 2 * (work->added.data != 0) + (work->after.slopes != 0);
  const int is_full = last == SEG_MATRIX_OUTPUTS;
  return kinds[kind][vectors == 2 && is_full && work->is_paired ? 4 : 2 * vectors - 2 + is_full];
}

#endif
