// Small grey pictures, and what tells two of them apart.
#ifndef SEGPLAY_LUMA_H
#define SEGPLAY_LUMA_H

#include <stddef.h>
#include <stdint.h>

// sums[i] += weight * luma of pixel i. A pixel has 1 byte (already luma), 3 or 4 (red, green, blue first); luma as in BT.601, full range.
void seg_luma_add(const uint8_t *pixels, int32_t bytes_per_pixel, float weight, float *sums, int32_t count);

// out[i] = the luma of pixel i, rounded.
void seg_luma_convert(const uint8_t *pixels, int32_t bytes_per_pixel, uint8_t *out, size_t count);

// The source pixels that a pixel covers: `count` from `first`, the first and the last of them in part.
typedef struct SegSpan {
  int32_t first, count;
  float first_weight, last_weight; // of a whole pixel; `first_weight` alone counts where count is 1
} SegSpan;

// out[i] = the sum over span i, times `scale`, rounded; 0 to 255.
void seg_luma_gather(const float *sums, const SegSpan *spans, float scale, uint8_t *out, int32_t count);

// The means of squares of `side` x `side` pixels; what is left over at the right and the bottom takes no part. `means` has width / side * (height / side).
void seg_luma_means(const uint8_t *pixels, int32_t width, int32_t height, int32_t side, float *means);

#endif
