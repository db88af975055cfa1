internal import SegBase
internal import SegGraph
internal import SegModels
internal import SegMotion

/// A network whose class scores are kept, fused, brought forward and made into labels. One thread at a time.
final class ScoreNetwork {
  private let model: SegmentationModel
  private let blender: ScoreBlender
  private let settings: SequenceSettings
  private let features = FeatureWarp()
  private var room = ScoreMap()
  private let clock = ContinuousClock()

  /// With `keepsFeatures` there are partial passes. Throws when the network does not give every pixel a class.
  init(_ model: LoadedModel, settings: SequenceSettings, keepsFeatures: Bool = false) throws(InputError) {
    if model.findsInstances { throw InputError("\(model.name) finds instances and has no class scores for every pixel") }
    self.settings = settings
    self.model = SegmentationModel(model, threads: settings.threads, keepsFeatures: keepsFeatures)
    blender = ScoreBlender(threads: settings.threads)
  }

  func inputSize(for frame: PixelSize) -> PixelSize { model.inputSize(for: frame) }

  /// Shape of the scores of pictures of that size. Throws when it does not suit the network.
  func shape(for size: PixelSize) throws(InputError) -> FeatureShape { try model.scoreShape(for: size) }

  /// `scores` become those of a picture; the times go into `result`.
  func run(_ picture: borrowing PixelImage, into scores: inout ScoreMap, _ result: inout FrameResult) throws(InputError) {
    let shape = try shape(for: picture.size)
    try run(picture, &result) { blender.keep($0, shape: shape, size: picture.size, ignoring: settings.ignoredClass, into: &scores) }
  }

  /// Like it, blended with the scores `old` of a frame to which `flow` leads, `age` frames before, where `mask` is not zero.
  func run(
    _ picture: borrowing PixelImage, fusing old: borrowing ScoreMap, along flow: borrowing FlowField, where mask: borrowing PixelImage, age: Int,
    into scores: inout ScoreMap, _ result: inout FrameResult
  ) throws(InputError) {
    let (share, ignored) = (settings.freshShare(at: age), settings.ignoredClass)
    try run(picture, &result) { blender.fuse($0, with: old, along: flow, where: mask, freshShare: share, ignoring: ignored, into: &scores) }
  }

  private func run(_ picture: borrowing PixelImage, _ result: inout FrameResult, _ keep: (UnsafeBufferPointer<Float>) -> Void) throws(InputError) {
    let started = clock.now
    let keeping = try model.withScores(of: picture) { scores in clock.measure { keep(scores) } }
    result.networkMilliseconds += (clock.now - started - keeping) / .milliseconds(1)
    result.warpMilliseconds += keeping / .milliseconds(1)
  }

  /// `scores` become those of a picture by a partial pass with the deep features of the last picture that got a full one, to which `flow` leads.
  func runPartial(
    _ picture: borrowing PixelImage, along flow: borrowing FlowChain, into scores: inout ScoreMap, _ result: inout FrameResult
  ) throws(InputError) {
    let shape = try shape(for: picture.size)
    try runPartial(picture, flow, &result) { blender.keep($0, shape: shape, size: picture.size, ignoring: settings.ignoredClass, into: &scores) }
  }

  /// Like it, blended with that picture's scores `old` where `mask` is not zero.
  func runPartial(
    _ picture: borrowing PixelImage, fusing old: borrowing ScoreMap, along flow: borrowing FlowChain, where mask: borrowing PixelImage,
    into scores: inout ScoreMap, _ result: inout FrameResult
  ) throws(InputError) {
    try runPartial(picture, flow, &result) {
      blender.fuse($0, with: old, along: flow.field, where: mask, freshShare: settings.partialShare, ignoring: settings.ignoredClass, into: &scores)
    }
  }

  private func runPartial(
    _ picture: borrowing PixelImage, _ flow: borrowing FlowChain, _ result: inout FrameResult, _ keep: (UnsafeBufferPointer<Float>) -> Void
  ) throws(InputError) {
    let started = clock.now
    var moving = Duration.zero
    try model.withPartialScores(of: picture, carrying: { map, output in moving += clock.measure { features.carry(map, along: flow, into: output) } }) {
      scores in moving += clock.measure { keep(scores) }
    }
    result.networkMilliseconds += (clock.now - started - moving) / .milliseconds(1)
    result.warpMilliseconds += moving / .milliseconds(1)
  }

  /// Labels of `size` from scores, which know them already where they have that size.
  func label(_ scores: inout ScoreMap, size: PixelSize, into labels: inout PixelImage) throws(InputError) {
    if scores.size == size {
      blender.label(&scores, ignoring: settings.ignoredClass, into: &labels)
    } else {
      try model.makeLabels(from: scores.scores, size: size, ignoring: settings.ignoredClass, into: &labels)
    }
  }

  /// Labels of `size` from scores sampled along `flow`.
  func label(_ scores: borrowing ScoreMap, along flow: borrowing FlowField, size: PixelSize, into labels: inout PixelImage) throws(InputError) {
    if scores.size == size {
      blender.label(scores, along: flow, ignoring: settings.ignoredClass, into: &labels)
    } else {
      blender.warp(scores, along: flow, into: &room)
      try model.makeLabels(from: room.scores, size: size, ignoring: settings.ignoredClass, into: &labels)
    }
  }

  /// Labels of `size` from (1 - share) * `early` along `toEarly` + share * `late` along `toLate`.
  func label(
    _ early: borrowing ScoreMap, along toEarly: borrowing FlowField, _ late: borrowing ScoreMap, along toLate: borrowing FlowField, share: Float,
    size: PixelSize, into labels: inout PixelImage
  ) throws(InputError) {
    if early.size == size {
      blender.label(early, along: toEarly, late, along: toLate, share: share, ignoring: settings.ignoredClass, into: &labels)
    } else {
      blender.blend(early, along: toEarly, late, along: toLate, share: share, into: &room)
      try model.makeLabels(from: room.scores, size: size, ignoring: settings.ignoredClass, into: &labels)
    }
  }
}
