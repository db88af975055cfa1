#include "plane_narrow.h"

#if SEGPLAY_NARROW_PRODUCTS
#include "plane_backward.h"
#endif
