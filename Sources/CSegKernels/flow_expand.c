#include "SegFlow.h"

#include "patches.h"

// The way of the pixel `distance` pixels after a level's pixel to the next one; may lie outside [0, 1), which continues the line of the two.
INLINE float fraction(int32_t distance, int32_t scale) { return ((float)distance + 0.5f) / (float)scale - 0.5f; }

INLINE void blend(const float *pair, float share, float *out) {
  out[0] = pair[0] + share * (pair[2] - pair[0]);
  out[1] = pair[1] + share * (pair[3] - pair[1]);
}

// `scale` pixels from the middle of each pixel of the level to the next; the ends continue the line of the last two.
INLINE void expand_row(const float *row, int32_t count, int32_t scale, float *out, int32_t width) {
  if (count == 1) {
    for (int32_t column = 0; column < width; column++) memcpy(out + 2 * column, row, 2 * sizeof(float));
    return;
  }
  const int32_t lead = scale / 2, steps = 2 * scale;
  float shares[8];
  for (int32_t place = 0; place < steps; place++) shares[place] = fraction(lead + place / 2, scale);
  int32_t column = 0;
  for (; column < lead && column < width; column++) blend(row, fraction(column, scale), out + 2 * column);
  for (int32_t index = 0; index + 1 < count; index++, column += scale) {
    const float *pair = row + 2 * index;
    float *place = out + 2 * column;
    for (int32_t step = 0; step < steps; step++) place[step] = pair[step % 2] + shares[step] * (pair[step % 2 + 2] - pair[step % 2]);
  }
  for (; column < width; column++) blend(row + 2 * (count - 2), fraction(column - (count - 2) * scale, scale), out + 2 * column);
}

KERNEL void seg_flow_expand(const SegFlowPlanes *flow, int32_t scale, float *row, float *field, int32_t width, int32_t height) {
  for (int32_t line = 0; line < height; line++) {
    const float place = fraction(line, scale);
    const int32_t last = flow->height > 1 ? flow->height - 2 : 0, top = place > 0 ? ((int32_t)place < last ? (int32_t)place : last) : 0;
    const int32_t next = top + 1 < flow->height ? top + 1 : top;
    const float down = place - (float)top, factor = (float)scale;
    const ptrdiff_t a = (ptrdiff_t)top * flow->stride, b = (ptrdiff_t)next * flow->stride;
    for (int32_t column = 0; column < flow->width; column++) {
      row[2 * column] = factor * (flow->x[a + column] + down * (flow->x[b + column] - flow->x[a + column]));
      row[2 * column + 1] = factor * (flow->y[a + column] + down * (flow->y[b + column] - flow->y[a + column]));
    }
    float *out = field + 2 * (ptrdiff_t)line * width;
    if (scale == 4) expand_row(row, flow->width, 4, out, width);
    else if (scale == 2) expand_row(row, flow->width, 2, out, width);
    else expand_row(row, flow->width, 1, out, width);
  }
}
