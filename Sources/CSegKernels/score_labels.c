#include "SegScores.h"

#include "blend.h"
#include "transpose.h"

// No label that four corners have in common.
enum { NONE = 255 };

// The places to which the vectors of some pixels of a part lead.
INLINE void group_corners(const SegMap *map, const float *vectors, const Part *part, const int32_t *places, float weight, int32_t last, Group *group) {
  Lanes x, y;
  IntegerLanes columns;
  for (int lane = 0; lane < LANES; lane++) {
    columns[lane] = part->begin + places[lane];
    x[lane] = vectors[2 * places[lane]];
    y[lane] = vectors[2 * places[lane] + 1];
  }
  place_group(map, columns, part->row, x, y, weight, last, group);
}

// The labels of some pixels of a part, sixteen at most, given by their places in it; after the last of them `places` has room for sixteen.
INLINE void label_pixels(const Part *part, int32_t ignored, int32_t *places, int32_t count, uint8_t *out) {
  const SegScoreBlend *work = part->work;
  const int32_t channels = work->first.channels;
  for (int32_t pixel = count; pixel < LANES; pixel++) places[pixel] = places[0];
  Group first, second;
  const int32_t last_first = last_whole_pixel(&work->first, part->safe_first);
  const float share = work->second.data ? work->share : 0;
  if (work->first_flow) group_corners(&work->first, part->first, part, places, 1 - share, last_first, &first);
  if (work->second.data) group_corners(&work->second, part->second, part, places, share, last_whole_pixel(&work->second, part->safe_second), &second);
  Lanes greatest = SPLAT(0.0f);
  IntegerLanes best = {0};
  int is_begun = 0;
  for (int32_t block = 0; block < channels; block += LANES) {
    const int32_t rest = channels - block;
    Lanes scores[LANES];
    for (int32_t pixel = 0; pixel < LANES; pixel++) {
      if (work->first_flow) {
        scores[pixel] = group_scores(&work->first, &first, pixel, block, rest);
      } else {
        const int32_t place = part->row * work->first.width + part->begin + places[pixel];
        const float *here = work->first.data + (size_t)place * work->first.pixel_stride + block;
        scores[pixel] = (1 - share) * (place <= last_first ? LOAD(here) : load_first(here, rest, 0));
      }
      if (work->second.data) scores[pixel] += group_scores(&work->second, &second, pixel, block, rest);
    }
    transpose(scores);
    for (int32_t lane = 0; lane < LANES && block + lane < channels; lane++) {
      if (block + lane == ignored) continue;
      const IntegerLanes is_greater = is_begun ? scores[lane] > greatest : ~(IntegerLanes){0};
      greatest = SELECT(is_greater, scores[lane], greatest);
      best = (is_greater & (block + lane)) | (~is_greater & best);
      is_begun = 1;
    }
  }
  const ByteLanes bytes = __builtin_convertvector(best, ByteLanes);
  for (int32_t pixel = 0; pixel < count; pixel++) out[places[pixel]] = bytes[pixel];
}

// The common labels where the vectors of sixteen pixels lead; `vectors` is null where they stay.
INLINE ByteLanes common_labels(const SegMap *map, const uint8_t *common, const float *vectors, int32_t row, int32_t column, IntegerLanes *where) {
  const IntegerLanes steps = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  IntegerLanes places;
  if (vectors) {
    Lanes x, y;
    load_vectors(vectors, &x, &y);
    const Lanes columns = lanes_within(__builtin_convertvector(steps + column, Lanes) + x, (float)(map->width - 1));
    const Lanes rows = lanes_within((float)row + y, (float)(map->height - 1));
    places = __builtin_convertvector(rows, IntegerLanes) * map->width + __builtin_convertvector(columns, IntegerLanes);
  } else {
    const IntegerLanes columns = steps + column;
    places = row * map->width + ((columns < map->width) & columns);
  }
  *where = places;
  ByteLanes labels;
  for (int lane = 0; lane < LANES; lane++) labels[lane] = common[places[lane]];
  return labels;
}

INLINE int has_none(ByteLanes labels) {
  const ByteLanes none = {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE};
  return __builtin_reduce_or((ByteLanes)(labels == none)) != 0;
}

// The labels of sixteen pixels of a part as far as the maps' common labels tell them, else NONE.
INLINE ByteLanes known_labels(const SegScoreLabels *labels, const Part *part, int32_t index, IntegerLanes *in_first, IntegerLanes *in_second) {
  const SegScoreBlend *work = &labels->blend;
  const int32_t column = part->begin + index;
  const ByteLanes first = common_labels(&work->first, labels->first_common, work->first_flow ? part->first + 2 * index : NULL, part->row, column, in_first);
  if (!work->second.data) return first;
  ByteLanes is_known = {0};
  if (labels->second_common) {
    is_known = (ByteLanes)(first == common_labels(&work->second, labels->second_common, part->second + 2 * index, part->row, column, in_second));
  }
  return (first & is_known) | ~is_known;
}

// Asks for the scores of the four corners of which `place` is the first.
INLINE void prefetch(const SegMap *map, int32_t place) {
  const char *upper = (const char *)(map->data + (size_t)place * map->pixel_stride), *lower = upper + (size_t)map->width * map->pixel_stride * sizeof(float);
  __builtin_prefetch(upper);
  __builtin_prefetch(upper + 64);
  __builtin_prefetch(lower);
  __builtin_prefetch(lower + 64);
}

INLINE void label_part(const SegScoreLabels *labels, const Part *part, uint8_t *out) {
  int32_t places[2 * LANES], count = 0;
  for (int32_t index = 0; index < part->count; index += LANES) {
    const int32_t rest = part->count - index < LANES ? part->count - index : LANES;
    if (labels->first_common) {
      IntegerLanes in_first, in_second;
      const ByteLanes known = known_labels(labels, part, index, &in_first, &in_second);
      memcpy(out + index, &known, (size_t)rest);
      if (!has_none(known)) continue;
      for (int32_t lane = 0; lane < rest; lane++) {
        if (known[lane] != NONE) continue;
        places[count++] = index + lane;
        prefetch(&labels->blend.first, in_first[lane]);
        if (labels->second_common) prefetch(&labels->blend.second, in_second[lane]);
      }
    } else {
      for (int32_t lane = 0; lane < rest; lane++) places[count++] = index + lane;
    }
    if (count < LANES) continue;
    label_pixels(part, labels->ignored, places, LANES, out);
    count -= LANES;
    memcpy(places, places + LANES, sizeof places / 2);
  }
  if (count > 0) label_pixels(part, labels->ignored, places, count, out);
}

KERNEL void seg_scores_label(const void *arguments, int32_t begin, int32_t end) {
  const SegScoreLabels *labels = arguments;
  const SegScoreBlend written = {.first = labels->blend.output};
  SegScoreLabels rest = *labels;
  if (written.first.data) {
    rest.blend = written;
    rest.first_common = NULL;
  }
  Part part;
  for (int32_t row = begin; row < end; row++) {
    uint8_t *out = labels->labels + (size_t)row * labels->blend.first.width;
    if (written.first.data) blend_row(&labels->blend, row);
    for (int32_t column = 0; column < labels->blend.first.width; column += FLOW_PART) {
      begin_part(&part, &rest.blend, row, column);
      // The next row may be another thread's, which writes it.
      if (written.first.data) part.safe_first -= (size_t)(written.first.height - 1 - row) * written.first.width * written.first.pixel_stride;
      label_part(&rest, &part, out + column);
    }
  }
}

KERNEL void seg_common_labels(const uint8_t *labels, int32_t width, int32_t height, uint8_t *common) {
  for (int32_t row = 0; row < height; row++) {
    const uint8_t *here = labels + (size_t)row * width, *below = row + 1 < height ? here + width : here;
    uint8_t *out = common + (size_t)row * width;
    for (int32_t column = 0; column + 1 < width; column++) {
      const int is_common = (here[column] == here[column + 1]) & (here[column] == below[column]) & (here[column] == below[column + 1]);
      out[column] = is_common ? here[column] : NONE;
    }
    out[width - 1] = here[width - 1] == below[width - 1] ? here[width - 1] : NONE;
  }
}
