#include "SegFlow.h"

#include "patches.h"

// What a patch is compared with: its pixels, and its gradients less their means, so that a difference in brightness alone moves nothing.
typedef struct Template {
  Lanes values[PAIRS], gradient_x[PAIRS], gradient_y[PAIRS];
} Template;

// How well a patch fits at a place: the sum of squares of the difference less its mean, and its products with the gradients.
typedef struct Fit {
  float error, x, y;
} Fit;

enum { PIXELS = SEG_FLOW_PATCH * SEG_FLOW_PATCH };

static const float TENSOR_FLOOR = 32.0f;  // Added to the tensor's diagonal, so that a patch without texture stays where it is.
static const float SHORTEST_STEP = 0.02f; // Pixels; a shorter step ends the descent.
static const float SAME_PLACE = 0.05f;    // Pixels; candidates nearer than this are not tried.

INLINE float clamped(float value, float low, float high) { return value > low ? (value < high ? value : high) : low; }

INLINE void load_template(const SegFlowSearch *work, int32_t column, int32_t row, const SegFlowPatch *patch, Template *result) {
  const ptrdiff_t at = (ptrdiff_t)row * work->here.stride + column;
  load_patch(work->here.values + at, work->here.stride, result->values);
  load_patch(work->here.gradient_x + at, work->here.stride, result->gradient_x);
  load_patch(work->here.gradient_y + at, work->here.stride, result->gradient_y);
  for (int32_t pair = 0; pair < PAIRS; pair++) {
    result->gradient_x[pair] -= patch->mean_x;
    result->gradient_y[pair] -= patch->mean_y;
  }
}

// The other picture's patch at a place, less the template. A patch never leaves the other picture altogether.
INLINE void differences(const SegFlowSearch *work, const Lanes *values, float column, float row, Lanes *result) {
  const float x = clamped(column, 1 - SEG_FLOW_PATCH, (float)(work->there.width - 1)), y = clamped(row, 1 - SEG_FLOW_PATCH, (float)(work->there.height - 1));
  const int32_t left = (int32_t)(x + SEG_FLOW_BORDER) - SEG_FLOW_BORDER, top = (int32_t)(y + SEG_FLOW_BORDER) - SEG_FLOW_BORDER;
  sample_patch(work->there.values + (ptrdiff_t)top * work->there.stride + left, work->there.stride, x - (float)left, y - (float)top, result);
  for (int32_t pair = 0; pair < PAIRS; pair++) result[pair] -= values[pair];
}

INLINE Fit fit(const SegFlowSearch *work, const Template *template, float column, float row) {
  Lanes difference[PAIRS];
  differences(work, template->values, column, row, difference);
  const QuarterLanes sums = four_sums(patch_sum(difference), patch_product(difference, template->gradient_x), patch_product(difference, difference),
                                      patch_product(difference, template->gradient_y));
  return (Fit){sums[1] - sums[0] * sums[0] / PIXELS, sums[2], sums[3]};
}

// The means of a patch's gradients and the inverse of its structure tensor.
INLINE void measure(const SegFlowSearch *work, int32_t column, int32_t row, SegFlowPatch *patch) {
  Lanes x[PAIRS], y[PAIRS];
  const ptrdiff_t at = (ptrdiff_t)row * work->here.stride + column;
  load_patch(work->here.gradient_x + at, work->here.stride, x);
  load_patch(work->here.gradient_y + at, work->here.stride, y);
  const QuarterLanes products = four_sums(patch_product(x, x), patch_product(x, y), patch_product(y, y), patch_sum(x));
  const QuarterLanes means = four_sums(patch_sum(y), patch_sum(x), patch_sum(x), patch_sum(x)) / PIXELS;
  const float mean_y = means[0], mean_x = means[1];
  const float xx = products[0] - PIXELS * mean_x * mean_x + TENSOR_FLOOR, yy = products[1] - PIXELS * mean_y * mean_y + TENSOR_FLOOR;
  const float xy = products[2] - PIXELS * mean_x * mean_y, determinant = xx * yy - xy * xy;
  const float scale = 1 / (determinant > TENSOR_FLOOR ? determinant : TENSOR_FLOOR);
  *patch = (SegFlowPatch){0, 0, INFINITY, mean_x, mean_y, yy * scale, -xy * scale, xx * scale};
}

// The coarser level's flow in the middle of a patch, in pixels of this level.
INLINE void start(const SegFlowSearch *work, int32_t column, int32_t row, SegFlowPatch *patch) {
  const SegFlowPlanes *coarse = &work->coarse;
  if (!coarse->x) return;
  const float middle = (SEG_FLOW_PATCH - 1) * 0.5f;
  const float x = clamped(((float)column + middle - 0.5f) * 0.5f, 0, (float)(coarse->width - 1)), y = clamped(((float)row + middle - 0.5f) * 0.5f, 0, (float)(coarse->height - 1));
  const int32_t left = (int32_t)x, top = (int32_t)y;
  const int32_t right = left + 1 < coarse->width ? 1 : 0, below = top + 1 < coarse->height ? coarse->stride : 0;
  const ptrdiff_t at = (ptrdiff_t)top * coarse->stride + left;
  const float across = x - (float)left, down = y - (float)top;
  const float a = (1 - across) * (1 - down), b = across * (1 - down), c = (1 - across) * down, d = across * down;
  patch->x = 2 * (a * coarse->x[at] + b * coarse->x[at + right] + c * coarse->x[at + below] + d * coarse->x[at + below + right]);
  patch->y = 2 * (a * coarse->y[at] + b * coarse->y[at + right] + c * coarse->y[at + below] + d * coarse->y[at + below + right]);
}

// Moves a patch downhill from the best of its own place and its neighbours' places.
INLINE void settle(const SegFlowSearch *work, int32_t index, int32_t column, int32_t row, const SegFlowPatch *beside, const SegFlowPatch *before) {
  SegFlowPatch *patch = work->patches + index;
  Template template;
  load_template(work, column, row, patch, &template);
  float x = patch->x, y = patch->y;
  Fit best = fit(work, &template, (float)column + x, (float)row + y);
  const SegFlowPatch *candidates[2] = {beside, before};
  for (int32_t number = 0; number < 2; number++) {
    const SegFlowPatch *other = candidates[number];
    if (!other || (fabsf(other->x - x) < SAME_PLACE && fabsf(other->y - y) < SAME_PLACE)) continue;
    const Fit tried = fit(work, &template, (float)column + other->x, (float)row + other->y);
    if (tried.error < best.error) {
      best = tried;
      x = other->x;
      y = other->y;
    }
  }
  const float start_x = x, start_y = y;
  for (int32_t iteration = 0; iteration < work->iterations; iteration++) {
    const float step_x = patch->xx * best.x + patch->xy * best.y, step_y = patch->xy * best.x + patch->yy * best.y;
    const Fit tried = fit(work, &template, (float)column + x - step_x, (float)row + y - step_y);
    if (!(tried.error < best.error)) break;
    best = tried;
    x -= step_x;
    y -= step_y;
    if (step_x * step_x + step_y * step_y < SHORTEST_STEP * SHORTEST_STEP) break;
  }
  // A descent that leads far away has lost the patch.
  const float away_x = x - start_x, away_y = y - start_y;
  const int is_lost = away_x * away_x + away_y * away_y > SEG_FLOW_PATCH * SEG_FLOW_PATCH;
  patch->x = is_lost ? start_x : x;
  patch->y = is_lost ? start_y : y;
  patch->error = best.error;
}

// Each pixel's flow is the mean of the patches over it, weighted by how well each fits at that very pixel.
INLINE void spread(const SegFlowSearch *work) {
  const SegFlowPlanes *flow = &work->flow;
  const int32_t height = flow->height > SEG_FLOW_PATCH ? flow->height : SEG_FLOW_PATCH;
  const size_t bytes = (size_t)height * (size_t)flow->stride * sizeof(float);
  memset(flow->x, 0, bytes);
  memset(flow->y, 0, bytes);
  memset(work->weights, 0, bytes);
  for (int32_t index = 0; index < work->column_count * work->row_count; index++) {
    const int32_t column = work->patch_columns[index % work->column_count], row = work->patch_rows[index / work->column_count];
    const SegFlowPatch *patch = work->patches + index;
    Lanes values[PAIRS], difference[PAIRS];
    load_patch(work->here.values + (ptrdiff_t)row * work->here.stride + column, work->here.stride, values);
    differences(work, values, (float)column + patch->x, (float)row + patch->y, difference);
    for (int32_t pair = 0; pair < PAIRS; pair++) {
      Lanes size = SELECT(difference[pair] < 0, -difference[pair], difference[pair]);
      size = SELECT(size > 1, size, SPLAT(1.0f));
      const Lanes weight = 1 / size;
      const ptrdiff_t at = (ptrdiff_t)(row + 2 * pair) * flow->stride + column, next = at + flow->stride;
      *(HalfLanes *)(work->weights + at) += UPPER(weight);
      *(HalfLanes *)(flow->x + at) += UPPER(weight) * patch->x;
      *(HalfLanes *)(flow->y + at) += UPPER(weight) * patch->y;
      *(HalfLanes *)(work->weights + next) += LOWER(weight);
      *(HalfLanes *)(flow->x + next) += LOWER(weight) * patch->x;
      *(HalfLanes *)(flow->y + next) += LOWER(weight) * patch->y;
    }
  }
  for (int32_t row = 0; row < flow->height; row++) {
    const ptrdiff_t line = (ptrdiff_t)row * flow->stride;
    for (int32_t column = 0; column < flow->width; column++) {
      const float scale = 1 / work->weights[line + column];
      flow->x[line + column] *= scale;
      flow->y[line + column] *= scale;
    }
  }
}

KERNEL void seg_flow_search(const SegFlowSearch *work) {
  const int32_t columns = work->column_count, rows = work->row_count;
  for (int32_t row = 0; row < rows; row++) {
    for (int32_t column = 0; column < columns; column++) {
      SegFlowPatch *patch = work->patches + row * columns + column;
      measure(work, work->patch_columns[column], work->patch_rows[row], patch);
      start(work, work->patch_columns[column], work->patch_rows[row], patch);
    }
  }
  // Good places spread to the right and down first, then to the left and up.
  for (int32_t index = 0; index < rows * columns; index++) {
    const int32_t row = index / columns, column = index % columns;
    settle(work, index, work->patch_columns[column], work->patch_rows[row], column > 0 ? work->patches + index - 1 : 0, row > 0 ? work->patches + index - columns : 0);
  }
  for (int32_t index = rows * columns - 1; index >= 0; index--) {
    const int32_t row = index / columns, column = index % columns;
    if (work->patches[index].error < PIXELS * work->good_fit * work->good_fit) continue;
    settle(work, index, work->patch_columns[column], work->patch_rows[row], column + 1 < columns ? work->patches + index + 1 : 0,
           row + 1 < rows ? work->patches + index + columns : 0);
  }
  spread(work);
}
