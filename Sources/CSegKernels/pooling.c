#include "SegPooling.h"

#include "typed.h"

INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }
INLINE int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

enum { STRIP = 4096 };

// The number whose upper half `half` is, and the upper half of such a number.
INLINE float float_of_half(uint16_t half) {
  const uint32_t bits = (uint32_t)half << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

INLINE uint16_t half_of_float(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)(bits >> 16);
}

// The places of a window that lie in the map: rows and columns of the window, and where its first one lies.
typedef struct Inside {
  int32_t top, left, first_row, last_row, first_column, last_column;
} Inside;

INLINE Inside inside(const SegMaxPool *work, int32_t row, int32_t column) {
  const SegWindow window = work->window;
  const int32_t top = row * window.stride_vertical - window.padding_top, left = column * window.stride_horizontal - window.padding_left;
  return (Inside){top, left, larger(0, -top), smaller(window.kernel_height, work->input.height - top), larger(0, -left),
                  smaller(window.kernel_width, work->input.width - left)};
}

// Copies the greatest of some windows that lie wholly in the map from `flat`, where they start `step` elements apart.
INLINE void copy_windows(const char *flat, char *out, int32_t count, int32_t channels, int32_t step, int32_t pixel_stride, int32_t size) {
  for (int32_t index = 0; index < count; index++, flat += (size_t)step * size, out += (size_t)pixel_stride * size) copy_first(out, flat, channels, size);
}

INLINE void copy_few_windows(const char *flat, char *out, int32_t count, int32_t channels, int32_t step, int32_t pixel_stride, int32_t size) {
  if (channels == 3) {
    copy_windows(flat, out, count, 3, step, pixel_stride, size);
  } else {
    copy_windows(flat, out, count, channels, step, pixel_stride, size);
  }
}

// One output row of a dense map of few channels, without taps: the greatest of each column, then of as many neighbours as a window has, both over all elements
// of a row at once; some of these are the output. `Element` is what maps hold, `Ordered` a number of its order.
#define POOL_FEW_CHANNELS(name, Element, Ordered, ORDERED, STORED) \
  INLINE void name(const SegMaxPool *work, int32_t row, int32_t flip) { \
    const SegTypedMap *input = &work->input, *output = &work->output; \
    const SegWindow window = work->window; \
    const int32_t channels = output->channels, top = row * window.stride_vertical - window.padding_top; \
    const int32_t first_row = larger(top, 0), last_row = smaller(top + window.kernel_height, input->height); \
    const int32_t at_once = (STRIP / channels - window.kernel_width) / window.stride_horizontal; \
    Ordered strip[STRIP], greatest[STRIP]; \
    Element flat[STRIP]; \
    (void)flip; \
    for (int32_t column = 0; column < output->width; column += at_once) { \
      const int32_t last = smaller(column + at_once, output->width); \
      const int32_t left = larger(column * window.stride_horizontal - window.padding_left, 0); \
      const int32_t right = smaller((last - 1) * window.stride_horizontal - window.padding_left + window.kernel_width, input->width); \
      const int32_t count = (right - left) * channels; \
      for (int32_t r = first_row; r < last_row; r++) { \
        const Element *in = (const Element *)input->data + ((size_t)r * input->width + left) * channels; \
        if (r == first_row) \
          for (int32_t index = 0; index < count; index++) strip[index] = ORDERED(in[index]); \
        else \
          for (int32_t index = 0; index < count; index++) strip[index] = ORDERED(in[index]) > strip[index] ? ORDERED(in[index]) : strip[index]; \
      } \
      const int32_t whole = count - (window.kernel_width - 1) * channels; \
      for (int32_t tap = 1; tap < window.kernel_width; tap++) { \
        const Ordered *next = strip + tap * channels; \
        if (tap == 1) \
          for (int32_t index = 0; index < whole; index++) greatest[index] = next[index] > strip[index] ? next[index] : strip[index]; \
        else \
          for (int32_t index = 0; index < whole; index++) greatest[index] = next[index] > greatest[index] ? next[index] : greatest[index]; \
      } \
      const Ordered *found = window.kernel_width == 1 ? strip : greatest; \
      for (int32_t index = 0; index < whole; index++) flat[index] = STORED(found[index]); \
      for (int32_t c = column; c < last;) { \
        const int32_t start = c * window.stride_horizontal - window.padding_left; \
        Element *out = (Element *)output->data + ((size_t)row * output->width + c) * output->pixel_stride; \
        if (start >= 0 && start + window.kernel_width <= input->width) { \
          const int32_t inside = smaller(last - c, (input->width - window.kernel_width - start) / window.stride_horizontal + 1); \
          copy_few_windows((const char *)(flat + (start - left) * channels), (char *)out, inside, channels, window.stride_horizontal * channels, \
                           output->pixel_stride, sizeof(Element)); \
          c += inside; \
          continue; \
        } \
        const int32_t first = larger(start, 0), end = smaller(start + window.kernel_width, input->width); \
        for (int32_t channel = 0; channel < channels; channel++) { \
          const Ordered *in = strip + (first - left) * channels + channel; \
          Ordered best = *in; \
          for (int32_t tap = first + 1; tap < end; tap++) { \
            in += channels; \
            best = *in > best ? *in : best; \
          } \
          out[channel] = STORED(best); \
        } \
        c++; \
      } \
    } \
  }

#define AS_IT_IS(x) (x)
#define FLIPPED(x) ((uint8_t)((x) ^ flip))
POOL_FEW_CHANNELS(pool_few_floats, float, float, AS_IT_IS, AS_IT_IS)
POOL_FEW_CHANNELS(pool_few_halves, uint16_t, float, float_of_half, half_of_float)
POOL_FEW_CHANNELS(pool_few_bytes, uint8_t, uint8_t, FLIPPED, FLIPPED)

// The greatest of sixteen channels, or of `count` where there are fewer, and its tap.
INLINE void pool_part(const SegMaxPool *work, const Access *access, const Inside *window, void *out, uint8_t *taps, int32_t channel, int32_t count) {
  const int32_t width = work->window.kernel_width;
  Lanes best = load_typed(access, place(&work->input, window->top + window->first_row, window->left + window->first_column, access->kind), channel);
  IntegerLanes tap = (IntegerLanes){0} + (window->first_row * width + window->first_column);
  for (int32_t r = window->first_row; r < window->last_row; r++) {
    for (int32_t c = window->first_column; c < window->last_column; c++) {
      const Lanes x = load_typed(access, place(&work->input, window->top + r, window->left + c, access->kind), channel);
      const IntegerLanes above = x > best;
      best = SELECT(above, x, best);
      if (taps) tap = (above & (r * width + c)) | (~above & tap);
    }
  }
  store_part(access, out, channel, best, count);
  if (taps) {
    const ByteLanes places = __builtin_convertvector(tap, ByteLanes);
    memcpy(taps + channel, &places, (size_t)smaller(count, LANES));
  }
}

typedef uint8_t WideBytes __attribute__((vector_size(64), aligned(1)));
typedef uint64_t TwoWords __attribute__((vector_size(16), aligned(1)));

enum { WIDE = 64 };

// Sixteen bytes at each of four places that lie `step` bytes apart, and the opposite.
INLINE WideBytes load_four(const uint8_t *from, size_t step) {
#define WORDS(index) (*(const TwoWords *)(from + (index) * step))
  return (WideBytes)__builtin_shufflevector(__builtin_shufflevector(WORDS(0), WORDS(1), 0, 1, 2, 3), __builtin_shufflevector(WORDS(2), WORDS(3), 0, 1, 2, 3), 0, 1,
                                            2, 3, 4, 5, 6, 7);
#undef WORDS
}

INLINE void store_four(uint8_t *to, size_t step, WideBytes bytes) {
  ByteLanes quarters[4];
  memcpy(quarters, &bytes, sizeof bytes);
  for (int index = 0; index < 4; index++) *(ByteLanes *)(to + index * step) = quarters[index];
}

INLINE WideBytes load_wide(const uint8_t *from, size_t step) {
  (void)step;
  return *(const WideBytes *)from;
}

INLINE void store_wide(uint8_t *to, size_t step, WideBytes bytes) {
  (void)step;
  *(WideBytes *)to = bytes;
}

INLINE ByteLanes load_bytes(const uint8_t *from, size_t step) {
  (void)step;
  return *(const ByteLanes *)from;
}

INLINE void store_bytes(uint8_t *to, size_t step, ByteLanes bytes) {
  (void)step;
  *(ByteLanes *)to = bytes;
}

// The greatest of as many bytes as a vector has, and its tap: neighbouring channels, or sixteen of them at four neighbouring places.
#define POOL_BYTES(name, Bytes, load, store) \
  INLINE void name(const SegMaxPool *work, uint8_t flip, const Inside *window, uint8_t *out, uint8_t *taps, int32_t channel) { \
    const int32_t width = work->window.kernel_width; \
    const size_t step = (size_t)work->window.stride_horizontal * work->input.pixel_stride; \
    const uint8_t *row = (const uint8_t *)place(&work->input, window->top + window->first_row, window->left + window->first_column, BYTES) + channel; \
    Bytes best = load(row, step) ^ flip, tap = (Bytes){0} + (uint8_t)(window->first_row * width + window->first_column); \
    for (int32_t r = window->first_row; r < window->last_row; r++, row += (size_t)work->input.width * work->input.pixel_stride) { \
      const uint8_t *in = row; \
      for (int32_t c = window->first_column; c < window->last_column; c++, in += work->input.pixel_stride) { \
        const Bytes x = load(in, step) ^ flip, above = (Bytes)(x > best); \
        best = (above & x) | (~above & best); \
        if (taps) tap = (above & (uint8_t)(r * width + c)) | (~above & tap); \
      } \
    } \
    store(out + channel, work->output.pixel_stride, best ^ flip); \
    if (taps) store(taps + channel, work->output.channels, tap); \
  }

POOL_BYTES(pool_wide_bytes, WideBytes, load_wide, store_wide)
POOL_BYTES(pool_four_bytes, WideBytes, load_four, store_four)
POOL_BYTES(pool_bytes, ByteLanes, load_bytes, store_bytes)

// The channels of bytes from a place on that fill vectors: of the place alone, or of four places from it on, which is how many are returned. The channels that
// are left begin at `channel`.
INLINE int32_t pool_vectors(const SegMaxPool *work, uint8_t flip, const Inside *window, int32_t column, uint8_t *out, uint8_t *taps, int32_t *channel) {
  const int32_t channels = work->output.channels, last = window->left + 3 * work->window.stride_horizontal + work->window.kernel_width;
  const int are_four = column + 4 <= work->output.width && window->left >= 0 && last <= work->input.width && channels % LANES == 0 && channels % WIDE != 0;
  if (are_four) {
    for (; *channel < channels; *channel += LANES) pool_four_bytes(work, flip, window, out, taps, *channel);
    return 4;
  }
  for (; *channel + WIDE <= channels; *channel += WIDE) pool_wide_bytes(work, flip, window, out, taps, *channel);
  for (; *channel + LANES <= channels; *channel += LANES) pool_bytes(work, flip, window, out, taps, *channel);
  return 1;
}

INLINE void max_pool(const SegMaxPool *work, int32_t begin, int32_t end, Kind kind) {
  const SegTypedMap *output = &work->output;
  const Access access = access_to(&work->input, kind);
  const int32_t channels = output->channels;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0, count = 1; column < output->width; column += count) {
      const Inside window = inside(work, row, column);
      void *out = place(output, row, column, kind);
      uint8_t *taps = work->taps ? work->taps + ((size_t)row * output->width + column) * channels : NULL;
      int32_t channel = 0;
      if (kind == BYTES) count = pool_vectors(work, (uint8_t)access.flip, &window, column, out, taps, &channel);
      for (; channel + LANES <= channels; channel += LANES) pool_part(work, &access, &window, out, taps, channel, LANES);
      if (channel < channels) pool_part(work, &access, &window, out, taps, channel, channels - channel);
    }
  }
}

KERNEL void seg_max_pool(const void *arguments, int32_t begin, int32_t end) {
  const SegMaxPool *work = arguments;
  const Kind kind = kind_of(work->input.format);
  const int has_few = !work->taps && work->output.channels < LANES && work->input.pixel_stride == work->input.channels &&
                      (work->window.kernel_width + work->window.stride_horizontal) * work->output.channels < STRIP;
  if (has_few && kind == FLOATS) {
    for (int32_t row = begin; row < end; row++) pool_few_floats(work, row, 0);
  } else if (has_few && kind == HALVES) {
    for (int32_t row = begin; row < end; row++) pool_few_halves(work, row, 0);
  } else if (has_few && kind == BYTES) {
    for (int32_t row = begin; row < end; row++) pool_few_bytes(work, row, work->input.format == SEG_SIGNED8 ? 128 : 0);
  } else if (kind == FLOATS) {
    max_pool(work, begin, end, FLOATS);
  } else if (kind == HALVES) {
    max_pool(work, begin, end, HALVES);
  } else {
    max_pool(work, begin, end, BYTES);
  }
}

void seg_max_unpool(const void *arguments, int32_t begin, int32_t end) {
  const SegMaxUnpool *work = arguments;
  const SegTypedMap *input = &work->input, *output = &work->output;
  const SegWindow window = work->window;
  const Kind kind = kind_of(output->format);
  const size_t size = kind_bytes(kind);
  const int32_t channels = input->channels;
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < output->width; column++) memset(place(output, row, column, kind), 0, (size_t)channels * size);
  for (int32_t row = 0; row < input->height; row++) {
    for (int32_t column = 0; column < input->width; column++) {
      const char *in = place(input, row, column, kind);
      const uint8_t *taps = work->taps + ((size_t)row * input->width + column) * channels;
      for (int32_t channel = 0; channel < channels; channel++) {
        const int32_t r = row * window.stride_vertical - window.padding_top + taps[channel] / window.kernel_width;
        const int32_t c = column * window.stride_horizontal - window.padding_left + taps[channel] % window.kernel_width;
        if (r >= begin && r < end) memcpy((char *)place(output, r, c, kind) + channel * size, in + channel * size, size);
      }
    }
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
