#include "SegGatheredConvolution.h"

#include <stdlib.h>

enum {
  MOST_POSITIVE = 32767 / 255, // sum of the weights above zero, and of those below, of which no products of bytes exceed 16 bits
  HALVES = 2, // of a word: two products are summed up in 16 bits
  CANDIDATES = 48, // words that are tried for each
};

// For each half of a word of each output channel the sum of the weights above zero, then that of those below; 126 at most.
static void find_sums(const int8_t *weights, int32_t outputs, uint8_t *sums) {
  const int32_t count = outputs * HALVES;
  for (int32_t index = 0; index < count; index++) {
    const int8_t a = weights[2 * index], b = weights[2 * index + 1];
    sums[index] = (uint8_t)((a > 0 ? a : 0) + (b > 0 ? b : 0));
    sums[count + index] = (uint8_t)((a < 0 ? -a : 0) + (b < 0 ? -b : 0));
  }
}

static int fit(const uint8_t *left, const uint8_t *right, int32_t count) {
  uint8_t most = 0;
  for (int32_t index = 0; index < count; index++) {
    const uint8_t sum = (uint8_t)(left[index] + right[index]);
    most = sum > most ? sum : most;
  }
  return most <= MOST_POSITIVE;
}

// How hard it is to find a partner: the number of sums that leave less room than they take.
static int32_t weight_of(const uint8_t *sums, int32_t count) {
  int32_t found = 0;
  for (int32_t index = 0; index < count; index++) found += sums[index] > MOST_POSITIVE / 2;
  return found;
}

typedef struct Ranked {
  int32_t word, weight;
} Ranked;

static int by_weight(const void *left, const void *right) {
  const Ranked *a = left, *b = right;
  return a->weight != b->weight ? (a->weight < b->weight ? 1 : -1) : (a->word > b->word) - (a->word < b->word);
}

int32_t seg_gathered_match(const int8_t *weights, int32_t words, int32_t outputs, int32_t *order) {
  const int32_t count = 2 * HALVES * outputs;
  uint8_t *sums = malloc((size_t)words * (size_t)count);
  Ranked *ranked = malloc((size_t)words * sizeof *ranked);
  int32_t pairs = 0, singles = 0;
  if (!sums || !ranked) abort();
  for (int32_t word = 0; word < words; word++) {
    uint8_t *own = sums + (size_t)word * (size_t)count;
    find_sums(weights + (size_t)word * (size_t)outputs * SEG_GATHERED_WORD, outputs, own);
    ranked[word] = (Ranked){word, weight_of(own, count)};
  }
  // Those that few others fit come first, and are tried with those that most fit.
  qsort(ranked, (size_t)words, sizeof *ranked, by_weight);
  for (int32_t first = 0; first < words; first++) {
    if (ranked[first].word < 0) continue;
    const int32_t word = ranked[first].word;
    int32_t partner = -1;
    for (int32_t other = words - 1, tried = 0; other > first && tried < CANDIDATES && partner < 0; other--) {
      if (ranked[other].word < 0) continue;
      if (fit(sums + (size_t)word * (size_t)count, sums + (size_t)ranked[other].word * (size_t)count, count)) partner = other;
      tried++;
    }
    if (partner >= 0) {
      order[2 * pairs] = word;
      order[2 * pairs + 1] = ranked[partner].word;
      ranked[partner].word = -1;
      pairs++;
    } else {
      order[words - 1 - singles] = word;
      singles++;
    }
  }
  free(sums);
  free(ranked);
  return pairs;
}
