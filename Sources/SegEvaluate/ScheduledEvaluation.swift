public import SegBase
internal import SegModels
public import SegPropagation
public import SegSchedule

/// Compares the label maps of a schedule with true ones: frames in order, one after the other.
public struct ScheduledEvaluation: Sendable {
  /// What to evaluate: the network, a video, its labels.
  public var evaluation: Evaluation
  /// How its frames are worked on.
  public var settings: SequenceSettings

  /// Makes an evaluation with the ignored label, the limit and the threads of `evaluation`; there the threads are those of one network.
  public init(_ evaluation: Evaluation, settings: SequenceSettings) {
    (self.evaluation, self.settings) = (evaluation, settings)
    self.settings.ignoredClass = evaluation.ignoredLabel
    self.settings.threads = evaluation.threads
  }

  /// Runs the evaluation. `progress` and `record` are called on the calling thread after each frame, `notify` with what the user should know.
  /// - Throws: when frames or labels cannot be read, their numbers differ, or the network does not give every pixel a class.
  public func run(
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }, notify: (String) -> Void = { _ in },
    record: (RecordedFrame) throws(InputError) -> Void = { _ in }
  ) throws(InputError) -> EvaluationReport {
    try evaluation.checkNetwork()
    let sequence = try settings.sequence(evaluation.model)
    let frames = try LabelledFrames(
      frames: evaluation.frames, labels: evaluation.labels, model: evaluation.model, frameLimit: evaluation.frameLimit,
      readsVectors: settings.flow.needsMotionVectors)
    defer { frames.stop() }
    let waiting = BoundedQueue<LabelledFrames.Item>(capacity: sequence.largestDelay + 1)
    let tally = ScheduleTally(classCount: evaluation.model.classes.count, ignoredLabel: evaluation.ignoredLabel)
    func take(_ result: FrameResult, _ labels: borrowing PixelImage) throws(InputError) {
      guard case .pair(let picture, let truth, _, let scaling) = waiting.tryNext() else { return }
      tally.add(result, picture: picture, labels: labels, truth: truth, scaling: scaling)
      try record(result.recorded)
      progress(tally.statistics.frames, frames.count)
    }
    while let item = frames.queue.next() {
      switch consume item {
      case .failure(let error): throw error
      case .notice(let text): notify(text)
      case .pair(let picture, let truth, let timing, let scaling):
        // The picture waits with its labels for the result; the sequence has made what it needs of it by then.
        let input = picture.copy()
        waiting.append(.pair(picture: picture, truth: truth, timing: timing, milliseconds: scaling))
        try sequence.process(input, at: timing.time, duration: timing.duration, isDiscontinuity: false, codec: timing.codec, deliver: take)
      }
    }
    try sequence.finish(deliver: take)
    return tally.report(evaluation.model, settings: settings)
  }
}
