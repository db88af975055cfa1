#include "SegRows.h"

#define _GNU_SOURCE
#include <dlfcn.h>

// The entry points of the OpenMP runtime that the inference library brings along; asked by name, so that this target needs no OpenMP of its own.
typedef struct Runtime {
  void (*parallel)(void (*)(void *), void *, unsigned, unsigned);
  int (*thread)(void);
  int (*count)(void);
} Runtime;

typedef struct Work {
  SegRowKernel kernel;
  const void *arguments;
  int32_t rows;
  Runtime runtime;
} Work;

static void run_share(void *context) {
  const Work *work = context;
  const int64_t thread = work->runtime.thread(), count = work->runtime.count();
  const int32_t begin = (int32_t)(work->rows * thread / count), end = (int32_t)(work->rows * (thread + 1) / count);
  if (begin < end) work->kernel(work->arguments, begin, end);
}

void seg_run_rows(SegRowKernel kernel, const void *arguments, int32_t rows, int32_t threads) {
  if (threads > 1 && rows > 1) {
    Work work = {kernel, arguments, rows, {0}};
    *(void **)&work.runtime.parallel = dlsym(RTLD_DEFAULT, "GOMP_parallel");
    *(void **)&work.runtime.thread = dlsym(RTLD_DEFAULT, "omp_get_thread_num");
    *(void **)&work.runtime.count = dlsym(RTLD_DEFAULT, "omp_get_num_threads");
    if (work.runtime.parallel && work.runtime.thread && work.runtime.count) {
      work.runtime.parallel(run_share, &work, (unsigned)threads, 0);
      return;
    }
  }
  kernel(arguments, 0, rows);
}
