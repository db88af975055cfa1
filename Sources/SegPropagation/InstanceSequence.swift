public import SegBase
public import SegModels
internal import SegMotion
internal import SegSchedule

/// A network that finds instances on the frames of a video in order: full passes where the policy wants them; in between partial passes, which detect anew, or
/// the index map and the boxes brought forward along the flow.
///
/// For frames that may be waited for. It owns buffers that every frame writes; one thread at a time.
public final class InstanceSequence {
  /// How frames are worked on; nothing is fused.
  public let settings: SequenceSettings
  /// The size at which masks are wanted from the next full or partial pass on; nil: that of the picture.
  public var shown: PixelSize?
  /// The newest frame's index map: 0 for none and k for `instances[k - 1]`.
  public private(set) var labels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  /// The newest frame's instances, the best first.
  public private(set) var instances: [DetectedInstance] = []

  private let model: SegmentationModel
  private let scheduling: FrameScheduling
  /// Whether partial passes are given deep features along the flow.
  private let carriesFeatures: Bool
  private let features = FeatureWarp()
  private let warp = InstanceWarp()
  /// What the last full or partial pass found.
  private var found: [DetectedInstance] = []
  private var foundMap = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  private var framesSinceFound = 0
  /// The flow from the newest frame to that of the last full or partial pass.
  private var flow = FlowChain()
  /// The flow from the newest frame to the last key, where features are carried along it.
  private var keyFlow = FlowChain()

  /// Makes a sequence that has seen no frame.
  /// - Throws: when the network gives every pixel a class, or has no passes as the settings want them.
  public init(_ model: LoadedModel, settings: SequenceSettings, shown: PixelSize? = nil) throws(InputError) {
    if !model.findsInstances { throw InputError("\(model.name) gives every pixel a class and finds no instances") }
    var settings = settings
    settings.fuses = false
    let between = try settings.passBetween(model)
    let movesItself = between == .partial && model.hasOwnFlow
    (self.settings, self.shown) = (settings, shown)
    self.model = SegmentationModel(model, threads: settings.threads, keepsFeatures: between == .partial)
    carriesFeatures = between == .partial && !movesItself
    let usesFlow = if case .fixed = settings.policy { !movesItself } else { settings.policy != .every }
    scheduling = FrameScheduling(settings, between: between, usesFlow: usesFlow)
  }

  /// Works on the next frame; `labels` and `instances` are then its. For the parameters and errors see `LabelSequence`.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double = 0, isDiscontinuity: Bool = false, codec: CodecMotion? = nil
  ) throws(InputError) -> FrameResult {
    let clock = ContinuousClock()
    let motion = scheduling.motion
    var result = scheduling.next(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity, codec: codec)
    let pass = result.decision.pass
    framesSinceFound += 1
    if pass != .full, settings.flow != .none, scheduling.usesFlow {
      motion.needBackward()
      let prepending = clock.measure {
        flow.prepend(motion.backward)
        if carriesFeatures { keyFlow.prepend(motion.backward) }
      }
      result.warpMilliseconds += prepending / .milliseconds(1)
    }
    if pass == .full || pass == .partial {
      try look(picture, &result)
    } else if flow.frames > 0 {
      let bringing = clock.measure { instances = warp.bring(found, map: foundMap, along: flow.field, into: &labels) }
      result.warpMilliseconds += bringing / .milliseconds(1)
    }
    result.flowMilliseconds = motion.milliseconds
    scheduling.didFinish(result)
    return result
  }

  /// Runs the network on a frame, whole or in part.
  private func look(_ picture: borrowing PixelImage, _ result: inout FrameResult) throws(InputError) {
    let clock = ContinuousClock()
    let started = clock.now
    var moving = Duration.zero
    if result.decision.pass == .full {
      if result.decision.keyReason == .discontinuity || result.decision.keyReason == .cut { model.forgetTracks() }
      try model.segment(picture, into: &foundMap, instances: &found, shown: shown, frames: framesSinceFound)
      keyFlow.restart()
    } else {
      try model.segmentPartially(
        picture, carrying: { map, output in moving += clock.measure { features.carry(map, along: keyFlow, into: output) } }, into: &foundMap, instances: &found,
        shown: shown, frames: framesSinceFound)
    }
    framesSinceFound = 0
    flow.restart()
    labels.copyPixels(of: foundMap)
    instances = found
    result.networkMilliseconds += (clock.now - started - moving) / .milliseconds(1)
    result.warpMilliseconds += moving / .milliseconds(1)
  }
}

extension InstanceSequence: LabelSequence {
  /// See `LabelSequence`.
  public func inputSize(for frame: PixelSize) -> PixelSize { model.inputSize(for: frame) }

  /// See `LabelSequence`.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, codec: CodecMotion?,
    deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void
  ) throws(InputError) {
    let result: FrameResult = try process(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity, codec: codec)
    try deliver(result, labels)
  }
}
