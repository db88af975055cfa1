/// What the scheduler decided about a frame.
public struct Decision: Sendable, Hashable {
  /// The pass the frame gets before it is shown.
  public var pass: Pass
  /// Why the frame is a keyframe; nil when it is not.
  public var keyReason: KeyReason?
  /// Whether a full pass on this frame starts in the background. Its late result is brought forward along the flows of the frames that pass meanwhile.
  public var startsBackgroundPass = false
  /// Whether no result belongs to this frame's scene, so that nothing is drawn until a full pass has ended.
  public var isBlank = false
  /// Frames since the key whose result is shown; 0 for a full pass, nil when nothing is shown.
  public var age: Int?
  /// Predicted loss of what is shown against a full pass, in points of mean IoU (1 point is 0.01).
  public var predictedLoss = 0.0
  /// Milliseconds that the work before the frame is shown is expected to take, flow included; 0 for a full pass that was never measured.
  public var plannedMilliseconds = 0.0

  /// Makes a decision for a pass that is no keyframe's.
  public init(pass: Pass, age: Int? = nil) {
    self.pass = pass
    self.age = age
  }

  /// A full pass before the frame is shown.
  public static func full(_ reason: KeyReason) -> Decision {
    var decision = Decision(pass: .full, age: 0)
    decision.keyReason = reason
    return decision
  }

  /// Whether the frame is a keyframe: it gets a full pass, at once or in the background.
  public var isKey: Bool { keyReason != nil }
}
