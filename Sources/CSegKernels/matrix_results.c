#include "matrix_target.h"

#if SEGPLAY_MATRIX_PRODUCTS

#include "matrix_results.h"

// Code of its own for each kind of results: for one and for two vectors of channels, the last of them not full, or full; with activations and a map added, or not.
#define FINISH(name, is_half, format, vectors, is_full, before, plus, after) \
  MATRIX_TARGET static void name##vectors##is_full(MatrixSums *left, int32_t most) { \
    matrix_finish(left, most, is_half, format, vectors, is_full, before, plus, after); \
  }

#define FINISH_SIZES(name, is_half, format, before, plus, after) \
  FINISH(name, is_half, format, 1, 0, before, plus, after) \
  FINISH(name, is_half, format, 1, 1, before, plus, after) \
  FINISH(name, is_half, format, 2, 0, before, plus, after) \
  FINISH(name, is_half, format, 2, 1, before, plus, after)

#define SIZES(name) {name##10, name##11, name##20, name##21}

#define FINISH_FORMAT(prefix, is_half, format) \
  FINISH_SIZES(prefix##_000_, is_half, format, 0, 0, 0) \
  FINISH_SIZES(prefix##_001_, is_half, format, 0, 0, 1) \
  FINISH_SIZES(prefix##_010_, is_half, format, 0, 1, 0) \
  FINISH_SIZES(prefix##_011_, is_half, format, 0, 1, 1) \
  FINISH_SIZES(prefix##_100_, is_half, format, 1, 0, 0) \
  FINISH_SIZES(prefix##_101_, is_half, format, 1, 0, 1) \
  FINISH_SIZES(prefix##_110_, is_half, format, 1, 1, 0) \
  FINISH_SIZES(prefix##_111_, is_half, format, 1, 1, 1) \
  static const MatrixFinish prefix[][4] = {SIZES(prefix##_000_), SIZES(prefix##_001_), SIZES(prefix##_010_), SIZES(prefix##_011_), \
                                           SIZES(prefix##_100_), SIZES(prefix##_101_), SIZES(prefix##_110_), SIZES(prefix##_111_)};

FINISH_FORMAT(signed_bytes, 0, SEG_SIGNED8)
FINISH_FORMAT(unsigned_bytes, 0, SEG_UNSIGNED8)
FINISH_FORMAT(floats_of_bytes, 0, SEG_FLOAT32)
FINISH_FORMAT(halves, 1, SEG_BFLOAT16)
FINISH_FORMAT(floats_of_halves, 1, SEG_FLOAT32)

MatrixFinish matrix_finish_for(const SegMatrixConvolution *work, int32_t vectors, int32_t last) {
  const int is_half = work->input.format == SEG_BFLOAT16;
  const MatrixFinish(*kinds)[4];
  switch (work->output.format) {
  case SEG_FLOAT32: kinds = is_half ? floats_of_halves : floats_of_bytes; break;
  case SEG_BFLOAT16: kinds = halves; break;
  case SEG_SIGNED8: kinds = signed_bytes; break;
  case SEG_UNSIGNED8: kinds = unsigned_bytes; break;
  }
  const int32_t kind = 4 * (work->before.slopes != 0) + 2 * (work->added.data != 0) + (work->after.slopes != 0);
  return kinds[kind][2 * vectors - 2 + (last == SEG_MATRIX_OUTPUTS)];
}

#endif
