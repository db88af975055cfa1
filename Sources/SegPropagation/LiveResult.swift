public import SegSchedule

/// What became of a frame of a playing video.
public struct LiveResult: Sendable, Hashable {
  /// What the frame got, whether a full pass was started on it, and the age of what is shown.
  public var decision: Decision
  /// Milliseconds of the signals and the flow.
  public var flowMilliseconds = 0.0
  /// Milliseconds of bringing the last result forward, or of waiting for a full pass on this frame.
  public var passMilliseconds = 0.0
  /// Milliseconds of the full pass that ended since the frame before; nil where none did.
  public var fullMilliseconds: Double?

  /// Makes the result of a frame whose work was not timed.
  public init(decision: Decision) { self.decision = decision }
}
