#include "COneDNN.h"

#include <dlfcn.h>
#include <dnnl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The two major versions differ in how descriptors are made and owned; these names hide that.
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t MemoryDescriptor;
typedef const_dnnl_memory_desc_t MemoryDescriptorView;
#else
typedef dnnl_memory_desc_t MemoryDescriptor;
typedef const dnnl_memory_desc_t *MemoryDescriptorView;
#endif

enum { MAXIMUM_POST = 8, MAXIMUM_ARGUMENTS = 7 + MAXIMUM_POST };

// oneDNN 2.6 now and then makes its batch-reduce convolutions wrong when several threads make some at once; nothing is shared while they run.
static pthread_mutex_t creation = PTHREAD_MUTEX_INITIALIZER;

struct SegEngine {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  size_t weight_bytes;      // packed so far, for all convolutions
};

struct SegConvolution {
  dnnl_primitive_t primitive;
  dnnl_memory_t input, output, weights, bias, scales, added, scratch;
  dnnl_memory_t slopes[MAXIMUM_POST];
  void *packed, *bias_copy, *scale_copy, *slope_copies[MAXIMUM_POST];
  dnnl_exec_arg_t arguments[MAXIMUM_ARGUMENTS];
  int argument_count;
  size_t scratch_bytes, weight_bytes;
  char implementation[64];
};

static int fail(SegErrorText *error, const char *what, dnnl_status_t status) {
  static const char *const names[] = {"success", "out of memory", "invalid arguments", "unimplemented", "iterator ends", "runtime error", "not required"};
  const char *name = (unsigned)status < sizeof names / sizeof *names ? names[status] : "unknown status";
  snprintf(error->text, sizeof error->text, "oneDNN: %s: %s", what, name);
  return -1;
}

#define TRY(what, call) \
  do { \
    dnnl_status_t try_status = (call); \
    if (try_status != dnnl_success) { \
      result = fail(error, what, try_status); \
      goto done; \
    } \
  } while (0)

int32_t seg_onednn_version(void) {
  const dnnl_version_t *version = dnnl_version();
  return version->major * 10000 + version->minor * 100 + version->patch;
}

SegProcessor seg_processor(void) {
  const int isa = dnnl_get_effective_cpu_isa();
  return (SegProcessor){
    .has_byte_products = (isa & dnnl_cpu_isa_avx512_core_vnni) == dnnl_cpu_isa_avx512_core_vnni || (isa & dnnl_cpu_isa_avx2_vnni) == dnnl_cpu_isa_avx2_vnni,
    .has_narrow_registers = (isa & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2,
    .has_wide_byte_products = (isa & dnnl_cpu_isa_avx512_core_vnni) == dnnl_cpu_isa_avx512_core_vnni,
    .has_matrix_products = (isa & dnnl_cpu_isa_avx512_core_amx) == dnnl_cpu_isa_avx512_core_amx,
    .has_bfloat16 = (isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16,
  };
}

void seg_set_threads(int32_t count) {
  // The library brings its OpenMP runtime along; asking by name avoids linking a second one.
  void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  if (set) set(count);
}

int seg_engine_create(SegEngine **engine, SegErrorText *error) {
  int result = 0;
  SegEngine *made = calloc(1, sizeof *made);
  if (!made) return fail(error, "engine", dnnl_out_of_memory);
  TRY("engine", dnnl_engine_create(&made->engine, dnnl_cpu, 0));
  TRY("stream", dnnl_stream_create(&made->stream, made->engine, dnnl_stream_default_flags));
  *engine = made;
  return 0;
done:
  seg_engine_destroy(made);
  return result;
}

void seg_engine_destroy(SegEngine *engine) {
  if (!engine) return;
  const int is_large = engine->weight_bytes >= SEG_LARGE_NETWORK_BYTES;
  if (engine->stream) dnnl_stream_destroy(engine->stream);
  if (engine->engine) dnnl_engine_destroy(engine->engine);
  free(engine);
  if (is_large) seg_give_back_memory();
}

void seg_give_back_memory(void) { malloc_trim(0); }

static dnnl_data_type_t data_type(SegLibraryFormat format) {
  static const dnnl_data_type_t types[] = {dnnl_f32, dnnl_bf16, dnnl_s8, dnnl_u8};
  return types[format];
}

static int is_bytes(SegLibraryFormat format) { return format == SEG_LIBRARY_SIGNED8 || format == SEG_LIBRARY_UNSIGNED8; }

// A descriptor by strides, or for any layout when `strides` is null.
static dnnl_status_t make_descriptor(MemoryDescriptor *descriptor, int rank, const int64_t *dimensions, dnnl_data_type_t type, const int64_t *strides) {
#if DNNL_VERSION_MAJOR >= 3
  if (strides) return dnnl_memory_desc_create_with_strides(descriptor, rank, dimensions, type, strides);
  return dnnl_memory_desc_create_with_tag(descriptor, rank, dimensions, type, dnnl_format_tag_any);
#else
  if (strides) return dnnl_memory_desc_init_by_strides(descriptor, rank, dimensions, type, strides);
  return dnnl_memory_desc_init_by_tag(descriptor, rank, dimensions, type, dnnl_format_tag_any);
#endif
}

#if DNNL_VERSION_MAJOR >= 3
#define VIEW(descriptor) (descriptor)
static void free_descriptor(MemoryDescriptor *descriptor) {
  if (*descriptor) dnnl_memory_desc_destroy(*descriptor);
  *descriptor = NULL;
}
#else
#define VIEW(descriptor) (&(descriptor))
static void free_descriptor(MemoryDescriptor *descriptor) { (void)descriptor; }
#endif

static dnnl_status_t make_map_descriptor(MemoryDescriptor *descriptor, int64_t height, int64_t width, int64_t channels, SegLibraryFormat format,
                                         int64_t pixel_stride) {
  const int64_t dimensions[] = {1, channels, height, width};
  const int64_t strides[] = {height * width * pixel_stride, 1, width * pixel_stride, pixel_stride};
  return make_descriptor(descriptor, 4, dimensions, data_type(format), strides);
}

static dnnl_status_t append_eltwise(dnnl_post_ops_t operations, dnnl_alg_kind_t kind, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_post_ops_append_eltwise(operations, kind, alpha, beta);
#else
  return dnnl_post_ops_append_eltwise(operations, 1, kind, alpha, beta);
#endif
}

static dnnl_status_t append_sum(dnnl_post_ops_t operations, const SegPostOperation *post) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_post_ops_append_sum(operations, post->alpha, 0, data_type(post->format));
#else
  return dnnl_post_ops_append_sum_v2(operations, post->alpha, data_type(post->format));
#endif
}

// What the sum of each output channel is multiplied with before the bias is added (version 3) or afterwards (version 2, which has no memory for it).
static dnnl_status_t set_scales(dnnl_primitive_attr_t attributes, const SegConvolutionShape *shape, const float *scales) {
#if DNNL_VERSION_MAJOR >= 3
  (void)scales;
  return dnnl_primitive_attr_set_scales_mask(attributes, DNNL_ARG_WEIGHTS, shape->groups == 1 ? 1 : 3);
#else
  return dnnl_primitive_attr_set_output_scales(attributes, shape->output_channels, 2, scales);
#endif
}

static dnnl_status_t append_post(dnnl_post_ops_t operations, const SegPostOperation *post, MemoryDescriptorView output) {
  switch (post->kind) {
  case SEG_POST_LEAKY_RELU: return append_eltwise(operations, dnnl_eltwise_relu, post->alpha, 0);
  case SEG_POST_CLIP: return append_eltwise(operations, dnnl_eltwise_clip, post->alpha, post->beta);
  case SEG_POST_SCALE: return append_eltwise(operations, dnnl_eltwise_linear, post->alpha, 0);
  case SEG_POST_LOGISTIC: return append_eltwise(operations, dnnl_eltwise_logistic, 0, 0);
  case SEG_POST_TANH: return append_eltwise(operations, dnnl_eltwise_tanh, 0, 0);
  case SEG_POST_PRELU: return dnnl_post_ops_append_prelu(operations, 1 << 1);
  case SEG_POST_SUM: return append_sum(operations, post);
  case SEG_POST_ADD: return dnnl_post_ops_append_binary(operations, dnnl_binary_add, output);
  }
  return dnnl_invalid_arguments;
}

static dnnl_status_t make_primitive_descriptor(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const SegConvolutionShape *shape, MemoryDescriptorView input,
                                               MemoryDescriptorView weights, MemoryDescriptorView bias, MemoryDescriptorView output, dnnl_primitive_attr_t attributes) {
  const int64_t strides[] = {shape->stride_vertical, shape->stride_horizontal};
  const int64_t dilations[] = {shape->dilation_vertical - 1, shape->dilation_horizontal - 1};
  const int64_t before[] = {shape->padding_top, shape->padding_left};
  const int64_t after[] = {shape->padding_bottom, shape->padding_right};
#if DNNL_VERSION_MAJOR >= 3
  if (shape->is_transposed)
    return dnnl_deconvolution_forward_primitive_desc_create(made, engine, dnnl_forward_inference, dnnl_deconvolution_direct, input, weights, bias, output, strides,
                                                            dilations, before, after, attributes);
  return dnnl_convolution_forward_primitive_desc_create(made, engine, dnnl_forward_inference, dnnl_convolution_direct, input, weights, bias, output, strides,
                                                        dilations, before, after, attributes);
#else
  dnnl_status_t status;
  if (shape->is_transposed) {
    dnnl_deconvolution_desc_t descriptor;
    status = dnnl_dilated_deconvolution_forward_desc_init(&descriptor, dnnl_forward_inference, dnnl_deconvolution_direct, input, weights, bias, output, strides,
                                                          dilations, before, after);
    return status != dnnl_success ? status : dnnl_primitive_desc_create(made, &descriptor, attributes, engine, NULL);
  }
  dnnl_convolution_desc_t descriptor;
  status = dnnl_dilated_convolution_forward_desc_init(&descriptor, dnnl_forward_inference, dnnl_convolution_direct, input, weights, bias, output, strides, dilations,
                                                      before, after);
  return status != dnnl_success ? status : dnnl_primitive_desc_create(made, &descriptor, attributes, engine, NULL);
#endif
}

static size_t descriptor_bytes(MemoryDescriptorView descriptor) { return dnnl_memory_desc_get_size(descriptor); }

static void *allocate(size_t bytes) {
  void *memory = NULL;
  return posix_memalign(&memory, 64, bytes ? bytes : 64) ? NULL : memory;
}

static void add_argument(SegConvolution *convolution, int name, dnnl_memory_t memory) {
  convolution->arguments[convolution->argument_count++] = (dnnl_exec_arg_t){name, memory};
}

// Reorders the weights into the layout the primitive asks for.
static int pack_weights(SegEngine *engine, SegConvolution *convolution, MemoryDescriptorView plain, MemoryDescriptorView wanted, const void *weights,
                        SegErrorText *error) {
  int result = 0;
  dnnl_memory_t source = NULL;
  dnnl_primitive_desc_t descriptor = NULL;
  dnnl_primitive_t reorder = NULL;
  convolution->weight_bytes = descriptor_bytes(wanted);
  engine->weight_bytes += convolution->weight_bytes;
  convolution->packed = allocate(convolution->weight_bytes);
  if (!convolution->packed) return fail(error, "weights", dnnl_out_of_memory);
  // oneDNN 2.6 leaves some of the places that only fill up a block as they are, and a number that is none times zero is none.
  memset(convolution->packed, 0, convolution->weight_bytes);
  TRY("weights", dnnl_memory_create(&convolution->weights, wanted, engine->engine, convolution->packed));
  TRY("weights", dnnl_memory_create(&source, plain, engine->engine, (void *)weights));
  TRY("packing weights", dnnl_reorder_primitive_desc_create(&descriptor, plain, engine->engine, wanted, engine->engine, NULL));
  TRY("packing weights", dnnl_primitive_create(&reorder, descriptor));
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, convolution->weights}};
  TRY("packing weights", dnnl_primitive_execute(reorder, engine->stream, 2, arguments));
  TRY("packing weights", dnnl_stream_wait(engine->stream));
done:
  if (reorder) dnnl_primitive_destroy(reorder);
  if (descriptor) dnnl_primitive_desc_destroy(descriptor);
  if (source) dnnl_memory_destroy(source);
  return result;
}

// A copy of one number for each output channel as a memory of the library.
static dnnl_status_t copy_vector(SegEngine *engine, const float *values, int64_t count, MemoryDescriptorView descriptor, void **copy, dnnl_memory_t *memory) {
  *copy = allocate((size_t)count * sizeof(float));
  if (!*copy) return dnnl_out_of_memory;
  memcpy(*copy, values, (size_t)count * sizeof(float));
  return dnnl_memory_create(memory, descriptor, engine->engine, *copy);
}

// The bias in the unit of the sums where the library scales after adding it.
static float *bias_of_sums(const SegConvolutionShape *shape, const float *scales, const float *bias) {
  float *result = allocate((size_t)shape->output_channels * sizeof(float));
  if (!result) return NULL;
  for (int64_t channel = 0; channel < shape->output_channels; channel++) {
    result[channel] = bias[channel];
#if DNNL_VERSION_MAJOR < 3
    if (scales) result[channel] /= scales[channel];
#endif
  }
  (void)scales;
  return result;
}

static int create_convolution(SegEngine *engine, const SegConvolutionShape *shape, const SegPostOperation *post, int32_t post_count, const void *weights,
                              const float *scales, const float *bias, SegConvolution **convolution, SegErrorText *error) {
  if (post_count > MAXIMUM_POST) return fail(error, "too many post-operations", dnnl_invalid_arguments);
  int result = 0;
  SegConvolution *made = calloc(1, sizeof *made);
  if (!made) return fail(error, "convolution", dnnl_out_of_memory);
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t operations = NULL;
  dnnl_primitive_desc_t descriptor = NULL;
  MemoryDescriptor input = {0}, output = {0}, wanted = {0}, plain = {0}, vector = {0}, slope = {0};
  const int has_bytes = is_bytes(shape->input_format);
  const dnnl_data_type_t plain_type = has_bytes ? dnnl_s8 : dnnl_f32, packed_type = has_bytes ? dnnl_s8 : data_type(shape->input_format);

  const int64_t groups = shape->groups, outputs = shape->output_channels / groups, inputs = shape->input_channels / groups;
  const int64_t kernel = shape->kernel_height * shape->kernel_width;
  const int64_t grouped[] = {groups, outputs, inputs, shape->kernel_height, shape->kernel_width};
  const int64_t grouped_strides[] = {outputs * inputs * kernel, inputs * kernel, kernel, shape->kernel_width, 1};
  const int skip = groups == 1;
  TRY("input", make_map_descriptor(&input, shape->input_height, shape->input_width, shape->input_channels, shape->input_format,
                                   shape->input_pixel_stride));
  TRY("output", make_map_descriptor(&output, shape->output_height, shape->output_width, shape->output_channels, shape->output_format,
                                    shape->output_pixel_stride));
  TRY("weights", make_descriptor(&wanted, 5 - skip, grouped + skip, packed_type, NULL));
  TRY("weights", make_descriptor(&plain, 5 - skip, grouped + skip, plain_type, grouped_strides + skip));
  const int64_t one = 1;
  TRY("bias", make_descriptor(&vector, 1, &shape->output_channels, dnnl_f32, &one));
  const int64_t slope_dimensions[] = {1, shape->output_channels, 1, 1}, slope_strides[] = {shape->output_channels, 1, 1, 1};
  TRY("slopes", make_descriptor(&slope, 4, slope_dimensions, dnnl_f32, slope_strides));

  TRY("attributes", dnnl_primitive_attr_create(&attributes));
  TRY("attributes", dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
  if (scales) TRY("scales", set_scales(attributes, shape, scales));
  TRY("post-operations", dnnl_post_ops_create(&operations));
  for (int32_t index = 0; index < post_count; index++) TRY("post-operation", append_post(operations, &post[index], VIEW(output)));
  TRY("post-operations", dnnl_primitive_attr_set_post_ops(attributes, operations));
  TRY("convolution", make_primitive_descriptor(&descriptor, engine->engine, shape, VIEW(input), VIEW(wanted), VIEW(vector), VIEW(output), attributes));

  const char *name = NULL;
  TRY("implementation", dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, &name));
  snprintf(made->implementation, sizeof made->implementation, "%s", name);
  MemoryDescriptorView packed = dnnl_primitive_desc_query_md(descriptor, dnnl_query_weights_md, 0);
  MemoryDescriptorView scratch = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
  made->scratch_bytes = descriptor_bytes(scratch);
  TRY("convolution", dnnl_primitive_create(&made->primitive, descriptor));
  result = pack_weights(engine, made, VIEW(plain), packed, weights, error);
  if (result) goto done;
  made->bias_copy = bias_of_sums(shape, scales, bias);
  TRY("bias", made->bias_copy ? dnnl_memory_create(&made->bias, VIEW(vector), engine->engine, made->bias_copy) : dnnl_out_of_memory);
#if DNNL_VERSION_MAJOR >= 3
  if (scales) {
    TRY("scales", copy_vector(engine, scales, shape->output_channels, VIEW(vector), &made->scale_copy, &made->scales));
    add_argument(made, DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, made->scales);
  }
#endif
  TRY("input", dnnl_memory_create(&made->input, VIEW(input), engine->engine, NULL));
  TRY("output", dnnl_memory_create(&made->output, VIEW(output), engine->engine, NULL));
  TRY("scratch", dnnl_memory_create(&made->scratch, scratch, engine->engine, NULL));
  add_argument(made, DNNL_ARG_SRC, made->input);
  add_argument(made, DNNL_ARG_DST, made->output);
  add_argument(made, DNNL_ARG_WEIGHTS, made->weights);
  add_argument(made, DNNL_ARG_BIAS, made->bias);
  add_argument(made, DNNL_ARG_SCRATCHPAD, made->scratch);
  for (int32_t index = 0; index < post_count; index++) {
    if (post[index].kind == SEG_POST_PRELU) {
      TRY("slopes", copy_vector(engine, post[index].slopes, shape->output_channels, VIEW(slope), &made->slope_copies[index], &made->slopes[index]));
      add_argument(made, DNNL_ARG_ATTR_MULTIPLE_POST_OP(index) | DNNL_ARG_WEIGHTS, made->slopes[index]);
    } else if (post[index].kind == SEG_POST_ADD) {
      TRY("summand", dnnl_memory_create(&made->added, VIEW(output), engine->engine, NULL));
      add_argument(made, DNNL_ARG_ATTR_MULTIPLE_POST_OP(index) | DNNL_ARG_SRC_1, made->added);
    }
  }
  *convolution = made;
done:
  free_descriptor(&input);
  free_descriptor(&output);
  free_descriptor(&wanted);
  free_descriptor(&plain);
  free_descriptor(&vector);
  free_descriptor(&slope);
  if (descriptor) dnnl_primitive_desc_destroy(descriptor);
  if (operations) dnnl_post_ops_destroy(operations);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  if (result) seg_convolution_destroy(made);
  return result;
}

int seg_convolution_create(SegEngine *engine, const SegConvolutionShape *shape, const SegPostOperation *post, int32_t post_count, const void *weights,
                           const float *scales, const float *bias, SegConvolution **convolution, SegErrorText *error) {
  pthread_mutex_lock(&creation);
  const int result = create_convolution(engine, shape, post, post_count, weights, scales, bias, convolution, error);
  pthread_mutex_unlock(&creation);
  return result;
}

void seg_convolution_destroy(SegConvolution *convolution) {
  if (!convolution) return;
  if (convolution->primitive) dnnl_primitive_destroy(convolution->primitive);
  dnnl_memory_t memories[] = {convolution->input, convolution->output, convolution->weights, convolution->bias,
                              convolution->scales, convolution->added, convolution->scratch};
  for (size_t index = 0; index < sizeof memories / sizeof *memories; index++)
    if (memories[index]) dnnl_memory_destroy(memories[index]);
  for (int index = 0; index < MAXIMUM_POST; index++) {
    if (convolution->slopes[index]) dnnl_memory_destroy(convolution->slopes[index]);
    free(convolution->slope_copies[index]);
  }
  free(convolution->packed);
  free(convolution->bias_copy);
  free(convolution->scale_copy);
  free(convolution);
}

size_t seg_convolution_scratch_bytes(const SegConvolution *convolution) { return convolution->scratch_bytes; }

size_t seg_convolution_weight_bytes(const SegConvolution *convolution) { return convolution->weight_bytes; }

const char *seg_convolution_implementation(const SegConvolution *convolution) { return convolution->implementation; }

int seg_convolution_bind(SegConvolution *convolution, void *input, void *output, void *added, void *scratch, SegErrorText *error) {
  int result = 0;
  TRY("input", dnnl_memory_set_data_handle(convolution->input, input));
  TRY("output", dnnl_memory_set_data_handle(convolution->output, output));
  if (convolution->scratch_bytes) TRY("scratch", dnnl_memory_set_data_handle(convolution->scratch, scratch));
  if (convolution->added) TRY("summand", dnnl_memory_set_data_handle(convolution->added, added));
done:
  return result;
}

int seg_convolution_run(SegEngine *engine, SegConvolution *convolution, SegErrorText *error) {
  int result = 0;
  TRY("run", dnnl_primitive_execute(convolution->primitive, engine->stream, convolution->argument_count, convolution->arguments));
  TRY("run", dnnl_stream_wait(engine->stream));
done:
  return result;
}
