// The class with the greatest score, one class after another at sixteen places.
#ifndef SEGPLAY_GREATEST_H
#define SEGPLAY_GREATEST_H

#include "vectors.h"

// The greatest score so far at sixteen places, its class, and what is not zero where a score was infinite or not a number.
typedef struct Greatest {
  Lanes score, trouble;
  IntegerLanes label;
} Greatest;

INLINE void compare(Greatest *greatest, Lanes x, IntegerLanes class) {
  const IntegerLanes above = x > greatest->score;
  greatest->score = SELECT(above, x, greatest->score);
  greatest->label = (above & class) | (~above & greatest->label);
  greatest->trouble += x * 0;
}

#endif
