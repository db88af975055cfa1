#include "SegFloatConvolution.h"

#include "float_results.h"

enum {
  MOST_TERMS = 256, // of a piece: weights of two vectors of outputs stay in the first cache beside the pixels they are multiplied with
  BLOCK_PIXELS = 120, // whose pieces stay in the second cache; a multiple of all groups' sizes
  SLICE_VECTORS = 32, // of outputs whose sums are kept while a block's pieces follow each other
  WRITE_AHEAD = 3, // groups: what is written and added comes from beyond the caches as well
  COPY_AHEAD = 4, // pixels: what is copied comes from beyond the caches, in places too far apart for the processor to see a stream
};

// The words of all windows that are multiplied at one time: taps as wholes, or some channels of a single tap.
typedef struct Piece {
  int32_t first_tap, taps, first_channel, channels;
} Piece;

INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }
INLINE int32_t parts_of(int32_t count, int32_t most) { return (count + most - 1) / most; }
INLINE int32_t begin_of_part(int32_t count, int32_t index, int32_t parts) { return (int32_t)((int64_t)count * index / parts); }
INLINE int32_t taps_of(const SegFloatConvolution *work) { return work->kernel_height * work->kernel_width; }
INLINE int32_t vectors_of(const SegFloatConvolution *work) { return parts_of(work->output.channels, FLOATS_LANES); }
INLINE int32_t terms_of(Piece piece) { return piece.taps * piece.channels; }

static int32_t piece_count(const SegFloatConvolution *work) {
  const int32_t channels = work->input.channels, taps = taps_of(work);
  return channels > MOST_TERMS ? taps * parts_of(channels, MOST_TERMS) : parts_of(taps, MOST_TERMS / channels);
}

static Piece piece_at(const SegFloatConvolution *work, int32_t index) {
  const int32_t channels = work->input.channels, count = piece_count(work);
  if (channels <= MOST_TERMS) {
    const int32_t begin = begin_of_part(taps_of(work), index, count), end = begin_of_part(taps_of(work), index + 1, count);
    return (Piece){begin, end - begin, 0, channels};
  }
  const int32_t parts = parts_of(channels, MOST_TERMS), part = index % parts;
  const int32_t begin = begin_of_part(channels, part, parts), end = begin_of_part(channels, part + 1, parts);
  return (Piece){index / parts, 1, begin, end - begin};
}

// Floats from one copied pixel to the next, never a multiple of a kilobyte.
static size_t copied_pitch(int32_t terms) { return (size_t)terms % 256 ? (size_t)terms : (size_t)terms + 16; }

// Whether pixels are read where they lie.
static int is_in_place(const SegFloatConvolution *work) {
  return taps_of(work) == 1 && work->stride_vertical == 1 && work->stride_horizontal == 1 && work->padding_top == 0 && work->padding_left == 0 &&
         work->input.width == work->output.width && work->input.height == work->output.height &&
         (work->output.channels <= 64 && work->input.pixel_stride % 256);
}

size_t seg_float_convolution_share_size(const SegFloatConvolution *work) {
  const size_t copied = is_in_place(work) ? 0 : BLOCK_PIXELS * copied_pitch(MOST_TERMS) + FLOATS_LANES;
  return copied + (size_t)BLOCK_PIXELS * (SLICE_VECTORS + 1) * FLOATS_LANES;
}

size_t seg_float_convolution_weight_count(const SegFloatConvolution *work) {
  return (size_t)vectors_of(work) * FLOATS_LANES * (size_t)taps_of(work) * (size_t)work->input.channels;
}

// The vectors of outputs from `first` on that make a slice: what an odd number leaves over goes with the last.
static int32_t slice_end(int32_t first, int32_t vectors) { return vectors - first <= SLICE_VECTORS + 1 ? vectors : first + SLICE_VECTORS; }

void seg_float_convolution_pack(const SegFloatConvolution *work, const float *weights, float *packed) {
  const int32_t inputs = work->input.channels, outputs = work->output.channels, taps = taps_of(work), vectors = vectors_of(work), pieces = piece_count(work);
  for (int32_t first = 0, end; first < vectors; first = end) {
    end = slice_end(first, vectors);
    for (int32_t index = 0; index < pieces; index++) {
      const Piece piece = piece_at(work, index);
      for (int32_t vector = first, count; vector < end; vector += count) {
        count = vectors_beside(vector, end);
        for (int32_t tap = piece.first_tap; tap < piece.first_tap + piece.taps; tap++)
          for (int32_t channel = piece.first_channel; channel < piece.first_channel + piece.channels; channel++)
            for (int32_t lane = 0; lane < count * FLOATS_LANES; lane++) {
              const int32_t output = vector * FLOATS_LANES + lane;
              *packed++ = output < outputs ? weights[((size_t)output * inputs + channel) * taps + tap] : 0;
            }
      }
    }
  }
}

int32_t seg_float_convolution_is_available(void) {
#ifdef __x86_64__
  return __builtin_cpu_supports("x86-64-v3") != 0;
#else
  return 0;
#endif
}

int32_t seg_float_convolution_is_fast(void) {
#if defined(__x86_64__) && !defined(SEGPLAY_ONLY_AVX2)
  return seg_float_convolution_is_available() && !__builtin_cpu_supports("x86-64-v4");
#else
  return seg_float_convolution_is_available();
#endif
}

#ifdef __x86_64__

// Copies `count` floats, and up to seven of what follows them: what lies behind is written later. The same is asked for `ahead` floats further.
FLOATS_INLINE void copy_floats(const float *from, int32_t count, ptrdiff_t ahead, float *to) {
  int32_t index = 0;
  for (; index + 2 * FLOATS_LANES <= count; index += 2 * FLOATS_LANES) {
    __builtin_prefetch(from + index + ahead);
    const Floats first = FLOATS_LOAD(from + index), second = FLOATS_LOAD(from + index + FLOATS_LANES);
    FLOATS_STORE(to + index, first);
    FLOATS_STORE(to + index + FLOATS_LANES, second);
  }
  for (; index < count; index += FLOATS_LANES) FLOATS_STORE(to + index, FLOATS_LOAD(from + index));
}

FLOATS_INLINE void clear_floats(int32_t count, float *to) {
  for (int32_t index = 0; index < count; index += FLOATS_LANES) FLOATS_STORE(to + index, (Floats){0});
}

// Copies a piece of the window at the input's (row, column), zeros where it lies outside.
FLOATS_INLINE void copy_window(const SegFloatConvolution *work, Piece piece, int32_t row, int32_t column, float *to) {
  const SegMap *input = &work->input;
  const int32_t width = work->kernel_width, spread = work->dilation_horizontal, end = piece.first_tap + piece.taps;
  // Taps that lie beside each other in memory are copied together.
  const int32_t is_joined = spread == 1 && input->pixel_stride == piece.channels;
  for (int32_t tap = piece.first_tap, count; tap < end; tap += count, to += count * piece.channels) {
    const int32_t tap_column = tap % width, y = row + tap / width * work->dilation_vertical;
    int32_t x = column + tap_column * spread;
    count = is_joined ? smaller(width - tap_column, end - tap) : 1;
    if (y < 0 || y >= input->height || x + count <= 0 || x >= input->width) {
      clear_floats(count * piece.channels, to);
      continue;
    }
    const int32_t before = x < 0 ? -x : 0, inside = smaller(count, input->width - x) - before;
    if (before) clear_floats(before * piece.channels, to);
    const float *from = input->data + ((size_t)y * input->width + (size_t)(x + before)) * (size_t)input->pixel_stride + piece.first_channel;
    copy_floats(from, inside * piece.channels, COPY_AHEAD * (ptrdiff_t)work->stride_horizontal * input->pixel_stride, to + before * piece.channels);
    if (before + inside < count) clear_floats((count - before - inside) * piece.channels, to + (before + inside) * piece.channels);
  }
}

// Copies a piece of the windows of `count` pixels of the output from `first` on.
FLOATS_INLINE void copy_windows(const SegFloatConvolution *work, Piece piece, int32_t first, int32_t count, float *to) {
  const size_t pitch = copied_pitch(terms_of(piece));
  int32_t row = first / work->output.width, column = first % work->output.width;
  for (int32_t pixel = 0; pixel < count; pixel++, to += pitch) {
    copy_window(work, piece, row * work->stride_vertical - work->padding_top, column * work->stride_horizontal - work->padding_left, to);
    if (++column == work->output.width) {
      column = 0;
      row++;
    }
  }
}

// Makes results of the sums [pixel][vector][channel] of `count` pixels from `place` on and `vectors` vectors of channels from `channel` on.
FLOATS_INLINE void finish(const SegFloatConvolution *work, const float *sums, size_t place, int32_t count, int32_t channel, int32_t vectors) {
  const size_t gap = (size_t)work->output.pixel_stride, added_gap = (size_t)work->added.pixel_stride;
  const float *added = work->added.data ? work->added.data + place * added_gap + channel : NULL;
  float *to = work->output.data + place * gap + channel;
  for (int32_t pixel = WRITE_AHEAD * count; pixel < (WRITE_AHEAD + 1) * count; pixel++) {
    __builtin_prefetch(to + (size_t)pixel * gap, 1);
    if (added) __builtin_prefetch(added + (size_t)pixel * added_gap);
  }
  for (int32_t vector = 0; vector < vectors; vector++, channel += FLOATS_LANES) {
    const int32_t left = work->output.channels - channel, offset = vector * FLOATS_LANES;
    const Activating before = activating(&work->before, channel), after = activating(&work->after, channel);
    for (int32_t pixel = 0; pixel < count; pixel++) {
      Floats x = activated(before, FLOATS_LOAD(sums + pixel * vectors * FLOATS_LANES + offset));
      if (added) x = activated(after, x + FLOATS_LOAD(added + (size_t)pixel * added_gap + offset));
      store_channels(to + (size_t)pixel * gap + offset, x, left);
    }
  }
}

// Makes the output channels of the vectors `first_vector`..<`end_vector` of `count` pixels from `first` on.
FLOATS_INLINE const float *make_slice(const SegFloatConvolution *work, int32_t first, int32_t count, int32_t first_vector, int32_t end_vector, const float *weights,
                                      float *scratch) {
  const int32_t pieces = piece_count(work), in_place = is_in_place(work);
  float *all_sums = scratch, *copied = scratch + (size_t)BLOCK_PIXELS * (SLICE_VECTORS + 1) * FLOATS_LANES;
  for (int32_t index = 0; index < pieces; index++) {
    const Piece piece = piece_at(work, index);
    const int32_t terms = terms_of(piece);
    Terms pixels = {copied, copied_pitch(terms), terms};
    if (in_place) {
      pixels = (Terms){work->input.data + (size_t)first * (size_t)work->input.pixel_stride + piece.first_channel, (size_t)work->input.pixel_stride, terms};
    } else {
      copy_windows(work, piece, first, count, copied);
    }
    float *sums = all_sums;
    for (int32_t vector = first_vector, vectors; vector < end_vector; vector += vectors) {
      vectors = vectors_beside(vector, end_vector);
      const int32_t groups = parts_of(count, most_pixels(vectors));
      for (int32_t group = 0; group < groups; group++) {
        const int32_t begin = begin_of_part(count, group, groups), size = begin_of_part(count, group + 1, groups) - begin;
        const Terms own = {pixels.from + (size_t)begin * pixels.pitch, pixels.pitch, terms};
        multiply(own, weights, size, vectors, index > 0 ? sums : work->bias + vector * FLOATS_LANES, sums);
        if (index == pieces - 1) finish(work, sums, (size_t)(first + begin), size, vector * FLOATS_LANES, vectors);
        if (pieces > 1) sums += size * vectors * FLOATS_LANES;
      }
      weights += (size_t)terms * (size_t)vectors * FLOATS_LANES;
    }
  }
  return weights;
}

FLOATS_TARGET static void make_shares(const SegFloatConvolution *work, int32_t begin, int32_t end) {
  const int32_t all = work->output.height * work->output.width, vectors = vectors_of(work);
  for (int32_t share = begin; share < end; share++) {
    float *scratch = work->scratch + (size_t)share * work->share_size;
    const int32_t last = begin_of_part(all, share + 1, work->shares);
    for (int32_t first = begin_of_part(all, share, work->shares), count; first < last; first += count) {
      count = smaller(BLOCK_PIXELS, last - first);
      const float *weights = work->weights;
      for (int32_t vector = 0, until; vector < vectors; vector = until) {
        until = slice_end(vector, vectors);
        weights = make_slice(work, first, count, vector, until, weights, scratch);
      }
    }
  }
}

void seg_float_convolution(const void *arguments, int32_t begin, int32_t end) { make_shares(arguments, begin, end); }

#else

void seg_float_convolution(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
