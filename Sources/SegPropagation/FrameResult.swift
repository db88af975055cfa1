internal import SegBase
public import SegSchedule

/// What became of a frame, and what it took.
public struct FrameResult: Sendable, Hashable {
  /// What was measured before the decision.
  public var signals: FrameSignals
  /// The pass, why the frame is a key where it is one, the age of its result and the loss that is predicted for it.
  public var decision: Decision
  /// Milliseconds of the network, class scores to labels included on full passes; 0 where it did not run.
  public var networkMilliseconds = 0.0
  /// Milliseconds of the signals and the flow.
  public var flowMilliseconds = 0.0
  /// Milliseconds of bringing scores forward, fusing them and making labels of them.
  public var warpMilliseconds = 0.0

  /// Makes the result of a frame whose work was not timed.
  public init(signals: FrameSignals, decision: Decision) { (self.signals, self.decision) = (signals, decision) }

  /// All of the frame's milliseconds.
  public var milliseconds: Double { networkMilliseconds + flowMilliseconds + warpMilliseconds }

  /// The frame as a line of a recording.
  public var recorded: RecordedFrame {
    var frame = RecordedFrame(signals: signals, decision: decision)
    frame.milliseconds = [decision.pass: networkMilliseconds + warpMilliseconds]
    frame.flowMilliseconds = flowMilliseconds
    return frame
  }
}

extension FrameResult {
  /// Whether results of the frames before belong to the same scene as this one.
  var continuesScene: Bool { decision.continuesScene }
}

extension LiveResult {
  /// Whether results of the frames before belong to the same scene as this one.
  var continuesScene: Bool { decision.continuesScene }
}

extension Decision {
  /// Whether results of the frames before belong to the same scene as the frame.
  fileprivate var continuesScene: Bool {
    switch keyReason {
    case .first, .discontinuity, .cut, .drift: false
    default: true
    }
  }
}
