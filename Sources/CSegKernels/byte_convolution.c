#include "byte_target.h"

int32_t seg_byte_block(int32_t left) {
  const int32_t count = (left + SEG_BYTE_BLOCK - 1) / SEG_BYTE_BLOCK;
  if (count <= 1) return left;
  const int32_t even = left / count / SEG_BYTE_GROUP * SEG_BYTE_GROUP;
  return left - even <= SEG_BYTE_BLOCK * (count - 1) ? even : even + SEG_BYTE_GROUP;
}

SegBytePlanes seg_byte_planes(int32_t height, int32_t width, int32_t channels) {
  // A line of zeros before each plane, which is behind the one before as well; an odd number, so that the same place of many planes does not fall into few sets
  // of the cache.
  const size_t lines = (size_t)(1 + (width + SEG_BYTE_VECTOR - 1) / SEG_BYTE_VECTOR) | 1, line = SEG_BYTE_GROUP * SEG_BYTE_VECTOR;
  const int32_t planes = (channels + SEG_BYTE_GROUP - 1) / SEG_BYTE_GROUP;
  SegBytePlanes made = {planes, lines * line, (size_t)planes * lines * line, 0};
  made.byte_count = (size_t)height * made.row_bytes + line;
  return made;
}

#if SEGPLAY_BYTE_PRODUCTS

#include "byte_labels.h"
#include "byte_products.h"
#include "byte_results.h"

int32_t seg_byte_convolution_is_available(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma");
}

// A strip in work.
typedef struct Strip {
  const SegByteConvolution *work;
  ByteFinish finish;
  uint8_t *scratch;
  int32_t next; // the first input row that is not rearranged yet
  const uint8_t **taps; // where rows begin for each tap, for the output row in work, and behind them those that blocks choose
} Strip;

// Rows of a kernel and pairs of them.
enum { MOST_KERNEL_ROWS = 16, MOST_ROWS = MOST_KERNEL_ROWS + MOST_KERNEL_ROWS / 2 };

BYTE_INLINE int32_t pair_count(const SegByteConvolution *work) { return work->pair_taps > 0 ? (work->kernel_rows + 1) / 2 : 0; }

// The bits that make the input's bytes unsigned.
BYTE_INLINE uint8_t flip(const SegByteConvolution *work) { return work->input.format == SEG_SIGNED8 ? 0x80 : 0; }

// Rearranges an input row into its place of the ring.
BYTE_INLINE void rearrange_row(const Strip *strip, int32_t row) {
  const SegByteConvolution *work = strip->work;
  const SegTypedMap *input = &work->input;
  const uint8_t *from = (const uint8_t *)input->data + (size_t)row * input->width * input->pixel_stride;
  uint8_t *to = strip->scratch + (size_t)(row % work->ring) * work->row_bytes;
  for (int32_t phase = 0; phase < work->phases; phase++) {
    const int32_t before = work->padding_left - phase;
    const int32_t first = before > 0 ? (before + work->phases - 1) / work->phases : 0;
    const int32_t column = phase + first * work->phases - work->padding_left;
    if (column >= input->width) continue;
    const int32_t count = (input->width - column + work->phases - 1) / work->phases;
    split_pixels(from + (size_t)column * input->pixel_stride, (size_t)(work->phases * input->pixel_stride), count, work->planes,
                 to + (size_t)phase * work->phase_bytes + SEG_BYTE_GROUP * (size_t)first, work->plane_bytes, flip(work));
  }
}

// Rearranges what an output row needs and is not there yet; `rows` are the rearranged rows for the kernel's and for its pairs.
BYTE_INLINE void take_rows(Strip *strip, int32_t output_row, const uint8_t *rows[MOST_ROWS]) {
  const SegByteConvolution *work = strip->work;
  const int32_t first = output_row * work->stride - work->padding_top, end = first + (work->kernel_rows - 1) * work->dilation + 1;
  const uint8_t *planes = (const uint8_t *)work->input.data + VECTOR_BYTES - SEG_BYTE_GROUP * work->padding_left;
  if (strip->next < first) strip->next = first;
  for (; !work->input_is_planes && strip->next < end && strip->next < work->input.height; strip->next++) rearrange_row(strip, strip->next);
  for (int32_t index = 0; index < work->kernel_rows; index++) {
    const int32_t row = first + index * work->dilation;
    const int is_inside = row >= 0 && row < work->input.height;
    if (!is_inside) rows[index] = strip->scratch + work->empty_row;
    else rows[index] = work->input_is_planes ? planes + (size_t)row * work->row_bytes : strip->scratch + (size_t)(row % work->ring) * work->row_bytes;
  }
  const size_t last_plane = (size_t)(work->planes - 1) * work->plane_bytes;
  for (int32_t pair = 0; pair < pair_count(work); pair++) {
    const uint8_t *first = rows[2 * pair] + last_plane;
    uint8_t *both = strip->scratch + work->pair_place + (size_t)pair * work->pair_bytes;
    const int is_whole = 2 * pair + 1 < work->kernel_rows;
    if (is_whole) pair_planes(first, rows[2 * pair + 1] + last_plane, both, work->pair_bytes);
    rows[work->kernel_rows + pair] = is_whole ? both : first;
  }
}

// Says for an output row where each tap begins; only what is said of a single point is the same for all.
BYTE_INLINE void take_taps(Strip *strip, int32_t output_row) {
  const SegByteConvolution *work = strip->work;
  const uint8_t *rows[MOST_ROWS] = {strip->scratch};
  if (!work->is_point) take_rows(strip, output_row, rows);
  const uint8_t **taps = (const uint8_t **)(strip->scratch + work->taps_place), **next = taps;
  for (int32_t row = 0; row < work->kernel_rows; row++)
    for (int32_t tap = 0; tap < work->taps; tap++) *next++ = rows[row] + work->offsets[tap];
  for (int32_t pair = 0; pair < pair_count(work); pair++)
    for (int32_t tap = 0; tap < work->pair_taps; tap++) *next++ = rows[work->kernel_rows + pair] + work->offsets[tap];
  for (int32_t index = 0; index < work->chosen_count; index++) *next++ = taps[work->chosen[index]];
  strip->taps = taps;
}

// Splits some pixels of a map, `step` apart.
BYTE_INLINE void split_block(const SegTypedMap *map, size_t pixel, int32_t pixels, int32_t step, int32_t planes, uint8_t *to, size_t plane_bytes,
                             uint8_t flip) {
  // Whole vectors where there is something to read behind the block.
  const int32_t whole = (pixels + PIXELS - 1) / PIXELS * PIXELS;
  const int is_readable = pixel + (size_t)(whole - 1) * (size_t)step < (size_t)map->height * (size_t)map->width;
  split_pixels((const uint8_t *)map->data + pixel * (size_t)map->pixel_stride, (size_t)(step * map->pixel_stride), is_readable ? whole : pixels, planes, to,
               plane_bytes, flip);
}

// Where the results of some pixels go, and where what is added to them is.
BYTE_INLINE ByteTarget take_target(const Strip *strip, int32_t output_row, int32_t column, int32_t pixels) {
  const SegByteConvolution *work = strip->work;
  const SegBytePlanes *planes = &work->output_planes;
  const size_t unit = (size_t)((pixels + PIXELS - 1) / PIXELS * VECTOR_BYTES), pixel = (size_t)output_row * work->output.width + column;
  const size_t place = (size_t)output_row * planes->row_bytes + (size_t)(VECTOR_BYTES + SEG_BYTE_GROUP * column);
  ByteTarget target = {0, strip->scratch + work->added_place, unit, strip->scratch + work->results_place, unit};
  if (work->added_is_planes) {
    target.added = (const uint8_t *)work->added.data + place;
    target.added_bytes = planes->plane_bytes;
  } else if (work->added.data) {
    split_block(&work->added, pixel, pixels, 1, planes->planes, strip->scratch + work->added_place, unit, 0);
  }
  if (work->output_is_planes) {
    target.results = (uint8_t *)work->output.data + place;
    target.plane_bytes = planes->plane_bytes;
  }
  return target;
}

// The results of `pixels` pixels of a row from `column` on, to where they belong in the line `line`. One block of channels is made for all of them before the
// next: the processor does not have to guess which comes.
BYTE_INLINE void make_pixels(const Strip *strip, int32_t output_row, int32_t column, int32_t pixels, uint8_t *line) {
  const SegByteConvolution *work = strip->work;
  const SegTypedMap *output = &work->output;
  const int32_t span = PIXELS * work->vectors, channels = output->channels;
  const int are_bytes = output->format != SEG_FLOAT32, are_plain = are_bytes && !work->before.slopes && !work->after.slopes;
  if (work->is_point) {
    const size_t input_pixel = (size_t)(output_row * work->stride) * work->input.width + (size_t)(column * work->phases);
    split_block(&work->input, input_pixel, pixels, work->phases, work->planes, strip->scratch, work->plane_bytes, flip(work));
  }
  ByteGreatest greatest;
  ByteBlock block = {.finish = &strip->finish, .target = take_target(strip, output_row, column, pixels), .greatest = work->labels.labels ? &greatest : NULL,
                     .sums = (int32_t *)(strip->scratch + work->sums_place), .sums_step = (size_t)span};
  const ByteTarget *target = &block.target;
  for (const SegByteBlock *channels_of = work->blocks; channels_of < work->blocks + work->block_count; channels_of++) {
    const uint8_t *const *taps = strip->taps + channels_of->first_tap;
    const int32_t channel = channels_of->first;
    block.channels = channels_of->count;
    block.target.first = channel;
    for (int32_t first = 0; first < pixels; first += span) {
      const int32_t left = (pixels - first + PIXELS - 1) / PIXELS, filled = left < work->vectors ? left : work->vectors;
      const size_t place = SEG_BYTE_GROUP * (size_t)first;
      block.vectors = filled <= 2 ? filled : work->vectors;
      block.is_finished = are_plain && block.vectors == 2;
      // Results of bytes are made a span of points or a whole row at a time: the pixels' place is that of their results. Of labels it is that of the column.
      sum_block(taps, taps + channels_of->tap_count, work->labels.labels && !work->is_point ? SEG_BYTE_GROUP * (size_t)column : place, channels_of->weights,
                work->starts + channel, &block);
      if (block.is_finished) continue;
      if (work->labels.labels)
        label_block(&strip->finish, channels_of, filled, &greatest, strip->scratch + work->labels_place + column, work->label_bytes);
      else if (are_bytes) finish_block(&strip->finish, block.sums, block.sums_step, block.channels, filled, target, place);
      else finish_floats(&strip->finish, block.sums, block.sums_step, channel, block.channels, filled,
                         (float *)line + (size_t)(column + first) * channels, (size_t)channels);
    }
  }
  if (!are_bytes || work->output_is_planes) return;
  for (int32_t first = 0; first < pixels; first += PIXELS)
    join_pixels(line + (size_t)(column + first) * channels, channels, target->results + SEG_BYTE_GROUP * first, target->plane_bytes);
}

BYTE_TARGET static void make_strip(const SegByteConvolution *work, int32_t index) {
  const SegTypedMap *output = &work->output;
  const int32_t begin = work->first_row + (int32_t)((int64_t)work->row_count * index / work->strips);
  const int32_t end = work->first_row + (int32_t)((int64_t)work->row_count * (index + 1) / work->strips);
  Strip strip = {.work = work, .finish = byte_finish(work), .scratch = work->scratch + (size_t)index * work->strip_bytes};
  if (work->has_margins) memset(strip.scratch, flip(work), (size_t)(work->ring + 1) * work->row_bytes);
  const size_t element = output->format == SEG_FLOAT32 ? sizeof(float) : 1, row_bytes = (size_t)output->width * output->channels * element;
  // Whole vectors of whole chunks write nothing but what they should.
  const int is_direct = work->output_is_planes || (!work->labels.labels && output->width % PIXELS == 0 &&
                                                   (output->channels % CHUNK == 0 || output->format == SEG_FLOAT32));
  // Points are rearranged a few at a time, which stay near; classes are compared while the greatest so far are.
  const int32_t unit = work->is_point || work->labels.labels ? PIXELS * work->vectors : output->width;
  if (work->is_point) take_taps(&strip, begin);
  for (int32_t row = begin; row < end; row++) {
    if (!work->is_point) take_taps(&strip, row);
    uint8_t *out = work->labels.labels ? NULL : (uint8_t *)output->data + (size_t)(row - work->first_row) * row_bytes;
    uint8_t *line = is_direct ? out : strip.scratch + work->line_place;
    for (int32_t column = 0; column < output->width; column += unit) {
      const int32_t pixels = output->width - column < unit ? output->width - column : unit;
      const size_t next = (size_t)(work->is_point ? column + unit : 0) * output->channels * element, bytes = (size_t)pixels * output->channels * element;
      if (out && !work->output_is_planes) prefetch(out + next, bytes, 1);
      make_pixels(&strip, row, column, pixels, line);
    }
    if (work->output_is_planes) clear_margins(&work->output, &work->output_planes, row);
    else if (work->labels.labels) write_labels(work, row, strip.scratch + work->labels_place, line);
    else if (!is_direct) memcpy(out, line, row_bytes);
  }
}

void seg_byte_convolution(const void *arguments, int32_t begin, int32_t end) {
  for (int32_t index = begin; index < end; index++) make_strip(arguments, index);
}

#else

int32_t seg_byte_convolution_is_available(void) { return 0; }

void seg_byte_convolution(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
