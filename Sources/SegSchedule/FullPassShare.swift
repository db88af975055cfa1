/// The share of a core's time that full passes may take under `realtime`: less of it while frames are left out because the machine has no time for them.
///
/// What a pass costs does not tell that somebody else wants the processor as well; frames that nobody got to in time do. Each time too many are missing the
/// share is halved; when none are for a while it doubles again, and the while is longer after each time that this was too early.
struct FullPassShare: Sendable, Hashable {
  /// Frames after which the share is thought over.
  static let window = 25
  /// Frames of a window that may be missing without a smaller share, of which one is still too many for a larger one.
  static let tolerated = 1
  /// The smallest share.
  static let smallest = 1.0 / 16
  /// The most windows without a missing frame that are waited for before the share grows.
  static let longestPatience = 16
  /// Frames from the start of a scene on that do not count: what is used for the first time takes longer.
  static let grace = 10

  /// 1 while nothing is missing.
  private(set) var share = 1.0
  private var frames = -grace
  private var missing = 0
  private var cleanWindows = 0
  /// Windows without a missing frame before the share grows.
  private var patience = 1
  /// Windows since it grew last; nil where it has not grown since it was halved.
  private var windowsSinceGrowth: Int?

  /// Takes the next frame, before which that many were left out.
  mutating func take(missing count: Int) {
    frames += 1
    if frames <= 0 { return }
    // A long gap is one interruption, not a window of its own.
    missing += min(max(0, count), Self.window)
    if frames >= Self.window { endWindow() }
  }

  /// Frames that were left out between two scenes say nothing.
  mutating func startScene() { (frames, missing) = (-Self.grace, 0) }

  /// Whether a pass of that many milliseconds may start, `seconds` after the one before started.
  func allows(milliseconds: Double, after seconds: Double) -> Bool { share >= 1 || seconds * 1000 * share >= milliseconds }

  private mutating func endWindow() {
    let count = missing
    (frames, missing) = (0, 0)
    windowsSinceGrowth = windowsSinceGrowth.map { $0 + 1 }
    if count > Self.tolerated {
      if let windows = windowsSinceGrowth, windows <= 2 { patience = min(Self.longestPatience, 2 * patience) }
      (share, cleanWindows, windowsSinceGrowth) = (max(Self.smallest, share / 2), 0, nil)
    } else if count == 0 {
      cleanWindows += 1
      if share < 1 {
        if cleanWindows < patience { return }
        (share, cleanWindows, windowsSinceGrowth) = (min(1, 2 * share), 0, 0)
      } else if cleanWindows > patience {
        (patience, cleanWindows) = (max(1, patience / 2), 0)
      }
    } else {
      cleanWindows = 0
    }
  }
}
