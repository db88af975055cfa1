#include "SegElementwise.h"

#include "softmax.h"
#include "typed.h"

INLINE void scale_shift_part(const SegScaleShift *work, const Access *in, const void *from, const Access *out, void *to, int32_t channel, int32_t count) {
  Lanes x = load_typed(in, from, channel);
  if (work->scale) x = x * LOAD(work->scale + channel) + LOAD(work->shift + channel);
  store_part(out, to, channel, activated(&work->activation, x, channel), count);
}

INLINE void scale_shift(const SegScaleShift *work, int32_t begin, int32_t end, Kind kind_in, Kind kind_out) {
  const Access in = access_to(&work->input, kind_in), out = access_to(&work->output, kind_out);
  const int32_t channels = work->output.channels;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      const void *from = place(&work->input, row, column, kind_in);
      void *to = place(&work->output, row, column, kind_out);
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) scale_shift_part(work, &in, from, &out, to, channel, LANES);
      if (channel < channels) scale_shift_part(work, &in, from, &out, to, channel, channels - channel);
    }
  }
}

// Copies `count` bytes at each of `places`, in pieces that may overlap; the size of a piece is one for all places.
INLINE void copy_places(char *to, size_t to_step, const char *from, size_t from_step, size_t count, int32_t places) {
#define PIECE(size, at) __builtin_memcpy(to + (at), from + (at), size)
#define EACH(pieces) \
  for (int32_t place = 0; place < places; place++, to += to_step, from += from_step) { pieces; }
  if (count >= sizeof(ByteLanes)) {
    EACH(for (size_t index = 0; index + sizeof(ByteLanes) <= count; index += sizeof(ByteLanes)) PIECE(sizeof(ByteLanes), index);
         PIECE(sizeof(ByteLanes), count - sizeof(ByteLanes)))
  } else if (count >= 8) {
    EACH(PIECE(8, 0); PIECE(8, count - 8))
  } else if (count >= 4) {
    EACH(PIECE(4, 0); PIECE(4, count - 4))
  } else if (count >= 2) {
    EACH(PIECE(2, 0); PIECE(2, count - 2))
  } else {
    EACH(*to = *from)
  }
#undef EACH
#undef PIECE
}

// Writes `count` zero bytes at each of `places`.
INLINE void clear_places(char *to, size_t step, size_t count, int32_t places) {
  const ByteLanes zeros = {0};
  for (int32_t place = 0; place < places; place++, to += step) {
    if (count < sizeof zeros) {
      for (size_t index = 0; index < count; index++) to[index] = 0;
      continue;
    }
    for (size_t index = 0; index + sizeof zeros <= count; index += sizeof zeros) *(ByteLanes *)(to + index) = zeros;
    *(ByteLanes *)(to + count - sizeof zeros) = zeros;
  }
}

enum { FEW = 2 * LANES, FEW_PLACES = 8 * LANES };

// Rows of a dense map of few channels as one run of elements: the constants repeat after sixteen places. `work` has constants for that many.
INLINE void scale_shift_few(const SegScaleShift *work, int32_t begin, int32_t end, Kind kind_in, Kind kind_out) {
  const Access in = access_to(&work->input, kind_in), out = access_to(&work->output, kind_out);
  const int32_t channels = work->output.channels, width = work->output.width;
  const int is_dense = work->output.pixel_stride == channels;
  const size_t size = kind_bytes(kind_out);
  char room[FEW_PLACES * FEW * sizeof(float)];
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < width; column += FEW_PLACES) {
      const int32_t places = width - column < FEW_PLACES ? width - column : FEW_PLACES;
      char *to = place(&work->output, row, column, kind_out), *target = is_dense ? to : room;
      for (int32_t first = 0; first < places; first += LANES) {
        const int32_t count = (places - first < LANES ? places - first : LANES) * channels;
        const void *from = place(&work->input, row, column + first, kind_in);
        void *part = target + (size_t)first * channels * size;
        int32_t index = 0;
        for (; index + LANES <= count; index += LANES) scale_shift_part(work, &in, from, &out, part, index, LANES);
        if (index < count) scale_shift_part(work, &in, from, &out, part, index, count - index);
      }
      if (!is_dense) copy_places(to, (size_t)work->output.pixel_stride * size, room, (size_t)channels * size, (size_t)channels * size, places);
    }
  }
}

// `values` again and again for sixteen places.
INLINE const float *repeated(const float *values, int32_t channels, float *room) {
  if (!values) return NULL;
  for (int32_t index = 0; index < channels * LANES; index++) room[index] = values[index % channels];
  return room;
}

KERNEL void seg_scale_shift(const void *arguments, int32_t begin, int32_t end) {
  const SegScaleShift *work = arguments;
  const int32_t channels = work->output.channels;
  if (channels < FEW && channels % LANES != 0 && work->input.pixel_stride == channels) {
    float rooms[3][FEW * LANES];
    SegScaleShift few = *work;
    few.scale = repeated(work->scale, channels, rooms[0]);
    few.shift = repeated(work->shift, channels, rooms[1]);
    few.activation.slopes = repeated(work->activation.slopes, channels, rooms[2]);
#define BODY(kind_in, kind_out) scale_shift_few(&few, begin, end, kind_in, kind_out)
    BY_KIND(BODY, work->input.format, work->output.format);
#undef BODY
    return;
  }
#define BODY(kind_in, kind_out) scale_shift(work, begin, end, kind_in, kind_out)
  BY_KIND(BODY, work->input.format, work->output.format);
#undef BODY
}

enum { AHEAD = 1024 }; // elements

// Elements of dense maps lie one after another, whatever their channels.
INLINE void convert_row(const SegTypedMap *input, const SegTypedMap *output, int32_t row, Kind kind_in, Kind kind_out) {
  const Access in = access_to(input, kind_in), out = access_to(output, kind_out);
  const int is_dense = input->pixel_stride == input->channels && output->pixel_stride == output->channels;
  const int32_t runs = is_dense ? 1 : output->width, count = is_dense ? output->width * output->channels : output->channels;
  for (int32_t run = 0; run < runs; run++) {
    const void *from = place(input, row, run, kind_in);
    void *to = place(output, row, run, kind_out);
    int32_t index = 0;
    for (; index + LANES <= count; index += LANES) {
      // Reading lines of the cache in turn is slow where they come from far: they are asked for early.
      __builtin_prefetch((const char *)from + (index + AHEAD) * kind_bytes(kind_in), 0, 3);
      store_typed(&out, to, index, load_typed(&in, from, index));
    }
    if (index < count) store_typed_first(&out, to, index, load_typed(&in, from, index), count - index);
  }
}

KERNEL void seg_convert(const void *arguments, int32_t begin, int32_t end) {
  const SegConversion *work = arguments;
  const Kind kind_in = kind_of(work->input.format), kind_out = kind_of(work->output.format);
#define BODY(in, out) \
  if (kind_in == in && kind_out == out) \
    for (int32_t row = begin; row < end; row++) convert_row(&work->input, &work->output, row, in, out)
  BODY(FLOATS, FLOATS);
  BODY(FLOATS, HALVES);
  BODY(FLOATS, BYTES);
  BODY(HALVES, FLOATS);
  BODY(HALVES, HALVES);
  BODY(HALVES, BYTES);
  BODY(BYTES, FLOATS);
  BODY(BYTES, HALVES);
  BODY(BYTES, BYTES);
#undef BODY
}

KERNEL void seg_map_normalization(const void *arguments, int32_t begin, int32_t end) {
  const SegMapNormalization *work = arguments;
  const int32_t channels = work->output.channels;
  double *means = work->sums, *factors = work->sums + channels;
  const double count = (double)(end - begin) * work->output.width;
  // The mean first: a variance from a sum of squares would lose digits.
  memset(means, 0, 2 * (size_t)channels * sizeof(double));
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      for (int32_t channel = 0; channel < channels; channel++) means[channel] += in[channel];
    }
  for (int32_t channel = 0; channel < channels; channel++) means[channel] /= count;
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      for (int32_t channel = 0; channel < channels; channel++) {
        const double difference = in[channel] - means[channel];
        factors[channel] += difference * difference;
      }
    }
  for (int32_t channel = 0; channel < channels; channel++) factors[channel] = work->scale[channel] / sqrt(factors[channel] / count + (double)work->epsilon);
  for (int32_t row = begin; row < end; row++)
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      float *out = pixel(&work->output, row, column);
      for (int32_t channel = 0; channel < channels; channel++)
        out[channel] = (float)((in[channel] - means[channel]) * factors[channel]) + work->shift[channel];
    }
}

// Two maps joined by a sum or a product.
typedef enum Joint { SUM, PRODUCT } Joint;

INLINE void joint_part(const SegActivation *activation, Joint joint, const Access *left, const void *a, const Access *right, const void *b, const Access *out,
                       void *to, int32_t channel, int32_t count) {
  const Lanes x = load_typed(left, a, channel), y = load_typed(right, b, channel);
  const Lanes joined = joint == SUM ? x + y : x * y;
  store_part(out, to, channel, activated(activation, joined, channel), count);
}

INLINE void joint_rows(const SegTypedMap *left_map, const SegTypedMap *right_map, const SegTypedMap *output, SegActivation activation, Joint joint, int32_t begin,
                       int32_t end, Kind kind_left, Kind kind_right, Kind kind_out) {
  const Access left = access_to(left_map, kind_left), right = access_to(right_map, kind_right), out = access_to(output, kind_out);
  const int32_t channels = output->channels;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < output->width; column++) {
      const void *a = place(left_map, row, column, kind_left), *b = place(right_map, row, column, kind_right);
      void *to = place(output, row, column, kind_out);
      int32_t channel = 0;
      for (; channel + LANES <= channels; channel += LANES) joint_part(&activation, joint, &left, a, &right, b, &out, to, channel, LANES);
      if (channel < channels) joint_part(&activation, joint, &left, a, &right, b, &out, to, channel, channels - channel);
    }
  }
}

INLINE void join_maps(const SegTypedMap *left, const SegTypedMap *right, const SegTypedMap *output, SegActivation activation, Joint joint, int32_t begin,
                      int32_t end) {
  const Kind a = kind_of(left->format), b = kind_of(right->format), out = kind_of(output->format);
  if (a == FLOATS && b == FLOATS && out == FLOATS) {
    joint_rows(left, right, output, activation, joint, begin, end, FLOATS, FLOATS, FLOATS);
  } else if (a == HALVES && b == HALVES && out == HALVES) {
    joint_rows(left, right, output, activation, joint, begin, end, HALVES, HALVES, HALVES);
  } else if (a == BYTES && b == BYTES && out == BYTES) {
    joint_rows(left, right, output, activation, joint, begin, end, BYTES, BYTES, BYTES);
  } else {
    joint_rows(left, right, output, activation, joint, begin, end, a, b, out);
  }
}

KERNEL void seg_sum(const void *arguments, int32_t begin, int32_t end) {
  const SegSum *work = arguments;
  join_maps(&work->left, &work->right, &work->output, work->activation, SUM, begin, end);
}

KERNEL void seg_product(const void *arguments, int32_t begin, int32_t end) {
  const SegProduct *work = arguments;
  join_maps(&work->left, &work->right, &work->output, (SegActivation){.upper = INFINITY}, PRODUCT, begin, end);
}

KERNEL void seg_softmax(const void *arguments, int32_t begin, int32_t end) {
  const SegSoftmax *work = arguments;
  const int32_t count = work->output.channels / work->groups;
  for (int32_t row = begin; row < end; row++) {
    for (int32_t column = 0; column < work->output.width; column++) {
      const float *in = pixel(&work->input, row, column);
      float *out = pixel(&work->output, row, column);
      for (int32_t group = 0; group < work->groups; group++) softmax(in + group * count, out + group * count, count);
    }
  }
}

KERNEL void seg_exponential(const float *input, float *output, int32_t count) {
  powers(input, output, count);
}

KERNEL void seg_copy_channels(const void *arguments, int32_t begin, int32_t end) {
  const SegChannelCopy *work = arguments;
  const Kind kind = kind_of(work->output.format);
  const size_t size = kind_bytes(kind), copied = (size_t)work->input.channels * size, all = (size_t)work->output.channels * size;
  const size_t step = (size_t)work->output.pixel_stride * size;
  const int32_t width = work->output.width;
  for (int32_t row = begin; row < end; row++) {
    char *out = place(&work->output, row, 0, kind);
    if (work->input.data) copy_places(out, step, place(&work->input, row, 0, kind), (size_t)work->input.pixel_stride * size, copied, width);
    if (all > copied) clear_places(out + copied, step, all - copied, width);
  }
}
