// Maps in memory, and running a kernel over their rows on several threads.
#ifndef SEGPLAY_ROWS_H
#define SEGPLAY_ROWS_H

#include <stddef.h>
#include <stdint.h>

// A channels-last float map whose positions may lie further apart than its channels.
typedef struct SegMap {
  float *data;
  int32_t height, width, channels;
  int32_t pixel_stride; // elements from one position to the next
} SegMap;

// How elements are stored: float, the upper half of one, or a signed or unsigned byte that stands for `scale` times itself.
typedef enum SegFormat { SEG_FLOAT32, SEG_BFLOAT16, SEG_SIGNED8, SEG_UNSIGNED8 } SegFormat;

// Bytes beyond the end of typed maps, their taps and vectors of constants that kernels may read (not write).
enum { SEG_READABLE_BEYOND = 64 };

// A channels-last map of any format whose positions may lie further apart than its channels.
typedef struct SegTypedMap {
  void *data;
  int32_t height, width, channels;
  int32_t pixel_stride; // elements from one position to the next
  SegFormat format;
  float scale;
} SegTypedMap;

// What is done to each result: x > 0 ? min(x, upper) : slopes[channel] * x, then `function`.
typedef struct SegActivation {
  const float *slopes; // one for each channel; null for no activation
  float upper;
  int32_t function; // 0 none, 1 logistic, 2 hyperbolic tangent
} SegActivation;

// Work on the output rows begin..<end of `arguments`.
typedef void (*SegRowKernel)(const void *arguments, int32_t begin, int32_t end);

// Runs the kernel over all rows, split over the OpenMP threads that the process already uses; on the calling thread when `threads` is 1 or there are none.
void seg_run_rows(SegRowKernel kernel, const void *arguments, int32_t rows, int32_t threads);

#endif
