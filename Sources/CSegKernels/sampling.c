#include "SegSampling.h"

#include "wide_bytes.h"

enum {
  PARTS = SEG_AVERAGE_CHANNELS / LANES,
  MOST_BYTES = 257 // so many bytes have a sum of two bytes at most
};

typedef uint8_t HalfBytes __attribute__((vector_size(32), aligned(1)));
typedef uint16_t Words __attribute__((vector_size(64)));
typedef uint16_t HalfWords __attribute__((vector_size(32), aligned(2)));

_Static_assert(SEG_AVERAGE_CHANNELS == WIDE, "a share of bytes is one vector");

// The sums of 64 channels of bytes over the places of `rows` x `columns`, without their scale: whole numbers while they are small.
INLINE void sum_bytes(const SegTypedMap *input, const Access *in, SegRange rows, SegRange columns, int32_t channel, Lanes sums[PARTS]) {
  for (int32_t r = rows.begin; r < rows.end; r++) {
    for (int32_t first = columns.begin; first < columns.end; first += MOST_BYTES) {
      const int32_t count = smaller(columns.end - first, MOST_BYTES);
      const uint8_t *from = (const uint8_t *)place(input, r, first, BYTES) + channel;
      Words line[2] = {{0}};
      for (int32_t c = 0; c < count; c++, from += input->pixel_stride)
        for (int32_t half = 0; half < 2; half++)
          line[half] += __builtin_convertvector(*(const HalfBytes *)(from + half * 32) ^ (uint8_t)in->flip, Words);
      uint16_t numbers[WIDE];
      memcpy(numbers, line, sizeof line);
      for (int32_t part = 0; part < PARTS; part++) {
        const IntegerLanes whole = __builtin_convertvector(*(const HalfWords *)(numbers + part * LANES), IntegerLanes);
        sums[part] += __builtin_convertvector(whole - count * in->flip, Lanes);
      }
    }
  }
}

// The mean of up to sixteen channels over the places of `rows` x `columns`.
INLINE void average_part(const SegTypedMap *input, const Access *in, SegRange rows, SegRange columns, float factor, const Access *out, void *to, int32_t channel,
                         int32_t count) {
  // A sum for each row first: a long sum of single numbers would lose digits.
  Lanes sum = {0};
  for (int32_t r = rows.begin; r < rows.end; r++) {
    Lanes line = {0};
    for (int32_t c = columns.begin; c < columns.end; c++) line += load_typed(in, place(input, r, c, in->kind), channel);
    sum += line;
  }
  store_part(out, to, channel, sum * factor, count);
}

INLINE void average(const SegAverage *work, int32_t begin, int32_t end, Kind kind_in, Kind kind_out) {
  const SegTypedMap *input = &work->input, *output = &work->output;
  const Access in = access_to(input, kind_in), out = access_to(output, kind_out);
  const int32_t channels = output->channels, shares = (channels + SEG_AVERAGE_CHANNELS - 1) / SEG_AVERAGE_CHANNELS;
  for (int32_t share = begin; share < end; share++) {
    const int32_t position = share / shares, row = position / output->width, column = position % output->width;
    const SegRange rows = work->rows[row], columns = work->columns[column];
    const float factor = 1.0f / ((float)(rows.end - rows.begin) * (float)(columns.end - columns.begin));
    void *to = place(output, row, column, kind_out);
    int32_t channel = share % shares * SEG_AVERAGE_CHANNELS;
    const int32_t last = smaller(channel + SEG_AVERAGE_CHANNELS, channels);
    if (last - channel == SEG_AVERAGE_CHANNELS) {
      Lanes sums[PARTS] = {{0}};
      if (kind_in == BYTES) {
        sum_bytes(input, &in, rows, columns, channel, sums);
        for (int32_t part = 0; part < PARTS; part++) store_typed(&out, to, channel + part * LANES, sums[part] * (in.scale * factor));
        continue;
      }
      for (int32_t r = rows.begin; r < rows.end; r++) {
        Lanes line[PARTS] = {{0}};
        for (int32_t c = columns.begin; c < columns.end; c++) {
          const void *from = place(input, r, c, kind_in);
          for (int32_t part = 0; part < PARTS; part++) line[part] += load_typed(&in, from, channel + part * LANES);
        }
        for (int32_t part = 0; part < PARTS; part++) sums[part] += line[part];
      }
      for (int32_t part = 0; part < PARTS; part++) store_typed(&out, to, channel + part * LANES, sums[part] * factor);
      continue;
    }
    for (; channel + LANES <= last; channel += LANES) average_part(input, &in, rows, columns, factor, &out, to, channel, LANES);
    if (channel < last) average_part(input, &in, rows, columns, factor, &out, to, channel, last - channel);
  }
}

KERNEL void seg_average(const void *arguments, int32_t begin, int32_t end) {
  const SegAverage *work = arguments;
#define BODY(kind_in, kind_out) average(work, begin, end, kind_in, kind_out)
  BY_KIND(BODY, work->input.format, work->output.format);
#undef BODY
}

// Writes all channels of the map at (y, x), times `factor`. What lies outside the map has weight zero; so has a place that is not a number.
INLINE void sample(const SegMap *map, float y, float x, float factor, float *out) {
  const int32_t channels = map->channels;
  if (!(y > -1 && y < (float)map->height && x > -1 && x < (float)map->width)) {
    memset(out, 0, (size_t)channels * sizeof(float));
    return;
  }
  const int32_t row = (int32_t)floorf(y), column = (int32_t)floorf(x);
  const float lower = y - (float)row, right = x - (float)column;
  const int32_t top = row < 0 ? 0 : row, bottom = smaller(row + 1, map->height - 1);
  const int32_t first = column < 0 ? 0 : column, second = smaller(column + 1, map->width - 1);
  const float upper_weight = row < 0 ? 0 : factor * (1 - lower), lower_weight = row + 1 < map->height ? factor * lower : 0;
  const float left_weight = column < 0 ? 0 : 1 - right, right_weight = column + 1 < map->width ? right : 0;
  const float a = upper_weight * left_weight, b = upper_weight * right_weight, c = lower_weight * left_weight, d = lower_weight * right_weight;
  const float *upper_left = pixel(map, top, first), *upper_right = pixel(map, top, second);
  const float *lower_left = pixel(map, bottom, first), *lower_right = pixel(map, bottom, second);
  int32_t channel = 0;
  for (; channel + LANES <= channels; channel += LANES)
    STORE(out + channel, a * LOAD(upper_left + channel) + b * LOAD(upper_right + channel) + c * LOAD(lower_left + channel) + d * LOAD(lower_right + channel));
  for (; channel < channels; channel++)
    out[channel] = a * upper_left[channel] + b * upper_right[channel] + c * lower_left[channel] + d * lower_right[channel];
}

KERNEL void seg_warp(const void *arguments, int32_t begin, int32_t end) {
  const SegWarp *work = arguments;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *flow = pixel(&work->flow, row, column);
      const float y = (float)row + work->vertical * flow[1], x = (float)column + work->horizontal * flow[0];
      sample(&work->input, y, x, 1, pixel(&work->output, row, column));
    }
  }
}

// The logistic function of up to LANES numbers.
INLINE void modulations(const float *in, int32_t count, float *out) {
  Lanes x = {0};
  memcpy(&x, in, (size_t)count * sizeof(float));
  STORE(out, logistic(x));
}

KERNEL void seg_deformable_sample(const void *arguments, int32_t begin, int32_t end) {
  const SegDeformable *work = arguments;
  const int32_t kernel = work->kernel, taps = kernel * kernel, channels = work->input.channels;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *offsets = pixel(&work->offsets, row, column);
      float *out = pixel(&work->output, row, column);
      for (int32_t start = 0; start < taps; start += LANES) {
        const int32_t count = smaller(taps - start, LANES);
        float factors[LANES];
        modulations(offsets + 2 * taps + start, count, factors);
        for (int32_t index = 0; index < count; index++) {
          const int32_t tap = start + index;
          const float y = (float)(row * work->stride - work->padding + tap / kernel * work->dilation) + offsets[2 * tap];
          const float x = (float)(column * work->stride - work->padding + tap % kernel * work->dilation) + offsets[2 * tap + 1];
          sample(&work->input, y, x, factors[index], out + (size_t)tap * channels);
        }
      }
    }
  }
}
