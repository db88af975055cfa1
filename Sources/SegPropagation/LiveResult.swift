public import SegSchedule

/// What became of a frame of a playing video.
public struct LiveResult: Sendable, Hashable {
  /// What was measured before the decision.
  public var signals: FrameSignals
  /// What the frame got, whether a full pass was started on it, and the age of what is shown.
  public var decision: Decision
  /// Milliseconds of the signals and the flow.
  public var flowMilliseconds = 0.0
  /// Milliseconds of bringing the last result forward, or of waiting for a full pass on this frame.
  public var passMilliseconds = 0.0
  /// Milliseconds of the full pass that ended since the frame before, fusing not included; nil where none did.
  public var fullMilliseconds: Double?
  /// Whether that pass was fused with what was known before.
  public var isFused = false

  /// Makes the result of a frame whose work was not timed.
  public init(signals: FrameSignals, decision: Decision) { (self.signals, self.decision) = (signals, decision) }

  /// The frame as a line of a recording. The time of a full pass in the background is that of the frame on which it ended.
  public var recorded: RecordedFrame {
    var frame = RecordedFrame(signals: signals, decision: decision)
    frame.milliseconds[.full] = fullMilliseconds
    if decision.pass != .hold { frame.milliseconds[decision.pass] = passMilliseconds }
    frame.flowMilliseconds = flowMilliseconds
    return frame
  }
}
