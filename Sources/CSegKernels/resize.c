#include "SegResize.h"

#include "vectors.h"

void seg_resize_taps(SegTap *taps, int32_t count, int32_t source, int32_t align_corners) {
  const float corner_step = count > 1 ? (float)(source - 1) / (float)(count - 1) : 0, step = (float)source / (float)count;
  for (int32_t index = 0; index < count; index++) {
    const float centre = ((float)index + 0.5f) * step - 0.5f;
    const float place = align_corners ? (float)index * corner_step : (centre > 0 ? centre : 0);
    const int32_t first = (int32_t)place < source - 1 ? (int32_t)place : source - 1;
    taps[index] = (SegTap){first, first + 1 < source ? first + 1 : source - 1, place - (float)first};
  }
}

KERNEL void seg_resize(const void *arguments, int32_t begin, int32_t end) {
  const SegResize *work = arguments;
  const int32_t channels = work->output.channels;
  for (int32_t row = begin; row < end; row++) {
    const SegTap vertical = work->rows[row];
    for (int32_t column = 0; column < work->output.width; column++) {
      const SegTap horizontal = work->columns[column];
      const float *a = pixel(&work->input, vertical.first, horizontal.first), *b = pixel(&work->input, vertical.first, horizontal.second);
      const float *c = pixel(&work->input, vertical.second, horizontal.first), *d = pixel(&work->input, vertical.second, horizontal.second);
      const float right = horizontal.weight, left = 1 - right, lower = vertical.weight, higher = 1 - lower;
      float *out = pixel(&work->output, row, column);
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) {
        STORE(out + channel, higher * (left * LOAD(a + channel) + right * LOAD(b + channel)) + lower * (left * LOAD(c + channel) + right * LOAD(d + channel)));
      }
      for (; channel < channels; channel++)
        out[channel] = higher * (left * a[channel] + right * b[channel]) + lower * (left * c[channel] + right * d[channel]);
    }
  }
}
