// What the stages of Winograd's convolution over planes are written with, for registers of 64 bytes: a vector's numbers fill one.
#include "byte_target.h"

#if SEGPLAY_BYTE_PRODUCTS

#define PLANE_TARGET BYTE_TARGET
#define PLANE_INLINE BYTE_INLINE
#define BACKWARD_INLINE BYTE_INLINE
#define PLANE_STAGE(name) seg_wide_plane_##name
#define PART __m512i
#define FLOATS __m512
#define OP(name) _mm512_##name
#define PART_LOAD(from) _mm512_load_si512(from)
#define PART_LOAD_ANY(from) _mm512_loadu_si512(from)
#define PART_STORE(to, x) _mm512_store_si512(to, x)
#define PART_AND(x, y) _mm512_and_si512(x, y)
#define PART_ZERO _mm512_setzero_si512()
#define PART_TURN(rows) turn_words(rows)
#define IN_EVERY_LANE(lane) _mm512_broadcast_i32x4(lane)

#endif
