// The instructions that convolutions of bytes are written with for processors without those of byte_target.h: registers of 32 bytes.
#ifndef SEGPLAY_NARROW_TARGET_H
#define SEGPLAY_NARROW_TARGET_H

#ifdef __x86_64__
#define SEGPLAY_NARROW_PRODUCTS 1
#include <immintrin.h>

#define NARROW_TARGET __attribute__((target("avx2,fma")))
#define NARROW_INLINE NARROW_TARGET static inline __attribute__((always_inline))
#else
#define SEGPLAY_NARROW_PRODUCTS 0
#endif

#endif
