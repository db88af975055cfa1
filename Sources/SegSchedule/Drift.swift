internal import SegBase

/// How far the video has moved on since a frame: the frame-to-frame measures added up, in the ways in which a warped result gets worse.
///
/// Every sum grows with each frame, and is at most as large for a later start: that a larger allowed loss never gives more keys rests on that.
public struct Drift: Sendable, Hashable {
  /// Number of the frame it counts from.
  public let start: Int
  /// Frames since then; dropped ones count.
  public private(set) var frames = 0
  /// Seconds since then, on the video's clock.
  public private(set) var seconds = 0.0
  /// Share of pixels that some step's flow lost: 1 - (1 - s1)(1 - s2)..., as if every step lost its share anywhere alike.
  public private(set) var inconsistentShare = 0.0
  /// Length of the mean motion's path: the sum of the mean flows, in picture widths.
  public private(set) var path = 0.0
  /// Sum of the mean absolute differences from frame to frame.
  public private(set) var difference = 0.0
  private let startSeconds: Double

  /// Starts at a frame.
  public init(startingAt signals: FrameSignals) {
    start = signals.frame
    startSeconds = signals.time.seconds
  }

  /// Adds the frame that follows; its signals must be `bounded`.
  public mutating func add(_ signals: FrameSignals) {
    frames = max(frames, signals.frame - start)
    seconds = max(seconds, signals.time.seconds - startSeconds)
    path += signals.flowMagnitude
    difference += signals.meanAbsoluteDifference
    inconsistentShare = 1 - (1 - inconsistentShare) * (1 - signals.inconsistentShare)
    // The chain's own measure is exact where somebody made it: the same pixels may be lost again and again.
    if let measured = signals.sinceKey, measured.frame == start, let share = measured.inconsistentShare { inconsistentShare = share }
  }
}
