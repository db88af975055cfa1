#include "SegPooling.h"

#include "exponential.h"

INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }
INLINE int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

enum { STRIP = 4096 };

// One output row of a map of few channels, without taps: first the greatest of each column, over all channels at once, then of the neighbours.
INLINE void pool_few_channels(const SegMaxPool *work, int32_t row) {
  const SegMap *input = &work->input, *output = &work->output;
  const SegWindow window = work->window;
  const int32_t channels = output->channels, top = row * window.stride_vertical - window.padding_top;
  const int32_t first_row = larger(top, 0), last_row = smaller(top + window.kernel_height, input->height);
  const int32_t at_once = (STRIP / channels - window.kernel_width) / window.stride_horizontal;
  float strip[STRIP];
  for (int32_t column = 0; column < output->width; column += at_once) {
    const int32_t last = smaller(column + at_once, output->width);
    const int32_t left = larger(column * window.stride_horizontal - window.padding_left, 0);
    const int32_t right = smaller((last - 1) * window.stride_horizontal - window.padding_left + window.kernel_width, input->width);
    const int32_t count = (right - left) * channels;
    memcpy(strip, pixel(input, first_row, left), (size_t)count * sizeof(float));
    for (int32_t r = first_row + 1; r < last_row; r++) {
      const float *in = pixel(input, r, left);
      for (int32_t index = 0; index < count; index++) strip[index] = in[index] > strip[index] ? in[index] : strip[index];
    }
    for (int32_t c = column; c < last; c++) {
      const int32_t start = c * window.stride_horizontal - window.padding_left;
      const int32_t first = larger(start, 0), end = smaller(start + window.kernel_width, input->width);
      float *out = pixel(output, row, c);
      for (int32_t channel = 0; channel < channels; channel++) {
        const float *in = strip + (first - left) * channels + channel;
        float best = *in;
        for (int32_t tap = first + 1; tap < end; tap++) {
          in += channels;
          best = *in > best ? *in : best;
        }
        out[channel] = best;
      }
    }
  }
}

KERNEL void seg_max_pool(const void *arguments, int32_t begin, int32_t end) {
  const SegMaxPool *work = arguments;
  if (!work->taps && work->output.channels < LANES && work->input.pixel_stride == work->input.channels &&
      (work->window.kernel_width + work->window.stride_horizontal) * work->output.channels < STRIP) {
    for (int32_t row = begin; row < end; row++) pool_few_channels(work, row);
    return;
  }
  const SegMap *input = &work->input, *output = &work->output;
  const SegWindow window = work->window;
  const int32_t channels = output->channels;
  const size_t row_step = (size_t)input->width * input->pixel_stride;
  for (int32_t row = begin; row < end; row++) {
    const int32_t top = row * window.stride_vertical - window.padding_top;
    const int32_t first_row = larger(0, -top), last_row = smaller(window.kernel_height, input->height - top);
    for (int32_t column = 0; column < output->width; column++) {
      const int32_t left = column * window.stride_horizontal - window.padding_left;
      const int32_t first_column = larger(0, -left), last_column = smaller(window.kernel_width, input->width - left);
      float *out = pixel(output, row, column);
      uint8_t *taps = work->taps ? work->taps + ((size_t)row * output->width + column) * channels : NULL;
      const int32_t first_tap = first_row * window.kernel_width + first_column;
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) {
        const float *line = pixel(input, top + first_row, left + first_column) + channel;
        Lanes best = LOAD(line);
        IntegerLanes place = (IntegerLanes){0} + first_tap;
        for (int32_t r = first_row; r < last_row; r++, line += row_step) {
          const float *in = line;
          for (int32_t c = first_column; c < last_column; c++, in += input->pixel_stride) {
            const Lanes x = LOAD(in);
            const IntegerLanes above = x > best;
            best = SELECT(above, x, best);
            if (taps) place = (above & (r * window.kernel_width + c)) | (~above & place);
          }
        }
        STORE(out + channel, best);
        if (taps) *(ByteLanes *)(taps + channel) = __builtin_convertvector(place, ByteLanes);
      }
      for (; channel < channels; channel++) {
        float best = pixel(input, top + first_row, left + first_column)[channel];
        int32_t place = first_tap;
        for (int32_t r = first_row; r < last_row; r++) {
          for (int32_t c = first_column; c < last_column; c++) {
            const float x = pixel(input, top + r, left + c)[channel];
            if (x > best) {
              best = x;
              place = r * window.kernel_width + c;
            }
          }
        }
        out[channel] = best;
        if (taps) taps[channel] = (uint8_t)place;
      }
    }
  }
}

void seg_max_unpool(const void *arguments, int32_t begin, int32_t end) {
  const SegMaxUnpool *work = arguments;
  const SegMap *input = &work->input, *output = &work->output;
  const SegWindow window = work->window;
  const int32_t channels = input->channels;
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < output->width; column++) memset(pixel(output, row, column), 0, (size_t)channels * sizeof(float));
  for (int32_t row = 0; row < input->height; row++) {
    for (int32_t column = 0; column < input->width; column++) {
      const float *in = pixel(input, row, column);
      const uint8_t *taps = work->taps + ((size_t)row * input->width + column) * channels;
      for (int32_t channel = 0; channel < channels; channel++) {
        const int32_t r = row * window.stride_vertical - window.padding_top + taps[channel] / window.kernel_width;
        const int32_t c = column * window.stride_horizontal - window.padding_left + taps[channel] % window.kernel_width;
        if (r >= begin && r < end) pixel(output, r, c)[channel] = in[channel];
      }
    }
  }
}

// One output row that takes the blocks' positions as they are: those of one row of a block lie together in both maps.
INLINE void copy_blocks(const SegInterleave *work, int32_t row) {
  const SegMap *output = &work->output;
  const int32_t channels = output->channels, block = work->block, u = row + work->top;
  const float *in = pixel(&work->input, u / block, work->left / block * block * block + u % block * block);
  float *out = pixel(output, row, 0);
  const int32_t count = block * channels, step = block * count;
  int32_t left = work->left % block * channels, rest = output->width * channels;
  while (rest >= count || left > 0) {
    const int32_t length = smaller(count - left, rest);
    if (length == 0) return;
    if (length >= LANES) {
      for (int32_t index = 0; index + LANES <= length; index += LANES) STORE(out + index, LOAD(in + left + index));
      STORE(out + length - LANES, LOAD(in + left + length - LANES));
    } else {
      for (int32_t index = 0; index < length; index++) out[index] = in[left + index];
    }
    out += length;
    rest -= length;
    in += step;
    left = 0;
  }
  for (int32_t index = 0; index < rest; index++) out[index] = in[index];
}

KERNEL void seg_interleave(const void *arguments, int32_t begin, int32_t end) {
  const SegInterleave *work = arguments;
  const SegMap *output = &work->output, *pooled = &work->pooled;
  const float *slopes = work->activation.slopes;
  const float upper = work->activation.upper;
  const int32_t channels = output->channels, block = work->block;
  const int is_copy = !work->taps && !slopes && output->pixel_stride == channels && work->input.pixel_stride == channels;
  for (int32_t row = begin; row < end; row++) {
    const int32_t u = row + work->top;
    if (is_copy) {
      copy_blocks(work, row);
      apply_function(output, row, work->activation.function);
      continue;
    }
    int32_t v = work->left, block_column = v / block;
    v %= block;
    int32_t pooled_column = 0, within = 0;
    for (int32_t column = 0; column < output->width; column++) {
      const float *in = pixel(&work->input, u / block, block_column * block * block + u % block * block + v);
      float *out = pixel(output, row, column);
      const float *main = NULL;
      const uint8_t *taps = NULL;
      if (work->taps && row / block < pooled->height && pooled_column < pooled->width) {
        main = pixel(pooled, row / block, pooled_column);
        taps = work->taps + ((size_t)(row / block) * pooled->width + pooled_column) * channels;
      }
      const int32_t tap = row % block * block + within;
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) {
        Lanes x = LOAD(in + channel);
        if (taps) {
          const IntegerLanes here = __builtin_convertvector(*(const ByteLanes *)(taps + channel), IntegerLanes) == tap;
          x += (Lanes)(here & (IntegerLanes)LOAD(main + channel));
        }
        if (slopes) x = ACTIVATE(x, slopes + channel, upper);
        STORE(out + channel, x);
      }
      for (; channel < channels; channel++) {
        float x = in[channel];
        if (taps && taps[channel] == tap) x += main[channel];
        out[channel] = slopes ? activate(x, slopes[channel], upper) : x;
      }
      if (++v == block) {
        v = 0;
        block_column++;
      }
      if (++within == block) {
        within = 0;
        pooled_column++;
      }
    }
    apply_function(output, row, work->activation.function);
  }
}
