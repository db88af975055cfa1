// What the stages of Winograd's convolution over planes are written with, for registers of 32 bytes: a vector's numbers fill two, and are worked on one after the other.
#include "narrow_target.h"

#if SEGPLAY_NARROW_PRODUCTS

#define PLANE_TARGET NARROW_TARGET
#define PLANE_INLINE NARROW_INLINE
#define BACKWARD_INLINE NARROW_INLINE
#define PLANE_STAGE(name) seg_narrow_plane_##name
#define PART __m256i
#define FLOATS __m256
#define OP(name) _mm256_##name
#define PART_LOAD(from) _mm256_load_si256((const __m256i *)(from))
#define PART_LOAD_ANY(from) _mm256_loadu_si256((const __m256i *)(from))
#define PART_STORE(to, x) _mm256_store_si256((__m256i *)(to), x)
#define PART_AND(x, y) _mm256_and_si256(x, y)
#define PART_ZERO _mm256_setzero_si256()
#define PART_TURN(rows) turn_narrow_words(rows)
#define IN_EVERY_LANE(lane) _mm256_broadcastsi128_si256(lane)

#define TURN_INLINE NARROW_INLINE
#define TURN_WORDS turn_narrow_words
#define TURNED __m256i
#define TURN(name) _mm256_##name
#include "turn_words.h"

#endif
