#include "SegLabels.h"

#include "greatest.h"
#include "transpose.h"

// Floats of the rows of scores that a strip of columns holds, and vectors of columns that it can have at most.
enum { ROOM = 8192, MOST_VECTORS = 32 };

// Columns of the output, sixteen at a time, with the scores of up to two rows interpolated between columns: [row % 2][vector][class][16 columns].
typedef struct Strip {
  const SegLabels *work;
  const float *safe; // the last place that sixteen scores may be read from
  int32_t begin, vectors;
  int32_t held[2][MOST_VECTORS]; // rows of the scores, or -1
  float *scores;
} Strip;

INLINE float *held_scores(const Strip *strip, int32_t row, int32_t vector) {
  return strip->scores + (size_t)(row % 2 * strip->vectors + vector) * (size_t)(strip->work->scores.channels * LANES);
}

INLINE SegTap column_tap(const SegLabels *work, int32_t column) { return work->columns[column < work->width ? column : work->width - 1]; }

// Interpolates a row's scores at sixteen columns; `is_safe` where whole vectors may be read.
INLINE void interpolate_columns(const SegLabels *work, int32_t row, int32_t column, float *out, int is_safe) {
  const int32_t channels = work->scores.channels;
  for (int32_t block = 0; block < channels; block += LANES) {
    const int32_t rest = channels - block < LANES ? channels - block : LANES;
    Lanes scores[LANES];
    for (int32_t index = 0; index < LANES; index++) {
      const SegTap tap = column_tap(work, column + index);
      const float left = 1 - tap.weight, *a = pixel(&work->scores, row, tap.first) + block, *b = pixel(&work->scores, row, tap.second) + block;
      if (is_safe) scores[index] = left * LOAD(a) + tap.weight * LOAD(b);
      else scores[index] = left * load_first(a, rest, 0) + tap.weight * load_first(b, rest, 0);
    }
    transpose(scores);
    for (int32_t channel = 0; channel < rest; channel++) STORE(out + (size_t)(block + channel) * LANES, scores[channel]);
  }
}

// A row's scores at the columns of a vector.
INLINE const float *take_scores(Strip *strip, int32_t row, int32_t vector) {
  const SegLabels *work = strip->work;
  const int32_t column = strip->begin + vector * LANES;
  float *out = held_scores(strip, row, vector);
  if (strip->held[row % 2][vector] == row) return out;
  strip->held[row % 2][vector] = row;
  if (pixel(&work->scores, row, column_tap(work, column + LANES - 1).second) <= strip->safe) interpolate_columns(work, row, column, out, 1);
  else interpolate_columns(work, row, column, out, 0);
  return out;
}

// Rows of labels that are made at once.
enum { ROWS = 2 };

INLINE void compare_classes(Greatest greatest[ROWS], const float *upper, const float *lower, const float weights[ROWS], int32_t begin, int32_t end) {
  IntegerLanes class = (IntegerLanes){0} + begin;
  for (int32_t channel = begin; channel < end; channel++, class += 1) {
    const Lanes above = LOAD(upper + (size_t)channel * LANES), below = LOAD(lower + (size_t)channel * LANES);
    for (int32_t row = 0; row < ROWS; row++) compare(&greatest[row], (1 - weights[row]) * above + weights[row] * below, class);
  }
}

// The labels of sixteen places of each of some rows between two rows of scores, by the plain rule.
INLINE void row_labels(const SegLabels *work, const float *upper, const float *lower, const float weights[ROWS], IntegerLanes labels[ROWS]) {
  const int32_t channels = work->scores.channels, start = work->ignored == 0 && channels > 1 ? 1 : 0;
  const int32_t left_out = work->ignored > start && work->ignored < channels ? work->ignored : channels;
  Greatest greatest[ROWS];
  for (int32_t row = 0; row < ROWS; row++) {
    const Lanes above = LOAD(upper + start * LANES), below = LOAD(lower + start * LANES);
    greatest[row] = (Greatest){.score = (1 - weights[row]) * above + weights[row] * below, .label = (IntegerLanes){0} + start};
  }
  compare_classes(greatest, upper, lower, weights, start + 1, left_out);
  compare_classes(greatest, upper, lower, weights, left_out + 1, channels);
  for (int32_t row = 0; row < ROWS; row++) labels[row] = greatest[row].label;
}

// For sixteen columns between two rows of scores, the label that the four corners around have in common, or -1. Whether there is one everywhere.
INLINE int common_labels(const SegLabels *work, SegTap vertical, int32_t column, IntegerLanes *labels) {
  const int16_t *upper = work->corners + (size_t)vertical.first * work->scores.width, *lower = work->corners + (size_t)vertical.second * work->scores.width;
  const int32_t begin = column_tap(work, column).first, end = column_tap(work, column + LANES - 1).second, one = upper[begin];
  int32_t differs = one < 0;
  for (int32_t index = begin; index <= end; index++) differs |= (upper[index] ^ one) | (lower[index] ^ one);
  *labels = (IntegerLanes){0} + one;
  if (!differs) return 1;
  int32_t common[LANES];
  for (int32_t index = 0; index < LANES; index++) {
    const SegTap tap = column_tap(work, column + index);
    const int32_t first = upper[tap.first];
    common[index] = first == upper[tap.second] && first == lower[tap.first] && first == lower[tap.second] ? first : -1;
  }
  memcpy(labels, common, sizeof common);
  return 0;
}

// The labels of the rows begin..<end, which lie between the same two rows of scores.
INLINE void label_rows(Strip *strip, int32_t begin, int32_t end) {
  const SegLabels *work = strip->work;
  const SegTap vertical = work->rows[begin];
  for (int32_t vector = 0; vector < strip->vectors; vector++) {
    const int32_t column = strip->begin + vector * LANES;
    const size_t count = work->width - column < LANES ? (size_t)(work->width - column) : LANES;
    IntegerLanes common = (IntegerLanes){0} - 1;
    const int is_common = work->corners && common_labels(work, vertical, column, &common);
    const float *upper = is_common ? NULL : take_scores(strip, vertical.first, vector);
    const float *lower = is_common ? NULL : take_scores(strip, vertical.second, vector);
    for (int32_t row = begin; row < end; row += ROWS) {
      IntegerLanes labels[ROWS];
      float weights[ROWS];
      for (int32_t index = 0; index < ROWS; index++) weights[index] = work->rows[row + index < end ? row + index : row].weight;
      if (!is_common) row_labels(work, upper, lower, weights, labels);
      for (int32_t index = 0; index < ROWS && row + index < end; index++) {
        const IntegerLanes made = is_common ? common : ((common < 0) & labels[index]) | (~(common < 0) & common);
        const ByteLanes bytes = __builtin_convertvector(made, ByteLanes);
        memcpy(work->labels + (size_t)(row + index) * work->width + column, &bytes, count);
      }
    }
  }
}

KERNEL void seg_enlarged_labels(const void *arguments, int32_t begin, int32_t end) {
  const SegLabels *work = arguments;
  const int32_t covered = (work->scores.channels + LANES - 1) / LANES * LANES, all = (work->width + LANES - 1) / LANES;
  float room[ROOM] __attribute__((aligned(64)));
  Strip strip = {.work = work, .scores = room};
  strip.safe = work->scores.data + (size_t)work->scores.height * work->scores.width * work->scores.pixel_stride - covered;
  const int32_t fitting = ROOM / (2 * LANES * work->scores.channels), most = fitting < MOST_VECTORS ? fitting : MOST_VECTORS;
  for (int32_t first = 0; first < all; first += most) {
    strip.begin = first * LANES;
    strip.vectors = all - first < most ? all - first : most;
    memset(strip.held, -1, sizeof strip.held);
    for (int32_t row = begin, next; row < end; row = next) {
      next = row + 1;
      while (next < end && work->rows[next].first == work->rows[row].first && work->rows[next].second == work->rows[row].second) next++;
      label_rows(&strip, row, next);
    }
  }
}
