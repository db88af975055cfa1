// Dense inverse search: optical flow from small patches that are moved until they fit, coarse to fine (Kroeger, Timofte, Dai, Van Gool: "Fast Optical Flow using
// Dense Inverse Search", ECCV 2016).
#ifndef SEGPLAY_FLOW_H
#define SEGPLAY_FLOW_H

#include <stdint.h>

// Patches are SEG_FLOW_PATCH x SEG_FLOW_PATCH pixels; around a level's picture its edges are repeated for SEG_FLOW_BORDER pixels on every side.
enum { SEG_FLOW_PATCH = 8, SEG_FLOW_BORDER = 16 };

// One level of a picture's pyramid. All planes have rows of `stride` floats and point at pixel (0, 0). Gradients reach over the picture, at least over 8 x 8
// pixels, and are in grey values per pixel.
typedef struct SegFlowLevel {
  float *values, *gradient_x, *gradient_y;
  int32_t width, height, stride;
} SegFlowLevel;

// Fills a level of the picture's own size, or of half of it (rounded down) with the means of 2 x 2 pixels.
void seg_flow_convert(const uint8_t *bytes, const SegFlowLevel *level);
void seg_flow_halve_bytes(const uint8_t *bytes, int32_t width, const SegFlowLevel *level);
void seg_flow_halve(const SegFlowLevel *finer, const SegFlowLevel *level);

// Repeats a level's edges in its border; then the gradients, which need the border.
void seg_flow_extend(const SegFlowLevel *level);
void seg_flow_gradients(const SegFlowLevel *level);

// Flow of one level, planar, in pixels of that level.
typedef struct SegFlowPlanes {
  float *x, *y;
  int32_t width, height, stride;
} SegFlowPlanes;

// A patch: where its picture is found, relative to its place, and how badly it fits there; the means of its gradients; the inverse of its structure tensor.
typedef struct SegFlowPatch {
  float x, y, error, mean_x, mean_y, xx, xy, yy;
} SegFlowPatch;

// The search of one level: flow from each pixel of `here` to its place in `there`.
typedef struct SegFlowSearch {
  SegFlowLevel here, there;
  SegFlowPlanes coarse; // the start, of the next coarser level; x is null for a start at zero
  SegFlowPlanes flow;   // the result
  float *weights;       // as the result
  SegFlowPatch *patches;
  const int32_t *patch_columns, *patch_rows; // places of the patches' first pixels
  int32_t column_count, row_count;
  int32_t iterations; // descent steps of each of the two passes
  float good_fit;     // grey values: a patch that misses by less, as the root of the mean square, is left alone by the second pass
} SegFlowSearch;

void seg_flow_search(const SegFlowSearch *work);

// Planes of room that a refinement needs.
enum { SEG_FLOW_REFINE_PLANES = 22 };

// The variational refinement of a level's flow (Brox, Bruhn, Papenberg, Weickert: "High Accuracy Optical Flow Estimation Based on a Theory for Warping", ECCV
// 2004, linearised once): constant brightness and gradients, each normalised and robust, and a flow that is smooth but for edges. `planes` are laid out as the
// level's, the next `plane` floats after the one before, and hold numbers.
typedef struct SegFlowRefine {
  SegFlowLevel here, there;
  SegFlowPlanes flow;
  float *planes;
  int64_t plane;
  int32_t iterations, sweeps; // new robust weights; sweeps of successive over-relaxation for each
} SegFlowRefine;

void seg_flow_refine(const SegFlowRefine *work);

// Enlarges a level's flow to the picture: every pixel becomes `scale` x `scale` (1, 2 or 4) pixels, values are multiplied; what lies beyond repeats the edge.
// `field` is height x width x (x, y); `row` has room for one row of the level, twice its width.
void seg_flow_expand(const SegFlowPlanes *flow, int32_t scale, float *row, float *field, int32_t width, int32_t height);

#endif
