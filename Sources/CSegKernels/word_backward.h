// The transform of sums of a tile of bytes back.
#ifndef SEGPLAY_WORD_BACKWARD_H
#define SEGPLAY_WORD_BACKWARD_H

#include "byte_target.h"
#include "winograd_tiles.h"

#if SEGPLAY_BYTE_PRODUCTS

// Four results of six sums: A^T of the paper for these points, times 7/2, with its columns divided by what SPREAD's rows were multiplied with.
BYTE_INLINE void backward_line(const __m512 x[TILE_IN], __m512 made[TILE_OUT]) {
  const __m512 near = _mm512_add_ps(x[1], x[2]), near_odd = _mm512_sub_ps(x[1], x[2]), far = _mm512_add_ps(x[3], x[4]), far_odd = _mm512_sub_ps(x[3], x[4]);
  made[0] = _mm512_fmadd_ps(_mm512_set1_ps(0.875f), x[0], _mm512_fmadd_ps(_mm512_set1_ps(0.4375f), far, near));
  made[1] = _mm512_fmadd_ps(_mm512_set1_ps(0.875f), far_odd, near_odd);
  made[2] = _mm512_fmadd_ps(_mm512_set1_ps(1.75f), far, near);
  made[3] = _mm512_fmadd_ps(_mm512_set1_ps(3.5f), _mm512_add_ps(far_odd, x[5]), near_odd);
}

#endif

#endif
