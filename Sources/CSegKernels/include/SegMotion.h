// What is done with optical flow: chaining, checking, warping. Fields are height x width x (x, y), in pixels of their own grid.
#ifndef SEGPLAY_MOTION_H
#define SEGPLAY_MOTION_H

#include "SegResize.h"
#include "SegRows.h"

#include <stddef.h>

// out(p) = first(p) + second(p + first(p)), sampled bilinearly; beyond the edge `second` goes on as at the edge. All of one size; `out` may be `first`.
void seg_flow_compose(const float *first, const float *second, float *out, int32_t width, int32_t height);

// The flow back, without a search: out(p + field(p)), rounded to a pixel, becomes -field(p); of several the last counts. Pixels where nothing ends get the
// vector of the nearest one before them in their row, else after them, else in the row above or below. `out` is not `field`.
void seg_flow_invert(const float *field, float *out, int32_t width, int32_t height);

// How far the way there and back, |there(p) + back(p + there(p))|, misses each pixel; in `errors` unless it is null. `mask` (unless null) becomes 255 where
// that is at most `threshold` and the way there ends inside, else 0. Returns how many pixels are 255.
size_t seg_flow_check(const float *there, const float *back, float *errors, uint8_t *mask, int32_t width, int32_t height, float threshold);

// A field as the grid of something else needs it: sampled bilinearly by taps (both null where the grids are the same), vectors times `scale`.
typedef struct SegFlowView {
  const float *field;
  int32_t field_width, width, height; // of the field; of the grid
  const SegTap *rows, *columns;       // one for each row and column of the grid
  float scale_x, scale_y;
  float *row; // room for one row of the grid, used where there are taps
} SegFlowView;

// Writes the view's vectors: height x width x (x, y).
void seg_flow_resample(const SegFlowView *flow, float *out);

// Each warp fills a picture of the view's grid with what lies at the end of each pixel's vector in the input, which has the same grid. `filled` becomes 255
// where that is inside the input and 0 elsewhere; there the nearest pixel of the input's edge is taken.

// The nearest pixel.
void seg_warp_labels(const SegFlowView *flow, const uint8_t *input, uint8_t *output, uint8_t *filled);

// Bilinear, then 255 where the value (0 to 255) is at least half, else 0.
void seg_warp_mask(const SegFlowView *flow, const uint8_t *input, uint8_t *output, uint8_t *filled);

// Bilinear, all channels. The maps have the view's size and the same number of channels; they do not overlap.
void seg_warp_map(const SegFlowView *flow, const SegMap *input, const SegMap *output, uint8_t *filled);

#endif
