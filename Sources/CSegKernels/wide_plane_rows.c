#include "plane_winograd.h"

#if SEGPLAY_BYTE_PRODUCTS

BYTE_TARGET void seg_wide_plane_split(const uint8_t *from, size_t step, int32_t count, int32_t planes, uint8_t *to, size_t plane_bytes) {
  split_pixels(from, step, count, planes, to, plane_bytes, 0);
}

BYTE_TARGET void seg_wide_plane_join(uint8_t *to, int32_t channels, const uint8_t *planes, size_t plane_bytes) {
  join_pixels(to, channels, planes, plane_bytes);
}

#endif
