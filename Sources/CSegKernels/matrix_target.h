// The instructions that convolutions in tile registers are written with, and when they may be used.
#ifndef SEGPLAY_MATRIX_TARGET_H
#define SEGPLAY_MATRIX_TARGET_H

#include "SegMatrixConvolution.h"

#if defined(__x86_64__) && defined(__linux__) && !defined(SEGPLAY_ONLY_AVX2)
#define SEGPLAY_MATRIX_PRODUCTS 1
#include <immintrin.h>

#define MATRIX_TARGET __attribute__((target("amx-tile,amx-int8,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")))
#define MATRIX_INLINE MATRIX_TARGET static inline __attribute__((always_inline))
#else
#define SEGPLAY_MATRIX_PRODUCTS 0
#endif

#endif
