public import SegBase
public import SegModels
internal import SegMotion
internal import SegSchedule

/// A network on the frames of a video in order: full passes where the policy wants them, in between their scores brought forward along the flow.
///
/// For networks that give every pixel a class, where frames may be waited for. It owns buffers that every frame writes; one thread at a time.
public final class FrameSequence {
  /// How frames are worked on.
  public let settings: SequenceSettings
  /// The newest frame's labels: one class index a pixel, of the picture's size.
  public private(set) var labels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)

  private let network: ScoreNetwork
  private let scheduling: FrameScheduling
  /// The scores of the last key, fused, and a map to make others in.
  private var key = ScoreMap()
  private var spare = ScoreMap()
  /// The flow from the newest frame to the last key.
  private var flow = FlowField(size: PixelSize(width: 1, height: 1))
  private var spareFlow = FlowField(size: PixelSize(width: 1, height: 1))
  private var framesSinceKey = 0

  /// Makes a sequence that has seen no frame.
  /// - Throws: when the network does not give every pixel a class.
  public init(_ model: LoadedModel, settings: SequenceSettings) throws(InputError) {
    self.settings = settings
    network = try ScoreNetwork(model, settings: settings)
    scheduling = FrameScheduling(settings)
  }

  /// The size frames of that size must be resized to.
  public func inputSize(for frame: PixelSize) -> PixelSize { network.inputSize(for: frame) }

  /// Works on the next frame; `labels` are then its. For the parameters and errors see `LabelSequence`.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double = 0, isDiscontinuity: Bool = false
  ) throws(InputError) -> FrameResult {
    let motion = scheduling.motion
    var result = scheduling.next(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity)
    let isKey = result.decision.pass == .full
    let followsKey = result.continuesScene && settings.flow != .none && (!isKey || settings.fuses)
    if followsKey {
      motion.needBackward()
      if isKey { motion.needConsistency() }
      result.warpMilliseconds += ContinuousClock().measure { prependFlow(motion.backward) } / .milliseconds(1)
    }
    if isKey {
      if followsKey {
        try network.run(picture, fusing: key, along: flow, where: motion.consistent, age: framesSinceKey, into: &spare, &result)
        swap(&key, &spare)
      } else {
        try network.run(picture, into: &key, &result)
      }
      framesSinceKey = 0
    }
    let started = ContinuousClock.now
    if isKey {
      try network.label(&key, size: picture.size, into: &labels)
    } else if followsKey {
      try network.label(key, along: flow, size: picture.size, into: &labels)
    }
    let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
    if isKey { result.networkMilliseconds += milliseconds } else { result.warpMilliseconds += milliseconds }
    result.flowMilliseconds = motion.milliseconds
    scheduling.didFinish(result)
    return result
  }

  /// Lengthens the flow to the last key by the newest frame's.
  private func prependFlow(_ step: borrowing FlowField) {
    if framesSinceKey == 0 {
      flow.copyVectors(of: step)
    } else {
      flow.prepend(step, scratch: &spareFlow)
    }
    framesSinceKey += 1
  }
}

extension FrameSequence: LabelSequence {
  /// See `LabelSequence`.
  public var largestDelay: Int { 1 }

  /// See `LabelSequence`.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool,
    deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void
  ) throws(InputError) {
    let result: FrameResult = try process(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity)
    try deliver(result, labels)
  }

  /// See `LabelSequence`.
  public func finish(deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void) throws(InputError) {}
}
