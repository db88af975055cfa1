internal import SegBase
internal import SegGraph
internal import SegModels
internal import SegMotion

/// Runs full passes one after the other. One thread at a time.
final class KeyPass {
  private let model: SegmentationModel
  private let blender = ScoreBlender(threads: 1)
  private let fuses: Bool
  /// The scores of the last pass, fused, and its number.
  private var last = ScoreMap()
  private var lastNumber: Int?
  private let clock = ContinuousClock()

  init(_ model: SegmentationModel, fuses: Bool) { (self.model, self.fuses) = (model, fuses && !model.loaded.findsInstances) }

  func run(_ job: borrowing KeyJob, into answer: inout KeyAnswer) {
    let started = clock.now
    (answer.number, answer.frame, answer.failure, answer.fusingMilliseconds) = (job.number, job.frame, nil, nil)
    if job.forgetsTracks { model.forgetTracks() }
    do throws(InputError) {
      if model.loaded.findsInstances {
        try model.segment(job.picture, into: &answer.map, instances: &answer.instances, shown: job.shown)
      } else {
        let shape = try model.scoreShape(for: job.picture.size)
        try model.withScores(of: job.picture) { keep($0, shape, job, in: &answer) }
      }
    } catch {
      answer.failure = error
      lastNumber = nil
    }
    answer.milliseconds = (clock.now - started) / .milliseconds(1) - (answer.fusingMilliseconds ?? 0)
  }

  /// Puts fresh scores into the answer, fused where that is wanted.
  private func keep(_ fresh: UnsafeBufferPointer<Float>, _ shape: FeatureShape, _ job: borrowing KeyJob, in answer: inout KeyAnswer) {
    let started = clock.now
    switch job.fusion {
    case .some(let fusion) where fusion.number == lastNumber && last.shape == shape:
      blender.fuse(fresh, with: last, along: fusion.flow, where: fusion.mask, freshShare: fusion.freshShare, ignoring: nil, into: &answer.scores)
      answer.fusingMilliseconds = 0
    default: blender.keep(fresh, shape: shape, size: job.picture.size, ignoring: nil, into: &answer.scores)
    }
    if fuses {
      last.copyScores(answer.scores.scores, shape: shape)
      lastNumber = job.number
    }
    if answer.fusingMilliseconds != nil { answer.fusingMilliseconds = (clock.now - started) / .milliseconds(1) }
  }
}
