#include "SegMotion.h"

#include "flow_view.h"
#include "patches.h"

INLINE float clamped(float value, float low, float high) { return value > low ? (value < high ? value : high) : low; }

// A field's vector between pixels; beyond the edge that at the edge.
INLINE FlowVector sample(const float *field, float x, float y, int32_t width, int32_t height) {
  x = clamped(x, 0, (float)(width - 1));
  y = clamped(y, 0, (float)(height - 1));
  const int32_t left = (int32_t)x, top = (int32_t)y;
  const ptrdiff_t right = left + 1 < width ? 2 : 0, below = top + 1 < height ? 2 * (ptrdiff_t)width : 0;
  const float *place = field + 2 * ((ptrdiff_t)top * width + left);
  const FlowVector a = flow_vector(place), b = flow_vector(place + right), c = flow_vector(place + below), d = flow_vector(place + below + right);
  const float across = x - (float)left, down = y - (float)top;
  const FlowVector upper = a + across * (b - a), lower = c + across * (d - c);
  return upper + down * (lower - upper);
}

KERNEL void seg_flow_compose(const float *first, const float *second, float *out, int32_t width, int32_t height) {
  for (int32_t row = 0; row < height; row++) {
    for (int32_t column = 0; column < width; column++) {
      const ptrdiff_t at = 2 * ((ptrdiff_t)row * width + column);
      const FlowVector way = *(const FlowVector *)(first + at);
      *(FlowVector *)(out + at) = way + sample(second, (float)column + way[0], (float)row + way[1], width, height);
    }
  }
}

// Fills the gaps of a row, which hold no numbers; returns whether the row has any vector.
INLINE int fill_gaps(float *row, int32_t width) {
  int32_t known = -1;
  for (int32_t column = 0; column < width; column++) {
    float *here = row + 2 * column;
    if (here[0] == here[0]) {
      for (int32_t gap = known < 0 ? 0 : column; gap < column; gap++) memcpy(row + 2 * gap, here, sizeof(FlowVector));
      known = column;
    } else if (known >= 0) {
      memcpy(here, row + 2 * known, sizeof(FlowVector));
    }
  }
  return known >= 0;
}

KERNEL void seg_flow_invert(const float *field, float *out, int32_t width, int32_t height) {
  const ptrdiff_t line = 2 * (ptrdiff_t)width;
  for (ptrdiff_t index = 0; index < line * height; index++) out[index] = NAN;
  for (int32_t row = 0; row < height; row++) {
    for (int32_t column = 0; column < width; column++) {
      const FlowVector way = flow_vector(field + row * line + 2 * column);
      const float x = (float)column + way[0] + 0.5f, y = (float)row + way[1] + 0.5f;
      if (!(x >= 0 && y >= 0 && x < (float)width && y < (float)height)) continue;
      *(FlowVector *)(out + (int32_t)y * line + 2 * (int32_t)x) = -way;
    }
  }
  int32_t known = -1;
  for (int32_t row = 0; row < height; row++) {
    if (fill_gaps(out + row * line, width)) {
      for (int32_t gap = known < 0 ? 0 : row; gap < row; gap++) memcpy(out + gap * line, out + row * line, (size_t)line * sizeof(float));
      known = row;
    } else if (known >= 0) {
      memcpy(out + row * line, out + known * line, (size_t)line * sizeof(float));
    }
  }
  if (known < 0)
    for (ptrdiff_t index = 0; index < line * height; index++) out[index] = -field[index];
}

KERNEL size_t seg_flow_check(const float *there, const float *back, float *errors, uint8_t *mask, int32_t width, int32_t height, float threshold) {
  size_t count = 0;
  for (int32_t row = 0; row < height; row++) {
    for (int32_t column = 0; column < width; column++) {
      const ptrdiff_t pixel = (ptrdiff_t)row * width + column;
      const FlowVector way = *(const FlowVector *)(there + 2 * pixel);
      const float x = (float)column + way[0], y = (float)row + way[1];
      const FlowVector miss = way + sample(back, x, y, width, height);
      const float squares = miss[0] * miss[0] + miss[1] * miss[1];
      const int is_inside = x >= -0.5f && y >= -0.5f && x <= (float)width - 0.5f && y <= (float)height - 0.5f;
      const int is_consistent = is_inside & (squares <= threshold * threshold);
      count += (size_t)is_consistent;
      if (mask) mask[pixel] = is_consistent ? 255 : 0;
      if (errors) errors[pixel] = sqrtf(squares);
    }
  }
  return count;
}

INLINE void resample_row(const SegFlowView *flow, int32_t row, float *out) {
  for (int32_t begin = 0; begin < flow->width; begin += FLOW_PART) {
    const int32_t rest = flow->width - begin, count = rest < FLOW_PART ? rest : FLOW_PART;
    FlowPart part;
    flow_part(flow, row, begin, count, part);
    memcpy(out + 2 * (ptrdiff_t)begin, part, 2 * (size_t)count * sizeof(float));
  }
}

KERNEL void seg_flow_resample(const SegFlowView *flow, float *out) {
  for (int32_t row = 0; row < flow->height; row++) resample_row(flow, row, out + 2 * (ptrdiff_t)row * flow->width);
}

// The vectors of one row of the grid.
INLINE const float *flow_row(const SegFlowView *flow, int32_t row) {
  if (!flow->rows) return flow->field + 2 * (ptrdiff_t)row * flow->width;
  resample_row(flow, row, flow->row);
  return flow->row;
}

// Where a pixel's vector ends, kept inside the picture, and whether it ended inside.
typedef struct Place {
  float x, y;
  uint8_t filled;
} Place;

INLINE Place place(const SegFlowView *flow, const float *vectors, int32_t column, int32_t row) {
  const float x = (float)column + vectors[2 * column], y = (float)row + vectors[2 * column + 1];
  const int is_inside = x >= -0.5f && y >= -0.5f && x <= (float)flow->width - 0.5f && y <= (float)flow->height - 0.5f;
  return (Place){clamped(x, 0, (float)(flow->width - 1)), clamped(y, 0, (float)(flow->height - 1)), is_inside ? 255 : 0};
}

KERNEL void seg_warp_labels(const SegFlowView *flow, const uint8_t *input, uint8_t *output, uint8_t *filled) {
  for (int32_t row = 0; row < flow->height; row++) {
    const float *vectors = flow_row(flow, row);
    const ptrdiff_t line = (ptrdiff_t)row * flow->width;
    for (int32_t column = 0; column < flow->width; column++) {
      const Place end = place(flow, vectors, column, row);
      filled[line + column] = end.filled;
      output[line + column] = input[(ptrdiff_t)(int32_t)(end.y + 0.5f) * flow->width + (int32_t)(end.x + 0.5f)];
    }
  }
}

KERNEL void seg_warp_mask(const SegFlowView *flow, const uint8_t *input, uint8_t *output, uint8_t *filled) {
  for (int32_t row = 0; row < flow->height; row++) {
    const float *vectors = flow_row(flow, row);
    const ptrdiff_t line = (ptrdiff_t)row * flow->width;
    for (int32_t column = 0; column < flow->width; column++) {
      const Place end = place(flow, vectors, column, row);
      const int32_t left = (int32_t)end.x, top = (int32_t)end.y;
      const ptrdiff_t right = left + 1 < flow->width ? 1 : 0, below = top + 1 < flow->height ? flow->width : 0;
      const uint8_t *corner = input + (ptrdiff_t)top * flow->width + left;
      const float across = end.x - (float)left, down = end.y - (float)top;
      const float upper = (float)corner[0] + across * (float)(corner[right] - corner[0]);
      const float lower = (float)corner[below] + across * (float)(corner[below + right] - corner[below]);
      filled[line + column] = end.filled;
      output[line + column] = upper + down * (lower - upper) >= 127.5f ? 255 : 0;
    }
  }
}

// Four pixels of a map and their shares.
typedef struct Corners {
  const float *a, *b, *c, *d;
  float wa, wb, wc, wd;
} Corners;

#define MIX(type, channel) \
  (corners->wa * *(const type *)(corners->a + (channel)) + corners->wb * *(const type *)(corners->b + (channel)) + \
   corners->wc * *(const type *)(corners->c + (channel)) + corners->wd * *(const type *)(corners->d + (channel)))

// All channels by whole vectors; the last one ends with the last channel, over some that are done already.
#define MIX_ALL(type, lanes) \
  do { \
    for (int32_t channel = 0; channel + lanes < channels; channel += lanes) *(type *)(out + channel) = MIX(type, channel); \
    *(type *)(out + channels - lanes) = MIX(type, channels - lanes); \
  } while (0)

INLINE void mix(const Corners *corners, int32_t channels, float *out) {
  if (channels >= 16) MIX_ALL(Lanes, 16);
  else if (channels >= 8) MIX_ALL(HalfLanes, 8);
  else if (channels >= 4) MIX_ALL(QuarterLanes, 4);
  else
    for (int32_t channel = 0; channel < channels; channel++) out[channel] = MIX(float, channel);
}

KERNEL void seg_warp_map(const SegFlowView *flow, const SegMap *input, const SegMap *output, uint8_t *filled) {
  for (int32_t row = 0; row < flow->height; row++) {
    const float *vectors = flow_row(flow, row);
    for (int32_t column = 0; column < flow->width; column++) {
      const Place end = place(flow, vectors, column, row);
      const int32_t left = (int32_t)end.x, top = (int32_t)end.y;
      const int32_t right = left + 1 < flow->width ? left + 1 : left, bottom = top + 1 < flow->height ? top + 1 : top;
      const float across = end.x - (float)left, down = end.y - (float)top;
      const Corners corners = {pixel(input, top, left),        pixel(input, top, right),  pixel(input, bottom, left),  pixel(input, bottom, right),
                               (1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down};
      filled[(ptrdiff_t)row * flow->width + column] = end.filled;
      mix(&corners, input->channels, pixel(output, row, column));
    }
  }
}
