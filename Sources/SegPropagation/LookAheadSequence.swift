public import SegBase
public import SegModels
internal import SegMotion
internal import SegSchedule

/// Like `FrameSequence`, but frames wait for the next key of their scene: they get the scores of the keys on both sides, each brought to them along the flow,
/// blended by distance. Frames next to one of the keys get its scores alone: the other key could add little but time.
///
/// The frames before a cut, a seek and the end have a key on one side only. One thread at a time.
public final class LookAheadSequence: LabelSequence {
  /// Frames that wait at most; where keys lie further apart, the first of them get the scores of the key before alone.
  public static let largestDelay = 32

  /// A key whose share of a frame is at most this takes no part in it.
  private static let leastShare: Float = 0.2

  private let settings: SequenceSettings
  private let network: ScoreNetwork
  private let scheduling: FrameScheduling
  private var labels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  private var keyLabels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  /// The scores of the last key, and room for those of the next.
  private var early = ScoreMap()
  private var late = ScoreMap()
  /// The flow from the newest frame to the last key.
  private var flow = FlowChain()
  /// The flow from the frame before the newest one to it.
  private var step = FlowField(size: PixelSize(width: 1, height: 1))
  /// The frames since the last key in order, of which the first `waitingCount` are in use.
  private var waiting: [WaitingFrame] = []
  private var waitingCount = 0

  /// A frame between two keys.
  private final class WaitingFrame {
    var result: FrameResult
    var size: PixelSize
    /// To the key before.
    var toEarly = FlowField(size: PixelSize(width: 1, height: 1))
    /// From the frame before to this one.
    var step = FlowField(size: PixelSize(width: 1, height: 1))
    /// To the key after.
    var toLate = FlowField(size: PixelSize(width: 1, height: 1))

    init(_ result: FrameResult, size: PixelSize) { (self.result, self.size) = (result, size) }
  }

  /// Makes a sequence that has seen no frame; it needs flow.
  /// - Throws: when the network does not give every pixel a class.
  public init(_ model: LoadedModel, settings: SequenceSettings) throws(InputError) {
    precondition(settings.flow != .none, "results from both sides meet along the flow")
    self.settings = settings
    network = try ScoreNetwork(model, settings: settings)
    scheduling = FrameScheduling(settings)
  }

  /// See `LabelSequence`.
  public var largestDelay: Int { Self.largestDelay + 1 }

  /// See `LabelSequence`.
  public func inputSize(for frame: PixelSize) -> PixelSize { network.inputSize(for: frame) }

  /// See `LabelSequence`.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double = 0, isDiscontinuity: Bool = false, codec: CodecMotion? = nil,
    deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void
  ) throws(InputError) {
    let motion = scheduling.motion
    var result = scheduling.next(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity, codec: codec)
    let isKey = result.decision.pass == .full
    let needsFlow = result.continuesScene && (!isKey || settings.fuses || waitingCount > 0)
    if needsFlow {
      motion.needBackward()
      if isKey && settings.fuses { motion.needConsistency() }
      result.warpMilliseconds += ContinuousClock().measure { flow.prepend(motion.backward) } / .milliseconds(1)
    }
    if !result.continuesScene { try deliverFromEarly(deliver) }
    if isKey {
      if needsFlow && settings.fuses {
        try network.run(picture, fusing: early, along: flow.field, where: motion.consistent, age: flow.frames, into: &late, &result)
      } else {
        try network.run(picture, into: &late, &result)
      }
      let started = ContinuousClock.now
      try network.label(&late, size: picture.size, into: &keyLabels)
      result.networkMilliseconds += (ContinuousClock.now - started) / .milliseconds(1)
    }
    result.flowMilliseconds = motion.milliseconds
    scheduling.didFinish(result)
    if isKey {
      if waitingCount > 0 {
        result.warpMilliseconds += ContinuousClock().measure { step.invert(motion.backward) } / .milliseconds(1)
        try deliverBetween(deliver)
      }
      try deliver(result, keyLabels)
      swap(&early, &late)
      flow.restart()
    } else {
      wait(result, picture.size, motion.backward)
      if waitingCount == Self.largestDelay { try deliverFromEarly(deliver) }
    }
  }

  /// See `LabelSequence`.
  public func finish(deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void) throws(InputError) { try deliverFromEarly(deliver) }

  private func wait(_ result: FrameResult, _ size: PixelSize, _ step: borrowing FlowField) {
    if waitingCount == waiting.count { waiting.append(WaitingFrame(result, size: size)) }
    let frame = waiting[waitingCount]
    (frame.result, frame.size) = (result, size)
    frame.result.warpMilliseconds +=
      ContinuousClock().measure {
        frame.toEarly.copyVectors(of: flow.field)
        frame.step.invert(step)
      } / .milliseconds(1)
    waitingCount += 1
  }

  /// Delivers the waiting frames with the scores of the key before them.
  private func deliverFromEarly(_ deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void) throws(InputError) {
    for frame in waiting[..<waitingCount] {
      let started = ContinuousClock.now
      try network.label(early, along: frame.toEarly, size: frame.size, into: &labels)
      frame.result.warpMilliseconds += (ContinuousClock.now - started) / .milliseconds(1)
      try deliver(frame.result, labels)
    }
    waitingCount = 0
  }

  /// Delivers the waiting frames with the scores of both keys; `step` leads from the last of them to the new key.
  private func deliverBetween(_ deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void) throws(InputError) {
    let clock = ContinuousClock()
    for index in (0..<waitingCount).reversed() {
      let frame = waiting[index]
      frame.result.warpMilliseconds +=
        clock.measure {
          if index + 1 == waitingCount {
            frame.toLate.copyVectors(of: step)
          } else {
            frame.toLate.compose(waiting[index + 1].step, then: waiting[index + 1].toLate)
          }
        } / .milliseconds(1)
    }
    // Where the first of a long interval are delivered already, the others keep their distance to the key before.
    let first = flow.frames - waitingCount
    for (index, frame) in waiting[..<waitingCount].enumerated() {
      let started = clock.now
      let share = Float(first + index) / Float(flow.frames)
      if share <= Self.leastShare {
        try network.label(early, along: frame.toEarly, size: frame.size, into: &labels)
      } else if 1 - share <= Self.leastShare {
        try network.label(late, along: frame.toLate, size: frame.size, into: &labels)
      } else {
        try network.label(early, along: frame.toEarly, late, along: frame.toLate, share: share, size: frame.size, into: &labels)
      }
      frame.result.warpMilliseconds += (clock.now - started) / .milliseconds(1)
      try deliver(frame.result, labels)
    }
    waitingCount = 0
  }
}
