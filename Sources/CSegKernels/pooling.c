#include "SegPooling.h"

#include "wide_bytes.h"

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
