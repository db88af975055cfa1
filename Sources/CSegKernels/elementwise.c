#include "SegElementwise.h"

#include "softmax.h"

KERNEL void seg_scale_shift(const void *arguments, int32_t begin, int32_t end) {
  const SegScaleShift *work = arguments;
  const float *scale = work->scale, *shift = work->shift, *slopes = work->activation.slopes;
  const float upper = work->activation.upper;
  const int32_t channels = work->output.channels;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      float *out = pixel(&work->output, row, column);
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) {
        Lanes x = LOAD(in + channel);
        if (scale) x = x * LOAD(scale + channel) + LOAD(shift + channel);
        if (slopes) x = ACTIVATE(x, slopes + channel, upper);
        STORE(out + channel, x);
      }
      for (; channel < channels; channel++) {
        float x = scale ? in[channel] * scale[channel] + shift[channel] : in[channel];
        out[channel] = slopes ? activate(x, slopes[channel], upper) : x;
      }
    }
    apply_function(&work->output, row, work->activation.function);
  }
}

KERNEL void seg_map_normalization(const void *arguments, int32_t begin, int32_t end) {
  const SegMapNormalization *work = arguments;
  const int32_t channels = work->output.channels;
  double *means = work->sums, *factors = work->sums + channels;
  const double count = (double)(end - begin) * work->output.width;
  // The mean first: a variance from a sum of squares would lose digits.
  memset(means, 0, 2 * (size_t)channels * sizeof(double));
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      for (int32_t channel = 0; channel < channels; channel++) means[channel] += in[channel];
    }
  for (int32_t channel = 0; channel < channels; channel++) means[channel] /= count;
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      for (int32_t channel = 0; channel < channels; channel++) {
        const double difference = in[channel] - means[channel];
        factors[channel] += difference * difference;
      }
    }
  for (int32_t channel = 0; channel < channels; channel++) factors[channel] = work->scale[channel] / sqrt(factors[channel] / count + (double)work->epsilon);
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      float *out = pixel(&work->output, row, column);
      for (int32_t channel = 0; channel < channels; channel++)
        out[channel] = (float)((in[channel] - means[channel]) * factors[channel]) + work->shift[channel];
    }
}

KERNEL void seg_sum(const void *arguments, int32_t begin, int32_t end) {
  const SegSum *work = arguments;
  const float *slopes = work->activation.slopes;
  const float upper = work->activation.upper;
  const int32_t channels = work->output.channels;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *left = pixel(&work->left, row, column), *right = pixel(&work->right, row, column);
      float *out = pixel(&work->output, row, column);
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) {
        Lanes x = LOAD(left + channel) + LOAD(right + channel);
        if (slopes) x = ACTIVATE(x, slopes + channel, upper);
        STORE(out + channel, x);
      }
      for (; channel < channels; channel++) {
        const float x = left[channel] + right[channel];
        out[channel] = slopes ? activate(x, slopes[channel], upper) : x;
      }
    }
    apply_function(&work->output, row, work->activation.function);
  }
}

KERNEL void seg_product(const void *arguments, int32_t begin, int32_t end) {
  const SegProduct *work = arguments;
  const int32_t channels = work->output.channels;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *left = pixel(&work->left, row, column), *right = pixel(&work->right, row, column);
      float *out = pixel(&work->output, row, column);
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) STORE(out + channel, LOAD(left + channel) * LOAD(right + channel));
      for (; channel < channels; channel++) out[channel] = left[channel] * right[channel];
    }
  }
}

KERNEL void seg_softmax(const void *arguments, int32_t begin, int32_t end) {
  const SegSoftmax *work = arguments;
  const int32_t count = work->output.channels / work->groups;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      float *out = pixel(&work->output, row, column);
      for (int32_t group = 0; group < work->groups; group++) softmax(in + group * count, out + group * count, count);
    }
  }
}

KERNEL void seg_exponential(const float *input, float *output, int32_t count) {
  powers(input, output, count);
}

KERNEL void seg_copy_channels(const void *arguments, int32_t begin, int32_t end) {
  const SegChannelCopy *work = arguments;
  const int32_t copied = work->input.channels, channels = work->output.channels;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      float *out = pixel(&work->output, row, column);
      if (work->input.data) {
        const float *in = pixel(&work->input, row, column);
        for (int32_t channel = 0; channel < copied; channel++) out[channel] = in[channel];
      }
      for (int32_t channel = copied; channel < channels; channel++) out[channel] = 0;
    }
  }
}
