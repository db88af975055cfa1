#include "SegAttention.h"

#include "softmax.h"

INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

// Rows of a product that are worked on at once: with eight vectors of sums the next term need not wait for the last.
enum { TILE = SEG_ATTEND_PLACES };

// A matrix of which (row, term) lies at data[row * row_step + term * term_step].
typedef struct Factor {
  const float *data;
  size_t row_step, term_step;
} Factor;

// sums[row] = sum over the terms of left (row, term) * the sixteen numbers at right + term * right_step; `rows` is a constant where this is used.
INLINE void multiply_rows(Factor left, const float *right, size_t right_step, int32_t terms, int32_t rows, Lanes *sums) {
  Lanes made[TILE] = {{0}};
  for (int32_t term = 0; term < terms; term++, right += right_step) {
    const Lanes x = LOAD(right);
    const float *factors = left.data + (size_t)term * left.term_step;
    for (int32_t row = 0; row < rows; row++) made[row] += x * factors[(size_t)row * left.row_step];
  }
  for (int32_t row = 0; row < rows; row++) sums[row] = made[row];
}

// The same for up to TILE rows.
INLINE void multiply_tile(Factor left, const float *right, size_t right_step, int32_t terms, int32_t rows, Lanes *sums) {
  switch (rows) {
    case 1: multiply_rows(left, right, right_step, terms, 1, sums); break;
    case 2: multiply_rows(left, right, right_step, terms, 2, sums); break;
    case 3: multiply_rows(left, right, right_step, terms, 3, sums); break;
    case 4: multiply_rows(left, right, right_step, terms, 4, sums); break;
    case 5: multiply_rows(left, right, right_step, terms, 5, sums); break;
    case 6: multiply_rows(left, right, right_step, terms, 6, sums); break;
    case 7: multiply_rows(left, right, right_step, terms, 7, sums); break;
    default: multiply_rows(left, right, right_step, terms, TILE, sums);
  }
}

// The number of a product in a row shorter than sixteen.
INLINE float multiply_one(Factor left, const float *right, size_t right_step, int32_t terms, int32_t row) {
  float sum = 0;
  for (int32_t term = 0; term < terms; term++) sum += left.data[(size_t)row * left.row_step + (size_t)term * left.term_step] * right[(size_t)term * right_step];
  return sum;
}

// The first channel of the tile that begins at `channel`: the last tile ends with the last channel and covers some channels again.
INLINE int32_t tile_start(int32_t channel, int32_t channels) { return channel + LANES <= channels ? channel : channels - LANES; }

// Writes the weights of one place for all regions and adds them to the totals.
INLINE void weigh(const float *logits, const float *greatest, int32_t regions, int32_t padded, float *weights, float *totals) {
  for (int32_t region = 0; region < padded; region += LANES) {
    const Lanes weight = exponential(load_first(logits + region, regions - region, -INFINITY) - LOAD(greatest + region));
    STORE(totals + region, LOAD(totals + region) + weight);
    STORE(weights + region, weight);
  }
}

// Writes `channels` numbers of each of `count` places, LANES apart; zeros fill them up.
INLINE void copy_tile(const float *in, size_t step, int32_t channels, int32_t count, float *tile) {
  for (int32_t place = 0; place < count; place++, in += step, tile += LANES) {
    // The processor sees no stream in steps of a place, so what the next tiles need is asked for here.
    __builtin_prefetch(in + 2 * LANES);
    STORE(tile, load_first(in, channels, 0));
  }
}

KERNEL void seg_gather_parts(const void *arguments, int32_t begin, int32_t end) {
  const SegGather *work = arguments;
  const int32_t regions = work->logits.channels, padded = work->padded_regions, channels = work->features.channels;
  const int32_t places = work->logits.height * work->logits.width;
  const int32_t blocks = (regions + TILE - 1) / TILE;
  const size_t step = (size_t)work->features.pixel_stride;
  for (int32_t part = begin; part < end; part++) {
    float *greatest = work->scratch + (size_t)part * work->part_size, *totals = greatest + padded, *weights = totals + padded;
    float *sums = weights + (size_t)SEG_GATHER_PLACES * padded;
    const int32_t first = part * work->part_places, last = smaller(first + work->part_places, places);
    for (int32_t region = 0; region < padded; region++) {
      greatest[region] = -INFINITY;
      totals[region] = 0;
    }
    memset(sums, 0, (size_t)padded * work->padded_channels * sizeof(float));
    for (int32_t place = first; place < last; place++) {
      const float *logits = work->logits.data + (size_t)place * work->logits.pixel_stride;
      for (int32_t region = 0; region < regions; region++) greatest[region] = logits[region] > greatest[region] ? logits[region] : greatest[region];
    }
    for (int32_t place = first; place < last; place += SEG_GATHER_PLACES) {
      const int32_t count = smaller(SEG_GATHER_PLACES, last - place);
      for (int32_t index = 0; index < count; index++) {
        const float *logits = work->logits.data + (size_t)(place + index) * work->logits.pixel_stride;
        weigh(logits, greatest, regions, padded, weights + (size_t)index * padded, totals);
      }
      const float *features = work->features.data + (size_t)place * step;
      for (int32_t channel = 0; channel < channels; channel += LANES) {
        // A copy, because places of many channels lie so far apart that few of them stay in the nearest cache.
        float tile[SEG_GATHER_PLACES * LANES];
        copy_tile(features + (channels < LANES ? 0 : tile_start(channel, channels)), step, smaller(channels, LANES), count, tile);
        for (int32_t block = 0; block < blocks; block++) {
          const int32_t region = regions * block / blocks, rows = regions * (block + 1) / blocks - region;
          const Factor left = {weights + region, 1, (size_t)padded};
          float *out = sums + (size_t)region * work->padded_channels + channel;
          Lanes made[TILE];
          multiply_tile(left, tile, LANES, count, rows, made);
          for (int32_t row = 0; row < rows; row++, out += work->padded_channels) STORE(out, LOAD(out) + made[row]);
        }
      }
    }
  }
}

KERNEL void seg_gather_regions(const void *arguments, int32_t begin, int32_t end) {
  const SegGather *work = arguments;
  const int32_t padded = work->padded_regions, channels = work->features.channels;
  for (int32_t region = begin; region < end; region++) {
    const float *first = work->scratch + region;
    float greatest = -INFINITY, total = 0;
    for (int32_t part = 0; part < work->parts; part++) {
      const float here = first[(size_t)part * work->part_size];
      greatest = here > greatest ? here : greatest;
    }
    float *out = pixel(&work->output, 0, region);
    memset(out, 0, (size_t)channels * sizeof(float));
    for (int32_t part = 0; part < work->parts; part++) {
      const float *scratch = first + (size_t)part * work->part_size;
      const float weight = expf(*scratch - greatest);
      total += weight * scratch[padded];
      const float *sums = scratch - region + (size_t)(2 + SEG_GATHER_PLACES) * padded + (size_t)region * work->padded_channels;
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) STORE(out + channel, LOAD(out + channel) + weight * LOAD(sums + channel));
      const int32_t shift = channels < LANES ? 0 : channel + LANES - channels;
      for (; channel < channels; channel++) out[channel] += weight * sums[channel + shift];
    }
    for (int32_t channel = 0; channel < channels; channel++) out[channel] /= total;
  }
}

void seg_turn_keys(const void *arguments, int32_t begin, int32_t end) {
  const SegAttend *work = arguments;
  for (int32_t channel = begin; channel < end; channel++) {
    float *out = work->turned + (size_t)channel * work->padded_keys;
    for (int32_t key = 0; key < work->keys.width; key++) out[key] = work->scale * pixel(&work->keys, 0, key)[channel];
  }
}

KERNEL void seg_attend(const void *arguments, int32_t begin, int32_t end) {
  const SegAttend *work = arguments;
  const int32_t padded = work->padded_keys, keys = work->keys.width, channels = work->output.channels;
  const size_t step = (size_t)work->values.pixel_stride;
  for (int32_t row = begin; row < end; row++) {
    float *weights = work->weights + (size_t)row * TILE * padded;
    for (int32_t column = 0; column < work->output.width; column += TILE) {
      const int32_t rows = smaller(TILE, work->output.width - column);
      const Factor queries = {pixel(&work->queries, row, column), (size_t)work->queries.pixel_stride, 1};
      Lanes made[TILE];
      for (int32_t key = 0; key < padded; key += LANES) {
        multiply_tile(queries, work->turned + key, (size_t)padded, work->queries.channels, rows, made);
        for (int32_t index = 0; index < rows; index++) STORE(weights + (size_t)index * padded + key, made[index]);
      }
      for (int32_t index = 0; index < rows; index++) softmax(weights + (size_t)index * padded, weights + (size_t)index * padded, keys);
      const Factor left = {weights, (size_t)padded, 1};
      for (int32_t channel = 0; channel < channels; channel += LANES) {
        if (channels < LANES) {
          for (int32_t index = 0; index < rows; index++)
            for (int32_t c = 0; c < channels; c++) pixel(&work->output, row, column + index)[c] = multiply_one(left, work->values.data + c, step, keys, index);
          continue;
        }
        const int32_t start = tile_start(channel, channels);
        multiply_tile(left, work->values.data + start, step, keys, rows, made);
        for (int32_t index = 0; index < rows; index++) STORE(pixel(&work->output, row, column + index) + start, made[index]);
      }
    }
  }
}
