#include "cells.h"

#include <string.h>

// Which of several ways to write a row costs the fewest bytes is decided by a search over two alternatives a cell: the glyph or its
// complement with the colours exchanged. Each alternative keeps the cheapest path that ends in it and the colours set there.

enum { UNSET = 0x01000000, OWN_BACKGROUND = 0x02000000, ANY = 0x03000000 };      // beside 24-bit colours

struct text { uint8_t count, bytes[4]; };

struct digits { char text[4]; };                 // decimal digits and a semicolon

static const uint8_t digit_count[256] = {
#define ROW10(n) n, n, n, n, n, n, n, n, n, n
#define ROW50(n) ROW10(n), ROW10(n), ROW10(n), ROW10(n), ROW10(n)
  ROW10(1), ROW10(2), ROW10(2), ROW10(2), ROW10(2), ROW10(2), ROW10(2), ROW10(2), ROW10(2), ROW10(2),
  ROW50(3), ROW50(3), ROW50(3), 3, 3, 3, 3, 3, 3
};

static struct digits digits[256];
static struct text glyphs[SEG_GLYPH_CODES];       // the glyph of each code
static struct text opposites[SEG_GLYPH_CODES];    // the glyph with foreground and background exchanged; count 0: none

static struct text utf8(uint32_t scalar) {
  struct text t = {0, {0}};
  if (scalar < 0x80) {
    t.bytes[t.count++] = (uint8_t)scalar;
  } else if (scalar < 0x800) {
    t.bytes[t.count++] = (uint8_t)(0xC0 | scalar >> 6);
    t.bytes[t.count++] = (uint8_t)(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    t.bytes[t.count++] = (uint8_t)(0xE0 | scalar >> 12);
    t.bytes[t.count++] = (uint8_t)(0x80 | (scalar >> 6 & 0x3F));
    t.bytes[t.count++] = (uint8_t)(0x80 | (scalar & 0x3F));
  } else {
    t.bytes[t.count++] = (uint8_t)(0xF0 | scalar >> 18);
    t.bytes[t.count++] = (uint8_t)(0x80 | (scalar >> 12 & 0x3F));
    t.bytes[t.count++] = (uint8_t)(0x80 | (scalar >> 6 & 0x3F));
    t.bytes[t.count++] = (uint8_t)(0x80 | (scalar & 0x3F));
  }
  return t;
}

// Unicode's sextants leave out the empty and full cell and the two half columns, which older block characters are.
static uint32_t sextant_scalar(int mask) {
  if (mask == 0) return ' ';
  if (mask == 63) return 0x2588;
  if (mask == 21) return 0x258C;
  if (mask == 42) return 0x2590;
  return 0x1FB00 + (uint32_t)(mask - 1 - (mask > 21) - (mask > 42));
}

// Braille numbers its dots down the first column and then the second; the fourth row came later.
static uint32_t braille_scalar(int mask) {
  static const uint8_t dot[8] = {0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80};
  uint32_t bits = 0;
  for (int i = 0; i < 8; i++)
    if (mask >> i & 1) bits |= dot[i];
  return 0x2800 + bits;
}

__attribute__((constructor)) static void fill_tables(void) {
  static const uint16_t quadrants[16] = {' ',    0x2598, 0x259D, 0x2580, 0x2596, 0x258C, 0x259E, 0x259B,
                                         0x2597, 0x259A, 0x2590, 0x259C, 0x2584, 0x2599, 0x259F, 0x2588};
  for (int i = 0; i < 256; i++) {
    char *t = digits[i].text;
    if (i >= 100) *t++ = (char)('0' + i / 100);
    if (i >= 10) *t++ = (char)('0' + i / 10 % 10);
    *t++ = (char)('0' + i % 10);
    *t = ';';
  }
  glyphs[SEG_GLYPH_FLAT] = utf8(' ');
  opposites[SEG_GLYPH_FLAT] = utf8(0x2588);
  glyphs[SEG_GLYPH_UPPER] = glyphs[SEG_GLYPH_UPPER_ALONE] = utf8(0x2580);
  opposites[SEG_GLYPH_UPPER] = utf8(0x2584);
  for (int i = 0; i < 16; i++) glyphs[SEG_GLYPH_QUADRANT + i] = opposites[SEG_GLYPH_QUADRANT + (15 ^ i)] = utf8(quadrants[i]);
  for (int i = 0; i < 64; i++) glyphs[SEG_GLYPH_SEXTANT + i] = opposites[SEG_GLYPH_SEXTANT + (63 ^ i)] = utf8(sextant_scalar(i));
  for (int i = 32; i < 127; i++) glyphs[SEG_GLYPH_ASCII + i] = utf8((uint32_t)i);
  for (int i = 0; i < 256; i++) glyphs[SEG_GLYPH_BRAILLE + i] = utf8(braille_scalar(i));
}

#define INLINE static inline __attribute__((always_inline))

// Bytes of one colour's SGR parameters, without a semicolon around them.
INLINE uint32_t colour_count(uint32_t colour, int colours) {
  if (colour == OWN_BACKGROUND) return 2;
  if (colours == SEG_COLOURS_24BIT)
    return 7u + digit_count[colour & 0xFF] + digit_count[colour >> 8 & 0xFF] + digit_count[colour >> 16 & 0xFF];
  if (colours == SEG_COLOURS_256) return 5u + digit_count[colour & 0xFF];
  return colour < 8 ? 2 : 3;
}

// Writes them, followed by a semicolon.
INLINE uint8_t *put_colour(uint8_t *out, uint32_t colour, int background, int colours) {
  char first = background ? '4' : '3';
  if (colour == OWN_BACKGROUND) {
    memcpy(out, "49;", 3);
    return out + 3;
  }
  if (colours == SEG_COLOURS_24BIT) {
    memcpy(out, background ? "48;2;" : "38;2;", 5);
    out += 5;
    for (int shift = 0; shift < 24; shift += 8) {
      uint8_t value = (uint8_t)(colour >> shift);
      memcpy(out, digits[value].text, 4);
      out += digit_count[value] + 1;
    }
    return out;
  }
  if (colours == SEG_COLOURS_256) {
    memcpy(out, background ? "48;5;" : "38;5;", 5);
    memcpy(out + 5, digits[colour & 0xFF].text, 4);
    return out + 5 + digit_count[colour & 0xFF] + 1;
  }
  if (colour < 8) {
    *out++ = (uint8_t)first;
  } else if (background) {
    *out++ = '1';
    *out++ = '0';
  } else {
    *out++ = '9';
  }
  *out++ = (uint8_t)('0' + (colour & 7));
  *out++ = ';';
  return out;
}

static uint8_t *put_number(uint8_t *out, unsigned value) {
  uint8_t reversed[10];
  int count = 0;
  do reversed[count++] = (uint8_t)('0' + value % 10);
  while (value /= 10);
  while (count) *out++ = reversed[--count];
  return out;
}

struct path { uint32_t foreground, background, cost; };

// What the attributes must be for one way to draw a cell, and the bytes of its colours and glyph.
struct need { uint32_t foreground, background; uint8_t foreground_count, background_count, glyph_count; };

INLINE uint32_t step_cost(const struct path *path, const struct need *need) {
  uint32_t a = need->foreground != ANY && need->foreground != path->foreground;
  uint32_t b = need->background != ANY && need->background != path->background;
  return path->cost + need->glyph_count + a * need->foreground_count + b * need->background_count + (a | b) * 3u + (a & b);
}

INLINE void needs_of(uint64_t cell, int colours, struct need *plain, struct need *opposite) {
  uint32_t foreground = (uint32_t)(cell & 0xFFFFFF), background = (uint32_t)(cell >> 24 & 0xFFFFFF), glyph = (uint32_t)(cell >> 48);
  plain->glyph_count = glyphs[glyph].count;
  opposite->glyph_count = opposites[glyph].count;
  if (colours == SEG_COLOURS_NONE) {
    plain->foreground = plain->background = opposite->foreground = opposite->background = ANY;
    plain->foreground_count = plain->background_count = opposite->foreground_count = opposite->background_count = 0;
    opposite->glyph_count = 200;
    return;
  }
  uint8_t foreground_count = (uint8_t)colour_count(foreground, colours);
  if (glyph == SEG_GLYPH_FLAT) {
    uint8_t count = (uint8_t)colour_count(background, colours);
    *plain = (struct need){ANY, background, 0, count, 1};
    *opposite = (struct need){background, ANY, count, 0, 3};
    return;
  }
  if (opposite->glyph_count == 0) {              // on the terminal's own background; blanks need no foreground
    uint32_t blank = glyph == SEG_GLYPH_ASCII + ' ' || glyph == SEG_GLYPH_BRAILLE;
    *plain = (struct need){blank ? ANY : foreground, OWN_BACKGROUND, foreground_count, 2, glyphs[glyph].count};
    *opposite = *plain;
    opposite->glyph_count = 200;                 // never chosen
    return;
  }
  uint8_t background_count = (uint8_t)colour_count(background, colours);
  *plain = (struct need){foreground, background, foreground_count, background_count, plain->glyph_count};
  *opposite = (struct need){background, foreground, background_count, foreground_count, opposite->glyph_count};
}

// Moves the cursor from (row, column) to (to_row, to_column); a row of -1 is unknown, a column of -1 the edge that waits to wrap.
static uint8_t *put_move(uint8_t *out, int row, int column, int to_row, int to_column) {
  if (row == to_row && column == to_column) return out;
  if (row >= 0 && row + 1 == to_row && to_column == 0) {
    memcpy(out, "\r\n", 2);
    return out + 2;
  }
  *out++ = 0x1B;
  *out++ = '[';
  if (row == to_row && column >= 0 && to_column > column) {
    if (to_column - column > 1) out = put_number(out, (unsigned)(to_column - column));
    *out++ = 'C';
    return out;
  }
  if (to_row > 0) out = put_number(out, (unsigned)to_row + 1);
  if (to_column > 0) {
    *out++ = ';';
    out = put_number(out, (unsigned)to_column + 1);
  }
  *out++ = 'H';
  return out;
}

enum { MAXIMUM_COLUMNS = 4096 };

size_t seg_cells_capacity(int columns, int rows) {
  // A move of up to 12 bytes, an SGR sequence of up to 36, a glyph of up to 4, and the slack of whole-word stores.
  return (size_t)columns * (size_t)rows * 56 + 64;
}

INLINE size_t encode(const uint64_t *next, uint64_t *shown, const uint8_t *covered, int columns, int rows, int left, int top,
                     int colours, uint8_t *out, size_t *changed) {
  uint16_t where[MAXIMUM_COLUMNS];
  uint8_t chosen[MAXIMUM_COLUMNS];               // bits 0 and 1: where the best path into the plain and the opposite way comes from
  uint8_t *start = out;
  int row_now = -1, column_now = -1;
  struct path now = {UNSET, UNSET, 0};
  size_t total = 0;
  for (int row = 0; row < rows; row++, next += columns, shown += columns, covered += columns) {
    int count = 0;
    for (int x = 0; x < columns; x++) {
      where[count] = (uint16_t)x;
      count += next[x] != shown[x];
    }
    if (count == 0) continue;
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int x = where[i];
      where[kept] = (uint16_t)x;
      shown[x] = covered[x] ? SEG_CELL_UNKNOWN : next[x];
      kept += !covered[x];
    }
    count = kept;
    if (count == 0) continue;
    total += (size_t)count;

    struct path plain = {now.foreground, now.background, 0}, opposite = plain;
    for (int i = 0; i < count; i++) {
      struct need a, b;
      needs_of(next[where[i]], colours, &a, &b);
      uint32_t plain_plain = step_cost(&plain, &a), opposite_plain = step_cost(&opposite, &a);
      uint32_t plain_opposite = step_cost(&plain, &b), opposite_opposite = step_cost(&opposite, &b);
      uint32_t into_plain = opposite_plain < plain_plain, into_opposite = opposite_opposite < plain_opposite;
      chosen[i] = (uint8_t)(into_plain | into_opposite << 1);
      struct path from_a = into_plain ? opposite : plain, from_b = into_opposite ? opposite : plain;
      plain = (struct path){a.foreground == ANY ? from_a.foreground : a.foreground,
                            a.background == ANY ? from_a.background : a.background, into_plain ? opposite_plain : plain_plain};
      opposite = (struct path){b.foreground == ANY ? from_b.foreground : b.foreground,
                               b.background == ANY ? from_b.background : b.background,
                               into_opposite ? opposite_opposite : plain_opposite};
    }
    uint8_t way = opposite.cost < plain.cost;
    for (int i = count - 1; i >= 0; i--) {
      uint8_t from = chosen[i] >> way & 1;
      chosen[i] = way;
      way = from;
    }

    for (int i = 0; i < count; i++) {
      int x = where[i];
      out = put_move(out, row_now, column_now, top + row, left + x);
      uint64_t cell = next[x];
      uint32_t glyph = (uint32_t)(cell >> 48);
      if (colours != SEG_COLOURS_NONE) {
        uint32_t foreground = (uint32_t)(cell & 0xFFFFFF), background = (uint32_t)(cell >> 24 & 0xFFFFFF);
        uint32_t need_foreground = foreground, need_background = background;
        if (glyph == SEG_GLYPH_FLAT) {
          need_foreground = chosen[i] ? background : ANY;
          need_background = chosen[i] ? ANY : background;
        } else if (chosen[i]) {
          need_foreground = background;
          need_background = foreground;
        } else if (opposites[glyph].count == 0) {
          need_background = OWN_BACKGROUND;
          if (glyph == SEG_GLYPH_ASCII + ' ' || glyph == SEG_GLYPH_BRAILLE) need_foreground = ANY;
        }
        int set_foreground = need_foreground != ANY && need_foreground != now.foreground;
        int set_background = need_background != ANY && need_background != now.background;
        if (set_foreground | set_background) {
          *out++ = 0x1B;
          *out++ = '[';
          if (set_foreground) out = put_colour(out, now.foreground = need_foreground, 0, colours);
          if (set_background) out = put_colour(out, now.background = need_background, 1, colours);
          out[-1] = 'm';
        }
      }
      const struct text *text = chosen[i] ? &opposites[glyph] : &glyphs[glyph];
      memcpy(out, text->bytes, 4);
      out += text->count;
      row_now = top + row;
      column_now = left + x + 1;
    }
    // Whether the edge of the video is the edge of the terminal is not known here, and there the cursor waits: say where to go.
    if (where[count - 1] == columns - 1) column_now = -1;
  }
  *changed = total;
  return (size_t)(out - start);
}

size_t seg_cells_encode(const uint64_t *next, uint64_t *shown, const uint8_t *covered, int columns, int rows, int left, int top,
                        int colours, uint8_t *out, size_t *changed) {
  if (columns > MAXIMUM_COLUMNS) columns = MAXIMUM_COLUMNS;
  switch (colours) {
    case SEG_COLOURS_24BIT: return encode(next, shown, covered, columns, rows, left, top, SEG_COLOURS_24BIT, out, changed);
    case SEG_COLOURS_256: return encode(next, shown, covered, columns, rows, left, top, SEG_COLOURS_256, out, changed);
    case SEG_COLOURS_16: return encode(next, shown, covered, columns, rows, left, top, SEG_COLOURS_16, out, changed);
    default: return encode(next, shown, covered, columns, rows, left, top, SEG_COLOURS_NONE, out, changed);
  }
}
