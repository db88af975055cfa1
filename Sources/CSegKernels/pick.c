#include "cells.h"

// Pictures to cells: for each cell a glyph and two colours.

static inline uint64_t pack(uint32_t glyph, uint32_t foreground, uint32_t background) {
  return (uint64_t)(foreground & 0xFFFFFF) | (uint64_t)(background & 0xFFFFFF) << 24 | (uint64_t)glyph << 48;
}

static inline uint32_t luminance(uint32_t p) { return ((p & 0xFF) * 77 + (p >> 8 & 0xFF) * 150 + (p >> 16 & 0xFF) * 29) >> 8; }

void seg_cells_half(const uint32_t *pixels, int width, int height, uint64_t *cells) {
  for (int y = 0; y + 1 < height; y += 2, pixels += 2 * (size_t)width, cells += width) {
    for (int x = 0; x < width; x++) {
      uint64_t upper = pixels[x] & 0xFFFFFF, lower = pixels[width + x] & 0xFFFFFF;
      uint64_t flat = upper << 24, two = upper | lower << 24 | (uint64_t)SEG_GLYPH_UPPER << 48;
      cells[x] = upper == lower ? flat : two;
    }
  }
  if (height & 1)
    for (int x = 0; x < width; x++) cells[x] = pack(SEG_GLYPH_UPPER_ALONE, pixels[x], 0);
}

// The mean of the pixels whose bit is set, rounded; black where there are none.
static uint32_t mean(const uint32_t *parts, int count, int mask) {
  uint32_t red = 0, green = 0, blue = 0, n = 0;
  for (int i = 0; i < count; i++) {
    if (!(mask >> i & 1)) continue;
    red += parts[i] & 0xFF;
    green += parts[i] >> 8 & 0xFF;
    blue += parts[i] >> 16 & 0xFF;
    n++;
  }
  if (n == 0) return 0;
  return (red + n / 2) / n | (green + n / 2) / n << 8 | (blue + n / 2) / n << 16;
}

// Splits the pixels of a cell where the channel that varies most crosses the middle of its range; the upper left one is foreground.
static uint64_t split(const uint32_t *parts, int count, uint32_t base) {
  int channel = 0, best = -1, middle = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    int low = 255, high = 0;
    for (int i = 0; i < count; i++) {
      int value = parts[i] >> shift & 0xFF;
      low = value < low ? value : low;
      high = value > high ? value : high;
    }
    if (high - low > best) {
      best = high - low;
      channel = shift;
      middle = low + high;
    }
  }
  int mask = 0;
  for (int i = 0; i < count; i++) mask |= (2 * (int)(parts[i] >> channel & 0xFF) > middle) << i;
  if (!(mask & 1)) mask ^= (1 << count) - 1;
  uint32_t foreground = mean(parts, count, mask), background = mean(parts, count, ((1 << count) - 1) & ~mask);
  if (mask == (1 << count) - 1 || foreground == background) return pack(SEG_GLYPH_FLAT, 0, foreground);
  return pack(base + (uint32_t)mask, foreground, background);
}

static void blocks(const uint32_t *pixels, int width, int height, uint64_t *cells, int down, uint32_t base) {
  for (int y = 0; y < height; y += down) {
    for (int x = 0; x < width; x += 2) {
      uint32_t parts[6];
      for (int i = 0; i < 2 * down; i++) {
        int px = x + (i & 1), py = y + i / 2;
        parts[i] = pixels[(size_t)(py < height ? py : height - 1) * (size_t)width + (size_t)(px < width ? px : width - 1)];
      }
      *cells++ = split(parts, 2 * down, base);
    }
  }
}

void seg_cells_quadrant(const uint32_t *pixels, int width, int height, uint64_t *cells) {
  blocks(pixels, width, height, cells, 2, SEG_GLYPH_QUADRANT);
}

void seg_cells_sextant(const uint32_t *pixels, int width, int height, uint64_t *cells) {
  blocks(pixels, width, height, cells, 3, SEG_GLYPH_SEXTANT);
}

// A colour of the same hue whose largest channel is 255: how bright it is, the glyph says.
static uint32_t brightest(uint32_t p) {
  uint32_t red = p & 0xFF, green = p >> 8 & 0xFF, blue = p >> 16 & 0xFF;
  uint32_t largest = red > green ? red : green;
  largest = blue > largest ? blue : largest;
  if (largest == 0) return 0xFFFFFF;
  return red * 255 / largest | green * 255 / largest << 8 | blue * 255 / largest << 16;
}

void seg_cells_ascii(const uint32_t *pixels, int width, int height, uint64_t *cells) {
  static const char ramp[] = " .,:;i1tfLCG08@";
  enum { STEPS = sizeof ramp - 1 };
  size_t count = (size_t)width * (size_t)height;
  for (size_t i = 0; i < count; i++) {
    char glyph = ramp[luminance(pixels[i]) * STEPS / 256];
    cells[i] = pack(SEG_GLYPH_ASCII + (uint32_t)glyph, glyph == ' ' ? 0 : brightest(pixels[i]), 0);
  }
}

static const uint8_t bayer[8][8] = {
  {0, 32, 8, 40, 2, 34, 10, 42},  {48, 16, 56, 24, 50, 18, 58, 26}, {12, 44, 4, 36, 14, 46, 6, 38},  {60, 28, 52, 20, 62, 30, 54, 22},
  {3, 35, 11, 43, 1, 33, 9, 41},  {51, 19, 59, 27, 49, 17, 57, 25}, {15, 47, 7, 39, 13, 45, 5, 37},  {63, 31, 55, 23, 61, 29, 53, 21},
};

void seg_cells_braille(const uint32_t *pixels, int width, int height, uint64_t *cells) {
  for (int y = 0; y < height; y += 4) {
    for (int x = 0; x < width; x += 2) {
      uint32_t parts[8];
      int mask = 0;
      for (int i = 0; i < 8; i++) {
        int px = x + (i & 1), py = y + i / 2;
        parts[i] = 0;
        if (px >= width || py >= height) continue;
        parts[i] = pixels[(size_t)py * (size_t)width + (size_t)px];
        mask |= (luminance(parts[i]) > (uint32_t)bayer[py & 7][px & 7] * 4 + 2) << i;
      }
      *cells++ = pack(SEG_GLYPH_BRAILLE + (uint32_t)mask, mask ? mean(parts, 8, mask) : 0, 0);
    }
  }
}

// 256 colours: a 6 x 6 x 6 cube with levels 0, 95, 135, 175, 215, 255 from index 16, and 24 greys 8, 18 ... 238 from 232.

// The thresholds of the dither span half the way from one level to the next: the whole way would be true to the mean, but coarser to look at
// than the steps it hides.
static uint32_t cube_level(uint32_t value, uint32_t threshold) {
  static const uint8_t levels[7] = {0, 95, 135, 175, 215, 255, 255};
  uint32_t level = value < 95 ? 0 : (value - 55) / 40;
  uint32_t below = levels[level], above = levels[level + 1];
  return level + ((value - below) * 64 > (above - below) * threshold + (above - below) / 2);
}

static uint32_t index_256(uint32_t colour, uint32_t threshold) {
  threshold = 16 + threshold / 2;
  uint32_t red = colour & 0xFF, green = colour >> 8 & 0xFF, blue = colour >> 16 & 0xFF;
  uint32_t low = red < green ? red : green, high = red < green ? green : red;
  low = blue < low ? blue : low;
  high = blue > high ? blue : high;
  if (high - low < 8) {
    uint32_t value = (red + green + blue) / 3;
    if (value < 4) return 16;
    if (value > 246) return 231;
    if (value < 8) return 232;
    uint32_t step = (value - 8) / 10, rest = (value - 8) % 10;
    step += rest * 64 > 10 * threshold + 5;
    return step > 23 ? 231 : 232 + step;
  }
  return 16 + 36 * cube_level(red, threshold) + 6 * cube_level(green, threshold) + cube_level(blue, threshold);
}

// 16 colours as xterm has them; the nearest after the dither has moved the colour by up to an eighth of the range.
static const uint8_t ansi[16][3] = {
  {0, 0, 0},       {205, 0, 0},   {0, 205, 0},   {205, 205, 0},   {0, 0, 238},    {205, 0, 205},   {0, 205, 205},   {229, 229, 229},
  {127, 127, 127}, {255, 0, 0},   {0, 255, 0},   {255, 255, 0},   {92, 92, 255},  {255, 0, 255},   {0, 255, 255},   {255, 255, 255},
};

static uint32_t index_16(uint32_t colour, uint32_t threshold) {
  int shift = (int)threshold - 32, best = 1 << 30;
  int red = (int)(colour & 0xFF) + shift, green = (int)(colour >> 8 & 0xFF) + shift, blue = (int)(colour >> 16 & 0xFF) + shift;
  uint32_t index = 0;
  for (uint32_t i = 0; i < 16; i++) {
    int r = red - ansi[i][0], g = green - ansi[i][1], b = blue - ansi[i][2];
    int distance = 2 * r * r + 4 * g * g + 3 * b * b;
    if (distance < best) {
      best = distance;
      index = i;
    }
  }
  return index;
}

void seg_cells_quantise(uint64_t *cells, int columns, int rows, int colours) {
  if (colours != SEG_COLOURS_256 && colours != SEG_COLOURS_16) return;
  for (int y = 0; y < rows; y++) {
    for (int x = 0; x < columns; x++, cells++) {
      uint32_t glyph = (uint32_t)(*cells >> 48), foreground = (uint32_t)(*cells & 0xFFFFFF), background = (uint32_t)(*cells >> 24 & 0xFFFFFF);
      uint32_t upper = bayer[2 * y & 7][x & 7], lower = bayer[(2 * y + 1) & 7][x & 7];
      if (glyph == SEG_GLYPH_FLAT) foreground = background;
      foreground = colours == SEG_COLOURS_256 ? index_256(foreground, upper) : index_16(foreground, upper);
      background = colours == SEG_COLOURS_256 ? index_256(background, lower) : index_16(background, lower);
      if (glyph == SEG_GLYPH_FLAT && foreground != background) glyph = SEG_GLYPH_UPPER;
      if (glyph < SEG_GLYPH_ASCII && glyph != SEG_GLYPH_UPPER_ALONE && foreground == background) {
        glyph = SEG_GLYPH_FLAT;
        foreground = 0;
      }
      if (glyph >= SEG_GLYPH_ASCII || glyph == SEG_GLYPH_UPPER_ALONE) background = 0;
      *cells = pack(glyph, foreground, background);
    }
  }
}

// Whether all three channels of two colours differ by at most `tolerance`.
static inline int is_near(uint32_t a, uint32_t b, int tolerance) {
  for (int shift = 0; shift < 24; shift += 8) {
    int difference = (int)(a >> shift & 0xFF) - (int)(b >> shift & 0xFF);
    if (difference > tolerance || difference < -tolerance) return 0;
  }
  return 1;
}

static inline uint32_t upper_of(uint64_t cell) { return (uint32_t)(cell >> 48 == SEG_GLYPH_FLAT ? cell >> 24 : cell) & 0xFFFFFF; }

void seg_cells_settle(uint64_t *next, const uint64_t *shown, int columns, int rows, int tolerance) {
  if (tolerance <= 0) return;
  for (int y = 0; y < rows; y++, next += columns, shown += columns) {
    uint32_t before_upper = 0x01000000, before_lower = 0x01000000;
    for (int x = 0; x < columns; x++) {
      if (next[x] >> 48 > SEG_GLYPH_UPPER) continue;
      uint32_t upper = upper_of(next[x]), lower = (uint32_t)(next[x] >> 24) & 0xFFFFFF;
      if (shown[x] >> 48 <= SEG_GLYPH_UPPER && is_near(upper, upper_of(shown[x]), tolerance) &&
          is_near(lower, (uint32_t)(shown[x] >> 24) & 0xFFFFFF, tolerance)) {
        next[x] = shown[x];
        continue;
      }
      if (before_upper < 0x01000000 && is_near(upper, before_upper, tolerance)) upper = before_upper;
      if (before_lower < 0x01000000 && is_near(lower, before_lower, tolerance)) lower = before_lower;
      if (is_near(upper, lower, 0)) next[x] = pack(SEG_GLYPH_FLAT, 0, lower);
      else next[x] = pack(SEG_GLYPH_UPPER, upper, lower);
      before_upper = upper;
      before_lower = lower;
    }
  }
}
