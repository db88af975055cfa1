#include "matrix_target.h"

#include <string.h>

static int32_t vectors_of(int32_t outputs) { return (outputs + SEG_MATRIX_OUTPUTS - 1) / SEG_MATRIX_OUTPUTS; }

size_t seg_matrix_weight_bytes(int32_t steps, int32_t outputs) {
  return (size_t)steps * (size_t)vectors_of(outputs) * SEG_MATRIX_OUTPUTS * SEG_MATRIX_BYTES;
}

int32_t seg_matrix_place(int32_t output, int32_t outputs, int32_t is_paired) {
  const int32_t within = output % (2 * SEG_MATRIX_OUTPUTS), first = output - within;
  if (!is_paired || first + 2 * SEG_MATRIX_OUTPUTS > outputs) return output;
  return first + within / 4 % 2 * SEG_MATRIX_OUTPUTS + within / 8 * 4 + within % 4;
}

void seg_matrix_pack(const uint8_t *weights, int32_t step, int32_t steps, int32_t place, int32_t outputs, uint8_t *packed) {
  // Vectors of outputs lie in the pairs that are multiplied at once.
  const int32_t vector = place / SEG_MATRIX_OUTPUTS, before = vector / 2 * 2, together = vectors_of(outputs) - before < 2 ? 1 : 2;
  const size_t tile = SEG_MATRIX_OUTPUTS * SEG_MATRIX_BYTES;
  uint8_t *to = packed + ((size_t)before * steps + (size_t)step * together + (vector - before)) * tile + place % SEG_MATRIX_OUTPUTS * SEG_MATRIX_WORD;
  for (int32_t word = 0; word < SEG_MATRIX_BYTES / SEG_MATRIX_WORD; word++)
    memcpy(to + word * SEG_MATRIX_BYTES, weights + word * SEG_MATRIX_WORD, SEG_MATRIX_WORD);
}

#if SEGPLAY_MATRIX_PRODUCTS

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "joined_columns.h"
#include "matrix_products.h"

enum {
  TILE_DATA = 18, // of the processor's state components
  REQUEST_PERMISSION = 0x1023, // of arch_prctl
  GROUP_SUMS = MATRIX_GROUP_PLACES * SEG_MATRIX_OUTPUTS // of one group of tiles
};

int32_t seg_matrix_convolution_is_available(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const unsigned needed = 1u << 22 | 1u << 24 | 1u << 25; // bfloat16, tiles, bytes
  if ((d & needed) != needed) return 0;
  if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("fma")))
    return 0;
  // The registers take eight kilobytes of every thread's state: the system wants to be asked.
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

size_t seg_matrix_share_bytes(const SegMatrixConvolution *work) {
  // Sums of the group in work and of the one before, the copy of the input's rows, and tiles that would reach beyond the input.
  return 2 * GROUP_SUMS * sizeof(int32_t) + work->copy_bytes + (work->is_direct ? MATRIX_GROUP * work->tile_bytes : 0);
}

// How the tile registers are divided; the processor's format.
typedef struct __attribute__((packed)) TileConfiguration {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} TileConfiguration;

MATRIX_INLINE void configure_tiles(void) {
  TileConfiguration all = {.palette = 1};
  for (int32_t index = 0; index < 8; index++) {
    all.row_bytes[index] = SEG_MATRIX_BYTES;
    all.rows[index] = SEG_MATRIX_PLACES;
  }
  _tile_loadconfig(&all);
}

static size_t element_bytes(const SegTypedMap *map) { return map->format == SEG_FLOAT32 ? 4 : map->format == SEG_BFLOAT16 ? 2 : 1; }

// Rows of the output that are made at once.
typedef struct Band {
  const SegMatrixConvolution *work;
  int32_t first, rows;
  const uint8_t *from; // where the first tile begins
  const uint8_t *end; // of the input where it is read directly
  uint8_t *spare; // room for tiles of a group that would reach beyond it
} Band;

// Copies the rows of the input that a band reads, with zeros around them.
static void copy_rows(const SegMatrixConvolution *work, int32_t first_row, int32_t rows, uint8_t *copy) {
  const SegTypedMap *input = &work->input;
  const size_t element = element_bytes(input), pixel = element * (size_t)input->channels, gap = element * (size_t)input->pixel_stride;
  const size_t margin = (size_t)work->padding_left * pixel, room = work->row_bytes - margin;
  const size_t whole = (size_t)((input->width + work->column_step - 1) / work->column_step) * pixel, bytes = room < whole ? room : whole;
  const int32_t top = first_row * work->stride_vertical - work->padding_top, needed = work->input_rows - (work->band_rows - rows) * work->phases;
  for (int32_t index = 0; index < needed; index++) {
    uint8_t *to = copy + (size_t)(index % work->phases) * work->phase_bytes + (size_t)(index / work->phases) * work->row_bytes;
    const int32_t row = top + index * work->row_step;
    if (row < 0 || row >= input->height) {
      memset(to, 0, work->row_bytes);
    } else {
      const uint8_t *from = (const uint8_t *)input->data + (size_t)row * (size_t)input->width * gap;
      const size_t step = gap * (size_t)work->column_step;
      memset(to, 0, margin);
      if (step == pixel) {
        memcpy(to + margin, from, bytes);
      } else {
        for (size_t place = 0; place < bytes; place += pixel, from += step) memcpy(to + margin + place, from, pixel);
      }
      memset(to + margin + bytes, 0, room - bytes);
    }
    // What steps read beyond a row is multiplied with zeros, but must be numbers.
    if (index + work->phases >= needed) memset(to + work->row_bytes, 0, SEG_MATRIX_BYTES);
  }
}

// The same where the rows of a window lie together for each column: a row of the copy for each row of the output.
MATRIX_INLINE void copy_columns(const SegMatrixConvolution *work, const JoinedColumns *how, int32_t first_row, int32_t rows, uint8_t *copy) {
  for (int32_t row = first_row; row < first_row + rows; row++, copy += work->row_bytes)
    join_row(how, row, (size_t)work->padding_left * how->column, work->row_bytes, copy);
  memset(copy, 0, SEG_MATRIX_BYTES);
}

// Where a tile's inputs are: in the map or its copy, or, where a place would reach beyond the end of the map, in spare room.
static const uint8_t *tile_inputs(const Band *band, int32_t tile, int32_t index) {
  const SegMatrixConvolution *work = band->work;
  const uint8_t *from = band->from + work->tile_offsets[tile];
  if (!work->is_direct || from + work->tile_bytes <= band->end) return from;
  uint8_t *to = band->spare + (size_t)index * work->tile_bytes;
  const size_t left = (size_t)(band->end - from);
  memcpy(to, from, left);
  memset(to + left, 0, work->tile_bytes - left);
  return to;
}

// Makes all results of a band for the output channels of a strip.
MATRIX_INLINE void make_strip(const Band *band, MatrixStrip *strip, MatrixSums *before, int32_t **room, int32_t channel, int32_t vectors, SegFormat format) {
  const SegMatrixConvolution *work = band->work;
  const int32_t together = vectors == 2 ? 2 : MATRIX_GROUP, tiles = work->tile_counts[band->rows - 1];
  const int32_t left = work->output.channels - channel - (vectors - 1) * SEG_MATRIX_OUTPUTS, last = left < SEG_MATRIX_OUTPUTS ? left : SEG_MATRIX_OUTPUTS;
  const MatrixFinish finish = matrix_finish_for(work, vectors, last);
  for (int32_t tile = 0; tile < tiles; tile += together) {
    const int32_t count = tiles - tile < together ? tiles - tile : together;
    const uint8_t *from[MATRIX_GROUP];
    for (int32_t index = 0; index < together; index++) from[index] = index < count ? tile_inputs(band, tile + index, index) : from[0];
    int32_t *sums = room[0];
    if (vectors == 2) multiply_square(strip, from, before, sums, format);
    else multiply_column(strip, from, before, sums, format);
    *before = (MatrixSums){
      .work = work, .finish = finish, .sums = sums, .targets = work->targets + tile * SEG_MATRIX_PLACES,
      .pixels = (uint32_t)(band->rows * work->output.width), .first_pixel = (size_t)(band->first - work->first_row) * (size_t)work->output.width,
      .count = count * SEG_MATRIX_PLACES, .channel = channel, .last = last};
    room[0] = room[1];
    room[1] = sums;
  }
}

// What the next band reads and writes is asked for during `steps` steps of this one.
MATRIX_INLINE void ask_ahead(const Band *band, MatrixStrip *strip, int32_t steps) {
  const SegMatrixConvolution *work = band->work;
  const SegTypedMap *maps[] = {[AHEAD_INPUT] = work->is_direct ? &work->input : NULL, [AHEAD_ADDED] = &work->added, [AHEAD_OUTPUT] = &work->output};
  for (int32_t kind = AHEAD_INPUT; kind < AHEAD_KINDS; kind++) {
    const SegTypedMap *map = maps[kind];
    if (!map || !map->data || (kind == AHEAD_ADDED && map->data == work->output.data)) continue;
    // The input's rows are counted from its top, the others from the first that is made.
    const int32_t stride = kind == AHEAD_INPUT ? work->stride_vertical : 1, skipped = kind == AHEAD_INPUT ? 0 : work->first_row;
    const int32_t first = (band->first + band->rows - skipped) * stride;
    const int32_t left = (kind == AHEAD_INPUT ? map->height : work->row_count) - first, rows = left < band->rows * stride ? left : band->rows * stride;
    if (rows <= 0) continue;
    const size_t element = kind == AHEAD_OUTPUT && work->writes_halves ? sizeof(uint16_t) : element_bytes(map);
    const size_t row = element * (size_t)map->pixel_stride * (size_t)map->width;
    const uint8_t *next = (const uint8_t *)map->data + (size_t)first * row;
    strip->ahead[kind] = (MatrixAhead){next, next + (size_t)rows * row, (int32_t)(((size_t)rows * row / LINE_BYTES + (size_t)steps - 1) / (size_t)steps)};
  }
}

// Makes a band; the input's format is a constant where this is used.
MATRIX_INLINE void make_band(const SegMatrixConvolution *work, const JoinedColumns *joined, int32_t first, int32_t rows, uint8_t *scratch, SegFormat format) {
  int32_t *room[2] = {(int32_t *)scratch, (int32_t *)scratch + GROUP_SUMS};
  uint8_t *copy = scratch + 2 * GROUP_SUMS * sizeof(int32_t);
  Band band = {work, first, rows, copy, NULL, copy + work->copy_bytes};
  if (work->is_direct) {
    const size_t element = element_bytes(&work->input), gap = element * (size_t)work->input.pixel_stride;
    band.from = (const uint8_t *)work->input.data + (size_t)first * (size_t)work->stride_vertical * work->row_bytes;
    band.end = (const uint8_t *)work->input.data + (size_t)(work->input.height - 1) * work->row_bytes + (size_t)(work->input.width - 1) * gap +
               element * (size_t)work->input.channels;
  } else if (work->rows_together) {
    copy_columns(work, joined, first, rows, copy);
  } else {
    copy_rows(work, first, rows, copy);
  }
  const int32_t vectors = vectors_of(work->output.channels), tiles = work->tile_counts[rows - 1];
  const size_t vector_bytes = (size_t)work->steps * TILE_BYTES;
  MatrixSums before = {.work = work};
  MatrixStrip strip = {.work = work, .weights = work->weights};
  ask_ahead(&band, &strip, (vectors / 2 * ((tiles + 1) / 2) + vectors % 2 * ((tiles + MATRIX_GROUP - 1) / MATRIX_GROUP)) * work->steps);
  for (int32_t vector = 0; vector < vectors; vector += 2) {
    const int32_t together = vectors - vector < 2 ? 1 : 2, following = vectors - vector - together < 2 ? vectors - vector - together : 2;
    const int32_t groups = together == 2 ? (tiles + 1) / 2 : (tiles + MATRIX_GROUP - 1) / MATRIX_GROUP;
    const uint8_t *next = strip.weights + (size_t)together * vector_bytes;
    strip.ahead[AHEAD_WEIGHTS] = (MatrixAhead){next, next + (size_t)following * vector_bytes, (following * TILE_BYTES / LINE_BYTES + groups - 1) / groups};
    if (together == 2) make_strip(&band, &strip, &before, room, vector * SEG_MATRIX_OUTPUTS, 2, format);
    else make_strip(&band, &strip, &before, room, vector * SEG_MATRIX_OUTPUTS, 1, format);
    strip.weights += (size_t)together * vector_bytes;
  }
  before.finish(&before, MATRIX_GROUP_PLACES);
}

// Makes a share's bands.
MATRIX_INLINE void make_share(const SegMatrixConvolution *work, int32_t share, SegFormat format) {
  const int32_t begin = work->first_row + (int32_t)((int64_t)work->row_count * share / work->shares);
  const int32_t end = work->first_row + (int32_t)((int64_t)work->row_count * (share + 1) / work->shares);
  uint8_t *scratch = work->scratch + (size_t)share * work->share_bytes;
  JoinedColumns joined;
  if (work->rows_together)
    choose_columns(&work->input, work->rows_together, work->row_dilation, work->stride_vertical, work->padding_top, 0, &joined);
  configure_tiles();
  for (int32_t row = begin; row < end; row += work->band_rows)
    make_band(work, &joined, row, end - row < work->band_rows ? end - row : work->band_rows, scratch, format);
  _tile_release();
}

MATRIX_TARGET static void make_shares(const SegMatrixConvolution *work, int32_t begin, int32_t end) {
  for (int32_t share = begin; share < end; share++) {
    switch (work->input.format) {
    case SEG_BFLOAT16: make_share(work, share, SEG_BFLOAT16); break;
    case SEG_SIGNED8: make_share(work, share, SEG_SIGNED8); break;
    default: make_share(work, share, SEG_UNSIGNED8); break;
    }
  }
}

void seg_matrix_convolution(const void *arguments, int32_t begin, int32_t end) { make_shares(arguments, begin, end); }

#else

int32_t seg_matrix_convolution_is_available(void) { return 0; }

size_t seg_matrix_share_bytes(const SegMatrixConvolution *work) {
  (void)work;
  return 0;
}

void seg_matrix_convolution(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
