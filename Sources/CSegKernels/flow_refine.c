#include "SegFlow.h"

#include "vectors.h"

// Weights of the energy's terms, for grey values from 0 to 255 and flow in pixels of the level.
static const float SMOOTHNESS = 8, BRIGHTNESS = 5, GRADIENTS = 10;
static const float SMALL = 0.01f;          // Keeps the robust penalty sqrt(x^2 + SMALL^2) smooth at zero.
static const float NOISE = 0.1f;           // Gradients below this do not count as texture when a term is normalised by them.
static const float OVER_RELAXATION = 1.6f; // Of each sweep.

// The planes: the other picture less this one (T), the mean of both, derivatives of the two, 1 where the other picture has a counterpart; the increment that is
// sought, the flow with it, how far the flow may spread; the equations' coefficients: shares of the neighbours, the inverse of each pixel's own 2 x 2 part, sums.
enum { MEAN, T, X, Y, XX, XY, YY, XT, YT, INSIDE, DU, DV, U, V, DIFFUSIVITY, RIGHT, BELOW, INVERSE_XX, INVERSE_XY, INVERSE_YY, SUM_X, SUM_Y, COUNT };

_Static_assert(COUNT == SEG_FLOW_REFINE_PLANES, "planes are counted");

INLINE float *plane(const SegFlowRefine *work, int32_t number) { return work->planes + number * work->plane; }

INLINE float clamped(float value, float low, float high) { return value > low ? (value < high ? value : high) : low; }

// All ones in the lanes of a row's pixels, which begin at `column`.
INLINE IntegerLanes within(int32_t column, int32_t width) {
  const IntegerLanes numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return numbers + column < width;
}

// Repeats the edges of a plane one pixel outwards.
INLINE void extend(const SegFlowPlanes *grid, float *values) {
  for (int32_t row = 0; row < grid->height; row++) {
    float *line = values + (ptrdiff_t)row * grid->stride;
    line[-1] = line[0];
    for (int32_t column = 0; column < LANES; column++) line[grid->width + column] = line[grid->width - 1];
  }
  const size_t bytes = (size_t)(grid->width + 1 + LANES) * sizeof(float);
  memcpy(values - grid->stride - 1, values - 1, bytes);
  float *last = values + (ptrdiff_t)(grid->height - 1) * grid->stride - 1;
  memcpy(last + grid->stride, last, bytes);
}

// Brings the other picture here along the flow.
INLINE void compare(const SegFlowRefine *work) {
  const SegFlowPlanes *flow = &work->flow;
  float *mean = plane(work, MEAN), *change = plane(work, T), *inside = plane(work, INSIDE);
  const float right = (float)(flow->width - 1), bottom = (float)(flow->height - 1);
  for (int32_t row = 0; row < flow->height; row++) {
    for (int32_t column = 0; column < flow->width; column++) {
      const ptrdiff_t at = (ptrdiff_t)row * flow->stride + column;
      const float wanted_x = (float)column + flow->x[at], wanted_y = (float)row + flow->y[at];
      const float x = clamped(wanted_x, 0, right), y = clamped(wanted_y, 0, bottom);
      const int32_t left = (int32_t)x, top = (int32_t)y;
      const float across = x - (float)left, down = y - (float)top;
      const float *place = work->there.values + (ptrdiff_t)top * work->there.stride + left, *next = place + work->there.stride;
      const float upper = place[0] + across * (place[1] - place[0]), lower = next[0] + across * (next[1] - next[0]);
      const float here = work->here.values[at], there = upper + down * (lower - upper);
      mean[at] = 0.5f * (here + there);
      change[at] = there - here;
      inside[at] = x == wanted_x && y == wanted_y ? 1 : 0;
    }
  }
  extend(flow, mean);
  extend(flow, change);
}

// The central differences of a plane.
INLINE void differentiate(const SegFlowPlanes *grid, const float *values, float *x, float *y) {
  for (int32_t row = 0; row < grid->height; row++) {
    for (int32_t column = 0; column < grid->width; column += LANES) {
      const ptrdiff_t at = (ptrdiff_t)row * grid->stride + column;
      if (x) STORE(x + at, (LOAD(values + at + 1) - LOAD(values + at - 1)) * 0.5f);
      STORE(y + at, (LOAD(values + at + grid->stride) - LOAD(values + at - grid->stride)) * 0.5f);
    }
  }
}

INLINE void derivatives(const SegFlowRefine *work) {
  const SegFlowPlanes *grid = &work->flow;
  differentiate(grid, plane(work, MEAN), plane(work, X), plane(work, Y));
  differentiate(grid, plane(work, T), plane(work, XT), plane(work, YT));
  extend(grid, plane(work, X));
  extend(grid, plane(work, Y));
  differentiate(grid, plane(work, X), plane(work, XX), plane(work, XY));
  differentiate(grid, plane(work, Y), 0, plane(work, YY));
}

// The flow with its increment, and how far it may spread at each pixel: less where it changes.
INLINE void diffuse(const SegFlowRefine *work) {
  const SegFlowPlanes *flow = &work->flow;
  float *u = plane(work, U), *v = plane(work, V), *diffusivity = plane(work, DIFFUSIVITY);
  const float *du = plane(work, DU), *dv = plane(work, DV);
  for (int32_t row = 0; row < flow->height; row++) {
    for (int32_t column = 0; column < flow->width; column += LANES) {
      const ptrdiff_t at = (ptrdiff_t)row * flow->stride + column;
      STORE(u + at, LOAD(flow->x + at) + LOAD(du + at));
      STORE(v + at, LOAD(flow->y + at) + LOAD(dv + at));
    }
  }
  extend(flow, u);
  extend(flow, v);
  for (int32_t row = 0; row < flow->height; row++) {
    for (int32_t column = 0; column < flow->width; column += LANES) {
      const ptrdiff_t at = (ptrdiff_t)row * flow->stride + column;
      const Lanes ux = LOAD(u + at + 1) - LOAD(u + at - 1), uy = LOAD(u + at + flow->stride) - LOAD(u + at - flow->stride);
      const Lanes vx = LOAD(v + at + 1) - LOAD(v + at - 1), vy = LOAD(v + at + flow->stride) - LOAD(v + at - flow->stride);
      STORE(diffusivity + at, 0.5f * SMOOTHNESS / __builtin_elementwise_sqrt(0.25f * (ux * ux + uy * uy + vx * vx + vy * vy) + SMALL * SMALL));
    }
  }
}

// Half of the share of each edge between two pixels; none at the picture's edges.
INLINE void link(const SegFlowRefine *work, int32_t row) {
  const SegFlowPlanes *flow = &work->flow;
  const float *diffusivity = plane(work, DIFFUSIVITY);
  float *right = plane(work, RIGHT), *below = plane(work, BELOW);
  for (int32_t column = 0; column < flow->width; column += LANES) {
    const ptrdiff_t at = (ptrdiff_t)row * flow->stride + column;
    const Lanes here = LOAD(diffusivity + at), none = {0};
    STORE(right + at, SELECT(within(column, flow->width - 1), here + LOAD(diffusivity + at + 1), none));
    STORE(below + at, row + 1 < flow->height ? SELECT(within(column, flow->width), here + LOAD(diffusivity + at + flow->stride), none) : none);
  }
}

// The equations of one row's pixels: the increment that makes the energy of the pixel and its links least, with the robust weights of the flow as it is.
INLINE void gather(const SegFlowRefine *work, int32_t row) {
  const SegFlowPlanes *flow = &work->flow;
  const float *right = plane(work, RIGHT), *below = plane(work, BELOW);
  for (int32_t column = 0; column < flow->width; column += LANES) {
    const ptrdiff_t at = (ptrdiff_t)row * flow->stride + column;
#define AT(number) LOAD(plane(work, number) + at)
    const Lanes x = AT(X), y = AT(Y), t = AT(T), xx = AT(XX), xy = AT(XY), yy = AT(YY), xt = AT(XT), yt = AT(YT), du = AT(DU), dv = AT(DV), inside = AT(INSIDE);
    const Lanes scale = 1 / (x * x + y * y + NOISE * NOISE), scale_x = 1 / (xx * xx + xy * xy + NOISE * NOISE), scale_y = 1 / (xy * xy + yy * yy + NOISE * NOISE);
    const Lanes rest = t + x * du + y * dv, rest_x = xt + xx * du + xy * dv, rest_y = yt + xy * du + yy * dv;
    const Lanes bright = inside * BRIGHTNESS * scale / __builtin_elementwise_sqrt(rest * rest * scale + SMALL * SMALL);
    const Lanes edge = inside * GRADIENTS / __builtin_elementwise_sqrt(rest_x * rest_x * scale_x + rest_y * rest_y * scale_y + SMALL * SMALL);
    const Lanes edge_x = edge * scale_x, edge_y = edge * scale_y;
    const Lanes a = bright * x * x + edge_x * xx * xx + edge_y * xy * xy, c = bright * y * y + edge_x * xy * xy + edge_y * yy * yy;
    const Lanes b = bright * x * y + edge_x * xx * xy + edge_y * xy * yy;
    // Shares of the four neighbours; the flow's own differences to them are known.
    const Lanes east = LOAD(right + at), west = LOAD(right + at - 1), south = LOAD(below + at), north = LOAD(below + at - flow->stride);
    const Lanes u = LOAD(flow->x + at), v = LOAD(flow->y + at), share = east + west + south + north + SMALL;
#define SPREAD(values, here) \
  (east * (LOAD(values + at + 1) - here) + west * (LOAD(values + at - 1) - here) + south * (LOAD(values + at + flow->stride) - here) + \
   north * (LOAD(values + at - flow->stride) - here))
    const IntegerLanes mask = within(column, flow->width);
    const Lanes none = {0};
    STORE(plane(work, SUM_X) + at, SELECT(mask, SPREAD(flow->x, u) - bright * x * t - edge_x * xx * xt - edge_y * xy * yt, none));
    STORE(plane(work, SUM_Y) + at, SELECT(mask, SPREAD(flow->y, v) - bright * y * t - edge_x * xy * xt - edge_y * yy * yt, none));
    const Lanes own_x = a + share, own_y = c + share, determinant = 1 / (own_x * own_y - b * b);
    STORE(plane(work, INVERSE_XX) + at, SELECT(mask, own_y * determinant, none));
    STORE(plane(work, INVERSE_XY) + at, SELECT(mask, -b * determinant, none));
    STORE(plane(work, INVERSE_YY) + at, SELECT(mask, own_x * determinant, none));
  }
}

// Over-relaxes every second pixel of a row, those whose row and column add up to an even number (colour 0) or an odd one (1). Its neighbours have the other
// colour, so the next vector may be read before this one is written.
INLINE void relax(const SegFlowRefine *work, int32_t row, int32_t colour) {
  const SegFlowPlanes *flow = &work->flow;
  const float *right = plane(work, RIGHT), *below = plane(work, BELOW);
  float *du = plane(work, DU), *dv = plane(work, DV);
  const IntegerLanes even = {-1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0};
  const IntegerLanes mask = (row + colour) % 2 == 0 ? even : ~even;
  const ptrdiff_t line = (ptrdiff_t)row * flow->stride;
  Lanes before_u = LOAD(du + line - LANES), here_u = LOAD(du + line), before_v = LOAD(dv + line - LANES), here_v = LOAD(dv + line);
  for (int32_t column = 0; column < flow->width; column += LANES) {
    const ptrdiff_t at = line + column;
    const Lanes after_u = LOAD(du + at + LANES), after_v = LOAD(dv + at + LANES);
    const Lanes east = LOAD(right + at), west = LOAD(right + at - 1), south = LOAD(below + at), north = LOAD(below + at - flow->stride);
#define LEFT_OF(before, here) __builtin_shufflevector(before, here, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
#define RIGHT_OF(here, after) __builtin_shufflevector(here, after, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
    const Lanes sum_x = AT(SUM_X) + east * RIGHT_OF(here_u, after_u) + west * LEFT_OF(before_u, here_u) + south * LOAD(du + at + flow->stride) +
                        north * LOAD(du + at - flow->stride);
    const Lanes sum_y = AT(SUM_Y) + east * RIGHT_OF(here_v, after_v) + west * LEFT_OF(before_v, here_v) + south * LOAD(dv + at + flow->stride) +
                        north * LOAD(dv + at - flow->stride);
    const Lanes u = here_u + OVER_RELAXATION * (AT(INVERSE_XX) * sum_x + AT(INVERSE_XY) * sum_y - here_u);
    const Lanes v = here_v + OVER_RELAXATION * (AT(INVERSE_XY) * sum_x + AT(INVERSE_YY) * sum_y - here_v);
    STORE(du + at, SELECT(mask, u, here_u));
    STORE(dv + at, SELECT(mask, v, here_v));
    before_u = here_u;
    here_u = after_u;
    before_v = here_v;
    here_v = after_v;
  }
}

// Solves the equations by sweeps that follow each other one row apart, so that a row is worked on while it is near.
INLINE void solve(const SegFlowRefine *work) {
  const int32_t height = work->flow.height, half_sweeps = 2 * work->sweeps;
  for (int32_t step = 0; step < height + half_sweeps + 1; step++) {
    if (step < height) {
      link(work, step);
      gather(work, step);
    }
    for (int32_t half = 0; half < half_sweeps; half++) {
      const int32_t row = step - 1 - half;
      if (row >= 0 && row < height) relax(work, row, half % 2);
    }
  }
}

KERNEL void seg_flow_refine(const SegFlowRefine *work) {
  const SegFlowPlanes *flow = &work->flow;
  compare(work);
  derivatives(work);
  const size_t bytes = (size_t)(flow->height + 2) * (size_t)flow->stride * sizeof(float);
  memset(plane(work, DU) - flow->stride - SEG_FLOW_BORDER, 0, bytes);
  memset(plane(work, DV) - flow->stride - SEG_FLOW_BORDER, 0, bytes);
  // Nothing comes from above the first row or the left of the first column.
  memset(plane(work, BELOW) - flow->stride - SEG_FLOW_BORDER, 0, (size_t)flow->stride * sizeof(float));
  for (int32_t row = 0; row < flow->height; row++) plane(work, RIGHT)[(ptrdiff_t)row * flow->stride - 1] = 0;
  for (int32_t iteration = 0; iteration < work->iterations; iteration++) {
    extend(flow, flow->x);
    extend(flow, flow->y);
    diffuse(work);
    solve(work);
  }
  for (int32_t row = 0; row < flow->height; row++) {
    const ptrdiff_t line = (ptrdiff_t)row * flow->stride;
    for (int32_t column = 0; column < flow->width; column++) {
      flow->x[line + column] += plane(work, DU)[line + column];
      flow->y[line + column] += plane(work, DV)[line + column];
    }
  }
}
