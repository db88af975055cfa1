// How often numbers of each size occur in a map.
#ifndef SEGPLAY_HISTOGRAM_H
#define SEGPLAY_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

// Widens lowest ... highest so that it covers every finite number among `values`.
void seg_extremes(const float *values, size_t count, float *lowest, float *highest);

// Counts numbers by their distance from zero in units of a bin: bin i of `above` (of `below` for numbers under zero) gets those from i to below i + 1, the last
// bin those beyond it too. Zeros are counted in `zeros`; what is not finite is passed over.
void seg_histogram(const float *values, size_t count, float bins_per_unit, int32_t bins, uint64_t *below, uint64_t *above, uint64_t *zeros);

#endif
