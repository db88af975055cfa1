#include "SegLabels.h"

#include "vectors.h"

typedef _Bool BitLanes __attribute__((ext_vector_type(16)));

// The scores at one place of the output: four corners and their shares.
typedef struct Corners {
  const float *a, *b, *c, *d;
  float right, lower;
} Corners;

INLINE float score(const Corners *corners, int32_t channel) {
  const float left = 1 - corners->right, higher = 1 - corners->lower;
  return higher * (left * corners->a[channel] + corners->right * corners->b[channel]) + corners->lower * (left * corners->c[channel] + corners->right * corners->d[channel]);
}

// The plain rule, also for scores that are not numbers.
INLINE int32_t plain_label(const Corners *corners, int32_t channels, int32_t ignored) {
  int32_t best = ignored == 0 ? 1 : 0;
  if (best >= channels) return 0;
  for (int32_t channel = best + 1; channel < channels; channel++)
    if (channel != ignored && score(corners, channel) > score(corners, best)) best = channel;
  return best;
}

INLINE uint32_t bits(IntegerLanes mask) {
  const BitLanes flags = __builtin_convertvector(mask, BitLanes);
  uint16_t result;
  memcpy(&result, &flags, sizeof result);
  return result;
}

// The greatest of sixteen scores that take part and its place, or -1 when no comparison holds.
INLINE int32_t lanes_label(Lanes x, IntegerLanes takes_part, float *greatest) {
  const Lanes lowest = SPLAT(-INFINITY);
  x = SELECT(takes_part, x, lowest);
  *greatest = __builtin_reduce_max(x);
  const uint32_t equal = bits((x == SPLAT(*greatest)) & takes_part);
  return equal ? __builtin_ctz(equal) : -1;
}

INLINE int32_t label(const Corners *corners, int32_t channels, int32_t ignored, int is_interpolated) {
  const IntegerLanes numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  int32_t best = -1;
  float greatest = 0;
  for (int32_t channel = 0; channel < channels; channel += LANES) {
    const IntegerLanes takes_part = (numbers + channel < channels) & (numbers + channel != ignored);
    Lanes x;
    if (is_interpolated) {
      const float left = 1 - corners->right, higher = 1 - corners->lower;
      x = higher * (left * LOAD(corners->a + channel) + corners->right * LOAD(corners->b + channel)) +
          corners->lower * (left * LOAD(corners->c + channel) + corners->right * LOAD(corners->d + channel));
    } else {
      x = LOAD(corners->a + channel);
    }
    float here;
    const int32_t place = lanes_label(x, takes_part, &here);
    if (place < 0) {
      // Sixteen lanes of which only the ignored class is real hold nothing to compare; anything else is not a number.
      if (channels - channel == 1 && ignored == channel) continue;
      return plain_label(corners, channels, ignored);
    }
    if (best < 0 || here > greatest) {
      greatest = here;
      best = channel + place;
    }
  }
  return best < 0 ? 0 : best;
}

// The last place from which vectors may be read: they cover up to 15 elements past a position's last class.
INLINE const float *safe_end(const SegMap *scores) {
  const int32_t covered = (scores->channels + LANES - 1) / LANES * LANES;
  return scores->data + (size_t)scores->height * scores->width * scores->pixel_stride - covered;
}

typedef float QuadLanes __attribute__((vector_size(16), aligned(4)));
typedef float EightLanes __attribute__((vector_size(32), aligned(4)));

// The scores of four neighbouring classes at four places, the places apart from each other: places first, first + 4, first + 8, first + 12.
INLINE Lanes four_places(const float *const *places, int32_t first, int32_t channel) {
#define QUAD(place) (*(const QuadLanes *)(places[place] + channel))
  const EightLanes low = __builtin_shufflevector(QUAD(first), QUAD(first + 4), 0, 1, 2, 3, 4, 5, 6, 7);
  const EightLanes high = __builtin_shufflevector(QUAD(first + 8), QUAD(first + 12), 0, 1, 2, 3, 4, 5, 6, 7);
#undef QUAD
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// The greatest score so far at sixteen places, its class, and what is not zero where a score was infinite or not a number.
typedef struct Greatest {
  Lanes score, trouble;
  IntegerLanes label;
} Greatest;

INLINE void compare(Greatest *greatest, Lanes x, int32_t channel) {
  const IntegerLanes above = x > greatest->score;
  greatest->score = SELECT(above, x, greatest->score);
  greatest->label = (above & channel) | (~above & greatest->label);
  greatest->trouble += x * 0;
}

// The labels of sixteen places by the plain rule, one class after another at all of them. Reads up to three elements past each place's last class.
INLINE Greatest sixteen_labels(const float *const *places, int32_t channels, int32_t ignored) {
  const int32_t start = ignored == 0 ? 1 : 0;
  Greatest greatest = {.label = (IntegerLanes){0} + (start < channels ? start : 0)};
  for (int32_t channel = 0; channel < channels; channel += 4) {
    const Lanes a = four_places(places, 0, channel), b = four_places(places, 1, channel), c = four_places(places, 2, channel), d = four_places(places, 3, channel);
    // Four by four within each quarter: two interleavings by one, then by two.
    const Lanes ab = __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    const Lanes ab2 = __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    const Lanes cd = __builtin_shufflevector(c, d, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    const Lanes cd2 = __builtin_shufflevector(c, d, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    const Lanes classes[4] = {
      __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
      __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31),
      __builtin_shufflevector(ab2, cd2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
      __builtin_shufflevector(ab2, cd2, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31),
    };
    const int is_plain = channel > start && channel + 4 <= channels && (ignored < channel || ignored >= channel + 4);
    if (is_plain)
      for (int32_t index = 0; index < 4; index++) compare(&greatest, classes[index], channel + index);
    for (int32_t index = 0; !is_plain && index < 4 && channel + index < channels; index++) {
      if (channel + index == start) {
        greatest.score = classes[index];
        greatest.trouble += classes[index] * 0;
      } else if (channel + index != ignored && channel + index > start) {
        compare(&greatest, classes[index], channel + index);
      }
    }
  }
  return greatest;
}

INLINE int32_t corner_label(const SegLabels *work, const float *here) {
  const Corners corners = {here, here, here, here, 0, 0};
  return plain_label(&corners, work->scores.channels, work->ignored);
}

INLINE int is_finite(const float *scores, int32_t count) {
  float sum = 0;
  for (int32_t index = 0; index < count; index++) sum += scores[index] * 0;
  return sum == 0;
}

KERNEL void seg_corner_labels(const void *arguments, int32_t begin, int32_t end) {
  const SegLabels *work = arguments;
  const SegMap *scores = &work->scores;
  const int32_t channels = scores->channels;
  const float *safe = safe_end(scores);
  for (int32_t row = begin; row < end; row++) {
    int16_t *out = work->corners + (size_t)row * scores->width;
    int32_t column = 0;
    for (; column + LANES <= scores->width && pixel(scores, row, column + LANES - 1) <= safe; column += LANES) {
      const float *places[LANES];
      for (int32_t index = 0; index < LANES; index++) places[index] = pixel(scores, row, column + index);
      const Greatest found = sixteen_labels(places, channels, work->ignored);
      for (int32_t index = 0; index < LANES; index++) out[column + index] = (int16_t)(found.trouble[index] == 0 ? found.label[index] : -1);
    }
    for (; column < scores->width; column++) {
      const float *here = pixel(scores, row, column);
      out[column] = is_finite(here, channels) ? (int16_t)corner_label(work, here) : -1;
    }
  }
}

// The label of all places between four corners, or -1 where they differ.
INLINE int32_t common_label(const SegLabels *work, SegTap vertical, SegTap horizontal) {
  const int16_t *upper = work->corners + (size_t)vertical.first * work->scores.width, *lower = work->corners + (size_t)vertical.second * work->scores.width;
  const int16_t one = upper[horizontal.first];
  return one == upper[horizontal.second] && one == lower[horizontal.first] && one == lower[horizontal.second] ? one : -1;
}

INLINE void interpolated_row(const SegLabels *work, int32_t row, const float *safe) {
  const SegMap *scores = &work->scores;
  const SegTap vertical = work->rows[row];
  uint8_t *out = work->labels + (size_t)row * work->width;
  int32_t column = 0;
  while (column < work->width) {
    // Places between the same four corners follow one another.
    const SegTap first = work->columns[column];
    int32_t last = column + 1;
    while (last < work->width && work->columns[last].first == first.first && work->columns[last].second == first.second) last++;
    const int32_t common = work->corners ? common_label(work, vertical, first) : -1;
    if (common >= 0) {
      for (; column < last; column++) out[column] = (uint8_t)common;
      continue;
    }
    Corners corners = {pixel(scores, vertical.first, first.first), pixel(scores, vertical.first, first.second), pixel(scores, vertical.second, first.first),
                       pixel(scores, vertical.second, first.second), 0, vertical.weight};
    for (; column < last; column++) {
      corners.right = work->columns[column].weight;
      out[column] = (uint8_t)(corners.d <= safe ? label(&corners, scores->channels, work->ignored, 1) : plain_label(&corners, scores->channels, work->ignored));
    }
  }
}

// One row of labels from scores that need no interpolation: a map of a block of one is one whose positions lie one after another.
INLINE void plain_row(const SegLabels *work, int32_t row, const float *safe) {
  const int32_t block = work->block, u = row + work->top;
  const ptrdiff_t stride = work->scores.pixel_stride, jump = (block * block - block + 1) * stride;
  int32_t within = work->left % block;
  const float *first = pixel(&work->scores, u / block, work->left / block * block * block + u % block * block + within);
  uint8_t *out = work->labels + (size_t)row * work->width;
  // Where sixteen places and the one behind them lie from the first; again and again the same where sixteen is so many whole blocks.
  ptrdiff_t offsets[LANES + 1] = {0};
  for (int32_t column = 0; column < work->width; column += LANES, first += offsets[LANES]) {
    const int32_t count = work->width - column < LANES ? work->width - column : LANES;
    for (int32_t index = 0; index < LANES && (column == 0 || LANES % block != 0); index++) {
      within = within + 1 == block ? 0 : within + 1;
      offsets[index + 1] = offsets[index] + (within == 0 ? jump : stride);
    }
    if (count == LANES && first + offsets[LANES - 1] <= safe) {
      const float *places[LANES];
      for (int32_t index = 0; index < LANES; index++) places[index] = first + offsets[index];
      *(ByteLanes *)(out + column) = __builtin_convertvector(sixteen_labels(places, work->scores.channels, work->ignored).label, ByteLanes);
    } else {
      for (int32_t index = 0; index < count; index++) out[column + index] = (uint8_t)corner_label(work, first + offsets[index]);
    }
  }
}

KERNEL void seg_labels(const void *arguments, int32_t begin, int32_t end) {
  const SegLabels *work = arguments;
  const float *safe = safe_end(&work->scores);
  for (int32_t row = begin; row < end; row++) {
    if (work->rows) {
      interpolated_row(work, row, safe);
    } else {
      plain_row(work, row, safe);
    }
  }
}

// Sixteen bytes of the pixels from `in` on whose first and third channels are exchanged, from byte 16 * part of three times sixteen.
INLINE ByteLanes exchanged(const uint8_t *in, int32_t part) {
#define BYTES(start) (*(const ByteLanes *)(in + (start)))
  if (part == 0) return __builtin_shufflevector(BYTES(0), BYTES(16), 2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9, 14, 13, 12, 17);
  if (part == 1) return __builtin_shufflevector(BYTES(15), BYTES(17), 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9, 14, 13, 12, 31, 30);
  return __builtin_shufflevector(BYTES(30), BYTES(32), 0, 5, 4, 3, 8, 7, 6, 11, 10, 9, 14, 13, 12, 31, 30, 15);
#undef BYTES
}

INLINE void normalize(const SegNormalize *work, int32_t begin, int32_t end, int swaps) {
  // Sixteen is one more than a multiple of three: three vectors of factors, each shifted by one channel, repeat for ever.
  float scale[3 * LANES], offset[3 * LANES];
  for (int32_t index = 0; index < 3 * LANES; index++) {
    scale[index] = work->scale[index % 3];
    offset[index] = work->offset[index % 3];
  }
  const int32_t count = work->width * 3;
  for (int32_t row = begin; row < end; row++) {
    const uint8_t *in = work->bytes + (size_t)row * work->row_bytes;
    float *out = work->output + (size_t)row * count;
    int32_t index = 0;
    for (; index + 3 * LANES <= count; index += 3 * LANES) {
      for (int32_t part = 0; part < 3; part++) {
        const ByteLanes bytes = swaps ? exchanged(in + index, part) : *(const ByteLanes *)(in + index + part * LANES);
        STORE(out + index + part * LANES, __builtin_convertvector(bytes, Lanes) * LOAD(scale + part * LANES) + LOAD(offset + part * LANES));
      }
    }
    for (; index < count; index++) out[index] = (float)in[swaps ? index + 2 - 2 * (index % 3) : index] * scale[index % 3] + offset[index % 3];
  }
}

KERNEL void seg_normalize(const void *arguments, int32_t begin, int32_t end) {
  const SegNormalize *work = arguments;
  if (work->swaps_red_and_blue) {
    normalize(work, begin, end, 1);
  } else {
    normalize(work, begin, end, 0);
  }
}
