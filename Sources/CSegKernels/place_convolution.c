#include "place_results.h"

static size_t filled_up(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Bytes of each part of a share's scratch: lines, room for eight pixels, scores of one place, labels of all places.
static size_t line_bytes(const SegPlaceConvolution *work) { return filled_up((size_t)work->kernel_rows * line_size(work) * sizeof(float)); }
static size_t room_bytes(const SegPlaceConvolution *work) { return filled_up(((size_t)work->elements * LANES + LANES) * sizeof(float)); }
static size_t score_bytes(const SegPlaceConvolution *work) {
  const size_t classes = (size_t)(work->class_blocks * work->block_classes + LANES);
  return filled_up(classes * SEG_PLACE_PIXELS * sizeof(float));
}
static size_t label_bytes(const SegPlaceConvolution *work) { return filled_up((size_t)work->place_count * SEG_PLACE_PIXELS); }

size_t seg_place_share_bytes(const SegPlaceConvolution *work) { return line_bytes(work) + room_bytes(work) + score_bytes(work) + label_bytes(work); }

#if SEGPLAY_NARROW_PRODUCTS

// Pixels of a row whose input has been turned round, and where.
typedef struct PlaceRow {
  const float *lines; // of kernel_rows rows of the input: that which the first row of the window reads is line row % kernel_rows
  float *scores;
  uint8_t *labels;
  int32_t row, column, count;
} PlaceRow;

// Adds the products of `registers` registers of pixels and `classes` classes: sums[class][register]. The last two are constants where this is used.
NARROW_INLINE const float *add_floats(const float *from, size_t pitch, int32_t elements, const float *weights, __m256 *sums, int32_t registers, int32_t classes) {
#pragma clang loop unroll_count(4)
  for (int32_t element = 0; element < elements; element++, from += pitch, weights += classes) {
    __m256 pixels[MOST_REGISTERS];
    for (int32_t index = 0; index < registers; index++) pixels[index] = _mm256_loadu_ps(from + index * LANES);
    for (int32_t class = 0; class < classes; class++) {
      const __m256 weight = _mm256_broadcast_ss(weights + class);
      for (int32_t index = 0; index < registers; index++)
        sums[class * registers + index] = _mm256_fmadd_ps(weight, pixels[index], sums[class * registers + index]);
    }
  }
  return weights;
}

// The same of bytes.
NARROW_INLINE const float *add_bytes(const float *from, size_t pitch, int32_t elements, const float *weights, __m256i *sums, int32_t registers, int32_t classes,
                                     int is_fused) {
#pragma clang loop unroll_count(2)
  for (int32_t element = 0; element < elements; element++, from += pitch, weights += classes) {
    __m256i pixels[MOST_REGISTERS];
    for (int32_t index = 0; index < registers; index++) pixels[index] = _mm256_loadu_si256((const __m256i *)(from + index * LANES));
    for (int32_t class = 0; class < classes; class++) {
      const __m256i weight = _mm256_castps_si256(_mm256_broadcast_ss(weights + class));
      for (int32_t index = 0; index < registers; index++) {
        __m256i *own = sums + class * registers + index;
        *own = add_byte_products(*own, pixels[index], weight, is_fused);
      }
    }
  }
  return weights;
}

// Makes one place of `registers` registers of pixels from `first` of the row on. The last three are constants where this is used.
NARROW_INLINE void make_pixels(const SegPlaceConvolution *work, const PlaceRow *made, int32_t place, int32_t first, int32_t registers, int32_t classes, int is_byte) {
  const SegPlaceTaps *taps = work->places + place;
  const size_t pitch = plane_pitch(work), size = line_size(work), filled = (size_t)(work->class_blocks * classes);
  const float *weights = taps->weights;
  PlaceGreatest greatest[MOST_REGISTERS] = {0};
  const int32_t ignored = work->classes > 1 ? work->labels.ignored : -1, start = ignored == 0 ? 1 : 0;
  for (int32_t block = 0; block < work->class_blocks; block++) {
    const size_t channel = (size_t)place * filled + (size_t)(block * classes);
    __m256 sums[MOST_REGISTERS * SEG_PLACE_CLASSES];
    __m256i whole[MOST_REGISTERS * SEG_PLACE_CLASSES];
    for (int32_t index = 0; index < registers * classes; index++) {
      if (is_byte) whole[index] = _mm256_set1_epi32(work->starts[channel + (size_t)(index / registers)]);
      else sums[index] = _mm256_broadcast_ss(work->biases + channel + index / registers);
    }
    for (int32_t row = 0; row < taps->rows; row++) {
      const float *line = made->lines + (size_t)((made->row + taps->first_row + row) % work->kernel_rows) * size + first;
      for (int32_t column = 0; column < taps->columns; column++) {
        const float *from = line + taps->first_column + column;
        if (is_byte && work->is_fused) weights = add_bytes(from, pitch, work->elements, weights, whole, registers, classes, 1);
        else if (is_byte) weights = add_bytes(from, pitch, work->elements, weights, whole, registers, classes, 0);
        else weights = add_floats(from, pitch, work->elements, weights, sums, registers, classes);
      }
    }
#pragma clang loop unroll(full)
    for (int32_t index = 0; index < classes; index++) {
      const int32_t class = block * classes + index;
      if (is_byte) {
        const __m256 factor = _mm256_broadcast_ss(work->factors + channel + index), bias = _mm256_broadcast_ss(work->biases + channel + index);
        for (int32_t each = index * registers; each < (index + 1) * registers; each++)
          sums[each] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(whole[each]), factor, bias);
      }
      if (work->scores) {
        for (int32_t each = 0; each < registers; each++) _mm256_storeu_ps(made->scores + (class * MOST_REGISTERS + each) * LANES, sums[index * registers + each]);
      } else if (class == start) {
        for (int32_t each = 0; each < registers; each++) greatest[each] = (PlaceGreatest){sums[index * registers + each], _mm256_set1_epi32(class)};
      } else if (class != ignored && class < work->classes) {
        for (int32_t each = 0; each < registers; each++) compare_class(greatest + each, sums[index * registers + each], class);
      }
    }
  }
  if (work->scores) {
    const int32_t count = made->count - first < registers * LANES ? made->count - first : registers * LANES;
    write_scores(work, made->row, made->column + first, place, count, made->scores);
  } else {
    for (int32_t each = 0; each < registers; each++) store_classes(made->labels + place * SEG_PLACE_PIXELS + first + each * LANES, greatest[each].class);
  }
}

// Makes all places of the pixels. The last three are constants where this is used.
NARROW_INLINE void make_row(const SegPlaceConvolution *work, const PlaceRow *made, int32_t registers, int32_t classes, int is_byte) {
  for (int32_t first = 0, left; (left = made->count - first) > 0; first += registers * LANES) {
    for (int32_t place = 0; place < work->place_count; place++) {
      if (left > (registers - 1) * LANES) make_pixels(work, made, place, first, registers, classes, is_byte);
      else if (registers == MOST_REGISTERS && left > LANES) make_pixels(work, made, place, first, 2, classes, is_byte);
      else make_pixels(work, made, place, first, 1, classes, is_byte);
    }
  }
  if (!work->scores) write_labels(work, made->row, made->column, made->count, made->labels);
}

NARROW_INLINE void make_share(const SegPlaceConvolution *work, int32_t share, int32_t registers, int32_t classes, int is_byte) {
  uint8_t *scratch = work->scratch + (size_t)share * work->share_bytes;
  float *lines = (float *)scratch, *room = (float *)(scratch + line_bytes(work));
  float *scores = (float *)(scratch + line_bytes(work) + room_bytes(work));
  uint8_t *labels = scratch + line_bytes(work) + room_bytes(work) + score_bytes(work);
  const int32_t begin = work->first_row + (int32_t)((int64_t)work->row_count * share / work->shares);
  const int32_t end = work->first_row + (int32_t)((int64_t)work->row_count * (share + 1) / work->shares);
  for (int32_t column = 0; column < work->width; column += SEG_PLACE_PIXELS) {
    const int32_t left = work->width - column, count = left < SEG_PLACE_PIXELS ? left : SEG_PLACE_PIXELS;
    for (int32_t row = begin, next = begin; row < end; row++) {
      for (; next < row + work->kernel_rows; next++)
        make_line(work, next - work->padding_top, column - work->padding_left, count + work->kernel_columns - 1, room,
                  lines + (size_t)(next % work->kernel_rows) * line_size(work));
      const PlaceRow made = {lines, scores, labels, row, column, count};
      make_row(work, &made, registers, classes, is_byte);
    }
  }
}

NARROW_TARGET static void make_shares(const SegPlaceConvolution *work, int32_t begin, int32_t end) {
  for (int32_t share = begin; share < end; share++) {
    if (work->input.format == SEG_FLOAT32) make_share(work, share, MOST_REGISTERS, 4, 0);
    else if (work->block_classes == 5) make_share(work, share, 2, 5, 1);
    else make_share(work, share, 2, 4, 1);
  }
}

void seg_place_convolution(const void *arguments, int32_t begin, int32_t end) { make_shares(arguments, begin, end); }

#else

void seg_place_convolution(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
