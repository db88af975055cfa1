#include "plane_winograd.h"

#include "narrow_target.h"

// Runs of a row of tiles.
static int32_t runs_of(const SegPlaneWinograd *work) { return parts_of(work->output.width, SEG_BYTE_VECTOR); }

// Rows of the input that the runs of a group read from the first to the last.
static int32_t rows_of_group(const SegPlaneWinograd *work) {
  const int32_t runs = runs_of(work), tile_rows = (GROUP_RUNS - 2 + runs) / runs + 1;
  return TILE_OUT * (tile_rows - 1) + TILE_IN;
}

// Places in a share's scratch.
typedef struct Places {
  size_t sums, tiles, ring, empty, added, results, run_bytes, line, end;
} Places;

static size_t whole_lines(size_t bytes) { return (bytes + VECTOR_BYTES - 1) / VECTOR_BYTES * VECTOR_BYTES; }

static Places places_of(const SegPlaneWinograd *work) {
  Places places;
  places.sums = 0;
  places.tiles = SEG_BYTE_GROUP * TILE_IN * LINE_SUMS * sizeof(float);
  places.ring = places.tiles + TILE_IN * line_words(work->input.channels) * sizeof(int16_t);
  // A line of zeros is behind the last plane of a row as before the first of the next.
  places.empty = places.ring + (work->input_is_planes ? 0 : (size_t)rows_of_group(work) * work->input_planes.row_bytes);
  // A run's rows as planes, whole chunks of them.
  places.run_bytes = (size_t)TILE_OUT * (size_t)parts_of(work->output.channels, CHUNK) * CHUNK / SEG_BYTE_GROUP * VECTOR_BYTES;
  places.added = places.empty + work->input_planes.row_bytes + VECTOR_BYTES;
  places.results = places.added + (work->added_is_planes || !work->added.data ? 0 : GROUP_RUNS * places.run_bytes);
  places.line = places.results + (work->output_is_planes ? 0 : GROUP_RUNS * places.run_bytes);
  places.end = places.line + whole_lines((size_t)(SEG_BYTE_VECTOR * work->output.channels)) + VECTOR_BYTES;
  return places;
}

size_t seg_plane_winograd_share_bytes(const SegPlaneWinograd *work) { return places_of(work).end; }

#if SEGPLAY_NARROW_PRODUCTS

// The stages, and what turns rows round.
typedef struct PlaneStages {
  PlaneForward forward;
  PlaneProduct product;
  PlaneBackward backward;
  PlaneSplit split;
  PlaneJoin join;
} PlaneStages;

static PlaneStages stages_of(const SegPlaneWinograd *work) {
#if SEGPLAY_BYTE_PRODUCTS
  if (!work->is_narrow) return (PlaneStages){seg_wide_plane_forward, seg_wide_plane_product, seg_wide_plane_backward, seg_wide_plane_split, seg_wide_plane_join};
#endif
  const PlaneProduct product = work->is_fused ? seg_fused_plane_product : seg_narrow_plane_product;
  return (PlaneStages){seg_narrow_plane_forward, product, seg_narrow_plane_backward, seg_narrow_plane_split, seg_narrow_plane_join};
}

// A share's rows of tiles in work.
typedef struct Share {
  const SegPlaneWinograd *work;
  PlaneStages stages;
  Places places;
  uint8_t *scratch;
  int32_t begin, runs; // the first row of tiles, and runs from it on
  int32_t next; // the first input row that is not rearranged yet
} Share;

// Where a run lies in the output.
typedef struct Run {
  int32_t row, column;
} Run;

static Run run_at(const Share *share, int32_t index) {
  const int32_t runs = runs_of(share->work);
  return (Run){TILE_OUT * (share->begin + index / runs), SEG_BYTE_VECTOR * (index % runs)};
}

static int32_t runs_in_group(const Share *share, int32_t number) {
  const int32_t left = share->runs - GROUP_RUNS * number;
  return left < GROUP_RUNS ? left : GROUP_RUNS;
}

// Rearranges the input's rows before `end` that are not yet, those needed from `first` on.
static void take_rows(Share *share, int32_t first, int32_t end) {
  const SegPlaneWinograd *work = share->work;
  const SegBytePlanes *planes = &work->input_planes;
  const int32_t ring = rows_of_group(work);
  if (share->next < first) share->next = first;
  for (; share->next < end && share->next < work->input.height; share->next++) {
    uint8_t *to = share->scratch + share->places.ring + (size_t)(share->next % ring) * planes->row_bytes;
    const uint8_t *from = (const uint8_t *)work->input.data + (size_t)share->next * work->input.width * work->input.pixel_stride;
    share->stages.split(from, (size_t)work->input.pixel_stride, work->input.width, planes->planes, to + VECTOR_BYTES, planes->plane_bytes);
    const SegTypedMap row = {.data = to, .height = 1, .width = work->input.width};
    clear_margins(&row, planes, 0);
  }
}

// The planes of an input row; zeros beyond the map.
static const uint8_t *input_row(const Share *share, int32_t row) {
  const SegPlaneWinograd *work = share->work;
  if (row < 0 || row >= work->input.height) return share->scratch + share->places.empty;
  if (work->input_is_planes) return (const uint8_t *)work->input.data + (size_t)row * work->input_planes.row_bytes;
  return share->scratch + share->places.ring + (size_t)(row % rows_of_group(work)) * work->input_planes.row_bytes;
}

// Splits what is added to a run's row to planes.
static void split_added(const Share *share, Run run, uint8_t *to) {
  const SegTypedMap *map = &share->work->added;
  const int32_t left = map->width - run.column, pixels = left < PIXELS ? left : PIXELS;
  const size_t pixel = (size_t)run.row * map->width + run.column;
  const uint8_t *from = (const uint8_t *)map->data + pixel * map->pixel_stride;
  share->stages.split(from, (size_t)map->pixel_stride, pixels, planes_of(map->channels), to, VECTOR_BYTES);
}

// Says where a group's runs lie, and rearranges what is not as planes. Runs that there are none of lie where the last lies, and are not written.
static PlaneGroup take_group(Share *share, int32_t number) {
  const SegPlaneWinograd *work = share->work;
  const int32_t first = GROUP_RUNS * number, count = runs_in_group(share, number);
  PlaneGroup group = {.input_bytes = work->input_planes.plane_bytes};
  group.added_bytes = work->added_is_planes ? work->output_planes.plane_bytes : VECTOR_BYTES;
  group.result_bytes = work->output_is_planes ? work->output_planes.plane_bytes : VECTOR_BYTES;
  const int32_t top = run_at(share, first).row - work->padding_top, end = run_at(share, first + count - 1).row - work->padding_top + TILE_IN;
  if (!work->input_is_planes) take_rows(share, top < 0 ? 0 : top, end);
  const size_t row_bytes = share->places.run_bytes / TILE_OUT;
  for (int32_t index = 0; index < GROUP_RUNS; index++) {
    const Run run = run_at(share, first + (index < count ? index : count - 1));
    const ptrdiff_t column = VECTOR_BYTES + SEG_BYTE_GROUP * (ptrdiff_t)(run.column - work->padding_left);
    for (int32_t row = 0; row < TILE_IN; row++) group.inputs[row][index] = input_row(share, run.row - work->padding_top + row) + column;
    for (int32_t row = 0; row < TILE_OUT; row++) {
      const int is_inside = index < count && run.row + row < work->output.height;
      const Run place = {is_inside ? run.row + row : run.row, run.column};
      const size_t in_planes = (size_t)place.row * work->output_planes.row_bytes + (size_t)(VECTOR_BYTES + SEG_BYTE_GROUP * place.column);
      const size_t in_scratch = (size_t)(TILE_OUT * index + row) * row_bytes;
      if (work->added.data) {
        uint8_t *split = share->scratch + share->places.added + in_scratch;
        group.added[row][index] = work->added_is_planes ? (const uint8_t *)work->added.data + in_planes : split;
        if (!work->added_is_planes && is_inside) split_added(share, place, split);
      }
      if (!is_inside) group.results[row][index] = NULL;
      else group.results[row][index] = work->output_is_planes ? (uint8_t *)work->output.data + in_planes : share->scratch + share->places.results + in_scratch;
    }
  }
  return group;
}

// Writes a run's row channels-last.
static void join_run(const Share *share, Run run, const uint8_t *planes) {
  const SegTypedMap *map = &share->work->output;
  const int32_t left = map->width - run.column, pixels = left < PIXELS ? left : PIXELS;
  uint8_t *to = (uint8_t *)map->data + ((size_t)run.row * map->width + run.column) * map->channels;
  if (pixels == PIXELS && map->channels % CHUNK == 0) {
    share->stages.join(to, map->channels, planes, VECTOR_BYTES);
    return;
  }
  uint8_t *line = share->scratch + share->places.line;
  share->stages.join(line, map->channels, planes, VECTOR_BYTES);
  memcpy(to, line, (size_t)pixels * map->channels);
}

// What is left to do with a group's results: turning them back, or zeros around planes of rows that are done.
static void give_group(const Share *share, const PlaneGroup *group, int32_t number) {
  const SegPlaneWinograd *work = share->work;
  const int32_t first = GROUP_RUNS * number, count = runs_in_group(share, number);
  for (int32_t index = 0; index < count; index++) {
    const Run run = run_at(share, first + index);
    for (int32_t row = 0; row < TILE_OUT && group->results[row][index]; row++) {
      if (!work->output_is_planes) join_run(share, (Run){run.row + row, run.column}, group->results[row][index]);
      else if (run.column + SEG_BYTE_VECTOR >= work->output.width) clear_margins(&work->output, &work->output_planes, run.row + row);
    }
  }
}

static void make_group(Share *share, int32_t number) {
  const SegPlaneWinograd *work = share->work;
  const PlaneGroup group = take_group(share, number);
  const int32_t pairs = plane_pairs(work->input.channels), channels = work->output.channels;
  int16_t *tiles = (int16_t *)(share->scratch + share->places.tiles);
  float *sums = (float *)(share->scratch + share->places.sums);
  share->stages.forward(work, &group, tiles);
  const int32_t *weights = work->weights;
  for (int32_t channel = 0; channel < channels; channel += SEG_BYTE_GROUP, weights += (size_t)PLANES * pairs * SEG_BYTE_GROUP) {
    share->stages.product(tiles, weights, pairs, channels - channel < SEG_BYTE_GROUP ? channels - channel : SEG_BYTE_GROUP, sums);
    share->stages.backward(work, &group, channel, sums);
  }
  give_group(share, &group, number);
}

static void make_share(const SegPlaneWinograd *work, int32_t index) {
  const int32_t rows = parts_of(work->output.height, TILE_OUT);
  Share share = {.work = work, .stages = stages_of(work), .places = places_of(work), .scratch = work->scratch + (size_t)index * work->share_bytes};
  share.begin = (int32_t)((int64_t)rows * index / work->shares);
  share.runs = ((int32_t)((int64_t)rows * (index + 1) / work->shares) - share.begin) * runs_of(work);
  memset(share.scratch + share.places.empty, 0, work->input_planes.row_bytes + VECTOR_BYTES);
  for (int32_t number = 0; number < parts_of(share.runs, GROUP_RUNS); number++) make_group(&share, number);
}

void seg_plane_winograd(const void *arguments, int32_t begin, int32_t end) {
  for (int32_t index = begin; index < end; index++) make_share(arguments, index);
}

#else

void seg_plane_winograd(const void *arguments, int32_t begin, int32_t end) {
  (void)arguments;
  (void)begin;
  (void)end;
  __builtin_trap();
}

#endif
