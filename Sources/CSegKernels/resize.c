#include "SegResize.h"

#include "typed.h"

void seg_resize_taps(SegTap *taps, int32_t count, int32_t source, int32_t align_corners) {
  const float corner_step = count > 1 ? (float)(source - 1) / (float)(count - 1) : 0, step = (float)source / (float)count;
  for (int32_t index = 0; index < count; index++) {
    const float centre = ((float)index + 0.5f) * step - 0.5f;
    const float place = align_corners ? (float)index * corner_step : (centre > 0 ? centre : 0);
    const int32_t first = (int32_t)place < source - 1 ? (int32_t)place : source - 1;
    taps[index] = (SegTap){first, first + 1 < source ? first + 1 : source - 1, place - (float)first};
  }
}

// The four corners of a place and their shares.
typedef struct Corners {
  const void *a, *b, *c, *d;
  float left, right, higher, lower;
} Corners;

INLINE void interpolate(const Access *in, const Corners *corners, const Access *out, void *to, int32_t channel, int32_t count) {
  const Lanes a = load_typed(in, corners->a, channel), b = load_typed(in, corners->b, channel);
  const Lanes c = load_typed(in, corners->c, channel), d = load_typed(in, corners->d, channel);
  store_part(out, to, channel, corners->higher * (corners->left * a + corners->right * b) + corners->lower * (corners->left * c + corners->right * d), count);
}

INLINE void resize(const SegResize *work, int32_t begin, int32_t end, Kind kind_in, Kind kind_out) {
  const Access in = access_to(&work->input, kind_in), out = access_to(&work->output, kind_out);
  const int32_t channels = work->output.channels;
  for (int32_t row = begin; row < end; row++) {
    const SegTap vertical = work->rows[row];
    for (int32_t column = 0; column < work->output.width; column++) {
      const SegTap horizontal = work->columns[column];
      const Corners corners = {
        place(&work->input, vertical.first, horizontal.first, kind_in), place(&work->input, vertical.first, horizontal.second, kind_in),
        place(&work->input, vertical.second, horizontal.first, kind_in), place(&work->input, vertical.second, horizontal.second, kind_in),
        1 - horizontal.weight, horizontal.weight, 1 - vertical.weight, vertical.weight};
      void *to = place(&work->output, row, column, kind_out);
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) interpolate(&in, &corners, &out, to, channel, LANES);
      if (channel < channels) interpolate(&in, &corners, &out, to, channel, channels - channel);
    }
  }
}

typedef float Few __attribute__((vector_size(16), aligned(4)));

enum {
  FEW = sizeof(Few) / sizeof(float), // channels at most that are worked on without gaps between pixels
  RUN = 256, // output pixels at once
  SPAN = 8192, // numbers of the input's rows that a run may lie between
};

// Whether runs of output pixels can be made of the input's rows as they lie: few channels without gaps, and not made much smaller.
INLINE int is_narrow(const SegResize *work) {
  const SegTypedMap *in = &work->input, *out = &work->output;
  return in->channels <= FEW && in->pixel_stride == in->channels && out->pixel_stride == out->channels &&
         (in->width / out->width + 2) * RUN * in->channels <= SPAN - 2 * LANES;
}

// The sixteen numbers from element `index` on; bytes as they are, without their scale, and made unsigned.
INLINE Lanes load_plain(const Access *access, const void *data, size_t index) {
  if (access->kind != BYTES) return load_typed(access, data, index);
  const ByteLanes bytes = *(const ByteLanes *)((const uint8_t *)data + index) ^ (uint8_t)access->flip;
  return __builtin_convertvector(__builtin_convertvector(bytes, IntegerLanes), Lanes);
}

// A run of pixels: first between the rows, all numbers in a line, then between the columns. No vector is wasted on a pixel's few channels so.
INLINE void resize_run(const SegResize *work, int32_t row, int32_t begin, int32_t count, int32_t channels, Kind kind_in, Kind kind_out) {
  const Access in = access_to(&work->input, kind_in), out = access_to(&work->output, kind_out);
  const SegTap vertical = work->rows[row], *taps = work->columns + begin;
  const int32_t first = taps[0].first, span = (taps[count - 1].second + 1 - first) * channels;
  const void *upper = place(&work->input, vertical.first, first, kind_in), *lower = place(&work->input, vertical.second, first, kind_in);
  float line[SPAN] __attribute__((aligned(64))), made[RUN * FEW + LANES] __attribute__((aligned(64)));
  for (int32_t index = 0; index < span; index += LANES) {
    const Lanes above = load_plain(&in, upper, index);
    STORE(line + index, above + vertical.weight * (load_plain(&in, lower, index) - above));
  }
  for (int32_t column = 0; column < count; column++) {
    const SegTap tap = taps[column];
    const Few left = *(const Few *)(line + (tap.first - first) * channels), right = *(const Few *)(line + (tap.second - first) * channels);
    // What a pixel writes too much the next one overwrites.
    *(Few *)(made + column * channels) = left + tap.weight * (right - left);
  }
  void *to = place(&work->output, row, begin, kind_out);
  for (int32_t index = 0; index < count * channels; index += LANES) {
    Lanes numbers = LOAD(made + index);
    if (kind_in == BYTES) numbers = (numbers - (float)in.flip) * in.scale;
    store_part(&out, to, index, numbers, count * channels - index);
  }
}

INLINE void resize_narrow(const SegResize *work, int32_t begin, int32_t end, int32_t channels, Kind kind_in, Kind kind_out) {
  const int32_t width = work->output.width;
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < width; column += RUN)
      resize_run(work, row, column, width - column < RUN ? width - column : RUN, channels, kind_in, kind_out);
}

KERNEL void seg_resize(const void *arguments, int32_t begin, int32_t end) {
  const SegResize *work = arguments;
#define BODY(kind_in, kind_out) resize(work, begin, end, kind_in, kind_out)
#define PICTURE(kind_in, kind_out) resize_narrow(work, begin, end, 3, kind_in, kind_out)
#define NARROW(kind_in, kind_out) resize_narrow(work, begin, end, work->output.channels, kind_in, kind_out)
  if (is_narrow(work) && work->output.channels == 3) {
    BY_KIND(PICTURE, work->input.format, work->output.format);
  } else if (is_narrow(work)) {
    BY_KIND(NARROW, work->input.format, work->output.format);
  } else {
    BY_KIND(BODY, work->input.format, work->output.format);
  }
#undef NARROW
#undef PICTURE
#undef BODY
}
