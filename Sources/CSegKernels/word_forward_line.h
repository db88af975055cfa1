// The transform of a line of a tile of bytes forward, for the vector of words NUMBERS and the name FORWARD_LINE, which are defined where this is included.

// B^T of the paper for the points 0, ±1, ±2 and infinity: the words at x, x + step, ... transformed. No place of a tile of bytes gets more than two bytes.
BYTE_INLINE void FORWARD_LINE(const NUMBERS x[TILE_IN], int16_t *to, size_t step) {
  const NUMBERS far = x[4] - x[2], odd = x[3] - x[1], far_odd = odd + odd, near = x[4] - (x[2] << 2), near_odd = x[3] - (x[1] << 2);
  *(NUMBERS *)to = ((x[0] - x[2]) << 2) + far;
  *(NUMBERS *)(to + step) = near + near_odd;
  *(NUMBERS *)(to + 2 * step) = near - near_odd;
  *(NUMBERS *)(to + 3 * step) = far + far_odd;
  *(NUMBERS *)(to + 4 * step) = far - far_odd;
  *(NUMBERS *)(to + 5 * step) = x[5] - x[3] - (odd << 2);
}
