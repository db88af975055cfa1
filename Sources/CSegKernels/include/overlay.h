#ifndef SEGPLAY_OVERLAY_H
#define SEGPLAY_OVERLAY_H

#include <stddef.h>
#include <stdint.h>

// A table of 256 words says how each label is drawn: red | green << 8 | blue << 16 | weight << 24, the weight 0 (not at all) to 128 (in full).

// Blends one row of RGBA pixels with the colours of its labels: pixel + (colour - pixel) * weight / 128 in each channel, rounded.
// Alpha is left alone.
void seg_overlay_blend(uint32_t *pixels, const uint8_t *labels, const uint32_t *table, size_t count);

// Like it, only where the label differs from the right or the lower neighbour, in the colour of the first of the three that is drawn at all.
// `below` may be NULL for the last row.
void seg_overlay_contour(uint32_t *pixels, const uint8_t *labels, const uint8_t *below, const uint32_t *table, size_t count);

// out[i] = row[columns[i]].
void seg_overlay_sample(const uint8_t *row, const int32_t *columns, uint8_t *out, size_t count);

// Adds how often each byte occurs.
void seg_overlay_count(const uint8_t *labels, size_t count, uint32_t *bins);

#endif
