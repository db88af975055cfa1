// Vectors of a field at another grid, a part of a row at a time.
#ifndef SEGPLAY_FLOW_VIEW_H
#define SEGPLAY_FLOW_VIEW_H

#include "SegMotion.h"
#include "vectors.h"

// Vectors of one part at most, an even number.
enum { FLOW_PART = 512 };

// Room for a part, which is written to the next whole vector.
typedef float FlowPart[2 * FLOW_PART + LANES];

typedef float FlowVector __attribute__((vector_size(8), aligned(4)));

INLINE FlowVector flow_vector(const float *place) { return *(const FlowVector *)place; }

// A row of twice the field's width: a quarter of the way from one vector to the next, in turn to the left and to the right. `begin` is even.
INLINE void doubled_part(const SegFlowView *flow, SegTap vertical, int32_t begin, int32_t count, float *out) {
  const float *upper = flow->field + 2 * (ptrdiff_t)vertical.first * flow->field_width;
  const float *lower = flow->field + 2 * (ptrdiff_t)vertical.second * flow->field_width;
  // Column k of the field lies at place k - before, between copies of the first and the last.
  float between[FLOW_PART + 4 + LANES];
  const int32_t before = begin / 2 - 1, after = (begin + count - 1) / 2 + 1;
  const int32_t first = before > 0 ? before : 0, last = after < flow->field_width ? after : flow->field_width - 1;
  float *middle = between - 2 * (ptrdiff_t)before;
  int32_t index = 2 * first;
  const int32_t end = 2 * (last + 1);
  for (; index + LANES <= end; index += LANES) STORE(middle + index, LOAD(upper + index) + vertical.weight * (LOAD(lower + index) - LOAD(upper + index)));
  for (; index < end; index++) middle[index] = upper[index] + vertical.weight * (lower[index] - upper[index]);
  if (before < first) memcpy(middle + 2 * before, middle + 2 * first, sizeof(FlowVector));
  if (after > last) memcpy(middle + 2 * after, middle + 2 * last, sizeof(FlowVector));
  const Lanes scale = {flow->scale_x, flow->scale_y, flow->scale_x, flow->scale_y, flow->scale_x, flow->scale_y, flow->scale_x, flow->scale_y,
                       flow->scale_x, flow->scale_y, flow->scale_x, flow->scale_y, flow->scale_x, flow->scale_y, flow->scale_x, flow->scale_y};
  for (int32_t pixel = 0; pixel < count; pixel += LANES / 2) {
    const Lanes vectors = LOAD(between + pixel);
    const Lanes near = __builtin_shufflevector(vectors, vectors, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9, 8, 9);
    const Lanes far = __builtin_shufflevector(vectors, vectors, 0, 1, 4, 5, 2, 3, 6, 7, 4, 5, 8, 9, 6, 7, 10, 11);
    STORE(out + 2 * pixel, scale * (near + 0.25f * (far - near)));
  }
}

// The view's vectors of `count` pixels of a row from column `begin` on, which is a multiple of FLOW_PART.
INLINE void flow_part(const SegFlowView *flow, int32_t row, int32_t begin, int32_t count, float *out) {
  if (!flow->rows) {
    memcpy(out, flow->field + 2 * ((ptrdiff_t)row * flow->width + begin), 2 * (size_t)count * sizeof(float));
    return;
  }
  const SegTap vertical = flow->rows[row];
  if (flow->width == 2 * flow->field_width) {
    doubled_part(flow, vertical, begin, count, out);
    return;
  }
  const float *upper = flow->field + 2 * (ptrdiff_t)vertical.first * flow->field_width;
  const float *lower = flow->field + 2 * (ptrdiff_t)vertical.second * flow->field_width;
  const FlowVector scale = {flow->scale_x, flow->scale_y};
  for (int32_t column = 0; column < count; column++) {
    const SegTap horizontal = flow->columns[begin + column];
    const ptrdiff_t first = 2 * (ptrdiff_t)horizontal.first, second = 2 * (ptrdiff_t)horizontal.second;
    const FlowVector a = flow_vector(upper + first), b = flow_vector(upper + second), c = flow_vector(lower + first), d = flow_vector(lower + second);
    const FlowVector top = a + horizontal.weight * (b - a), bottom = c + horizontal.weight * (d - c);
    *(FlowVector *)(out + 2 * column) = scale * (top + vertical.weight * (bottom - top));
  }
}

#endif
