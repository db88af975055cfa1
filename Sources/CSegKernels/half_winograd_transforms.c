#include "word_winograd.h"

#if SEGPLAY_BYTE_PRODUCTS

#include "winograd_points.h"

// The sixteen numbers at x, x + step, ... x + 5 step, transformed: B^T of the paper, for these points.
HALF_INLINE void forward_line(const __m512 x[TILE_IN], __m512 made[TILE_IN]) {
  const __m512 two = _mm512_set1_ps(2), half = _mm512_set1_ps(0.5f), root = _mm512_set1_ps(ROOT), root2 = _mm512_set1_ps(2 * ROOT), more = _mm512_set1_ps(2.5f);
  const __m512 near = _mm512_fnmadd_ps(two, x[2], x[4]), near_odd = _mm512_fnmadd_ps(two, x[1], x[3]);
  const __m512 far = _mm512_fnmadd_ps(half, x[2], x[4]), far_odd = _mm512_fnmadd_ps(half, x[1], x[3]);
  made[0] = _mm512_fnmadd_ps(more, x[2], _mm512_add_ps(x[0], x[4]));
  made[1] = _mm512_fmadd_ps(root, near_odd, near);
  made[2] = _mm512_fnmadd_ps(root, near_odd, near);
  made[3] = _mm512_fmadd_ps(root2, far_odd, far);
  made[4] = _mm512_fnmadd_ps(root2, far_odd, far);
  made[5] = _mm512_fnmadd_ps(more, x[3], _mm512_add_ps(x[1], x[5]));
}

HALF_INLINE __m512 floats_of(__m256i halves) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16)); }

// The channels of `valid`, and zeros: what lies beside may be no numbers, which even weights of zero would make no sums of.
HALF_INLINE __m256i load_halves(__mmask16 valid, const uint8_t *from) { return _mm256_maskz_loadu_epi16(valid, from); }

// Transforms sixteen channels of a tile of which (row, column) lies at from + row * row_step + column * column_step, in bytes.
HALF_INLINE void forward_tile(const uint8_t *from, ptrdiff_t row_step, ptrdiff_t column_step, __mmask16 valid, int16_t *to) {
  float lines[PLANES * LANES] __attribute__((aligned(64)));
  // Loops that stay loops keep the addresses in registers.
  _Pragma("clang loop unroll(disable)") for (int32_t column = 0; column < TILE_IN; column++) {
    __m512 x[TILE_IN], made[TILE_IN];
    for (int32_t row = 0; row < TILE_IN; row++) x[row] = floats_of(load_halves(valid, from + row * row_step + column * column_step));
    forward_line(x, made);
    for (int32_t row = 0; row < TILE_IN; row++) _mm512_store_ps(lines + (row * TILE_IN + column) * LANES, made[row]);
  }
  _Pragma("clang loop unroll(disable)") for (int32_t row = 0; row < TILE_IN; row++) {
    __m512 x[TILE_IN], made[TILE_IN];
    for (int32_t column = 0; column < TILE_IN; column++) x[column] = _mm512_load_ps(lines + (row * TILE_IN + column) * LANES);
    forward_line(x, made);
    for (int32_t column = 0; column < TILE_IN; column++)
      _mm256_store_si256((__m256i *)(to + (row * TILE_IN + column) * WORDS), (__m256i)_mm512_cvtneps_pbh(made[column]));
  }
}

// Copies sixteen channels of a tile that reaches over the map's edges.
HALF_INLINE void copy_edge(const SegWordWinograd *work, Corner corner, int32_t channel, __mmask16 valid, uint8_t *to) {
  for (int32_t index = 0; index < PLANES; index++, to += LANES * 2) {
    const uint8_t *from = input_place(work, corner, index, 2 * (size_t)work->input.pixel_stride);
    _mm256_store_si256((__m256i *)to, from ? load_halves(valid, from + 2 * channel) : _mm256_setzero_si256());
  }
}

HALF_TARGET void seg_half_winograd_forward(const SegWordWinograd *work, TileGroup group, int16_t *tiles) {
  const SegTypedMap input = work->input;
  const ptrdiff_t column_step = (ptrdiff_t)work->dilation_horizontal * input.pixel_stride * 2;
  const ptrdiff_t row_step = (ptrdiff_t)work->dilation_vertical * input.width * input.pixel_stride * 2;
  for (int32_t tile = 0; tile < group.count; tile++) {
    const Corner corner = input_corner(work, group.first + tile);
    const int is_whole = is_inside(work, corner);
    for (int32_t channel = 0; channel < input.channels; channel += LANES) {
      const __mmask16 valid = input.channels - channel < LANES ? (__mmask16)((1 << (input.channels - channel)) - 1) : (__mmask16)0xFFFF;
      int16_t *to = tiles + ((size_t)(channel / WORDS) * group.count + tile) * TILE_WORDS + channel % WORDS;
      if (is_whole) {
        const uint8_t *from = input_place(work, corner, 0, 2 * (size_t)input.pixel_stride) + 2 * channel;
        if (channel % WORDS == 0) prefetch_next(from, row_step, column_step);
        forward_tile(from, row_step, column_step, valid, to);
      } else {
        uint8_t edge[PLANES * LANES * 2] __attribute__((aligned(64)));
        copy_edge(work, corner, channel, valid, edge);
        forward_tile(edge, TILE_IN * LANES * 2, LANES * 2, 0xFFFF, to);
      }
    }
  }
}

// Four results of six sums: A^T of the paper, for these points.
HALF_INLINE void backward_line(const __m512 x[TILE_IN], __m512 made[TILE_OUT]) {
  const __m512 near = _mm512_add_ps(x[1], x[2]), near_odd = _mm512_sub_ps(x[1], x[2]), far = _mm512_add_ps(x[3], x[4]), far_odd = _mm512_sub_ps(x[3], x[4]);
  made[0] = _mm512_add_ps(x[0], _mm512_add_ps(near, far));
  made[1] = _mm512_fmadd_ps(_mm512_set1_ps(ROOT), near_odd, _mm512_mul_ps(_mm512_set1_ps(2 * ROOT), far_odd));
  made[2] = _mm512_fmadd_ps(_mm512_set1_ps(0.5f), near, _mm512_add_ps(far, far));
  made[3] = _mm512_fmadd_ps(_mm512_set1_ps(0.5f * ROOT), near_odd, _mm512_fmadd_ps(_mm512_set1_ps(4 * ROOT), far_odd, x[5]));
}

// How sixteen channels of the results leave a tile.
typedef struct Finish {
  const SegWordWinograd *work;
  int32_t channel;
  __mmask16 valid; // channels that there are
  __m512 bias;
} Finish;

HALF_INLINE __m512 activated(const Finish *how, const SegActivation *activation, __m512 x) {
  const __m512 zero = _mm512_setzero_ps(), slopes = _mm512_maskz_loadu_ps(how->valid, activation->slopes + how->channel);
  return _mm512_fmadd_ps(_mm512_min_ps(x, zero), slopes, _mm512_min_ps(_mm512_max_ps(x, zero), _mm512_set1_ps(activation->upper)));
}

// Writes sixteen channels of pixel `place`.
HALF_INLINE void finish(const Finish *how, __m512 x, size_t place) {
  const SegWordWinograd *work = how->work;
  x = _mm512_add_ps(x, how->bias);
  if (work->before.slopes) x = activated(how, &work->before, x);
  if (work->added.data) {
    const int16_t *added = (const int16_t *)work->added.data + place * work->added.pixel_stride + how->channel;
    x = _mm512_add_ps(x, floats_of(_mm256_maskz_loadu_epi16(how->valid, added)));
  }
  if (work->after.slopes) x = activated(how, &work->after, x);
  const size_t at = place * work->output.pixel_stride + how->channel;
  if (work->output.format == SEG_FLOAT32) {
    _mm512_mask_storeu_ps((float *)work->output.data + at, how->valid, x);
  } else {
    _mm256_mask_storeu_epi16((int16_t *)work->output.data + at, how->valid, (__m256i)_mm512_cvtneps_pbh(x));
  }
}

// Transforms sixteen channels of a tile's sums, and writes what of them lies inside the output.
HALF_INLINE void backward_tile(const Finish *how, Corner corner, const float *sums, int32_t step) {
  const SegWordWinograd *work = how->work;
  float lines[TILE_IN * TILE_OUT * LANES] __attribute__((aligned(64)));
  _Pragma("clang loop unroll(disable)") for (int32_t line = 0; line < TILE_IN; line++) {
    __m512 x[TILE_IN], made[TILE_OUT];
    for (int32_t index = 0; index < TILE_IN; index++) x[index] = _mm512_load_ps(sums + (line * TILE_IN + index) * step);
    backward_line(x, made);
    for (int32_t index = 0; index < TILE_OUT; index++) _mm512_store_ps(lines + (line * TILE_OUT + index) * LANES, made[index]);
  }
  const int32_t rows = places_within(corner.row, work->dilation_vertical, work->output.height);
  const int32_t columns = places_within(corner.column, work->dilation_horizontal, work->output.width);
  const size_t row_step = (size_t)work->dilation_vertical * work->output.width;
  size_t place = (size_t)corner.row * work->output.width + corner.column;
  _Pragma("clang loop unroll(disable)") for (int32_t index = 0; index < columns; index++, place += work->dilation_horizontal) {
    __m512 column[TILE_IN], made[TILE_OUT];
    for (int32_t line = 0; line < TILE_IN; line++) column[line] = _mm512_load_ps(lines + (line * TILE_OUT + index) * LANES);
    backward_line(column, made);
    for (int32_t line = 0; line < TILE_OUT; line++)
      if (line < rows) finish(how, made[line], place + line * row_step);
  }
}

HALF_TARGET void seg_half_winograd_backward(const SegWordWinograd *work, TileGroup group, int32_t channel, int32_t vectors, const void *sums) {
  for (int32_t vector = 0; vector < vectors; vector++) {
    const int32_t first = channel + vector * LANES, left = work->output.channels - first;
    const __mmask16 valid = left < LANES ? (__mmask16)((1 << left) - 1) : (__mmask16)0xFFFF;
    const Finish how = {work, first, valid, _mm512_maskz_loadu_ps(valid, work->biases + first)};
    for (int32_t tile = 0; tile < group.count; tile++) {
      const float *from = (const float *)sums + tile * tile_sums(vectors) + vector * LANES;
      backward_tile(&how, output_corner(work, group.first + tile), from, vectors * LANES);
    }
  }
}

#endif
