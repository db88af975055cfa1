#ifndef SEGPLAY_CELLS_H
#define SEGPLAY_CELLS_H

#include <stddef.h>
#include <stdint.h>

// A terminal cell in 64 bits: foreground colour in bits 0...23, background colour in bits 24...47, glyph code in bits 48...63.
// A colour is red | green << 8 | blue << 16, or a palette index after quantisation.
// Cells that look the same are written the same: a cell of one colour is SEG_GLYPH_FLAT with that background and foreground 0.

// Glyph codes. A mask glyph names the parts in foreground colour; bit 0 is the upper left part, then right, then down.
enum {
  SEG_GLYPH_FLAT = 0,         // one colour, the background
  SEG_GLYPH_UPPER = 1,        // upper half in foreground colour
  SEG_GLYPH_UPPER_ALONE = 2,  // the same on the terminal's own background
  SEG_GLYPH_QUADRANT = 16,    // + mask 0...15
  SEG_GLYPH_SEXTANT = 32,     // + mask 0...63
  SEG_GLYPH_ASCII = 128,      // + ASCII code 32...126, on the terminal's own background
  SEG_GLYPH_BRAILLE = 256,    // + dot mask 0...255, on the terminal's own background
  SEG_GLYPH_CODES = 512,
};

// A cell nothing is known about: it differs from every cell.
#define SEG_CELL_UNKNOWN UINT64_MAX

// How colours are written.
enum { SEG_COLOURS_NONE = 0, SEG_COLOURS_16 = 1, SEG_COLOURS_256 = 2, SEG_COLOURS_24BIT = 3 };

// Bytes that seg_cells_encode may write for `columns` x `rows` cells.
size_t seg_cells_capacity(int columns, int rows);

// Writes the bytes that turn the `shown` cells into `next` on a terminal, and makes `shown` equal to `next`.
// Cells where `covered` is not 0 are left alone and become unknown. (left, top) is the terminal position of the first cell, from 0.
// The bytes start from SGR's default state and leave any; *changed counts the cells written. Returns the count of bytes.
size_t seg_cells_encode(const uint64_t *next, uint64_t *shown, const uint8_t *covered, int columns, int rows, int left, int top,
                        int colours, uint8_t *out, size_t *changed);

// Replaces cells of `next` by those that are shown where every channel of both halves differs by at most `tolerance`, and moves the colours of the
// others to those of the cell before in the row where they differ by no more: cheaper to write, and nowhere further from the picture than that.
// For flat cells and half blocks in 24 bits; other cells are left as they are.
void seg_cells_settle(uint64_t *next, const uint64_t *shown, int columns, int rows, int tolerance);

// Pictures to cells. `pixels` are RGBA words, `stride` words a row, width x height of them; (x, y) past the edge count as absent
// (half blocks) or repeat the edge (the others). A cell covers 1 x 2, 2 x 2, 2 x 3, 1 x 1 and 2 x 4 pixels.
void seg_cells_half(const uint32_t *pixels, int width, int height, uint64_t *cells);
void seg_cells_quadrant(const uint32_t *pixels, int width, int height, uint64_t *cells);
void seg_cells_sextant(const uint32_t *pixels, int width, int height, uint64_t *cells);
void seg_cells_ascii(const uint32_t *pixels, int width, int height, uint64_t *cells);
void seg_cells_braille(const uint32_t *pixels, int width, int height, uint64_t *cells);

// Replaces the colours of cells by indices of the 256- or 16-colour palette, dithered by an ordered pattern.
void seg_cells_quantise(uint64_t *cells, int columns, int rows, int colours);

#endif
