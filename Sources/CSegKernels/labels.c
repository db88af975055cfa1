#include "SegLabels.h"

#include "greatest.h"

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
      for (int32_t index = 0; index < 4; index++) compare(&greatest, classes[index], (IntegerLanes){0} + (channel + index));
    for (int32_t index = 0; !is_plain && index < 4 && channel + index < channels; index++) {
      if (channel + index == start) {
        greatest.score = classes[index];
        greatest.trouble += classes[index] * 0;
      } else if (channel + index != ignored && channel + index > start) {
        compare(&greatest, classes[index], (IntegerLanes){0} + (channel + index));
      }
    }
  }
  return greatest;
}

// The label of one place by the plain rule.
INLINE int32_t plain_label(const SegLabels *work, const float *scores) {
  int32_t best = work->ignored == 0 && work->scores.channels > 1 ? 1 : 0;
  for (int32_t channel = best + 1; channel < work->scores.channels; channel++)
    if (channel != work->ignored && scores[channel] > scores[best]) best = channel;
  return best;
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
      out[column] = is_finite(here, channels) ? (int16_t)plain_label(work, here) : -1;
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
      for (int32_t index = 0; index < count; index++) out[column + index] = (uint8_t)plain_label(work, first + offsets[index]);
    }
  }
}

KERNEL void seg_labels(const void *arguments, int32_t begin, int32_t end) {
  const SegLabels *work = arguments;
  const float *safe = safe_end(&work->scores);
  for (int32_t row = begin; row < end; row++) plain_row(work, row, safe);
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
