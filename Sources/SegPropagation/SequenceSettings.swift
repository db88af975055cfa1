public import SegSchedule

/// How a video's frames are worked on in order.
public struct SequenceSettings: Sendable {
  /// Which frames get a full pass.
  public var policy: SchedulePolicy
  /// Limits of the policy.
  public var schedule = ScheduleSettings()
  /// Where the flow comes from.
  public var flow = FlowSource.dense
  /// What frames between keys get.
  public var between = BetweenKeys.auto
  /// Whether the network must bring its features forward with a flow network of its own.
  public var usesOwnFlow = false
  /// Whether scores of a full pass are blended with those brought forward from before, where the flow is consistent.
  public var fuses = true
  /// Share of the new scores where they are blended with those of the frame before, 0...1.
  public var freshShare: Float = 0.35
  /// Share of a partial pass's scores where they are blended with those of the key, 0...1.
  public var partialShare: Float = 0.15
  /// What the share of old scores is multiplied with for each further frame they were brought forward, 0...1.
  public var fading: Float = 0.9
  /// Whether frames wait for the next key of their scene (`LookAheadSequence`); needs flow.
  public var looksAhead = false
  /// Whether all signals are measured on every frame, also those that neither the policy nor fusing needs.
  public var measuresEverySignal = false
  /// A class that is never chosen for a pixel.
  public var ignoredClass: Int?
  /// Threads the network may use, at least 1.
  public var threads = 1

  /// Share of the new scores where the old ones are `age` frames from their key.
  func freshShare(at age: Int) -> Float {
    var old = 1 - freshShare
    for _ in 1..<max(2, min(age, 64)) { old *= age > 1 ? fading : 1 }
    return 1 - old
  }

  /// Makes settings with everything at its default; `policy` is any but `realtime`, for which nobody waits.
  public init(policy: SchedulePolicy = .every) {
    precondition(policy != .realtime, "frames are waited for")
    self.policy = policy
  }
}
