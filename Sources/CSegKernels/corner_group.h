// Where the vectors of sixteen pixels lead in a map of class scores.
#ifndef SEGPLAY_CORNER_GROUP_H
#define SEGPLAY_CORNER_GROUP_H

#include "vectors.h"

INLINE Lanes lanes_within(Lanes value, float high) {
  const Lanes raised = SELECT(value > 0, value, SPLAT(0.0f));
  return SELECT(raised < SPLAT(high), raised, SPLAT(high));
}

// The vectors of sixteen pixels in a row, apart.
INLINE void load_vectors(const float *vectors, Lanes *x, Lanes *y) {
  const Lanes left = LOAD(vectors), right = LOAD(vectors + LANES);
  *x = __builtin_shufflevector(left, right, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  *y = __builtin_shufflevector(left, right, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// The first of four corners of each pixel's place, the steps to the next column and row (0 at the edge), and the corners' shares.
typedef struct Group {
  int32_t corner[LANES], right[LANES], below[LANES];
  float wa[LANES], wb[LANES], wc[LANES], wd[LANES];
  int is_whole; // whether whole vectors may be read at all corners
} Group;

// Pixels of a row at `columns` with the vectors (x, y); every share is times `weight`, and whole vectors may be read up to pixel `last` of the map.
INLINE void place_group(const SegMap *map, IntegerLanes columns, int32_t row, Lanes x, Lanes y, float weight, int32_t last, Group *group) {
  x = lanes_within(__builtin_convertvector(columns, Lanes) + x, (float)(map->width - 1));
  y = lanes_within((float)row + y, (float)(map->height - 1));
  const IntegerLanes left = __builtin_convertvector(x, IntegerLanes), top = __builtin_convertvector(y, IntegerLanes);
  const Lanes across = x - __builtin_convertvector(left, Lanes), down = (y - __builtin_convertvector(top, Lanes)) * weight, up = weight - down;
  const IntegerLanes corner = top * map->width + left, right = (left + 1 < map->width) & 1, below = (top + 1 < map->height) & map->width;
  memcpy(group->corner, &corner, sizeof corner);
  memcpy(group->right, &right, sizeof right);
  memcpy(group->below, &below, sizeof below);
  STORE(group->wa, (1 - across) * up);
  STORE(group->wb, across * up);
  STORE(group->wc, (1 - across) * down);
  STORE(group->wd, across * down);
  group->is_whole = __builtin_reduce_max(corner + right + below) <= last;
}

// A block of a pixel's scores; `rest` channels are left of the map.
INLINE Lanes group_scores(const SegMap *map, const Group *group, int32_t lane, int32_t block, int32_t rest) {
  const float *a = map->data + (size_t)group->corner[lane] * map->pixel_stride + block;
  const float *b = a + (ptrdiff_t)group->right[lane] * map->pixel_stride, *c = a + (ptrdiff_t)group->below[lane] * map->pixel_stride;
  const float *d = c + (b - a);
  if (group->is_whole)
    return group->wa[lane] * LOAD(a) + group->wb[lane] * LOAD(b) + group->wc[lane] * LOAD(c) + group->wd[lane] * LOAD(d);
  return group->wa[lane] * load_first(a, rest, 0) + group->wb[lane] * load_first(b, rest, 0) + group->wc[lane] * load_first(c, rest, 0) +
         group->wd[lane] * load_first(d, rest, 0);
}

// The last pixel of a map at which whole vectors may be read, or less than 0; `safe` is where they may begin at last.
INLINE int32_t last_whole_pixel(const SegMap *map, const float *safe) { return safe < map->data ? -1 : (int32_t)((safe - map->data) / map->pixel_stride); }

#endif
