// Where the class scores of a blend come from, pixel by pixel.
#ifndef SEGPLAY_BLEND_H
#define SEGPLAY_BLEND_H

#include "SegScores.h"
#include "corner_group.h"
#include "flow_view.h"

// Four pixels of a map and their shares.
typedef struct Corners {
  const float *a, *b, *c, *d;
  float wa, wb, wc, wd;
} Corners;

// A part of a row: its flow, its mask, and the last places at which whole vectors may be read.
typedef struct Part {
  const SegScoreBlend *work;
  int32_t row, begin, count;
  const uint8_t *mask;
  const float *safe_first, *safe_second;
  FlowPart first, second;
} Part;

INLINE float within(float value, float high) { return value > 0 ? (value < high ? value : high) : 0; }

// Where whole vectors may begin so that they end within the map.
INLINE const float *last_whole(const SegMap *map) {
  return map->data + (size_t)map->height * map->width * map->pixel_stride - (map->channels + LANES - 1) / LANES * LANES;
}

INLINE void begin_part(Part *part, const SegScoreBlend *work, int32_t row, int32_t begin) {
  const int64_t mask_row = (2 * (int64_t)row + 1) * work->mask_height / (2 * (int64_t)work->first.height);
  const int32_t rest = work->first.width - begin;
  part->work = work;
  part->row = row;
  part->begin = begin;
  part->count = rest < FLOW_PART ? rest : FLOW_PART;
  part->mask = work->mask ? work->mask + mask_row * work->mask_width : NULL;
  part->safe_first = last_whole(&work->first);
  part->safe_second = work->second.data ? last_whole(&work->second) : NULL;
  if (work->first_flow) flow_part(work->first_flow, row, begin, part->count, part->first);
  if (work->second.data && work->second_flow) flow_part(work->second_flow, row, begin, part->count, part->second);
}

// Where a pixel's vector leads in `map`, every share times `weight`; the pixel itself without a vector.
INLINE Corners corners_of(const SegMap *map, const float *vector, int32_t row, int32_t column, float weight) {
  Corners corners;
  if (!vector) {
    corners.a = corners.b = corners.c = corners.d = pixel(map, row, column);
    corners.wa = weight;
    corners.wb = corners.wc = corners.wd = 0;
    return corners;
  }
  const float x = within((float)column + vector[0], (float)(map->width - 1)), y = within((float)row + vector[1], (float)(map->height - 1));
  const int32_t left = (int32_t)x, top = (int32_t)y;
  const float across = x - (float)left, down = (y - (float)top) * weight, up = weight - down;
  const ptrdiff_t right = left + 1 < map->width ? map->pixel_stride : 0;
  const ptrdiff_t below = top + 1 < map->height ? (ptrdiff_t)map->width * map->pixel_stride : 0;
  corners.a = pixel(map, top, left);
  corners.b = corners.a + right;
  corners.c = corners.a + below;
  corners.d = corners.c + right;
  corners.wa = (1 - across) * up;
  corners.wb = across * up;
  corners.wc = (1 - across) * down;
  corners.wd = across * down;
  return corners;
}

// Whether both maps take part in a pixel of the part.
INLINE int is_mixed(const Part *part, int32_t index) {
  return part->work->second.data && (!part->mask || part->mask[part->work->mask_columns[part->begin + index]]);
}

// The corners of a pixel of the part; returns how many maps take part, and in `is_whole` whether whole vectors may be read.
INLINE int32_t gather(const Part *part, int32_t index, Corners *first, Corners *second, int *is_whole) {
  const SegScoreBlend *work = part->work;
  const int mixes = is_mixed(part, index);
  const int32_t column = part->begin + index;
  *first = corners_of(&work->first, work->first_flow ? part->first + 2 * index : NULL, part->row, column, mixes ? 1 - work->share : 1);
  *is_whole = first->d <= part->safe_first;
  if (!mixes) return 1;
  *second = corners_of(&work->second, work->second_flow ? part->second + 2 * index : NULL, part->row, column, work->share);
  *is_whole &= second->d <= part->safe_second;
  return 2;
}

INLINE Lanes mix(const Corners *corners, int32_t channel) {
  return corners->wa * LOAD(corners->a + channel) + corners->wb * LOAD(corners->b + channel) + corners->wc * LOAD(corners->c + channel) +
         corners->wd * LOAD(corners->d + channel);
}

INLINE Lanes mix_first(const Corners *corners, int32_t channel, int32_t count) {
  return corners->wa * load_first(corners->a + channel, count, 0) + corners->wb * load_first(corners->b + channel, count, 0) +
         corners->wc * load_first(corners->c + channel, count, 0) + corners->wd * load_first(corners->d + channel, count, 0);
}

// One pixel whose maps may all be read and written to the next whole vector.
INLINE void blend_whole(const Corners *first, const Corners *second, int32_t channels, float *out) {
  for (int32_t channel = 0; channel < channels; channel += LANES) {
    const Lanes x = mix(first, channel);
    STORE(out + channel, second ? x + mix(second, channel) : x);
  }
}

INLINE void blend_exact(const Corners *first, const Corners *second, int32_t channels, float *out) {
  for (int32_t channel = 0; channel < channels; channel += LANES) {
    const int32_t count = channels - channel;
    const Lanes x = mix_first(first, channel, count);
    store_first(out + channel, second ? x + mix_first(second, channel, count) : x, count);
  }
}

// Sixteen pixels of a map that lies as the output does, each mixed with another map's where the mask says so; false where whole vectors would go too far.
INLINE int blend_group(const Part *part, int32_t index, int32_t last) {
  const SegScoreBlend *work = part->work;
  const SegMap *output = &work->output;
  const int32_t column = part->begin + index, place = part->row * output->width + column, channels = output->channels;
  if (index + LANES > part->count || column + LANES - 1 > last || place + LANES - 1 > last_whole_pixel(&work->first, part->safe_first)) return 0;
  const IntegerLanes steps = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  Lanes x, y;
  Group group;
  load_vectors(part->second + 2 * index, &x, &y);
  place_group(&work->second, steps + column, part->row, x, y, work->share, last_whole_pixel(&work->second, part->safe_second), &group);
  if (!group.is_whole) return 0;
  const float *here = pixel(&work->first, part->row, column);
  float *out = pixel(output, part->row, column);
  for (int32_t lane = 0; lane < LANES; lane++, here += work->first.pixel_stride, out += output->pixel_stride) {
    const int mixes = is_mixed(part, index + lane);
    for (int32_t channel = 0; channel < channels; channel += LANES) {
      const Lanes fresh = LOAD(here + channel);
      STORE(out + channel, mixes ? (1 - work->share) * fresh + group_scores(&work->second, &group, lane, channel, LANES) : fresh);
    }
  }
  return 1;
}

// Writes one row of the blend's output.
INLINE void blend_row(const SegScoreBlend *work, int32_t row) {
  const SegMap *output = &work->output;
  if (!work->second.data && !work->first_flow && work->first.pixel_stride == output->pixel_stride) {
    memcpy(pixel(output, row, 0), pixel(&work->first, row, 0), ((size_t)(output->width - 1) * output->pixel_stride + output->channels) * sizeof(float));
    return;
  }
  // A whole vector spills into the next pixels, which are written after it; the last of a row must not, as the next row may be another thread's.
  const int32_t vectors = (output->channels + LANES - 1) / LANES * LANES;
  const int32_t last = output->width - (vectors + output->pixel_stride - 1) / output->pixel_stride;
  const int is_fusion = work->second.data && work->second_flow && !work->first_flow;
  Part part;
  for (int32_t begin = 0; begin < output->width; begin += FLOW_PART) {
    begin_part(&part, work, row, begin);
    for (int32_t index = 0; index < part.count; index++) {
      if (is_fusion && index % LANES == 0 && blend_group(&part, index, last)) {
        index += LANES - 1;
        continue;
      }
      Corners first, second;
      int is_whole;
      const int32_t maps = gather(&part, index, &first, &second, &is_whole);
      float *out = pixel(output, row, begin + index);
      if (is_whole && begin + index <= last) {
        blend_whole(&first, maps > 1 ? &second : NULL, output->channels, out);
      } else {
        blend_exact(&first, maps > 1 ? &second : NULL, output->channels, out);
      }
    }
  }
}

#endif
