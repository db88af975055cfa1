// Convolutions by oneDNN behind opaque handles; no type of the library is seen outside this target.
//
// Every function that can fail returns 0 or -1 and, when it fails, writes one line of text to `error`. A handle belongs to one thread at a time.
// Maps are channels last, one picture.
#ifndef SEGPLAY_ONEDNN_SHIM_H
#define SEGPLAY_ONEDNN_SHIM_H

#include <stddef.h>
#include <stdint.h>

// An engine and a stream of the library.
typedef struct SegEngine SegEngine;

// A convolution or transposed convolution of fixed shape with its packed weights.
typedef struct SegConvolution SegConvolution;

// Room for an error line.
typedef struct SegErrorText {
  char text[256];
} SegErrorText;

// What the elements of a map are.
typedef enum SegLibraryFormat { SEG_LIBRARY_FLOAT32, SEG_LIBRARY_BFLOAT16, SEG_LIBRARY_SIGNED8, SEG_LIBRARY_UNSIGNED8 } SegLibraryFormat;

// The shape of a convolution and the formats of its maps. For a transposed one, padding is what is cut from the full result.
typedef struct SegConvolutionShape {
  int32_t is_transposed;
  int32_t groups;
  int64_t input_height, input_width, input_channels;
  int64_t output_height, output_width, output_channels;
  int64_t kernel_height, kernel_width;
  int64_t stride_vertical, stride_horizontal;
  int64_t dilation_vertical, dilation_horizontal; // 1 for neighbouring taps
  int64_t input_pixel_stride, output_pixel_stride; // elements from one position to the next; the channels when the map is dense
  int64_t padding_top, padding_left, padding_bottom, padding_right; // bottom and right may be negative
  SegLibraryFormat input_format, output_format; // bytes in: weights are bytes; bfloat16 in: weights are made bfloat16
} SegConvolutionShape;

// What follows the sum of a convolution.
typedef enum SegPostKind {
  SEG_POST_LEAKY_RELU, // x > 0 ? x : alpha * x
  SEG_POST_CLIP, // min(max(x, alpha), beta)
  SEG_POST_SCALE, // alpha * x
  SEG_POST_LOGISTIC,
  SEG_POST_TANH,
  SEG_POST_PRELU, // slopes: one for each output channel
  SEG_POST_SUM, // adds alpha times what the output place holds before the run, as elements of `format`
  SEG_POST_ADD, // adds the map given to seg_convolution_bind
} SegPostKind;

typedef struct SegPostOperation {
  SegPostKind kind;
  float alpha, beta;
  const float *slopes;
  SegLibraryFormat format;
} SegPostOperation;

// The library's version, major * 10000 + minor * 100 + patch.
int32_t seg_onednn_version(void);

// What this processor has fast code for in the library, as far as the library is allowed to use it.
typedef struct SegProcessor {
  int32_t has_byte_products; // sums of products of bytes in one instruction
  int32_t has_narrow_registers; // whole numbers in registers of 32 bytes (AVX2)
  int32_t has_wide_byte_products; // the same for 64 bytes
  int32_t has_matrix_products; // tile registers (AMX)
  int32_t has_bfloat16;
} SegProcessor;

SegProcessor seg_processor(void);

// Sets how many threads the calling thread's parallel regions use, those of the library included. 1 starts no others.
void seg_set_threads(int32_t count);

// Weights from which on memory is given back when they are freed: it would stay with the process, since freed blocks lie between others and the C library gives
// back only what is at the end. It looks through the whole heap for that, which is not worth the time for a small network.
enum { SEG_LARGE_NETWORK_BYTES = 8 << 20 };

// Gives freed memory back to the system.
void seg_give_back_memory(void);

int seg_engine_create(SegEngine **engine, SegErrorText *error);
// Called when the convolutions made with it are gone; gives memory back to the system where they were many.
void seg_engine_destroy(SegEngine *engine);

// Makes a convolution. `weights`: output channel, input channel within the group, row, column (also for a transposed one), int8_t where the input is bytes
// and float otherwise; `scales`: what the sum of each output channel is multiplied with, or null; `bias`: added then, one for each output channel.
// All are copied. At most 8 post-operations, at most one of them SEG_POST_ADD.
int seg_convolution_create(SegEngine *engine, const SegConvolutionShape *shape, const SegPostOperation *post, int32_t post_count, const void *weights,
                           const float *scales, const float *bias, SegConvolution **convolution, SegErrorText *error);
void seg_convolution_destroy(SegConvolution *convolution);

// Bytes of working memory a run needs, and of the packed weights.
size_t seg_convolution_scratch_bytes(const SegConvolution *convolution);
size_t seg_convolution_weight_bytes(const SegConvolution *convolution);

// The library's name for the code that runs: "jit:avx512_core", "brgconv:avx512_core", "ref:any".
const char *seg_convolution_implementation(const SegConvolution *convolution);

// Sets the memory of the maps; `added` only with SEG_POST_ADD. 64-byte alignment is best.
int seg_convolution_bind(SegConvolution *convolution, void *input, void *output, void *added, void *scratch, SegErrorText *error);

// Runs with the memory that is bound.
int seg_convolution_run(SegEngine *engine, SegConvolution *convolution, SegErrorText *error);

#endif
