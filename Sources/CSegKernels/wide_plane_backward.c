#include "plane_wide.h"

#if SEGPLAY_BYTE_PRODUCTS
#include "plane_backward.h"
#endif
