#include "gathered_sums.h"
#include "gathered_windows.h"

#include "byte_finishing.h"
#include "narrow_stores.h"

size_t seg_gathered_share_bytes(const SegGatheredConvolution *work) {
  // Whole registers are written.
  const size_t bytes = work->is_copied ? (size_t)(work->block_places + SEG_GATHERED_PLACES) * window_pitch(work) + 2 * REGISTER_BYTES : 0;
  return (bytes + 63) / 64 * 64;
}

#if SEGPLAY_NARROW_PRODUCTS

enum { PLACES = SEG_GATHERED_PLACES, TOGETHER = 4 };

NARROW_INLINE __m256 activated(const SegActivation *activation, __m256 x, int32_t channel, Activating activating) {
  const __m256 slopes = _mm256_loadu_ps(activation->slopes + channel), below = _mm256_mul_ps(x, slopes);
  if (activating == ACTIVATES_BELOW) return _mm256_max_ps(x, below);
  return _mm256_min_ps(_mm256_blendv_ps(x, below, x), _mm256_set1_ps(activation->upper));
}

// Eight output channels of a pixel; `added` is where what is added to them lies.
NARROW_INLINE __m256 result(const SegGatheredConvolution *work, __m256i sums, int32_t channel, const uint8_t *added, Activating activating, Adding adding) {
  __m256 x = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(work->factors + channel), _mm256_loadu_ps(work->biases + channel));
  if (activating && work->before.slopes) x = activated(&work->before, x, channel, activating);
  if (adding) {
    const __m128i bytes = _mm_loadl_epi64((const __m128i *)added);
    const __m256i words = adding == ADDS_SIGNED ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
    x = _mm256_fmadd_ps(_mm256_cvtepi32_ps(words), _mm256_set1_ps(work->added.scale / work->output.scale), x);
  }
  if (activating && work->after.slopes) x = activated(&work->after, x, channel, activating);
  return x;
}

// Makes pixels from `place` of the output on for the output channels of a block, and writes them but for the first `skipped`. The last four are constants where this
// is used.
NARROW_INLINE void make_pixels(const SegGatheredConvolution *work, const SegGatheredBlock *block, Windows windows, size_t place, int32_t skipped, Kind kind,
                               int is_float, Activating activating, Adding adding) {
  __m256i sums[MOST_SUMS];
  sum_windows(work, block, windows, kind, sums);
  const int32_t beside = kind.beside;
  const int32_t channel = block->first;
  const int32_t left = work->output.channels - channel;
  const size_t size = is_float ? sizeof(float) : 1, gap = (size_t)work->output.pixel_stride * size, added_gap = (size_t)work->added.pixel_stride;
  uint8_t *to = (uint8_t *)work->output.data + place * gap + (size_t)channel * size;
  const uint8_t *added = adding ? (const uint8_t *)work->added.data + place * added_gap + (size_t)channel : NULL;
  // So many pixels' results become one register of bytes. A loop that stays one would have sums in memory.
  const int32_t pixels = beside == BESIDE ? 1 : 2;
#pragma clang loop unroll(full)
  for (int32_t pixel = 0; pixel < places_of(kind); pixel += pixels) {
    __m256 x[TOGETHER];
    for (int32_t index = 0; index < pixels * beside; index++) {
      const int32_t vector = index % beside * LANES_BESIDE;
      const uint8_t *own = adding ? added + (size_t)(pixel + index / beside) * added_gap + vector : NULL;
      x[index] = result(work, sums[pixel * beside + index], channel + vector, own, activating, adding);
    }
    if (is_float) {
      for (int32_t index = 0; index < pixels * beside; index++) {
        const int32_t vector = index % beside * LANES_BESIDE;
        if (pixel + index / beside >= skipped) store_first_floats((float *)(to + (size_t)(pixel + index / beside) * gap) + vector, x[index], left - vector);
      }
      continue;
    }
    __m256i whole[TOGETHER];
    for (int32_t index = 0; index < TOGETHER; index++) whole[index] = index < pixels * beside ? _mm256_cvtps_epi32(x[index]) : _mm256_setzero_si256();
    const __m256i first = _mm256_packs_epi32(whole[0], whole[1]), second = _mm256_packs_epi32(whole[2], whole[3]);
    const __m256i mixed = work->output.format == SEG_SIGNED8 ? _mm256_packs_epi16(first, second) : _mm256_packus_epi16(first, second);
    // Each half of the register has four bytes of every vector.
    const __m256i bytes = _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    uint8_t *own = to + (size_t)pixel * gap;
    if (beside == BESIDE && left >= REGISTER_BYTES) {
      if (pixel >= skipped) _mm256_storeu_si256((__m256i *)own, bytes);
      continue;
    }
    const __m128i parts[2] = {_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)};
    if (beside == BESIDE) {
      if (pixel < skipped) continue;
      store_first_bytes(own, parts[0], left);
      store_first_bytes(own + REGISTER_BYTES / 2, parts[1], left - REGISTER_BYTES / 2);
      continue;
    }
    for (int32_t index = 0; index < pixels; index++, own += gap) {
      if (pixel + index < skipped) continue;
      if (beside == 2) store_first_bytes(own, parts[index], left);
      else store_first_bytes(own, index ? _mm_unpackhi_epi64(parts[0], parts[0]) : parts[0], left);
    }
  }
}

// Makes all output channels of `count` pixels from `first` on, PLACES at least: the last are those that end with the block, some of them made twice.
NARROW_INLINE void make_block(const SegGatheredConvolution *work, int32_t first, int32_t count, uint8_t *scratch, int is_fused, int is_float,
                              Activating activating, Adding adding) {
  Windows windows = {(const uint8_t *)work->input.data + (size_t)first * (size_t)work->input.pixel_stride, (size_t)work->input.pixel_stride};
  if (work->is_copied) {
    windows = (Windows){scratch, window_pitch(work)};
    copy_windows(work, first, count, scratch, windows.pitch);
  }
  for (int32_t index = 0; index < work->block_count; index++) {
    const SegGatheredBlock *block = work->blocks + index;
    for (int32_t pixel = 0, places = places_of((Kind){block->registers, is_fused}); pixel < count; pixel += places) {
      const int32_t begin = pixel + places <= count ? pixel : count - places;
      const Windows own = {windows.from + (size_t)begin * windows.pitch, windows.pitch};
      const size_t place = (size_t)(first + begin - work->first_row * work->output.width);
#define MAKE(beside) make_pixels(work, block, own, place, pixel - begin, (Kind){beside, is_fused}, is_float, activating, adding)
      if (block->registers == BESIDE) MAKE(BESIDE);
      else if (block->registers == 2) MAKE(2);
      else MAKE(1);
#undef MAKE
    }
  }
}

// A share's blocks: the last one has what is left, so many pixels that it has PLACES at least.
NARROW_INLINE void make_share(const SegGatheredConvolution *work, int32_t share, int is_fused, int is_float, Activating activating, Adding adding) {
  const int32_t width = work->output.width, before = work->first_row * width;
  const int64_t all = (int64_t)work->row_count * width;
  const int32_t begin = before + (int32_t)(all * share / work->shares), end = before + (int32_t)(all * (share + 1) / work->shares);
  uint8_t *scratch = work->scratch + (size_t)share * work->share_bytes;
  for (int32_t first = begin, count; first < end; first += count) {
    count = end - first < work->block_places + PLACES ? end - first : work->block_places;
    make_block(work, first, count, scratch, is_fused, is_float, activating, adding);
  }
}

NARROW_INLINE void make_any_share(const SegGatheredConvolution *work, int32_t share, int is_fused, Activating activating) {
  const Adding adding = adding_of(&work->added);
  if (adding == ADDS_NOTHING) make_share(work, share, is_fused, 0, activating, ADDS_NOTHING);
  else if (adding == ADDS_SIGNED) make_share(work, share, is_fused, 0, activating, ADDS_SIGNED);
  else make_share(work, share, is_fused, 0, activating, ADDS_UNSIGNED);
}

NARROW_INLINE void make_any_shares(const SegGatheredConvolution *work, int32_t begin, int32_t end, int is_fused) {
  const Activating activating = activating_of(&work->before, &work->after, work->output.channels);
  for (int32_t share = begin; share < end; share++) {
    if (work->output.format == SEG_FLOAT32) make_share(work, share, is_fused, 1, ACTIVATES_ALL, ADDS_NOTHING);
    else if (activating == ACTIVATES_NOTHING) make_any_share(work, share, is_fused, ACTIVATES_NOTHING);
    else if (activating == ACTIVATES_BELOW) make_any_share(work, share, is_fused, ACTIVATES_BELOW);
    else make_any_share(work, share, is_fused, ACTIVATES_ALL);
  }
}

NARROW_TARGET static void make_shares(const SegGatheredConvolution *work, int32_t begin, int32_t end) {
  if (work->is_fused) make_any_shares(work, begin, end, 1);
  else make_any_shares(work, begin, end, 0);
}

void seg_gathered_convolution(const void *arguments, int32_t begin, int32_t end) { make_shares(arguments, begin, end); }

#else

void seg_gathered_convolution(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
