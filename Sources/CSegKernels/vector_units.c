#include "SegVectorUnits.h"

int32_t seg_wide_products(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  return __builtin_cpu_is("amdfam19h") ? 1 : 2;
#else
  return 2;
#endif
}

int32_t seg_has_narrow_products(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return 0;
#endif
}

int32_t seg_has_fused_products(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  return __builtin_cpu_supports("avxvnni") && seg_has_narrow_products();
#else
  return 0;
#endif
}
