// Functions compiled for several instruction sets; the loader picks the best the processor has.
#ifndef SEGPLAY_MULTIVERSION_H
#define SEGPLAY_MULTIVERSION_H

// The resolvers of cloned functions run before ThreadSanitizer is ready for them, and only x86 has these names.
#if defined(SEGPLAY_ONLY_AVX2)
// For testing what other machines run: `make avx2`.
#define MULTIVERSIONED __attribute__((target("arch=x86-64-v3")))
#elif defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define MULTIVERSIONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MULTIVERSIONED
#endif

#endif
