// Windows of a map of bytes, copied to lie one behind the other.
#ifndef SEGPLAY_GATHERED_WINDOWS_H
#define SEGPLAY_GATHERED_WINDOWS_H

#include "SegGatheredConvolution.h"

#include "narrow_target.h"

enum { REGISTER_BYTES = 32 };

// Bytes from one copied window to the next: not what would lie at few places of a cache.
static inline size_t window_pitch(const SegGatheredConvolution *work) {
  const size_t bytes = (size_t)work->words * SEG_GATHERED_WORD;
  return bytes % 512 == 0 ? bytes + 64 : bytes;
}

#if SEGPLAY_NARROW_PRODUCTS

// How pixels are read: signed ones as 128 more, which `flip` makes of them.
typedef struct WindowSource {
  const SegGatheredConvolution *work;
  __m256i flip;
} WindowSource;

// Copies `count` bytes, and writes up to 31 behind them.
NARROW_INLINE void copy_bytes(const uint8_t *from, int32_t count, uint8_t *to, __m256i flip) {
  for (int32_t byte = 0; byte < count; byte += REGISTER_BYTES)
    _mm256_storeu_si256((__m256i *)(to + byte), _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(from + byte)), flip));
}

// The same of nothing.
NARROW_INLINE void fill_bytes(int32_t count, uint8_t *to, __m256i flip) {
  for (int32_t byte = 0; byte < count; byte += REGISTER_BYTES) _mm256_storeu_si256((__m256i *)(to + byte), flip);
}

// Copies the window of the pixel (row, column) of the output.
NARROW_INLINE void copy_window(const WindowSource *source, int32_t row, int32_t column, uint8_t *to) {
  const SegGatheredConvolution *work = source->work;
  const SegTypedMap *input = &work->input;
  const int32_t channels = input->channels, line = work->kernel_columns * channels;
  const int32_t top = row * work->stride_vertical - work->padding_top, left = column * work->stride_horizontal - work->padding_left;
  const int32_t right = left + (work->kernel_columns - 1) * work->dilation_horizontal;
  const int is_run = input->pixel_stride == channels && work->dilation_horizontal == 1 && left >= 0 && right < input->width;
  for (int32_t tap = 0; tap < work->kernel_rows; tap++, to += line) {
    const int32_t y = top + tap * work->dilation_vertical;
    if (y < 0 || y >= input->height) {
      fill_bytes(line, to, source->flip);
      continue;
    }
    const uint8_t *from = (const uint8_t *)input->data + (size_t)y * (size_t)input->width * (size_t)input->pixel_stride;
    if (is_run) {
      copy_bytes(from + (size_t)left * (size_t)channels, line, to, source->flip);
      continue;
    }
    for (int32_t beside = 0; beside < work->kernel_columns; beside++) {
      const int32_t x = left + beside * work->dilation_horizontal;
      if (x < 0 || x >= input->width) fill_bytes(channels, to + beside * channels, source->flip);
      else copy_bytes(from + (size_t)x * (size_t)input->pixel_stride, channels, to + beside * channels, source->flip);
    }
  }
}

// Whether windows are single pixels, one behind the other.
NARROW_INLINE int is_of_points(const SegGatheredConvolution *work) {
  return work->kernel_rows * work->kernel_columns == 1 && work->stride_vertical == 1 && work->stride_horizontal == 1 && work->padding_top == 0 &&
         work->padding_left == 0 && work->output.width == work->input.width && work->input.pixel_stride == work->input.channels;
}

// Copies the windows of `count` pixels of the output from `first` on.
NARROW_INLINE void copy_windows(const SegGatheredConvolution *work, int32_t first, int32_t count, uint8_t *to, size_t pitch) {
  const WindowSource source = {work, _mm256_set1_epi8(work->input.format == SEG_SIGNED8 ? (char)0x80 : 0)};
  const int32_t width = work->output.width, channels = work->input.channels;
  if (work->words * SEG_GATHERED_WORD == channels && (size_t)channels == pitch && is_of_points(work)) {
    copy_bytes((const uint8_t *)work->input.data + (size_t)first * pitch, count * channels, to, source.flip);
    return;
  }
  int32_t row = first / width, column = first % width;
  for (int32_t pixel = 0; pixel < count; pixel++, to += pitch) {
    copy_window(&source, row, column, to);
    if (++column == width) {
      column = 0;
      row++;
    }
  }
}

#endif

#endif
