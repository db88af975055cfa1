#include "SegPointConvolution.h"

#include "byte_finishing.h"
#include "byte_target.h"

#include <string.h>

enum { VECTOR_BYTES = 64, BESIDE = 2 }; // the most vectors of output channels

// Whether a block's pixels are copied to where they lie one behind the other: those that are skipped between, those so far apart that a cache has few places for them,
// and signed bytes that many outputs are made of, as products have to be told them without their sign.
static int is_copied(const SegPointConvolution *work) {
  const int32_t few = work->added.data ? 2 * SEG_POINT_OUTPUTS : SEG_POINT_OUTPUTS;
  return work->stride_vertical > 1 || work->stride_horizontal > 1 || work->input.pixel_stride % 1024 == 0 ||
         (work->input.format == SEG_SIGNED8 && work->output.channels > few);
}

// Whether pixels are read as signed bytes.
static int is_read_signed(const SegPointConvolution *work) { return work->input.format == SEG_SIGNED8 && !is_copied(work); }

// Words of a pixel: what is behind its channels is multiplied with zeros.
static int32_t words_of(const SegPointConvolution *work) { return (work->input.channels + SEG_POINT_WORD - 1) / SEG_POINT_WORD; }

// Bytes from one copied pixel to the next.
static size_t copied_bytes(const SegPointConvolution *work) {
  const size_t bytes = (size_t)words_of(work) * SEG_POINT_WORD;
  return bytes % 1024 == 0 ? bytes + VECTOR_BYTES : bytes;
}

size_t seg_point_share_bytes(const SegPointConvolution *work) {
  // Whole vectors are written.
  const size_t bytes = is_copied(work) ? (size_t)(work->block_places + SEG_POINT_PLACES) * copied_bytes(work) + VECTOR_BYTES : 0;
  return (bytes + VECTOR_BYTES - 1) / VECTOR_BYTES * VECTOR_BYTES;
}

#if SEGPLAY_BYTE_PRODUCTS

enum { SUMS = SEG_POINT_PLACES * BESIDE, OUTPUT_VECTOR = SEG_POINT_OUTPUTS / BESIDE };

// The pixels of a block, or of a part of it.
typedef struct Pixels {
  const uint8_t *from;
  size_t pitch; // bytes from one to the next
} Pixels;

// Weights that are called for while pixels are made: so many bytes further with each word.
typedef struct Ahead {
  const int8_t *weights;
  size_t step;
} Ahead;

// The sums of SEG_POINT_PLACES pixels for the output channels of `weights`, `beside` vectors of them.
BYTE_INLINE void sum_pixels(const SegPointConvolution *work, Pixels pixels, const int8_t *weights, Ahead ahead, int32_t channel, int32_t beside, int is_signed,
                            __m512i sums[SUMS]) {
  const int32_t words = words_of(work);
  // Products take bytes without a sign: signed ones as 128 more. The compiler must not see that this is a constant: it would flip words before they are spread over a
  // vector, in registers that they are read to for that.
  __m512i flip = _mm512_set1_epi8((char)0x80);
  __asm__("" : "+v"(flip));
  // The pixels that follow come from beyond the caches, mostly. There are fewer of their lines than words.
  const uint8_t *next = pixels.from + SEG_POINT_PLACES * pixels.pitch;
  for (int32_t index = 0; index < SEG_POINT_PLACES * beside; index++) sums[index] = _mm512_load_si512(work->starts + channel + index % beside * OUTPUT_VECTOR);
  for (int32_t word = 0; word < words; word++, pixels.from += SEG_POINT_WORD, weights += beside * VECTOR_BYTES, next += VECTOR_BYTES) {
    __m512i of[BESIDE];
    for (int32_t vector = 0; vector < beside; vector++) of[vector] = _mm512_load_si512(weights + vector * VECTOR_BYTES);
    __builtin_prefetch(next);
    __builtin_prefetch(ahead.weights, 0, 2);
    ahead.weights += ahead.step;
    for (int32_t place = 0; place < SEG_POINT_PLACES; place++) {
      int32_t bytes;
      memcpy(&bytes, pixels.from + (size_t)place * pixels.pitch, sizeof bytes);
      const __m512i input = is_signed ? _mm512_xor_si512(_mm512_set1_epi32(bytes), flip) : _mm512_set1_epi32(bytes);
      for (int32_t vector = 0; vector < beside; vector++)
        sums[place * beside + vector] = _mm512_dpbusd_epi32(sums[place * beside + vector], input, of[vector]);
    }
  }
}

BYTE_INLINE __m512 activated(const SegActivation *activation, __m512 x, int32_t channel, Activating activating) {
  const __m512 slopes = _mm512_loadu_ps(activation->slopes + channel);
  if (activating == ACTIVATES_BELOW) return _mm512_max_ps(x, _mm512_mul_ps(x, slopes));
  const __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
  return _mm512_min_ps(_mm512_mask_mul_ps(x, below, x, slopes), _mm512_set1_ps(activation->upper));
}

// Sixteen output channels of a pixel, as whole numbers; `added` is where what is added to them lies.
BYTE_INLINE __m512i result(const SegPointConvolution *work, __m512i sums, int32_t channel, const uint8_t *added, Activating activating, Adding adding) {
  __m512 x = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_load_ps(work->factors + channel), _mm512_load_ps(work->biases + channel));
  if (activating && work->before.slopes) x = activated(&work->before, x, channel, activating);
  if (adding) {
    const __m128i bytes = _mm_loadu_si128((const __m128i *)added);
    const __m512i words = adding == ADDS_SIGNED ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
    x = _mm512_fmadd_ps(_mm512_cvtepi32_ps(words), _mm512_set1_ps(work->added.scale / work->output.scale), x);
  }
  if (activating && work->after.slopes) x = activated(&work->after, x, channel, activating);
  return _mm512_cvtps_epi32(x);
}

// Makes SEG_POINT_PLACES pixels from `place` of the output on for the output channels from `channel` on, and writes them but for the first `skipped`. The last four
// are constants where this is used.
BYTE_INLINE void make_pixels(const SegPointConvolution *work, Pixels pixels, size_t place, int32_t skipped, const int8_t *weights, Ahead ahead, int32_t channel,
                             int32_t beside, int is_signed, Activating activating, Adding adding) {
  __m512i sums[SUMS];
  sum_pixels(work, pixels, weights, ahead, channel, beside, is_signed, sums);
  const int32_t left = work->output.channels - channel;
  const __mmask32 filled = left >= SEG_POINT_OUTPUTS ? ~(__mmask32)0 : ((__mmask32)1 << left) - 1;
  const size_t gap = (size_t)work->output.pixel_stride, added_gap = (size_t)work->added.pixel_stride;
  uint8_t *to = (uint8_t *)work->output.data + place * gap + (size_t)channel;
  const uint8_t *added = adding ? (const uint8_t *)work->added.data + place * added_gap + (size_t)channel : NULL;
  // Four vectors become one of bytes: those of four pixels, or of two.
  const int32_t together = 2 * BESIDE / beside;
  // A loop that stays one would have sums in memory.
#pragma clang loop unroll(full)
  for (int32_t pixel = 0; pixel < SEG_POINT_PLACES; pixel += together) {
    for (int32_t index = 0; index < together; index++) {
      const size_t next = (size_t)(SEG_POINT_PLACES + pixel + index);
      if (adding) __builtin_prefetch(added + next * added_gap);
      __builtin_prefetch(to + next * gap, 1);
    }
    __m512i x[2 * BESIDE];
    for (int32_t index = 0; index < 2 * BESIDE; index++) {
      const int32_t vector = index % beside * OUTPUT_VECTOR;
      const uint8_t *own = adding ? added + (size_t)(pixel + index / beside) * added_gap + vector : NULL;
      x[index] = result(work, sums[pixel * beside + index], channel + vector, own, activating, adding);
    }
    const __m512i first = _mm512_packs_epi32(x[0], x[1]), second = _mm512_packs_epi32(x[2], x[3]);
    const __m512i mixed = work->output.format == SEG_SIGNED8 ? _mm512_packs_epi16(first, second) : _mm512_packus_epi16(first, second);
    // Each fourth of the register has four bytes of every vector.
    const __m512i bytes = _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), mixed);
#define STORE_TWO(index) \
  if (pixel + index >= skipped) _mm256_mask_storeu_epi8(to + (size_t)(pixel + index) * gap, filled, _mm512_extracti64x4_epi64(bytes, index))
#define STORE_ONE(index) \
  if (pixel + index >= skipped) _mm_mask_storeu_epi8(to + (size_t)(pixel + index) * gap, (__mmask16)filled, _mm512_extracti32x4_epi32(bytes, index))
    if (beside == BESIDE) {
      STORE_TWO(0);
      STORE_TWO(1);
    } else {
      STORE_ONE(0);
      STORE_ONE(1);
      STORE_ONE(2);
      STORE_ONE(3);
    }
#undef STORE_TWO
#undef STORE_ONE
  }
}

// Copies `count` pixels from one on.
BYTE_INLINE void copy_pixels(const SegPointConvolution *work, int32_t first, int32_t count, uint8_t *to, size_t pitch) {
  const SegTypedMap *input = &work->input;
  const __m512i flip = _mm512_set1_epi8(input->format == SEG_SIGNED8 ? (char)0x80 : 0);
  const int32_t width = work->output.width;
  int32_t row = first / width, column = first % width;
  for (int32_t pixel = 0; pixel < count; pixel++, to += pitch) {
    const size_t place = (size_t)(row * work->stride_vertical) * (size_t)input->width + (size_t)(column * work->stride_horizontal);
    const uint8_t *from = (const uint8_t *)input->data + place * (size_t)input->pixel_stride;
    for (int32_t channel = 0; channel < input->channels; channel += VECTOR_BYTES)
      _mm512_storeu_si512(to + channel, _mm512_xor_si512(_mm512_loadu_si512(from + channel), flip));
    if (++column == width) {
      column = 0;
      row++;
    }
  }
}

// Makes all output channels of `count` pixels from `first` on, SEG_POINT_PLACES at least: the last are those that end with the block, some of them made twice.
BYTE_INLINE void make_block(const SegPointConvolution *work, int32_t first, int32_t count, uint8_t *scratch, Activating activating, Adding adding) {
  Pixels pixels = {(const uint8_t *)work->input.data + (size_t)first * (size_t)work->input.pixel_stride, (size_t)work->input.pixel_stride};
  if (is_copied(work)) {
    pixels = (Pixels){scratch, copied_bytes(work)};
    copy_pixels(work, first, count, scratch, pixels.pitch);
  }
  const size_t step = (size_t)words_of(work) * SEG_POINT_WORD * SEG_POINT_OUTPUTS;
  const int8_t *weights = work->weights;
  const int is_signed = is_read_signed(work);
  // The next output channels' weights follow these, and are called for evenly.
  const size_t ahead_step = SEG_POINT_PLACES * step / ((size_t)count * (size_t)words_of(work));
  for (int32_t channel = 0; channel < work->output.channels; channel += SEG_POINT_OUTPUTS, weights += step) {
    const int is_wide = work->output.channels - channel > OUTPUT_VECTOR;
    for (int32_t pixel = 0; pixel < count; pixel += SEG_POINT_PLACES) {
      const int32_t begin = pixel + SEG_POINT_PLACES <= count ? pixel : count - SEG_POINT_PLACES;
      const Pixels own = {pixels.from + (size_t)begin * pixels.pitch, pixels.pitch};
      const Ahead ahead = {weights + step + (size_t)(pixel / SEG_POINT_PLACES * words_of(work)) * ahead_step, ahead_step};
      const size_t place = (size_t)(first + begin - work->first_row * work->output.width);
#define MAKE(beside, is_signed) make_pixels(work, own, place, pixel - begin, weights, ahead, channel, beside, is_signed, activating, adding)
      if (is_wide && is_signed) MAKE(BESIDE, 1);
      else if (is_wide) MAKE(BESIDE, 0);
      else if (is_signed) MAKE(1, 1);
      else MAKE(1, 0);
#undef MAKE
    }
  }
}

// A share's blocks: the last one has what is left, and so many pixels more or less that it has SEG_POINT_PLACES at least.
BYTE_INLINE void make_share(const SegPointConvolution *work, int32_t share, Activating activating, Adding adding) {
  const int32_t width = work->output.width, before = work->first_row * width;
  const int64_t all = (int64_t)work->row_count * width;
  const int32_t begin = before + (int32_t)(all * share / work->shares), end = before + (int32_t)(all * (share + 1) / work->shares);
  uint8_t *scratch = work->scratch + (size_t)share * work->share_bytes;
  for (int32_t first = begin, count; first < end; first += count) {
    count = end - first < work->block_places + SEG_POINT_PLACES ? end - first : work->block_places;
    make_block(work, first, count, scratch, activating, adding);
  }
}

BYTE_INLINE void make_any_share(const SegPointConvolution *work, int32_t share, Activating activating) {
  const Adding adding = adding_of(&work->added);
  if (adding == ADDS_NOTHING) make_share(work, share, activating, ADDS_NOTHING);
  else if (adding == ADDS_SIGNED) make_share(work, share, activating, ADDS_SIGNED);
  else make_share(work, share, activating, ADDS_UNSIGNED);
}

BYTE_TARGET static void make_shares(const SegPointConvolution *work, int32_t begin, int32_t end) {
  const Activating activating = activating_of(&work->before, &work->after, work->output.channels);
  for (int32_t share = begin; share < end; share++) {
    if (activating == ACTIVATES_NOTHING) make_any_share(work, share, ACTIVATES_NOTHING);
    else if (activating == ACTIVATES_BELOW) make_any_share(work, share, ACTIVATES_BELOW);
    else make_any_share(work, share, ACTIVATES_ALL);
  }
}

void seg_point_convolution(const void *arguments, int32_t begin, int32_t end) { make_shares(arguments, begin, end); }

#else

void seg_point_convolution(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
