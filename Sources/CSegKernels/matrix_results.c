#include "matrix_results.h"

#if SEGPLAY_MATRIX_PRODUCTS

// Code of their own for what most convolutions are, and one for all others: for one and for two vectors of channels, the last of them not full, or full.
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
  FINISH_SIZES(prefix##_plain, is_half, format, 0, 0, 0) \
  FINISH_SIZES(prefix##_after, is_half, format, 0, 0, 1) \
  FINISH_SIZES(prefix##_added, is_half, format, 0, 1, left->work->after.slopes != 0) \
  FINISH_SIZES(prefix##_any, is_half, format, left->work->before.slopes != 0, left->work->added.data != 0, left->work->after.slopes != 0) \
  static const MatrixFinish prefix[][4] = {SIZES(prefix##_plain), SIZES(prefix##_after), SIZES(prefix##_added), SIZES(prefix##_any)};

FINISH_FORMAT(signed_bytes, 0, SEG_SIGNED8)
FINISH_FORMAT(unsigned_bytes, 0, SEG_UNSIGNED8)
FINISH_FORMAT(floats_of_bytes, 0, SEG_FLOAT32)
FINISH_FORMAT(halves, 1, SEG_BFLOAT16)
FINISH_FORMAT(floats_of_halves, 1, SEG_FLOAT32)

MatrixFinish matrix_finish_for(const SegMatrixConvolution *work, int32_t vectors, int32_t last) {
  const int is_half = work->input.format == SEG_BFLOAT16, is_added = work->added.data != 0;
  const MatrixFinish(*kinds)[4];
  switch (work->output.format) {
  case SEG_FLOAT32: kinds = is_half ? floats_of_halves : floats_of_bytes; break;
  case SEG_BFLOAT16: kinds = halves; break;
  case SEG_SIGNED8: kinds = signed_bytes; break;
  case SEG_UNSIGNED8: kinds = unsigned_bytes; break;
  }
  const int32_t kind = work->before.slopes ? 3 : is_added ? 2 : work->after.slopes ? 1 : 0;
  return kinds[kind][2 * vectors - 2 + (last == SEG_MATRIX_OUTPUTS)];
}

#endif
