public import SegBase
public import SegModels
internal import SegMotion
internal import SegSchedule

/// A network on the frames of a video in order: full passes where the policy wants them; in between partial passes, or their scores brought forward along the
/// flow.
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
  private var flow = FlowChain()

  /// Makes a sequence that has seen no frame.
  /// - Throws: when the network does not give every pixel a class, or has no passes as the settings want them.
  public init(_ model: LoadedModel, settings: SequenceSettings) throws(InputError) {
    self.settings = settings
    let between = try settings.passBetween(model)
    network = try ScoreNetwork(model, settings: settings, keepsFeatures: between == .partial)
    scheduling = FrameScheduling(settings, between: between)
  }

  /// The size frames of that size must be resized to.
  public func inputSize(for frame: PixelSize) -> PixelSize { network.inputSize(for: frame) }

  /// Works on the next frame; `labels` are then its. For the parameters and errors see `LabelSequence`.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double = 0, isDiscontinuity: Bool = false, codec: CodecMotion? = nil
  ) throws(InputError) -> FrameResult {
    let motion = scheduling.motion
    var result = scheduling.next(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity, codec: codec)
    let pass = result.decision.pass
    let isLook = pass == .full || pass == .partial
    let follows = result.continuesScene && settings.flow != .none && (pass != .full || settings.fuses)
    if follows {
      motion.needBackward()
      if isLook && settings.fuses { motion.needConsistency() }
      let prepending = ContinuousClock().measure { flow.prepend(motion.backward) }
      result.warpMilliseconds += prepending / .milliseconds(1)
    }
    switch (pass, follows && settings.fuses) {
    case (.full, true): try network.run(picture, fusing: key, along: flow.field, where: motion.consistent, age: flow.frames, into: &spare, &result)
    case (.full, false): try network.run(picture, into: &spare, &result)
    case (.partial, true): try network.runPartial(picture, fusing: key, along: flow, where: motion.consistent, into: &spare, &result)
    case (.partial, false): try network.runPartial(picture, along: flow, into: &spare, &result)
    case (.propagate, _), (.hold, _): break
    }
    let started = ContinuousClock.now
    if isLook {
      try network.label(&spare, size: picture.size, into: &labels)
    } else if follows {
      try network.label(key, along: flow.field, size: picture.size, into: &labels)
    }
    let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
    if isLook { result.networkMilliseconds += milliseconds } else { result.warpMilliseconds += milliseconds }
    result.flowMilliseconds = motion.milliseconds
    if pass == .full {
      // The scores of a partial pass are its frame's alone: those of keys, brought forward further, are nearer to the truth.
      swap(&key, &spare)
      flow.restart()
    }
    scheduling.didFinish(result)
    return result
  }
}

extension FrameSequence: LabelSequence {
  /// See `LabelSequence`.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, codec: CodecMotion?,
    deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void
  ) throws(InputError) {
    let result: FrameResult = try process(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity, codec: codec)
    try deliver(result, labels)
  }
}
