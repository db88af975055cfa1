#include "SegPooling.h"

#include "wide_bytes.h"

// The windows along one axis that an output place lies in, and its place in the first of them; every further one has it `stride` places earlier.
typedef struct Windows {
  int32_t first, last, place;
} Windows;

INLINE Windows windows_at(int32_t at, int32_t kernel, int32_t stride, int32_t padding, int32_t count) {
  const int32_t within = at + padding, first = within < kernel ? 0 : (within - kernel) / stride + 1;
  return (Windows){first, smaller(within / stride, count - 1), within - first * stride};
}

// The same for the next place, without a division.
INLINE void move_windows(Windows *windows, int32_t kernel, int32_t stride, int32_t count) {
  windows->place++;
  if (windows->last + 1 < count && windows->place == (windows->last + 1 - windows->first) * stride) windows->last++;
  if (windows->place < kernel) return;
  windows->place -= stride;
  windows->first++;
}

// What the windows at an output place put there: the last one's whose tap it is, or zero. A vector has as many elements as `Taps`.
#define UNPOOL_PART(Elements, Taps, Mask, size, widen) \
  do { \
    Elements found = {0}; \
    const char *in_row = in + (size_t)channel * (size); \
    const uint8_t *tap_row = taps + channel; \
    for (int32_t r = rows.first, place_row = rows.place; r <= rows.last; r++, place_row -= window.stride_vertical, in_row += in_step, tap_row += tap_step) { \
      int32_t tap = place_row * window.kernel_width + columns.place; \
      for (int32_t c = columns.first; c <= columns.last; c++, tap -= window.stride_horizontal) { \
        const size_t at = (size_t)(c - columns.first); \
        const Taps there = *(const Taps *)(tap_row + at * channels); \
        const Mask is_here = (Mask)(widen(there) == (uint8_t)tap); \
        found = (Elements)((is_here & *(const Mask *)(in_row + at * in_pixel)) | (~is_here & (Mask)found)); \
      } \
    } \
    memcpy(out + (size_t)channel * (size), &found, smaller(channels - channel, (int32_t)sizeof(Taps)) * (size_t)(size)); \
  } while (0)

// Four places of an output of bytes whose channels fill vectors, which are as many columns apart as windows: `columns` are those of the first place, and each
// further place has the next ones.
INLINE void unpool_four(const SegMaxUnpool *work, Windows rows, Windows columns, uint8_t *out) {
  const SegTypedMap *input = &work->input;
  const SegWindow window = work->window;
  const size_t in_pixel = (size_t)input->pixel_stride, tap_pixel = (size_t)input->channels;
  for (int32_t channel = 0; channel < input->channels; channel += LANES) {
    WideBytes found = {0};
    for (int32_t r = rows.first, place_row = rows.place; r <= rows.last; r++, place_row -= window.stride_vertical) {
      const size_t first = (size_t)r * input->width + columns.first;
      const uint8_t *in = (const uint8_t *)input->data + first * in_pixel + channel, *taps = work->taps + first * tap_pixel + channel;
      int32_t tap = place_row * window.kernel_width + columns.place;
      for (int32_t c = columns.first; c <= columns.last; c++, tap -= window.stride_horizontal, in += in_pixel, taps += tap_pixel) {
        const WideBytes is_here = (WideBytes)(load_four(taps, tap_pixel) == (uint8_t)tap);
        found = (is_here & load_four(in, in_pixel)) | (~is_here & found);
      }
    }
    store_four(out + channel, (size_t)window.stride_horizontal * work->output.pixel_stride, found);
  }
}

// The output from a column on, four places at a time, and how many columns that were: four for each that a window is further than the one before, or none
// where windows at these places are cut off by the edges of the input.
INLINE int32_t unpool_fours(const SegMaxUnpool *work, int32_t row, int32_t column, Windows rows) {
  const SegWindow window = work->window;
  const int32_t stride = window.stride_horizontal, count = work->input.width, all = 4 * stride;
  if (column + all > work->output.width) return 0;
  const Windows ends[2] = {windows_at(column, window.kernel_width, stride, window.padding_left, count),
                           windows_at(column + all - 1, window.kernel_width, stride, window.padding_left, count)};
  const Windows starts[2] = {windows_at(column + 3 * stride, window.kernel_width, stride, window.padding_left, count),
                             windows_at(column + stride - 1, window.kernel_width, stride, window.padding_left, count)};
  for (int end = 0; end < 2; end++) {
    const int32_t ahead = end == 0 ? 3 : -3;
    if (starts[end].first - ends[end].first != ahead || starts[end].last - ends[end].last != ahead) return 0;
  }
  Windows columns = ends[0];
  for (int32_t phase = 0; phase < stride; phase++, move_windows(&columns, window.kernel_width, stride, count))
    unpool_four(work, rows, columns, place(&work->output, row, column + phase, BYTES));
  return all;
}

INLINE void unpool_row(const SegMaxUnpool *work, int32_t row, Kind kind) {
  typedef uint16_t HalfMask __attribute__((vector_size(32), aligned(1)));
  typedef int32_t WordMask __attribute__((vector_size(64), aligned(4)));
  const SegTypedMap *input = &work->input, *output = &work->output;
  const SegWindow window = work->window;
  const size_t size = kind_bytes(kind), in_pixel = input->pixel_stride * size, in_step = in_pixel * input->width;
  const int32_t channels = input->channels;
  const size_t tap_step = (size_t)input->width * channels;
  const Windows rows = windows_at(row, window.kernel_height, window.stride_vertical, window.padding_top, input->height);
  Windows columns = windows_at(0, window.kernel_width, window.stride_horizontal, window.padding_left, input->width);
  for (int32_t column = 0; column < output->width; column++, move_windows(&columns, window.kernel_width, window.stride_horizontal, input->width)) {
    if (kind == BYTES && channels % LANES == 0 && channels % WIDE != 0) {
      const int32_t before = column;
      for (int32_t made; (made = unpool_fours(work, row, column, rows)) > 0;) column += made;
      if (column > before) columns = windows_at(column, window.kernel_width, window.stride_horizontal, window.padding_left, input->width);
      if (column == output->width) break;
    }
    const char *in = (const char *)input->data + rows.first * in_step + columns.first * in_pixel;
    const uint8_t *taps = work->taps + rows.first * tap_step + (size_t)columns.first * channels;
    char *out = place(output, row, column, kind);
    int32_t channel = 0;
#define AS_BYTES(taps) (taps)
#define AS_HALVES(taps) __builtin_convertvector(taps, HalfMask)
#define AS_WORDS(taps) __builtin_convertvector(taps, WordMask)
    if (kind == BYTES) {
      for (; channel + WIDE <= channels; channel += WIDE) UNPOOL_PART(WideBytes, WideBytes, WideBytes, 1, AS_BYTES);
      for (; channel < channels; channel += LANES) UNPOOL_PART(ByteLanes, ByteLanes, ByteLanes, 1, AS_BYTES);
    } else if (kind == HALVES) {
      for (; channel < channels; channel += LANES) UNPOOL_PART(HalfMask, ByteLanes, HalfMask, 2, AS_HALVES);
    } else {
      for (; channel < channels; channel += LANES) UNPOOL_PART(WordMask, ByteLanes, WordMask, 4, AS_WORDS);
    }
#undef AS_BYTES
#undef AS_HALVES
#undef AS_WORDS
  }
}

#undef UNPOOL_PART

KERNEL void seg_max_unpool(const void *arguments, int32_t begin, int32_t end) {
  const SegMaxUnpool *work = arguments;
  const Kind kind = kind_of(work->output.format);
  if (kind == FLOATS) {
    for (int32_t row = begin; row < end; row++) unpool_row(work, row, FLOATS);
  } else if (kind == HALVES) {
    for (int32_t row = begin; row < end; row++) unpool_row(work, row, HALVES);
  } else {
    for (int32_t row = begin; row < end; row++) unpool_row(work, row, BYTES);
  }
}

// One output row that takes the blocks' positions as they are: those of one row of a block lie together in both maps.
INLINE void copy_blocks(const SegInterleave *work, int32_t row, int32_t size) {
  const SegTypedMap *output = &work->output;
  const int32_t channels = output->channels * size, block = work->block, u = row + work->top;
  const char *in = (const char *)work->input.data + ((size_t)(u / block) * work->input.width + work->left / block * block * block + u % block * block) * channels;
  char *out = (char *)output->data + (size_t)row * output->width * channels;
  const int32_t count = block * channels, step = block * count;
  int32_t left = work->left % block * channels, rest = output->width * channels;
  enum { AT_ONCE = sizeof(Lanes) };
  while (rest >= count || left > 0) {
    const int32_t length = smaller(count - left, rest);
    if (length == 0) return;
    if (length >= AT_ONCE) {
      for (int32_t index = 0; index + AT_ONCE <= length; index += AT_ONCE) *(WideBytes *)(out + index) = *(const WideBytes *)(in + left + index);
      *(WideBytes *)(out + length - AT_ONCE) = *(const WideBytes *)(in + left + length - AT_ONCE);
    } else {
      for (int32_t index = 0; index < length; index++) out[index] = in[left + index];
    }
    out += length;
    rest -= length;
    in += step;
    left = 0;
  }
  for (int32_t index = 0; index < rest; index++) out[index] = in[index];
}

// What an interleave reads and writes at one place.
typedef struct Spread {
  const void *in, *pooled;
  const uint8_t *taps;
  void *out;
  int32_t tap;
} Spread;

INLINE void interleave_part(const SegInterleave *work, const Access *in, const Access *pooled, const Access *out, const Spread *at, int32_t channel, int32_t count) {
  Lanes x = load_typed(in, at->in, channel);
  if (at->taps) {
    const IntegerLanes here = __builtin_convertvector(*(const ByteLanes *)(at->taps + channel), IntegerLanes) == at->tap;
    x += (Lanes)(here & (IntegerLanes)load_typed(pooled, at->pooled, channel));
  }
  store_part(out, at->out, channel, activated(&work->activation, x, channel), count);
}

// As many blocks of an output row of bytes as lie before `count` places, from bytes: what was pooled is read once for the neighbouring places of a block.
// Channels fill vectors. `flip` and `has_upper` are constants where this is used.
INLINE void unpool_bytes(const SegInterleave *work, int32_t row, int32_t count, int32_t flip, int has_upper) {
  const SegTypedMap *output = &work->output;
  const int32_t channels = output->channels, block = work->block, u = row + work->top, first = row % block * block;
  Access in = access_to(&work->input, BYTES);
  in.flip = flip;
  const Access pooled = access_to(&work->pooled, BYTES), out = access_to(output, BYTES);
  const Lanes upper = SPLAT(work->activation.upper);
  const size_t from_step = (size_t)work->input.pixel_stride, to_step = (size_t)output->pixel_stride;
  const uint8_t *from = place(&work->input, u / block, work->left * block + u % block * block, BYTES);
  const uint8_t *maxima = place(&work->pooled, row / block, 0, BYTES), *taps = work->taps + (size_t)(row / block) * work->pooled.width * channels;
  uint8_t *to = place(output, row, 0, BYTES);
  for (int32_t column = 0; column < count; column += block) {
    for (int32_t channel = 0; channel < channels; channel += LANES) {
      const Lanes maximum = load_typed(&pooled, maxima, channel), slopes = LOAD(work->activation.slopes + channel);
      const IntegerLanes tap = __builtin_convertvector(*(const ByteLanes *)(taps + channel), IntegerLanes) - first;
      for (int32_t within = 0; within < block; within++) {
        const Lanes x = load_typed(&in, from + within * from_step, channel) + (Lanes)((tap == within) & (IntegerLanes)maximum);
        const Lanes above = has_upper ? SELECT(x < upper, x, upper) : x;
        store_typed(&out, to + within * to_step, channel, SELECT(x > 0, above, x * slopes));
      }
    }
    from += block * block * from_step;
    to += block * to_step;
    maxima += work->pooled.pixel_stride;
    taps += channels;
  }
}

// How many columns of an output row `unpool_bytes` can make, and makes.
INLINE int32_t unpool_blocks(const SegInterleave *work, int32_t row) {
  const SegActivation *activation = &work->activation;
  const int32_t count = smaller(work->pooled.width, work->output.width / work->block) * work->block;
  if (!work->taps || row / work->block >= work->pooled.height || work->left % work->block != 0 || work->output.channels % LANES != 0) return 0;
  if (!activation->slopes || activation->function) return 0;
  const int is_signed = work->input.format == SEG_SIGNED8;
  if (activation->upper < INFINITY) {
    if (is_signed) unpool_bytes(work, row, count, 128, 1);
    else unpool_bytes(work, row, count, 0, 1);
  } else {
    if (is_signed) unpool_bytes(work, row, count, 128, 0);
    else unpool_bytes(work, row, count, 0, 0);
  }
  return count;
}

INLINE void interleave_row(const SegInterleave *work, int32_t row, Kind kind_in, Kind kind_pooled, Kind kind_out) {
  const Access in = access_to(&work->input, kind_in), pooled = access_to(&work->pooled, kind_pooled), out = access_to(&work->output, kind_out);
  const int32_t channels = work->output.channels, block = work->block, u = row + work->top;
  const int32_t done = kind_in == BYTES && kind_pooled == BYTES && kind_out == BYTES ? unpool_blocks(work, row) : 0;
  int32_t v = work->left % block, block_column = (work->left + done) / block, pooled_column = done / block, within = 0;
  for (int32_t column = done; column < work->output.width; column++) {
    Spread at = {.in = place(&work->input, u / block, block_column * block * block + u % block * block + v, kind_in),
                 .out = place(&work->output, row, column, kind_out),
                 .tap = row % block * block + within};
    if (work->taps && row / block < work->pooled.height && pooled_column < work->pooled.width) {
      at.pooled = place(&work->pooled, row / block, pooled_column, kind_pooled);
      at.taps = work->taps + ((size_t)(row / block) * work->pooled.width + pooled_column) * channels;
    }
    int32_t channel = 0;
    for (; channel + LANES <= channels; channel += LANES) interleave_part(work, &in, &pooled, &out, &at, channel, LANES);
    if (channel < channels) interleave_part(work, &in, &pooled, &out, &at, channel, channels - channel);
    if (++v == block) {
      v = 0;
      block_column++;
    }
    if (++within == block) {
      within = 0;
      pooled_column++;
    }
  }
}

KERNEL void seg_interleave(const void *arguments, int32_t begin, int32_t end) {
  const SegInterleave *work = arguments;
  const SegTypedMap *input = &work->input, *output = &work->output;
  const Kind in = kind_of(input->format), out = kind_of(output->format), pooled = work->taps ? kind_of(work->pooled.format) : in;
  const int is_copy = !work->taps && !work->activation.slopes && !work->activation.function && in == out && input->scale == output->scale &&
                      input->format == output->format && output->pixel_stride == output->channels && input->pixel_stride == output->channels;
  for (int32_t row = begin; row < end; row++) {
    if (is_copy) {
      copy_blocks(work, row, (int32_t)kind_bytes(out));
    } else if (in == FLOATS && pooled == FLOATS && out == FLOATS) {
      interleave_row(work, row, FLOATS, FLOATS, FLOATS);
    } else if (in == HALVES && pooled == HALVES && out == HALVES) {
      interleave_row(work, row, HALVES, HALVES, HALVES);
    } else if (in == BYTES && pooled == BYTES && out == BYTES) {
      interleave_row(work, row, BYTES, BYTES, BYTES);
    } else {
      interleave_row(work, row, in, pooled, out);
    }
  }
}
