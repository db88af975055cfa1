#include "SegResize.h"

#include "typed.h"

// Floats of the rows that a strip of columns is interpolated from: no more than stays near.
enum { ROOM = 16384 };

// Columns of the output whose neighbours in all parts fit into the room, for some of the channels.
typedef struct Strip {
  int32_t begin, end, channel, channels, stride; // `stride` is the distance of columns in the room, whole vectors
  int32_t first[SEG_SUM_PARTS], count[SEG_SUM_PARTS]; // columns of each part
  float *rows[SEG_SUM_PARTS];
} Strip;

// Where an output column lies between two columns of a part's row, and the shares of both.
typedef struct Cursor {
  const float *first, *second;
  float left, right;
} Cursor;

int32_t seg_sum_stride(int32_t channels, int32_t parts) {
  // Four columns of every part fit at least.
  const int32_t most = ROOM / (4 * parts) / LANES * LANES, blocks = (channels + most - 1) / most;
  return ((channels + blocks - 1) / blocks + LANES - 1) / LANES * LANES;
}

void seg_sum_columns(SegSumColumn *columns, const SegTap *taps, int32_t count, int32_t stride) {
  for (int32_t index = 0; index < count; index++) {
    const SegTap tap = taps[index];
    columns[index] = (SegSumColumn){tap.first * stride, tap.second * stride, 1 - tap.weight, tap.weight};
  }
}

// Columns of a part that `width` columns of the output from `begin` on lie between.
INLINE int32_t part_columns(const SegResizedSum *work, int32_t index, int32_t begin, int32_t width) {
  const SegSumColumn *columns = work->parts[index].columns;
  return (columns[begin + width - 1].second - columns[begin].first) / work->stride + 1;
}

// A width of strips whose columns of all parts are at most `most`, wherever they begin; 1 where that is too wide as well.
INLINE int32_t strip_width(const SegResizedSum *work, int32_t most) {
  int32_t width = work->output.width;
  for (int32_t begin = 0; begin < work->output.width && width > 1;) {
    const int32_t left = work->output.width - begin, strip = width < left ? width : left;
    int32_t columns = 0;
    for (int32_t index = 0; index < work->part_count; index++) columns += part_columns(work, index, begin, strip);
    if (columns <= most) {
      begin += width;
    } else {
      width--;
      begin = 0;
    }
  }
  return width;
}

INLINE void lay_strip(const SegResizedSum *work, Strip *strip, int32_t begin, int32_t width, float *room) {
  strip->begin = begin;
  strip->end = begin + width < work->output.width ? begin + width : work->output.width;
  for (int32_t index = 0; index < work->part_count; index++) {
    strip->first[index] = work->parts[index].columns[begin].first / work->stride;
    strip->count[index] = part_columns(work, index, begin, strip->end - begin);
    strip->rows[index] = room;
    room += strip->count[index] * strip->stride;
  }
}

// The part of a map's row that a strip needs for an output row, as floats.
INLINE void interpolate_row(const SegTypedMap *map, SegTap tap, int32_t first, int32_t count, const Strip *strip, float *out, Kind kind) {
  Access in = access_to(map, kind);
  const float upper = (1 - tap.weight) * in.scale, lower = tap.weight * in.scale;
  const size_t step = (size_t)map->pixel_stride * kind_bytes(kind), start = strip->channel * kind_bytes(kind);
  const char *a = (const char *)place(map, tap.first, first, kind) + start, *b = (const char *)place(map, tap.second, first, kind) + start;
  in.scale = 1;
  if (tap.first == tap.second || tap.weight == 0) {
    for (const float *end = out + (size_t)count * strip->stride; out < end; out += strip->stride, a += step)
      for (int32_t channel = 0; channel < strip->channels; channel += LANES) STORE(out + channel, (upper + lower) * load_typed(&in, a, channel));
    return;
  }
  for (const float *end = out + (size_t)count * strip->stride; out < end; out += strip->stride, a += step, b += step)
    for (int32_t channel = 0; channel < strip->channels; channel += LANES)
      STORE(out + channel, upper * load_typed(&in, a, channel) + lower * load_typed(&in, b, channel));
}

INLINE void interpolate_rows(const SegResizedSum *work, const Strip *strip, int32_t row) {
  for (int32_t index = 0; index < work->part_count; index++) {
    const SegSumPart *part = work->parts + index;
    const int32_t first = strip->first[index], count = strip->count[index];
    switch (kind_of(part->map.format)) {
    case FLOATS: interpolate_row(&part->map, part->rows[row], first, count, strip, strip->rows[index], FLOATS); break;
    case HALVES: interpolate_row(&part->map, part->rows[row], first, count, strip, strip->rows[index], HALVES); break;
    case BYTES: interpolate_row(&part->map, part->rows[row], first, count, strip, strip->rows[index], BYTES); break;
    }
  }
}

// Parts that lie between columns: all but those of a single column at the end, of which one stays if there are no others.
INLINE int32_t parts_between(const SegResizedSum *work) {
  int32_t count = work->part_count;
  while (count > 1 && work->parts[count - 1].map.width == 1) count--;
  return count;
}

// Adds the rows of the parts behind `parts`, which are the same for all columns, to that of the first part: both shares of a column add up to one.
INLINE void add_constants(const SegResizedSum *work, const Strip *strip, int32_t parts) {
  for (int32_t index = parts; index < work->part_count; index++) {
    const float *constant = strip->rows[index];
    for (int32_t column = 0; column < strip->count[0]; column++) {
      float *to = strip->rows[0] + (size_t)column * strip->stride;
      for (int32_t channel = 0; channel < strip->channels; channel += LANES) STORE(to + channel, LOAD(to + channel) + LOAD(constant + channel));
    }
  }
}

INLINE Lanes sum_at(const SegActivation *activation, const Cursor *cursors, int32_t parts, const Access *base, const void *from, int32_t channel) {
  Lanes sum = from ? load_typed(base, from, channel) : SPLAT(0.0f);
  for (int32_t index = 0; index < parts; index++) {
    sum = sum + cursors[index].left * LOAD(cursors[index].first + channel);
    sum = sum + cursors[index].right * LOAD(cursors[index].second + channel);
  }
  if (!activation->slopes) return sum;
  return ACTIVATE(sum, activation->slopes + channel, activation->upper);
}

INLINE void sum_row(const SegResizedSum *work, const Strip *strip, int32_t row, int32_t parts, Kind kind_base, Kind kind_out) {
  const Access base = access_to(&work->base, kind_base), out = access_to(&work->output, kind_out);
  const SegActivation activation = {work->activation.slopes ? work->activation.slopes + strip->channel : NULL, work->activation.upper, 0};
  const int32_t channels = strip->channels;
  const size_t base_step = (size_t)work->base.pixel_stride * kind_bytes(kind_base), step = (size_t)work->output.pixel_stride * kind_bytes(kind_out);
  const char *from = work->base.data ? (const char *)place(&work->base, row, strip->begin, kind_base) + strip->channel * kind_bytes(kind_base) : NULL;
  char *to = (char *)place(&work->output, row, strip->begin, kind_out) + strip->channel * kind_bytes(kind_out);
  const SegSumColumn *columns[SEG_SUM_PARTS];
  const float *rows[SEG_SUM_PARTS];
  int32_t starts[SEG_SUM_PARTS];
  for (int32_t index = 0; index < parts; index++) {
    columns[index] = work->parts[index].columns;
    rows[index] = strip->rows[index];
    starts[index] = strip->first[index] * strip->stride;
  }
  for (int32_t column = strip->begin; column < strip->end; column++, to += step) {
    Cursor cursors[SEG_SUM_PARTS];
    for (int32_t index = 0; index < parts; index++) {
      const SegSumColumn *place = columns[index] + column;
      cursors[index] = (Cursor){rows[index] + (place->first - starts[index]), rows[index] + (place->second - starts[index]), place->left, place->right};
    }
    Lanes made = sum_at(&activation, cursors, parts, &base, from, 0);
    if (channels < LANES) {
      store_typed_first(&out, to, 0, made, channels);
    } else {
      // The last vector ends with the last channel. Each is made before the one ahead of it is stored, as the base may be what is overwritten.
      int32_t channel = 0;
      while (channel + LANES < channels) {
        const int32_t next = channel + 2 * LANES <= channels ? channel + LANES : channels - LANES;
        const Lanes following = sum_at(&activation, cursors, parts, &base, from, next);
        store_typed(&out, to, channel, made);
        made = following;
        channel = next;
      }
      store_typed(&out, to, channel, made);
    }
    if (from) from += base_step;
  }
}

INLINE void sum_strip(const SegResizedSum *work, const Strip *strip, int32_t row, Kind kind_base, Kind kind_out) {
  const int32_t parts = parts_between(work);
  interpolate_rows(work, strip, row);
  add_constants(work, strip, parts);
  switch (parts) {
  case 1: sum_row(work, strip, row, 1, kind_base, kind_out); break;
  case 2: sum_row(work, strip, row, 2, kind_base, kind_out); break;
  case 3: sum_row(work, strip, row, 3, kind_base, kind_out); break;
  default: sum_row(work, strip, row, parts, kind_base, kind_out); break;
  }
}

KERNEL void seg_resized_sum(const void *arguments, int32_t begin, int32_t end) {
  const SegResizedSum *work = arguments;
  const SegFormat base = work->base.data ? work->base.format : work->output.format;
  float room[ROOM] __attribute__((aligned(64)));
  Strip strip = {.stride = work->stride};
  const int32_t channels = work->output.channels, width = strip_width(work, ROOM / work->stride);
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column += width) {
      lay_strip(work, &strip, column, width, room);
      for (strip.channel = 0; strip.channel < channels; strip.channel += work->stride) {
        strip.channels = channels - strip.channel < work->stride ? channels - strip.channel : work->stride;
#define BODY(kind_base, kind_out) sum_strip(work, &strip, row, kind_base, kind_out)
        BY_KIND(BODY, base, work->output.format);
#undef BODY
      }
    }
  }
}
