#include "SegScores.h"

#include "vectors.h"

// Four pixels of a map and their shares.
typedef struct Corners {
  const float *a, *b, *c, *d;
  float wa, wb, wc, wd;
} Corners;

INLINE float within(float value, float high) { return value > 0 ? (value < high ? value : high) : 0; }

// Where a pixel's vector leads in `map`, every share times `weight`.
INLINE Corners corners_of(const SegMap *map, const float *field, int32_t row, int32_t column, float weight) {
  Corners corners;
  if (!field) {
    corners.a = corners.b = corners.c = corners.d = pixel(map, row, column);
    corners.wa = weight;
    corners.wb = corners.wc = corners.wd = 0;
    return corners;
  }
  const float *vector = field + 2 * ((size_t)row * map->width + column);
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

// Where whole vectors may begin so that they end within the map.
INLINE const float *last_whole(const SegMap *map) {
  return map->data + (size_t)map->height * map->width * map->pixel_stride - (map->channels + LANES - 1) / LANES * LANES;
}

// What decides about the scores of one row.
typedef struct Row {
  const uint8_t *mask;
  const float *safe_first, *safe_second; // the last places at which whole vectors may be read
} Row;

INLINE Row row_of(const SegScoreBlend *work, int32_t row) {
  const int64_t mask_row = (2 * (int64_t)row + 1) * work->mask_height / (2 * (int64_t)work->first.height);
  return (Row){work->mask ? work->mask + mask_row * work->mask_width : NULL, last_whole(&work->first),
               work->second.data ? last_whole(&work->second) : NULL};
}

// One pixel's corners; returns how many maps take part, and in `is_whole` whether whole vectors may be read.
INLINE int32_t gather(const SegScoreBlend *work, Row of, int32_t row, int32_t column, Corners *first, Corners *second, int *is_whole) {
  const int is_mixed = work->second.data && (!of.mask || of.mask[work->mask_columns[column]]);
  *first = corners_of(&work->first, work->first_field, row, column, is_mixed ? 1 - work->share : 1);
  *is_whole = first->d <= of.safe_first;
  if (!is_mixed) return 1;
  *second = corners_of(&work->second, work->second_field, row, column, work->share);
  *is_whole &= second->d <= of.safe_second;
  return 2;
}

KERNEL void seg_scores_blend(const void *arguments, int32_t begin, int32_t end) {
  const SegScoreBlend *work = arguments;
  const SegMap *output = &work->output;
  // A whole vector spills into the next pixels, which are written after it; the last of a row must not, as the next row may be another thread's.
  const int32_t vectors = (output->channels + LANES - 1) / LANES * LANES;
  const int32_t last = output->width - (vectors + output->pixel_stride - 1) / output->pixel_stride;
  for (int32_t row = begin; row < end; row++) {
    const Row of = row_of(work, row);
    for (int32_t column = 0; column < output->width; column++) {
      Corners first, second;
      int is_whole;
      const int32_t maps = gather(work, of, row, column, &first, &second, &is_whole);
      float *out = pixel(output, row, column);
      if (is_whole && column <= last) {
        blend_whole(&first, maps > 1 ? &second : NULL, output->channels, out);
      } else {
        blend_exact(&first, maps > 1 ? &second : NULL, output->channels, out);
      }
    }
  }
}

// Turns sixteen rows of sixteen into columns: four times, every pair of rows exchanges halves of ever larger blocks.
INLINE void transpose(Lanes *rows) {
  Lanes next[LANES];
  for (int row = 0; row < LANES; row += 2) {
    next[row] = __builtin_shufflevector(rows[row], rows[row + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    next[row + 1] = __builtin_shufflevector(rows[row], rows[row + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  }
  for (int row = 0; row < LANES; row++) {
    if (row & 2) continue;
    rows[row] = __builtin_shufflevector(next[row], next[row + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    rows[row + 2] = __builtin_shufflevector(next[row], next[row + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  for (int row = 0; row < LANES; row++) {
    if (row & 4) continue;
    next[row] = __builtin_shufflevector(rows[row], rows[row + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    next[row + 4] = __builtin_shufflevector(rows[row], rows[row + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  }
  for (int row = 0; row < LANES / 2; row++) {
    rows[row] = __builtin_shufflevector(next[row], next[row + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    rows[row + 8] = __builtin_shufflevector(next[row], next[row + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
}

// The label of a pixel whose four corners all have it, else -1: a class that is the greatest at each corner is the greatest of any of their means.
INLINE int32_t common_label(const SegMap *map, const float *field, const uint8_t *known, int32_t row, int32_t column) {
  if (!field) return known[(size_t)row * map->width + column];
  const float *vector = field + 2 * ((size_t)row * map->width + column);
  const float x = within((float)column + vector[0], (float)(map->width - 1)), y = within((float)row + vector[1], (float)(map->height - 1));
  const int32_t left = (int32_t)x, top = (int32_t)y;
  const uint8_t *place = known + (size_t)top * map->width + left;
  const ptrdiff_t right = left + 1 < map->width ? 1 : 0, below = top + 1 < map->height ? map->width : 0;
  const uint8_t label = place[0];
  const int is_common = (label == place[right]) & (label == place[below]) & (label == place[below + right]);
  return is_common ? label : -1;
}

// The label of a pixel as far as the maps' own labels tell it, else -1.
INLINE int32_t known_label(const SegScoreLabels *labels, Row of, int32_t row, int32_t column) {
  const SegScoreBlend *work = &labels->blend;
  if (!labels->first_labels) return -1;
  const int32_t first = common_label(&work->first, work->first_field, labels->first_labels, row, column);
  if (first < 0 || !work->second.data || (of.mask && !of.mask[work->mask_columns[column]])) return first;
  if (!labels->second_labels) return -1;
  return common_label(&work->second, work->second_field, labels->second_labels, row, column) == first ? first : -1;
}

// The labels of `count` pixels of a row, sixteen at most.
INLINE void label_pixels(const SegScoreLabels *labels, Row of, int32_t row, const int32_t *columns, int32_t count, uint8_t *out) {
  const SegScoreBlend *work = &labels->blend;
  const int32_t channels = work->first.channels;
  Corners first[LANES], second[LANES];
  int32_t maps[LANES];
  int is_whole[LANES];
  for (int32_t pixel = 0; pixel < count; pixel++)
    maps[pixel] = gather(work, of, row, columns[pixel], &first[pixel], &second[pixel], &is_whole[pixel]);
  Lanes greatest = SPLAT(0.0f);
  IntegerLanes best = {0};
  int is_begun = 0;
  for (int32_t block = 0; block < channels; block += LANES) {
    Lanes scores[LANES];
    for (int32_t pixel = 0; pixel < count; pixel++) {
      const int32_t rest = channels - block;
      if (is_whole[pixel]) {
        scores[pixel] = mix(&first[pixel], block);
        if (maps[pixel] > 1) scores[pixel] += mix(&second[pixel], block);
      } else {
        scores[pixel] = mix_first(&first[pixel], block, rest);
        if (maps[pixel] > 1) scores[pixel] += mix_first(&second[pixel], block, rest);
      }
    }
    for (int32_t pixel = count; pixel < LANES; pixel++) scores[pixel] = SPLAT(0.0f);
    transpose(scores);
    for (int32_t lane = 0; lane < LANES && block + lane < channels; lane++) {
      if (block + lane == labels->ignored) continue;
      const IntegerLanes is_greater = is_begun ? scores[lane] > greatest : ~(IntegerLanes){0};
      greatest = SELECT(is_greater, scores[lane], greatest);
      best = (is_greater & (block + lane)) | (~is_greater & best);
      is_begun = 1;
    }
  }
  const ByteLanes bytes = __builtin_convertvector(best, ByteLanes);
  for (int32_t pixel = 0; pixel < count; pixel++) out[columns[pixel]] = bytes[pixel];
}

KERNEL void seg_scores_label(const void *arguments, int32_t begin, int32_t end) {
  const SegScoreLabels *labels = arguments;
  const SegScoreBlend *work = &labels->blend;
  const int32_t width = work->first.width;
  for (int32_t row = begin; row < end; row++) {
    const Row of = row_of(work, row);
    uint8_t *out = labels->labels + (size_t)row * width;
    int32_t columns[LANES], count = 0;
    for (int32_t column = 0; column < width; column++) {
      const int32_t known = known_label(labels, of, row, column);
      if (known >= 0) {
        out[column] = (uint8_t)known;
        continue;
      }
      columns[count++] = column;
      if (count < LANES) continue;
      label_pixels(labels, of, row, columns, LANES, out);
      count = 0;
    }
    if (count > 0) label_pixels(labels, of, row, columns, count, out);
  }
}

KERNEL uint64_t seg_bytes_difference(const uint8_t *left, const uint8_t *right, size_t count) {
  uint64_t sum = 0;
  for (size_t begin = 0; begin < count; begin += 4096) {
    const size_t end = begin + 4096 < count ? begin + 4096 : count;
    uint32_t part = 0;
    for (size_t index = begin; index < end; index++) part += (uint32_t)(left[index] > right[index] ? left[index] - right[index] : right[index] - left[index]);
    sum += part;
  }
  return sum;
}

KERNEL double seg_flow_length(const float *vectors, size_t count) {
  double sum = 0;
  for (size_t begin = 0; begin < count; begin += 1024) {
    const size_t end = begin + 1024 < count ? begin + 1024 : count;
    Lanes part = SPLAT(0.0f);
    size_t index = begin;
    for (; index + LANES <= end; index += LANES) {
      Lanes squares;
      for (int lane = 0; lane < LANES; lane++) {
        const float x = vectors[2 * (index + lane)], y = vectors[2 * (index + lane) + 1];
        squares[lane] = x * x + y * y;
      }
      part += __builtin_elementwise_sqrt(squares);
    }
    for (int lane = 0; lane < LANES; lane++) sum += part[lane];
    for (; index < end; index++) sum += sqrtf(vectors[2 * index] * vectors[2 * index] + vectors[2 * index + 1] * vectors[2 * index + 1]);
  }
  return sum;
}
