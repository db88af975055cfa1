// Registers that a vector of a plane's numbers takes, for what is defined in plane_wide.h or plane_narrow.h.
#include "plane_winograd.h"

enum {
  PART_BYTES = sizeof(PART),
  PARTS = VECTOR_BYTES / PART_BYTES,
  PART_WORDS = PART_BYTES / 2,
  PART_LANES = PART_BYTES / 4, // tiles
};
