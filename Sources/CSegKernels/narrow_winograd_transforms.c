#include "narrow_winograd.h"

#include "winograd_ahead.h"
#include "winograd_points.h"

#ifdef __x86_64__

// The eight numbers at x, x + step, ... x + 5 step, transformed: B^T of the paper, for these points.
FLOATS_INLINE void forward_line(const float *x, ptrdiff_t step, float *to, size_t to_step) {
  const Floats x1 = FLOATS_LOAD(x + step), x2 = FLOATS_LOAD(x + 2 * step), x3 = FLOATS_LOAD(x + 3 * step), x4 = FLOATS_LOAD(x + 4 * step);
  const Floats near = x4 - 2.0f * x2, near_odd = x3 - 2.0f * x1, far = x4 - 0.5f * x2, far_odd = x3 - 0.5f * x1;
  FLOATS_STORE(to, FLOATS_LOAD(x) + x4 - 2.5f * x2);
  FLOATS_STORE(to + to_step, near + ROOT * near_odd);
  FLOATS_STORE(to + 2 * to_step, near - ROOT * near_odd);
  FLOATS_STORE(to + 3 * to_step, far + 2 * ROOT * far_odd);
  FLOATS_STORE(to + 4 * to_step, far - 2 * ROOT * far_odd);
  FLOATS_STORE(to + 5 * to_step, x1 + FLOATS_LOAD(x + 5 * step) - 2.5f * x3);
}

enum { BESIDE = 2 }; // vectors of channels, a cache line, that are transformed together: lines of pixels a power of two apart do not stay in the first cache

// Transforms `count` vectors of a tile of which (row, column) lies at x + row * row_step + column * column_step.
FLOATS_INLINE void forward_tile(const float *x, ptrdiff_t row_step, ptrdiff_t column_step, int32_t count, float *planes, size_t plane) {
  float lines[BESIDE * PLANES * FLOATS_LANES] __attribute__((aligned(64)));
  // Loops that stay loops keep the addresses in registers.
  _Pragma("clang loop unroll(disable)") for (int32_t column = 0; column < TILE_IN; column++)
    for (int32_t vector = 0; vector < count; vector++)
      forward_line(x + column * column_step + vector * FLOATS_LANES, row_step, lines + (vector * PLANES + column) * FLOATS_LANES, TILE_IN * FLOATS_LANES);
  _Pragma("clang loop unroll(disable)") for (int32_t row = 0; row < TILE_IN; row++)
    for (int32_t vector = 0; vector < count; vector++)
      forward_line(lines + (vector * PLANES + row * TILE_IN) * FLOATS_LANES, FLOATS_LANES, planes + (size_t)(row * TILE_IN) * plane + vector * FLOATS_LANES, plane);
}

// Where a tile begins in a map.
typedef struct Corner {
  int32_t row, column;
} Corner;

// Copies `count` vectors of channels of a tile that reaches over the map's edges.
FLOATS_INLINE void copy_edge(const SegWinograd *work, Corner corner, int32_t channel, int32_t count, float *to) {
  const SegMap *input = &work->input;
  for (int32_t row = 0, y = corner.row; row < TILE_IN; row++, y += work->dilation_vertical) {
    const int32_t is_row_inside = y >= 0 && y < input->height;
    for (int32_t column = 0, x = corner.column; column < TILE_IN; column++, x += work->dilation_horizontal, to += count * FLOATS_LANES) {
      const float *from = is_row_inside && x >= 0 && x < input->width ? pixel(input, y, x) + channel : NULL;
      for (int32_t vector = 0; vector < count; vector++) FLOATS_STORE(to + vector * FLOATS_LANES, from ? FLOATS_LOAD(from + vector * FLOATS_LANES) : (Floats){0});
    }
  }
}

// Asks for what the next tile to the right reads first: the processor sees no stream in 36 places that move on by four at once.
FLOATS_INLINE void prefetch_next(const float *x, ptrdiff_t row_step, ptrdiff_t column_step) {
  for (int32_t row = 0; row < TILE_IN; row++)
    for (int32_t column = TILE_IN; column < TILE_IN + TILE_OUT; column++) __builtin_prefetch(x + row * row_step + column * column_step);
}

// Transforms `count` vectors of channels of a tile.
FLOATS_INLINE void forward_any(const SegWinograd *work, Corner corner, int32_t is_inside, int32_t channel, int32_t count, float *planes, size_t plane) {
  const SegMap *input = &work->input;
  const ptrdiff_t column_step = (ptrdiff_t)work->dilation_horizontal * input->pixel_stride;
  const ptrdiff_t row_step = (ptrdiff_t)work->dilation_vertical * input->width * input->pixel_stride;
  if (is_inside) {
    const float *from = pixel(input, corner.row, corner.column) + channel;
    prefetch_next(from, row_step, column_step);
    forward_tile(from, row_step, column_step, count, planes, plane);
  } else {
    float edge[BESIDE * PLANES * FLOATS_LANES] __attribute__((aligned(64)));
    copy_edge(work, corner, channel, count, edge);
    forward_tile(edge, TILE_IN * count * FLOATS_LANES, count * FLOATS_LANES, count, planes, plane);
  }
}

FLOATS_TARGET void seg_narrow_winograd_forward(const SegWinograd *work, TileGroup block, float *planes, size_t plane) {
  const SegMap *input = &work->input;
  const int32_t vectors = narrow_vectors(input->channels);
  int32_t row = block.first / work->tile_columns, column = block.first % work->tile_columns;
  for (int32_t tile = 0; tile < block.count; tile++) {
    const Corner corner = {work->tops[row] - work->padding_top, work->lefts[column] - work->padding_left};
    const int32_t is_inside = corner.row >= 0 && corner.row + (TILE_IN - 1) * work->dilation_vertical < input->height && corner.column >= 0 &&
                              corner.column + (TILE_IN - 1) * work->dilation_horizontal < input->width;
    int32_t vector = 0;
    for (; vector + BESIDE <= vectors; vector += BESIDE, planes += BESIDE * FLOATS_LANES)
      forward_any(work, corner, is_inside, vector * FLOATS_LANES, BESIDE, planes, plane);
    for (; vector < vectors; vector++, planes += FLOATS_LANES) forward_any(work, corner, is_inside, vector * FLOATS_LANES, 1, planes, plane);
    if (++column == work->tile_columns) {
      column = 0;
      row++;
    }
  }
}

// Four results of six sums: A^T of the paper, for these points.
typedef struct Results {
  Floats at[TILE_OUT];
} Results;

FLOATS_INLINE Results backward_line(const float *x, size_t step) {
  const Floats x1 = FLOATS_LOAD(x + step), x2 = FLOATS_LOAD(x + 2 * step), x3 = FLOATS_LOAD(x + 3 * step), x4 = FLOATS_LOAD(x + 4 * step);
  const Floats near = x1 + x2, near_odd = x1 - x2, far = x3 + x4, far_odd = x3 - x4;
  return (Results){{
    FLOATS_LOAD(x) + near + far,
    ROOT * near_odd + 2 * ROOT * far_odd,
    0.5f * near + 2.0f * far,
    0.5f * ROOT * near_odd + 4 * ROOT * far_odd + FLOATS_LOAD(x + 5 * step),
  }};
}

// Transforms eight channels of a tile's sums, and writes what of them lies inside the output.
FLOATS_INLINE void backward_tile(const SegWinograd *work, int32_t channel, Corner corner, const float *planes, size_t plane) {
  if (channel % LANES == 0) ask_for_next_tile(work, corner.row, corner.column, channel);
  float lines[TILE_IN * TILE_OUT * FLOATS_LANES] __attribute__((aligned(64)));
  _Pragma("clang loop unroll(disable)") for (int32_t line = 0; line < TILE_IN; line++) {
    const Results made = backward_line(planes + (size_t)(line * TILE_IN) * plane, plane);
    for (int32_t index = 0; index < TILE_OUT; index++) FLOATS_STORE(lines + (line * TILE_OUT + index) * FLOATS_LANES, made.at[index]);
  }
  const SegMap output = work->output, added = work->added;
  const int32_t left = output.channels - channel, down = work->dilation_vertical;
  const Activating before = activating(&work->before, channel), after = activating(&work->after, channel);
  const Floats bias = FLOATS_LOAD(work->bias + channel);
  const int32_t columns = work->dilation_horizontal;
  _Pragma("clang loop unroll(disable)") for (int32_t index = 0, x = corner.column; index < TILE_OUT && x < output.width; index++, x += columns) {
    const Results made = backward_line(lines + index * FLOATS_LANES, TILE_OUT * FLOATS_LANES);
    size_t place = (size_t)corner.row * (size_t)output.width + (size_t)x;
    for (int32_t line = 0, y = corner.row; line < TILE_OUT; line++, y += down, place += (size_t)down * (size_t)output.width) {
      if (y >= output.height) break;
      Floats result = activated(before, made.at[line] + bias);
      if (added.data) result = activated(after, result + FLOATS_LOAD(added.data + place * (size_t)added.pixel_stride + channel));
      store_channels(output.data + place * (size_t)output.pixel_stride + channel, result, left);
    }
  }
}

FLOATS_TARGET void seg_narrow_winograd_backward(const SegWinograd *work, TileGroup block, const float *planes, size_t plane) {
  const int32_t vectors = narrow_vectors(work->output.channels);
  int32_t row = block.first / work->tile_columns, column = block.first % work->tile_columns;
  for (int32_t tile = 0; tile < block.count; tile++) {
    const Corner corner = {work->tops[row], work->lefts[column]};
    for (int32_t first = 0, count; first < vectors; first += count) {
      count = vectors_beside(first, vectors);
      const float *from = planes + ((size_t)first * (size_t)block.count + (size_t)(tile * count)) * FLOATS_LANES;
      for (int32_t vector = 0; vector < count; vector++)
        backward_tile(work, (first + vector) * FLOATS_LANES, corner, from + vector * FLOATS_LANES, plane);
    }
    if (++column == work->tile_columns) {
      column = 0;
      row++;
    }
  }
}

#endif
