/// Decides for each frame which pass it gets. A pure value: signals in, decision out; it has no clock and starts no work.
///
/// For each frame, in order of presentation: measure its signals, call `decide`, do what it says, and call `didFinish` with what it cost. Frames that were
/// dropped are simply left out. The rules and the invariants are in Documentation/SCHEDULING.md.
public struct Scheduler: Sendable, Hashable {
  /// How keys are chosen; may change from frame to frame.
  public var policy: SchedulePolicy
  /// Limits, machine and models; may change from frame to frame.
  public var settings: ScheduleSettings
  /// What passes cost, as measured so far.
  public internal(set) var costs: PassCosts

  /// What has passed since the key whose result is brought forward; nil where there is none of this scene.
  var key: Drift?
  /// What has passed since the last full or partial pass.
  var fresh: Drift?
  /// The full pass that runs in the background.
  var background: BackgroundPass?
  /// Why the next background pass is wanted, when it is not just for having the core free.
  var wanted: KeyReason?
  /// The pass of the frame before.
  var lastPass: Pass?
  /// How much of the time full passes may take under `realtime`.
  var fullPassShare = FullPassShare()
  /// The number of the frame of the last full pass under `realtime`.
  var lastFullStart: Int?
  /// The last valid duration of a frame in seconds.
  var duration = 0.04
  private var lastFrame: Int?

  /// A full pass that runs in the background.
  struct BackgroundPass: Sendable, Hashable {
    /// What has passed since its frame.
    var drift: Drift
    /// Whether its frame belongs to another scene than the current one.
    var isStale = false
  }

  /// Makes a scheduler that has seen no frame; `costs` may be known from before.
  public init(policy: SchedulePolicy, settings: ScheduleSettings = ScheduleSettings(), costs: PassCosts = PassCosts()) {
    self.policy = policy
    self.settings = settings
    self.costs = costs
  }

  /// Decides about the next frame.
  public mutating func decide(_ signals: FrameSignals) -> Decision {
    let signals = signals.bounded
    costs.passFrame()
    if signals.duration > 0 { duration = signals.duration }
    let start = sceneStart(signals)
    let missing = start == nil ? signals.frame - (lastFrame ?? signals.frame) - 1 : 0
    lastFrame = signals.frame
    if start != nil {
      key = nil
      fresh = nil
      background?.isStale = true
    }
    key?.add(signals)
    fresh?.add(signals)
    background?.drift.add(signals)
    var decision = policy == .realtime ? decideRealtime(signals, start: start, missing: missing) : decideInOrder(signals, start: start)
    if decision.pass == .full {
      key = Drift(startingAt: signals)
      wanted = nil
    }
    if decision.pass == .full || decision.pass == .partial { fresh = Drift(startingAt: signals) }
    decision.plannedMilliseconds = costs.plausibleMilliseconds(of: decision.pass) ?? 0
    lastPass = decision.pass
    decision.age = decision.isBlank ? nil : key?.frames
    decision.predictedLoss = key.map { settings.errorModel.loss(after: $0) } ?? 0
    return decision
  }

  /// Takes the measured time of a pass, flow not included, once it has ended.
  ///
  /// - Parameter inBackground: Whether it is the full pass that `startsBackgroundPass` asked for.
  /// - Returns: Whether its result is to be used: a background pass from before a cut, or older than the key at hand, came too late.
  @discardableResult
  public mutating func didFinish(_ pass: Pass, milliseconds: Double, inBackground: Bool = false) -> Bool {
    costs.record(pass, milliseconds: milliseconds)
    guard inBackground else { return true }
    guard let finished = background else { return false }
    background = nil
    if finished.isStale { return false }
    if let key, key.start >= finished.drift.start { return false }
    key = finished.drift
    fresh = finished.drift
    return true
  }

  /// Takes the measured time of a frame's optical flow.
  public mutating func didMeasureFlow(milliseconds: Double) { costs.recordFlow(milliseconds: milliseconds) }

  /// Notes that the background pass was given up and gives no result.
  public mutating func didAbandonBackgroundPass() { background = nil }

  /// Forgets costs that depend on the network; another model comes with it, so the next frame should be a discontinuity.
  public mutating func forgetPassCosts() { costs.forgetPasses() }

  /// Whether a full pass runs in the background.
  public var isBackgroundPassRunning: Bool { background != nil }

  /// Why a scene starts at this frame; nil when it goes on.
  private func sceneStart(_ signals: FrameSignals) -> KeyReason? {
    guard let lastFrame else { return .first }
    if signals.isDiscontinuity || signals.frame <= lastFrame { return .discontinuity }
    return settings.cutRule.isCut(signals) ? .cut : nil
  }

  /// The policies that wait for each frame's own pass.
  private func decideInOrder(_ signals: FrameSignals, start: KeyReason?) -> Decision {
    guard let key else { return .full(start ?? .first) }
    if let reason = dueReason(signals, since: key) { return .full(reason) }
    return Decision(pass: passBetween())
  }

  /// Why a frame within a scene is a key; nil when it is none.
  private func dueReason(_ signals: FrameSignals, since key: Drift) -> KeyReason? {
    switch policy.bounded {
    case .every, .realtime: return .every
    case .fixed(let interval): return key.frames >= interval ? .interval : nil
    case .adaptive(let points):
      if key.frames < settings.minimumInterval { return nil }
      if settings.cutRule.hasDrifted(signals, from: key) { return .drift }
      // A convex loss that starts at zero is on average at most half its last value.
      if settings.errorModel.loss(after: key) > 2 * points { return .predictedError }
      return key.frames >= settings.maximumInterval ? .interval : nil
    }
  }

  /// What a frame that is no key gets: under `adaptive` a partial pass is kept for when the target's loss has gathered since the last look at a frame.
  private func passBetween() -> Pass {
    guard settings.between == .partial, case .adaptive(let points) = policy.bounded, let fresh else { return settings.between }
    return settings.errorModel.loss(after: fresh) > points ? .partial : .propagate
  }
}
