// The transform of sums of a tile of bytes back, for registers FLOATS and their instructions OP(name) of functions BACKWARD_INLINE, which are defined where this is
// included.
#include "winograd_tiles.h"

// Four results of six sums: A^T of the paper for these points, times 7/2, with its columns divided by what the weights' rows were multiplied with (word_weights.c).
BACKWARD_INLINE void backward_line(const FLOATS x[TILE_IN], FLOATS made[TILE_OUT]) {
  const FLOATS near = OP(add_ps)(x[1], x[2]), near_odd = OP(sub_ps)(x[1], x[2]), far = OP(add_ps)(x[3], x[4]), far_odd = OP(sub_ps)(x[3], x[4]);
  made[0] = OP(fmadd_ps)(OP(set1_ps)(0.875f), x[0], OP(fmadd_ps)(OP(set1_ps)(0.4375f), far, near));
  made[1] = OP(fmadd_ps)(OP(set1_ps)(0.875f), far_odd, near_odd);
  made[2] = OP(fmadd_ps)(OP(set1_ps)(1.75f), far, near);
  made[3] = OP(fmadd_ps)(OP(set1_ps)(3.5f), OP(add_ps)(far_odd, x[5]), near_odd);
}
