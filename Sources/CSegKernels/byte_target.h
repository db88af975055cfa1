// The instructions that convolutions of bytes are written with, and when they may be used.
#ifndef SEGPLAY_BYTE_TARGET_H
#define SEGPLAY_BYTE_TARGET_H

#include "SegByteConvolution.h"

#if defined(__x86_64__) && !defined(SEGPLAY_ONLY_AVX2)
#define SEGPLAY_BYTE_PRODUCTS 1
#include <immintrin.h>

#define BYTE_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma")))
#define BYTE_INLINE BYTE_TARGET static inline __attribute__((always_inline))
#else
#define SEGPLAY_BYTE_PRODUCTS 0
#endif

#endif
