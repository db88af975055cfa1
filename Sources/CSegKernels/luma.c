#include "SegLuma.h"

#include "multiversion.h"

#include <string.h>

static const float RED = 0.299f, GREEN = 0.587f, BLUE = 0.114f;

static inline __attribute__((always_inline)) void add(const uint8_t *pixels, int32_t step, float weight, float *restrict sums, int32_t count) {
  const float red = RED * weight, green = GREEN * weight, blue = BLUE * weight;
  for (int32_t index = 0; index < count; index++)
    sums[index] += red * (float)pixels[step * index] + green * (float)pixels[step * index + 1] + blue * (float)pixels[step * index + 2];
}

MULTIVERSIONED void seg_luma_add(const uint8_t *pixels, int32_t bytes_per_pixel, float weight, float *sums, int32_t count) {
  if (bytes_per_pixel == 4) {
    add(pixels, 4, weight, sums, count);
  } else if (bytes_per_pixel == 3) {
    add(pixels, 3, weight, sums, count);
  } else {
    for (int32_t index = 0; index < count; index++) sums[index] += weight * (float)pixels[index];
  }
}

static inline __attribute__((always_inline)) void convert(const uint8_t *pixels, int32_t step, uint8_t *out, size_t count) {
  for (size_t index = 0; index < count; index++) {
    const float red = RED * (float)pixels[step * index], green = GREEN * (float)pixels[step * index + 1], blue = BLUE * (float)pixels[step * index + 2];
    out[index] = (uint8_t)(red + green + blue + 0.5f);
  }
}

MULTIVERSIONED void seg_luma_convert(const uint8_t *pixels, int32_t bytes_per_pixel, uint8_t *out, size_t count) {
  if (bytes_per_pixel == 4) {
    convert(pixels, 4, out, count);
  } else if (bytes_per_pixel == 3) {
    convert(pixels, 3, out, count);
  } else {
    memcpy(out, pixels, count);
  }
}

MULTIVERSIONED void seg_luma_gather(const float *sums, const SegSpan *spans, float scale, uint8_t *out, int32_t count) {
  for (int32_t index = 0; index < count; index++) {
    const SegSpan span = spans[index];
    float sum = sums[span.first] * span.first_weight;
    for (int32_t place = 1; place + 1 < span.count; place++) sum += sums[span.first + place];
    if (span.count > 1) sum += sums[span.first + span.count - 1] * span.last_weight;
    const float value = sum * scale + 0.5f;
    out[index] = value < 255 ? (uint8_t)value : 255;
  }
}

MULTIVERSIONED void seg_luma_means(const uint8_t *pixels, int32_t width, int32_t height, int32_t side, float *means) {
  const int32_t columns = width / side, rows = height / side;
  const float scale = 1 / (float)(side * side);
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t column = 0; column < columns; column++) {
      uint32_t sum = 0;
      for (int32_t y = 0; y < side; y++) {
        const uint8_t *line = pixels + (ptrdiff_t)(row * side + y) * width + column * side;
        for (int32_t x = 0; x < side; x++) sum += line[x];
      }
      means[row * columns + column] = (float)sum * scale;
    }
  }
}
