// The transform of a tile's bytes forward, for the vector of words NUMBERS, what makes one of as many bytes, NUMBERS_OF(bytes, kind), and the names FORWARD_LINE
// and FORWARD_TILE, which are defined where this is included; of functions BYTE_INLINE, unless FORWARD_INLINE is something else.

#ifndef FORWARD_INLINE
#define FORWARD_INLINE BYTE_INLINE
#endif

// B^T of the paper for the points 0, ±1, ±2 and infinity: the words at x, x + step, ... transformed. No place of a tile of bytes gets more than two bytes.
FORWARD_INLINE void FORWARD_LINE(const NUMBERS x[TILE_IN], int16_t *to, size_t step) {
  const NUMBERS far = x[4] - x[2], odd = x[3] - x[1], far_odd = odd + odd, near = x[4] - (x[2] << 2), near_odd = x[3] - (x[1] << 2);
  *(NUMBERS *)to = ((x[0] - x[2]) << 2) + far;
  *(NUMBERS *)(to + step) = near + near_odd;
  *(NUMBERS *)(to + 2 * step) = near - near_odd;
  *(NUMBERS *)(to + 3 * step) = far + far_odd;
  *(NUMBERS *)(to + 4 * step) = far - far_odd;
  *(NUMBERS *)(to + 5 * step) = x[5] - x[3] - (odd << 2);
}

// Transforms a vector of channels of a tile of which (row, column) lies at from + row * row_step + column * column_step. Columns first, two at once as they share
// what they are made of, so that nothing but bytes is read and nothing but results written: places of a line of the transformed tile place_step apart, lines line_step.
FORWARD_INLINE void FORWARD_TILE(const uint8_t *from, ptrdiff_t row_step, ptrdiff_t column_step, int kind, size_t place_step,
                              size_t line_step, int16_t *to) {
#define NUMBERS_AT(row, column) NUMBERS_OF(from + (row) * row_step + (column) * column_step, kind)
  NUMBERS near[TILE_IN], near_odd[TILE_IN], far[TILE_IN], far_odd[TILE_IN], line[TILE_IN];
  for (int32_t row = 0; row < TILE_IN; row++) {
    const NUMBERS x1 = NUMBERS_AT(row, 1), x2 = NUMBERS_AT(row, 2), x3 = NUMBERS_AT(row, 3), x4 = NUMBERS_AT(row, 4), odd = x3 - x1;
    near[row] = x4 - (x2 << 2);
    near_odd[row] = x3 - (x1 << 2);
    far[row] = x4 - x2;
    far_odd[row] = odd + odd;
  }
#define LINE(column, value) \
  for (int32_t row = 0; row < TILE_IN; row++) line[row] = value; \
  FORWARD_LINE(line, to + (column) * place_step, line_step)
  LINE(1, near[row] + near_odd[row]);
  LINE(2, near[row] - near_odd[row]);
  LINE(3, far[row] + far_odd[row]);
  LINE(4, far[row] - far_odd[row]);
  LINE(0, ((NUMBERS_AT(row, 0) - NUMBERS_AT(row, 2)) << 2) + far[row]);
  LINE(5, NUMBERS_AT(row, 5) - NUMBERS_AT(row, 3) - (far_odd[row] + far_odd[row]));
#undef LINE
#undef NUMBERS_AT
}

#undef NUMBERS
#undef NUMBERS_OF
#undef FORWARD_LINE
#undef FORWARD_TILE
