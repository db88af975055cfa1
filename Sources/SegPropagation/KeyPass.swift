internal import SegBase
internal import SegGraph
internal import SegModels
internal import SegMotion

/// A full pass on its way to the thread that runs it.
struct KeyJob: ~Copyable, Sendable {
  /// RGB of the network's input size.
  let picture: PixelImage
  /// The size at which masks of instances are wanted.
  let shown: PixelSize?
  /// Which pass it is.
  let number: Int
  /// Number of its frame.
  let frame: Int
  /// Whether objects are not those of the pass before.
  let forgetsTracks: Bool
  /// How its scores are fused with those of an earlier pass; nil: not at all.
  let fusion: KeyFusion?
}

/// How scores are blended with those of an earlier pass.
struct KeyFusion: ~Copyable, Sendable {
  /// The number of the earlier pass.
  let number: Int
  /// From the new pass's frame to that of the earlier one.
  let flow: FlowField
  /// `gray8`: where the flow is to be trusted.
  let mask: PixelImage
  /// Share of the new scores, 0...1.
  let freshShare: Float
}

/// What a full pass gave.
struct KeyAnswer: ~Copyable, Sendable {
  /// Class scores, or nothing where the network finds instances.
  var scores = ScoreMap()
  /// The index map of `instances`, where the network finds instances.
  var map = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  var instances: [DetectedInstance] = []
  /// The numbers of its job and of that one's frame.
  var number = 0
  var frame = 0
  /// Milliseconds of the network alone.
  var milliseconds = 0.0
  /// Milliseconds of fusing; nil where nothing was fused.
  var fusingMilliseconds: Double?
  var failure: InputError?
}

extension ScoreMap: @unchecked Sendable {
  // Safe: the buffer has one owner, which moves with the map.
}

/// Runs full passes on a thread of its own, one at a time. `start`, `answer` and `stop` are for one other thread.
final class KeyThread {
  private let jobs = BoundedQueue<KeyJob>(capacity: 1)
  private let answers = BoundedQueue<KeyAnswer>(capacity: 1)
  private let spare = BoundedQueue<KeyAnswer>(capacity: 2)
  private var thread: WorkerThread?

  /// A model that is used by the thread alone from now on.
  private struct Handover: @unchecked Sendable { let model: SegmentationModel }

  /// With `fuses` the scores of a pass are kept for the next one.
  init(_ model: SegmentationModel, fuses: Bool) {
    let (jobs, answers, spare, handover) = (jobs, answers, spare, Handover(model: model))
    thread = WorkerThread(name: "segplay keyframe") {
      let pass = KeyPass(handover.model, fuses: fuses)
      while let job = jobs.next() {
        var answer = spare.tryNext() ?? KeyAnswer()
        pass.run(job, into: &answer)
        if !answers.append(answer) { return }
      }
    }
  }

  /// Starts a pass; none may be running.
  func start(_ job: consuming KeyJob) { jobs.append(job) }

  /// What a pass gave that has ended; nil while it runs.
  func answer() -> KeyAnswer? { answers.tryNext() }

  /// Waits for the pass that runs; nil after `stop`.
  func waitForAnswer() -> KeyAnswer? { answers.next() }

  /// Gives the memory of an answer back for a later one.
  func recycle(_ answer: consuming KeyAnswer) { _ = spare.tryAppend(answer) }

  /// Ends the thread after the pass it is at, and waits for it.
  func stop() {
    jobs.close()
    answers.close()
    thread?.join()
    thread = nil
  }
}

/// Runs full passes one after the other. One thread at a time.
private final class KeyPass {
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
    default: answer.scores.copyScores(fresh, shape: shape)
    }
    if fuses {
      last.copyScores(answer.scores.scores, shape: shape)
      lastNumber = job.number
    }
    if answer.fusingMilliseconds != nil { answer.fusingMilliseconds = (clock.now - started) / .milliseconds(1) }
  }
}
