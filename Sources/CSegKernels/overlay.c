#include "overlay.h"

#include "multiversion.h"

// Red and blue are blended in one 32-bit word: each product is below 2^16, so they cannot run into each other.
static inline uint32_t blend(uint32_t pixel, uint32_t colour) {
  uint32_t weight = colour >> 24, rest = 128 - weight;
  uint32_t red_blue = ((pixel & 0xFF00FF) * rest + (colour & 0xFF00FF) * weight + 0x400040) >> 7 & 0xFF00FF;
  uint32_t green = ((pixel >> 8 & 0xFF) * rest + (colour >> 8 & 0xFF) * weight + 0x40) << 1 & 0xFF00;
  return red_blue | green | (pixel & 0xFF000000);
}

MULTIVERSIONED void seg_overlay_blend(uint32_t *restrict pixels, const uint8_t *restrict labels, const uint32_t *restrict table, size_t count) {
  for (size_t i = 0; i < count; i++) pixels[i] = blend(pixels[i], table[labels[i]]);
}

static inline uint32_t edge_colour(uint32_t here, uint32_t right, uint32_t below, const uint32_t *table) {
  uint32_t colour = table[here];
  colour = colour >> 24 ? colour : table[right];
  return colour >> 24 ? colour : table[below];
}

void seg_overlay_contour(uint32_t *restrict pixels, const uint8_t *restrict labels, const uint8_t *restrict below, const uint32_t *restrict table,
                         size_t count) {
  if (count == 0) return;
  if (below == 0) below = labels;
  // Borders are few: most pixels cost the two comparisons only.
  for (size_t i = 0; i + 1 < count; i++)
    if ((labels[i] != labels[i + 1]) | (labels[i] != below[i]))
      pixels[i] = blend(pixels[i], edge_colour(labels[i], labels[i + 1], below[i], table));
  size_t last = count - 1;
  if (labels[last] != below[last]) pixels[last] = blend(pixels[last], edge_colour(labels[last], below[last], below[last], table));
}

void seg_overlay_sample(const uint8_t *restrict row, const int32_t *restrict columns, uint8_t *restrict out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = row[columns[i]];
}

void seg_overlay_count(const uint8_t *labels, size_t count, uint32_t *bins) {
  // Four sets of bins: neighbouring labels are mostly equal, and adding to the same bin twice in a row would wait for the first store.
  uint32_t sets[4][256] = {{0}};
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    sets[0][labels[i]]++;
    sets[1][labels[i + 1]]++;
    sets[2][labels[i + 2]]++;
    sets[3][labels[i + 3]]++;
  }
  for (; i < count; i++) sets[0][labels[i]]++;
  for (int bin = 0; bin < 256; bin++) bins[bin] += sets[0][bin] + sets[1][bin] + sets[2][bin] + sets[3][bin];
}
