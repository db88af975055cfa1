import CSegKernels

/// The candidates of a frame, taken out best first: by score, of equal ones the lower class and then the earlier anchor.
///
/// Room for all there can be is reserved once; pages that were never needed take no memory.
struct CandidateQueue: ~Copyable {
  /// A class of an anchor.
  struct Candidate: Hashable {
    let score: Float
    let classIndex, anchor: Int
  }

  private let words: UnsafeMutableBufferPointer<UInt64>
  private var count = 0
  private var isHeap = false

  /// A queue for at most that many candidates.
  init(capacity: Int) { words = .allocate(capacity: max(1, capacity)) }

  deinit { words.deallocate() }

  /// Empties the queue.
  mutating func removeAll() { (count, isHeap) = (0, false) }

  /// Adds the candidates among anchors x classes scores before the softmax, of which the first anchor is the network's `firstAnchor`th.
  mutating func add(_ logits: UnsafeBufferPointer<Float>, classCount: Int, firstAnchor: Int, settings: InstanceSettings) {
    guard let base = words.baseAddress else { return }
    var work = SegCandidates()
    (work.logits, work.anchors, work.classes, work.first_anchor) = (
      logits.baseAddress, Int32(logits.count / classCount), Int32(classCount), Int32(firstAnchor)
    )
    (work.limit, work.floor) = (settings.candidateThreshold, Self.floor(settings))
    work.best_only = settings.nonMaximumSuppression == .crossClass ? 1 : 0
    count += seg_candidates(&work, base + count)
    precondition(count <= words.count, "no more candidates than there can be")
  }

  /// The score a candidate must exceed.
  private static func floor(_ settings: InstanceSettings) -> Float {
    // The traditional way applies the candidates' threshold to every class of an anchor, not just to its best.
    let threshold = settings.nonMaximumSuppression == .traditional ? settings.candidateThreshold : 0
    return max(settings.scoreThreshold, threshold, 0)
  }

  /// How many candidates so many anchors can have: scores above a share of one that sum up to one.
  static func capacity(anchors: Int, classCount: Int, settings: InstanceSettings) -> Int {
    let share = settings.nonMaximumSuppression == .crossClass ? 1 : floor(settings)
    // One more for sums that rounding lifts above one.
    return anchors * min(classCount - 1, share * Float(classCount) > 1 ? Int(1 / share) + 1 : classCount - 1)
  }

  /// Takes out the best candidate; nil when none is left.
  mutating func next() -> Candidate? {
    if !isHeap {
      for index in stride(from: count / 2 - 1, through: 0, by: -1) { sink(index) }
      isHeap = true
    }
    if count == 0 { return nil }
    let word = words[0]
    count -= 1
    words[0] = words[count]
    sink(0)
    let place = ~UInt32(truncatingIfNeeded: word)
    return Candidate(score: Float(bitPattern: UInt32(word >> 32)), classIndex: Int(place >> 24), anchor: Int(place & 0xFF_FFFF))
  }

  /// Moves a word down until those below it are smaller.
  private func sink(_ start: Int) {
    if start >= count { return }
    var index = start
    let word = words[index]
    while true {
      var child = 2 * index + 1
      if child >= count { break }
      if child + 1 < count && words[child + 1] > words[child] { child += 1 }
      if words[child] <= word { break }
      words[index] = words[child]
      index = child
    }
    words[index] = word
  }
}
