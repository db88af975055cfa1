#include "SegVectorUnits.h"

int32_t seg_wide_products(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  return __builtin_cpu_is("amdfam19h") ? 1 : 2;
#else
  return 2;
#endif
}
