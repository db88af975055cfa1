/// A running estimate of what one kind of work costs: the median of the last seven measurements, which three outliers cannot move and four of a kind do.
struct CostEstimate: Sendable, Hashable {
  /// Measurements that count.
  static let window = 7
  /// Frames for which a measurement stays good.
  static let freshFrames = 25
  /// Frames in which an estimate that nothing confirms any more falls to half.
  static let halfLife = 25.0
  /// No measurement counts for more: an hour.
  static let largest = 3_600_000.0

  private var samples: [Double] = []
  private var next = 0
  private var framesSince = 0
  /// Milliseconds; nil until something was measured.
  private(set) var median: Double?

  /// Takes a measurement; negative, infinite ones and what is no number are left out.
  /// - Parameter replacing: Whether it replaces measurements that are no longer fresh instead of joining them.
  mutating func record(_ milliseconds: Double, replacing: Bool) {
    guard milliseconds.isFinite, milliseconds >= 0 else { return }
    if replacing && framesSince > Self.freshFrames { samples.removeAll(keepingCapacity: true) }
    framesSince = 0
    let sample = min(milliseconds, Self.largest)
    if samples.count < Self.window {
      samples.append(sample)
      next = samples.count % Self.window
    } else {
      samples[next] = sample
      next = (next + 1) % Self.window
    }
    median = samples.sorted()[samples.count / 2]
  }

  /// Notes that a frame has passed.
  mutating func passFrame() { framesSince = min(framesSince + 1, 1_000_000) }

  /// The median; from the end of its freshness on it halves every `halfLife` frames, so that what was too expensive once is tried again.
  var fading: Double? {
    guard let median, framesSince > Self.freshFrames else { return median }
    var factor = 1.0
    var frames = Double(framesSince - Self.freshFrames) / Self.halfLife
    while frames >= 1 && factor > 1e-9 {
      factor /= 2
      frames -= 1
    }
    return median * factor * (1 - min(frames, 1) / 2)
  }
}
