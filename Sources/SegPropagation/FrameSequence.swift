public import SegBase
internal import SegGraph
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

  private let model: SegmentationModel
  private let scheduling: FrameScheduling
  private let blender: ScoreBlender
  /// The scores of the last key, fused, and a map to make others in.
  private var key = ScoreMap()
  private var spare = ScoreMap()
  private var hasKey = false
  /// The flow from the newest frame to the last key.
  private var flow = FlowField(size: PixelSize(width: 1, height: 1))
  private var spareFlow = FlowField(size: PixelSize(width: 1, height: 1))
  private var framesSinceKey = 0

  /// Makes a sequence that has seen no frame.
  /// - Throws: when the network does not give every pixel a class.
  public init(_ model: LoadedModel, settings: SequenceSettings) throws(InputError) {
    if model.findsInstances { throw InputError("\(model.name) finds instances, which are not brought forward yet", advice: "leave --schedule out") }
    self.settings = settings
    self.model = SegmentationModel(model, threads: settings.threads)
    scheduling = FrameScheduling(settings)
    blender = ScoreBlender(threads: settings.threads)
  }

  /// The size frames of that size must be resized to.
  public func inputSize(for frame: PixelSize) -> PixelSize { model.inputSize(for: frame) }

  /// Works on the next frame; `labels` are then its.
  ///
  /// - Parameters:
  ///   - picture: RGB of a size `inputSize(for:)` gave.
  ///   - time: its presentation time.
  ///   - duration: seconds until the next frame; 0 where they are not known.
  ///   - isDiscontinuity: whether it does not follow the frame before: a seek. Another size is one by itself.
  /// - Throws: when the size does not suit the network.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double = 0, isDiscontinuity: Bool = false
  ) throws(InputError) -> FrameResult {
    let shape = try model.scoreShape(for: picture.size)
    var result = scheduling.next(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity)
    let isContinued = hasKey && key.shape == shape && result.decision.keyReason.map { ![.first, .discontinuity, .cut, .drift].contains($0) } ?? true
    let needsFlow = isContinued && settings.flow != .none && (result.decision.pass != .full || settings.fuses)
    if needsFlow { scheduling.motion.needBackward() }
    let clock = ContinuousClock()
    var warping = Duration.zero
    if needsFlow { warping += clock.measure { prependFlow() } }
    if result.decision.pass == .full {
      let fuses = needsFlow && settings.fuses
      if fuses { scheduling.motion.needConsistency() }
      let started = clock.now
      let inside = try model.withScores(of: picture) { scores in clock.measure { keep(scores, shape, fuses: fuses) } }
      result.networkMilliseconds = (clock.now - started - inside) / .milliseconds(1)
      warping += inside
      let labelling = clock.now
      if key.size == picture.size {
        blender.label(key, ignoring: settings.ignoredClass, into: &labels)
      } else {
        try model.makeLabels(from: key.scores, size: picture.size, ignoring: settings.ignoredClass, into: &labels)
      }
      result.networkMilliseconds += (clock.now - labelling) / .milliseconds(1)
    } else if settings.flow != .none {
      // Without flow the labels stay as they are.
      let started = clock.now
      if key.size == picture.size {
        blender.label(key, along: flow, ignoring: settings.ignoredClass, into: &labels)
      } else {
        blender.warp(key, along: flow, into: &spare)
        try model.makeLabels(from: spare.scores, size: picture.size, ignoring: settings.ignoredClass, into: &labels)
      }
      warping += clock.now - started
    }
    result.warpMilliseconds = warping / .milliseconds(1)
    result.flowMilliseconds = scheduling.motion.milliseconds
    scheduling.didFinish(result)
    return result
  }

  /// Makes new scores those of the last key, blended with what was brought forward.
  private func keep(_ scores: UnsafeBufferPointer<Float>, _ shape: FeatureShape, fuses: Bool) {
    if fuses {
      blender.fuse(scores, with: key, along: flow, where: scheduling.motion.consistent, freshShare: settings.freshShare(at: framesSinceKey), into: &spare)
      swap(&key, &spare)
    } else {
      key.copyScores(scores, shape: shape)
    }
    hasKey = true
    framesSinceKey = 0
  }

  /// Lengthens the flow to the last key by the newest frame's.
  private func prependFlow() {
    if framesSinceKey == 0 {
      flow.copyVectors(of: scheduling.motion.backward)
    } else {
      flow.prepend(scheduling.motion.backward, scratch: &spareFlow)
    }
    framesSinceKey += 1
  }
}
