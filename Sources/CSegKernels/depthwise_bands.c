#include "SegDepthwiseBands.h"

// Makes rows of the map between, for a share.
static void make_between(const SegDepthwiseBands *work, int32_t share, int32_t first, int32_t count, void *to) {
#define MAKE(share_size) \
  do { \
    own.scratch += (size_t)share * own.share_size; \
    own.shares = 1; \
    own.first_row = first; \
    own.row_count = count; \
    own.output.data = to; \
    work->first(&own, 0, 1); \
  } while (0)
  if (work->points) {
    SegPointConvolution own = *work->points;
    MAKE(share_bytes);
  } else if (work->matrix) {
    SegMatrixConvolution own = *work->matrix;
    MAKE(share_bytes);
  } else if (work->gathered) {
    SegGatheredConvolution own = *work->gathered;
    MAKE(share_bytes);
  } else {
    SegWindowConvolution own = *work->windows;
    MAKE(row_bytes);
  }
#undef MAKE
}

static int32_t at_most(int32_t value, int32_t limit) { return value < limit ? value : limit; }

// A row of the output as soon as the rows that its windows read are there.
static void make_share(const SegDepthwiseBands *work, int32_t share) {
  SegDepthwiseConvolution depthwise = *work->depthwise;
  uint8_t *ring = (uint8_t *)depthwise.input.data + (size_t)share * work->ring_bytes;
  depthwise.input.data = ring;
  const int32_t height = depthwise.output.height, between = depthwise.input.height, chunk = work->chunk_rows;
  const int32_t begin = (int32_t)((int64_t)height * share / work->shares), end = (int32_t)((int64_t)height * (share + 1) / work->shares);
  const int32_t top = begin * depthwise.stride_vertical - depthwise.padding_top;
  int32_t made = (top > 0 ? at_most(top, between - 1) : 0) / chunk * chunk;
  for (int32_t row = begin; row < end; row++) {
    const int32_t first = row * depthwise.stride_vertical - depthwise.padding_top;
    const int32_t needed = at_most(first + (SEG_DEPTHWISE_SIDE - 1) * depthwise.dilation_vertical + 1, between);
    for (; made < needed; made += chunk)
      make_between(work, share, made, at_most(chunk, between - made), ring + (size_t)(made % depthwise.ring_rows) * work->row_bytes);
    work->kernel(&depthwise, row, row + 1);
  }
}

void seg_depthwise_bands(const void *arguments, int32_t begin, int32_t end) {
  for (int32_t share = begin; share < end; share++) make_share(arguments, share);
}
