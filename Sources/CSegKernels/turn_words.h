// Turning words of four registers round, by a function TURN_INLINE of the name TURN_WORDS for registers TURNED and their instructions TURN(name), which are defined
// where this is included.

// So that the words (four bytes) a, b, c, d of each 128-bit lane become words of one register each.
TURN_INLINE void TURN_WORDS(TURNED rows[4]) {
  const TURNED low01 = TURN(unpacklo_epi32)(rows[0], rows[1]), high01 = TURN(unpackhi_epi32)(rows[0], rows[1]);
  const TURNED low23 = TURN(unpacklo_epi32)(rows[2], rows[3]), high23 = TURN(unpackhi_epi32)(rows[2], rows[3]);
  rows[0] = TURN(unpacklo_epi64)(low01, low23);
  rows[1] = TURN(unpackhi_epi64)(low01, low23);
  rows[2] = TURN(unpacklo_epi64)(high01, high23);
  rows[3] = TURN(unpackhi_epi64)(high01, high23);
}

#undef TURN_INLINE
#undef TURN_WORDS
#undef TURNED
#undef TURN
