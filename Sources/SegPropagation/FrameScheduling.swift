internal import SegBase
internal import SegMotion
internal import SegSchedule

/// Measures frames one after the other and decides which pass each gets. One thread at a time.
final class FrameScheduling {
  let motion: FrameMotion
  private var scheduler: Scheduler
  /// Whether the flow of every frame is needed, besides what cuts need.
  let usesFlow: Bool
  private let settings: SequenceSettings
  private var frame = 0
  private var pictureSize = PixelSize(width: 0, height: 0)

  /// `between` is what frames between keys get; `usesFlow` whether results are brought forward or fused along the flow.
  init(_ settings: SequenceSettings, between: Pass = .propagate, usesFlow: Bool = true) {
    self.settings = settings
    self.usesFlow = usesFlow && (settings.policy != .every || settings.fuses)
    var schedule = settings.schedule
    schedule.between = between
    switch settings.flow {
    case .inverseSearch: break
    case .none, .codec: schedule.errorModel = settings.flow.errorModel
    }
    scheduler = Scheduler(policy: settings.policy, settings: schedule)
    motion = FrameMotion(source: settings.flow)
  }

  /// Measures the next frame and decides about it.
  func next(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, codec: CodecMotion? = nil
  ) -> FrameResult {
    let isApart = isDiscontinuity || picture.size != pictureSize
    pictureSize = picture.size
    motion.advance(to: picture, codec: codec, restarts: isApart)
    var signals = FrameSignals(frame: frame, time: time, duration: duration)
    signals.isDiscontinuity = isApart && frame > 0
    frame += 1
    if motion.hasPrevious {
      signals.histogramDistance = motion.histogramChange
      signals.meanAbsoluteDifference = motion.meanDifference
      signals.intraShare = motion.intraShare
      if needsFlow { signals.flowMagnitude = motion.meanFlow }
      if needsConsistency(signals) { signals.inconsistentShare = motion.needConsistency() }
    }
    scheduler.didMeasureFlow(milliseconds: motion.milliseconds)
    return FrameResult(signals: signals, decision: scheduler.decide(signals))
  }

  /// Takes what the frame's pass cost without its flow.
  func didFinish(_ result: FrameResult) {
    scheduler.didFinish(result.decision.pass, milliseconds: result.networkMilliseconds + result.warpMilliseconds)
  }

  private var needsFlow: Bool { settings.measuresEverySignal || usesFlow }

  /// The share of inconsistent pixels costs a second flow. It is needed only for cuts that neither histogram nor pixels decide.
  private func needsConsistency(_ signals: FrameSignals) -> Bool {
    if settings.flow == .none { return false }
    if settings.measuresEverySignal { return true }
    let rule = settings.schedule.cutRule
    return (needsFlow || settings.policy != .every) && signals.meanAbsoluteDifference >= rule.meanAbsoluteDifference
      && signals.histogramDistance < rule.histogramDistance
  }
}
