// The exponential of sixteen numbers at once, and the functions of activations that are made of it.
#ifndef SEGPLAY_EXPONENTIAL_H
#define SEGPLAY_EXPONENTIAL_H

#include "vectors.h"

// exp(x) = 2^n * exp(r) with n = round(x / ln 2) and r = x - n * ln 2 in two parts (Cody and Waite), |r| <= ln 2 / 2; exp(r) is its Taylor series to the
// seventh power, whose rest is below 6e-9 there. Zero below -87.33, where results would leave the normal numbers, and at most exp(88); NaN stays NaN.
INLINE Lanes exponential(Lanes x) {
  const IntegerLanes vanishes = x < SPLAT(-87.33f);
  x = SELECT(vanishes, SPLAT(-87.33f), x);
  x = SELECT(x > SPLAT(88.0f), SPLAT(88.0f), x);
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
  const Lanes magic = SPLAT(12582912.0f), shifted = x * 1.44269504f + magic, whole = shifted - magic;
  const Lanes r = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
  Lanes p = SPLAT(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
  const IntegerLanes power = ((IntegerLanes)shifted - (IntegerLanes)magic + 127) << 23;
  p *= (Lanes)power;
  return SELECT(vanishes, SPLAT(0.0f), p);
}

// 1 / (1 + exp(-x)).
INLINE Lanes logistic(Lanes x) { return 1.0f / (1.0f + exponential(-x)); }

// The hyperbolic tangent: 1 - 2 / (exp(2x) + 1), and its series near zero, where that would lose digits.
INLINE Lanes hyperbolic_tangent(Lanes x) {
  const Lanes square = x * x;
  Lanes series = SPLAT(-1382.0f / 155925);
  series = series * square + 62.0f / 2835;
  series = series * square - 17.0f / 315;
  series = series * square + 2.0f / 15;
  series = series * square - 1.0f / 3;
  series = series * square * x + x;
  return SELECT(square < SPLAT(0.0625f), series, 1.0f - 2.0f / (exponential(x + x) + 1.0f));
}

// Sixteen results of an activation's function: 1 logistic, 2 hyperbolic tangent.
INLINE Lanes activation_function(Lanes x, int32_t function) { return function == 1 ? logistic(x) : hyperbolic_tangent(x); }

#endif
