#include "winograd.h"

#include "typed.h"
#include "winograd_ahead.h"
#include "winograd_points.h"

// The sixteen numbers at x, x + step, ... x + 5 step, transformed: B^T of the paper, for these points.
INLINE void forward_line(const float *x, ptrdiff_t step, float *to, size_t to_step) {
  const Lanes x1 = LOAD(x + step), x2 = LOAD(x + 2 * step), x3 = LOAD(x + 3 * step), x4 = LOAD(x + 4 * step);
  const Lanes near = x4 - 2.0f * x2, near_odd = x3 - 2.0f * x1, far = x4 - 0.5f * x2, far_odd = x3 - 0.5f * x1;
  STORE(to, LOAD(x) + x4 - 2.5f * x2);
  STORE(to + to_step, near + ROOT * near_odd);
  STORE(to + 2 * to_step, near - ROOT * near_odd);
  STORE(to + 3 * to_step, far + 2 * ROOT * far_odd);
  STORE(to + 4 * to_step, far - 2 * ROOT * far_odd);
  STORE(to + 5 * to_step, x1 + LOAD(x + 5 * step) - 2.5f * x3);
}

// Transforms a tile of which (row, column) lies at x + row * row_step + column * column_step.
INLINE void forward_tile(const float *x, ptrdiff_t row_step, ptrdiff_t column_step, float *planes, size_t plane) {
  float lines[PLANES * LANES] __attribute__((aligned(64)));
  // Loops that stay loops keep the addresses in registers.
  _Pragma("clang loop unroll(disable)") for (int32_t column = 0; column < TILE_IN; column++)
    forward_line(x + column * column_step, row_step, lines + column * LANES, TILE_IN * LANES);
  _Pragma("clang loop unroll(disable)") for (int32_t row = 0; row < TILE_IN; row++)
    forward_line(lines + row * TILE_IN * LANES, LANES, planes + row * TILE_IN * plane, plane);
}

// Where a tile begins in a map.
typedef struct Corner {
  int32_t row, column;
} Corner;

// Copies sixteen channels of a tile that reaches over the map's edges.
INLINE void copy_edge(const SegWinograd *work, Corner corner, int32_t channel, float *to) {
  for (int32_t index = 0; index < PLANES; index++) {
    const int32_t row = corner.row + index / TILE_IN * work->dilation_vertical, column = corner.column + index % TILE_IN * work->dilation_horizontal;
    const int32_t is_inside = row >= 0 && row < work->input.height && column >= 0 && column < work->input.width;
    STORE(to + index * LANES, is_inside ? LOAD(pixel(&work->input, row, column) + channel) : SPLAT(0));
  }
}

// Asks for what the next tile to the right reads first: the processor sees no stream in 36 places that move on by four at once.
INLINE void prefetch_next(const float *x, ptrdiff_t row_step, ptrdiff_t column_step) {
  for (int32_t row = 0; row < TILE_IN; row++)
    for (int32_t column = TILE_IN; column < TILE_IN + TILE_OUT; column++) __builtin_prefetch(x + row * row_step + column * column_step);
}

KERNEL WIDE void seg_winograd_forward(const SegWinograd *work, TileGroup group, float *planes, size_t plane) {
  const SegMap input = work->input;
  const ptrdiff_t column_step = (ptrdiff_t)work->dilation_horizontal * input.pixel_stride;
  const ptrdiff_t row_step = (ptrdiff_t)work->dilation_vertical * input.width * input.pixel_stride;
  int32_t row = group.first / work->tile_columns, column = group.first % work->tile_columns;
  for (int32_t tile = 0; tile < group.count; tile++) {
    const Corner corner = {work->tops[row] - work->padding_top, work->lefts[column] - work->padding_left};
    const int32_t is_inside = corner.row >= 0 && corner.row + (TILE_IN - 1) * work->dilation_vertical < input.height && corner.column >= 0 &&
                              corner.column + (TILE_IN - 1) * work->dilation_horizontal < input.width;
    float *to = planes + tile * LANES;
    for (int32_t channel = 0; channel < input.channels; channel += LANES, to += group.count * LANES) {
      if (is_inside) {
        const float *from = pixel(&input, corner.row, corner.column) + channel;
        prefetch_next(from, row_step, column_step);
        forward_tile(from, row_step, column_step, to, plane);
      } else {
        float edge[PLANES * LANES] __attribute__((aligned(64)));
        copy_edge(work, corner, channel, edge);
        forward_tile(edge, TILE_IN * LANES, LANES, to, plane);
      }
    }
    if (++column == work->tile_columns) {
      column = 0;
      row++;
    }
  }
}

// Four results of six sums: A^T of the paper, for these points.
typedef struct Results {
  Lanes at[TILE_OUT];
} Results;

INLINE Results backward_line(const float *x, size_t step) {
  const Lanes x1 = LOAD(x + step), x2 = LOAD(x + 2 * step), x3 = LOAD(x + 3 * step), x4 = LOAD(x + 4 * step);
  const Lanes near = x1 + x2, near_odd = x1 - x2, far = x3 + x4, far_odd = x3 - x4;
  return (Results){{
    LOAD(x) + near + far,
    ROOT * near_odd + 2 * ROOT * far_odd,
    0.5f * near + 2.0f * far,
    0.5f * ROOT * near_odd + 4 * ROOT * far_odd + LOAD(x + 5 * step),
  }};
}

// How the results of a tile leave it.
typedef struct Finish {
  const SegWinograd *work;
  int32_t channel, count; // of channels
} Finish;

INLINE Lanes activated_linearly(const SegActivation *activation, Lanes x, int32_t channel) {
  return activation->slopes ? ACTIVATE(x, activation->slopes + channel, activation->upper) : x;
}

INLINE void finish(const Finish *how, Lanes x, size_t place) {
  const SegWinograd *work = how->work;
  x = activated_linearly(&work->before, x + LOAD(work->bias + how->channel), how->channel);
  if (work->added.data) {
    x += LOAD(work->added.data + place * work->added.pixel_stride + how->channel);
    x = activated_linearly(&work->after, x, how->channel);
  }
  float *to = work->output.data + place * work->output.pixel_stride + how->channel;
  if (how->count >= LANES) {
    STORE(to, x);
  } else {
    float room[LANES] __attribute__((aligned(64)));
    STORE(room, x);
    copy_first((char *)to, (const char *)room, how->count, sizeof(float));
  }
}

// Transforms sixteen channels of a tile's sums, and writes what of them lies inside the output.
INLINE void backward_tile(const Finish *how, Corner corner, const float *planes, size_t plane, int32_t asks_ahead) {
  const SegWinograd *work = how->work;
  if (asks_ahead) ask_for_next_tile(work, corner.row, corner.column, how->channel);
  float lines[TILE_IN * TILE_OUT * LANES] __attribute__((aligned(64)));
  _Pragma("clang loop unroll(disable)") for (int32_t line = 0; line < TILE_IN; line++) {
    const Results made = backward_line(planes + line * TILE_IN * plane, plane);
    for (int32_t index = 0; index < TILE_OUT; index++) STORE(lines + (line * TILE_OUT + index) * LANES, made.at[index]);
  }
  for (int32_t index = 0, x = corner.column; index < TILE_OUT && x < work->output.width; index++, x += work->dilation_horizontal) {
    const Results made = backward_line(lines + index * LANES, TILE_OUT * LANES);
    for (int32_t line = 0, y = corner.row; line < TILE_OUT && y < work->output.height; line++, y += work->dilation_vertical)
      finish(how, made.at[line], (size_t)y * work->output.width + x);
  }
}

KERNEL WIDE void seg_winograd_backward(const SegWinograd *work, TileGroup group, const float *planes, size_t plane) {
  const int32_t channels = work->output.channels, asks_ahead = seg_winograd_asks_ahead();
  int32_t row = group.first / work->tile_columns, column = group.first % work->tile_columns;
  for (int32_t tile = 0; tile < group.count; tile++) {
    const Corner corner = {work->tops[row], work->lefts[column]};
    const float *from = planes + tile * LANES;
    for (int32_t channel = 0; channel < channels; channel += LANES, from += group.count * LANES) {
      const Finish how = {work, channel, channels - channel};
      backward_tile(&how, corner, from, plane, asks_ahead);
    }
    if (++column == work->tile_columns) {
      column = 0;
      row++;
    }
  }
}

KERNEL void seg_wide_winograd_pack(const float *weights, int32_t inputs, int32_t outputs, float *packed) {
  const size_t plane = (size_t)vectors_of(outputs) * inputs * LANES;
  for (int32_t first = 0; first < outputs; first += LANES) {
    const int32_t count = outputs - first < LANES ? outputs - first : LANES;
    for (int32_t input = 0; input < inputs; input++, packed += LANES) {
      double taps[9][LANES] = {{0}}, lines[TILE_IN][3][LANES];
      for (int32_t lane = 0; lane < count; lane++)
        for (int32_t tap = 0; tap < 9; tap++) taps[tap][lane] = weights[((size_t)(first + lane) * inputs + input) * 9 + tap];
      for (int32_t row = 0; row < TILE_IN; row++)
        for (int32_t tap = 0; tap < 3; tap++)
          for (int32_t lane = 0; lane < LANES; lane++)
            lines[row][tap][lane] = SPREAD_FLOATS[row][0] * taps[tap][lane] + SPREAD_FLOATS[row][1] * taps[3 + tap][lane] + SPREAD_FLOATS[row][2] * taps[6 + tap][lane];
      for (int32_t index = 0; index < PLANES; index++) {
        const double(*line)[LANES] = lines[index / TILE_IN], *spread = SPREAD_FLOATS[index % TILE_IN];
        for (int32_t lane = 0; lane < LANES; lane++)
          packed[index * plane + lane] = (float)(spread[0] * line[0][lane] + spread[1] * line[1][lane] + spread[2] * line[2][lane]);
      }
    }
  }
}
