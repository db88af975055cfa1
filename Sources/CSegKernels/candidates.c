#include "SegInstances.h"

#include "softmax.h"

enum { LARGEST_CLASS_COUNT = 256 };

// Whether one of `count` numbers is above `bar`.
INLINE int any_above(const float *values, int32_t count, float bar) {
  if (count < LANES) {
    int found = 0;
    for (int32_t index = 0; index < count; index++) found |= values[index] > bar;
    return found;
  }
  // The last sixteen may overlap those before.
  IntegerLanes above = LOAD(values + count - LANES) > bar;
  for (int32_t index = 0; index + LANES <= count; index += LANES) above |= LOAD(values + index) > bar;
  return __builtin_reduce_or(above) != 0;
}

INLINE uint64_t candidate(float score, int32_t class_index, int32_t anchor) {
  uint32_t bits;
  memcpy(&bits, &score, sizeof bits);
  return SEG_CANDIDATE(bits, class_index, anchor);
}

KERNEL size_t seg_candidates(const SegCandidates *work, uint64_t *candidates) {
  float scores[LARGEST_CLASS_COUNT];
  const int32_t classes = work->classes;
  // The best class and the background alone would share a sum of one: below this distance of their logits no score is above the limit.
  const float distance = logf(work->limit / (1 - work->limit)) - 1e-4f;
  size_t count = 0;
  for (int32_t anchor = 0; anchor < work->anchors; anchor++) {
    const float *row = work->logits + (size_t)anchor * classes;
    if (!any_above(row + 1, classes - 1, row[0] + distance)) continue;
    softmax(row, scores, classes);
    int32_t best = 1;
    for (int32_t index = 2; index < classes; index++) best = scores[index] > scores[best] ? index : best;
    if (!(scores[best] > work->limit)) continue;
    const int32_t first = work->best_only ? best : 1, last = work->best_only ? best : classes - 1;
    for (int32_t index = first; index <= last; index++)
      if (scores[index] > work->floor) candidates[count++] = candidate(scores[index], index - 1, work->first_anchor + anchor);
  }
  return count;
}

KERNEL int32_t seg_boxes_overlap(const float *boxes, int32_t stride, int32_t count, const float box[4], float threshold, float margin, int32_t inclusive) {
  const IntegerLanes numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const float area = (box[2] - box[0] + margin) * (box[3] - box[1] + margin);
  for (int32_t index = 0; index < count; index += LANES) {
    const Lanes left = LOAD(boxes + index), top = LOAD(boxes + stride + index);
    const Lanes right = LOAD(boxes + 2 * stride + index), bottom = LOAD(boxes + 3 * stride + index);
    Lanes width = SELECT(right < box[2], right, SPLAT(box[2])) - SELECT(left > box[0], left, SPLAT(box[0])) + margin;
    Lanes height = SELECT(bottom < box[3], bottom, SPLAT(box[3])) - SELECT(top > box[1], top, SPLAT(box[1])) + margin;
    width = SELECT(width > 0, width, SPLAT(0));
    height = SELECT(height > 0, height, SPLAT(0));
    const Lanes common = width * height;
    const Lanes share = common / ((right - left + margin) * (bottom - top + margin) + area - common);
    const IntegerLanes overlaps = inclusive ? share >= threshold : share > threshold;
    if (__builtin_reduce_or(overlaps & (numbers + index < count)) != 0) return 1;
  }
  return 0;
}
