internal import SegBase
internal import SegGraph
internal import SegModels

/// A full pass on its way to the thread that runs it.
struct KeyJob: ~Copyable, Sendable {
  /// RGB of the network's input size.
  let picture: PixelImage
  /// The size at which masks of instances are wanted.
  let shown: PixelSize?
  /// Which pass it is.
  let number: Int
  /// Whether objects are not those of the pass before.
  let forgetsTracks: Bool
}

/// What a full pass gave.
struct KeyAnswer: ~Copyable, Sendable {
  /// Class scores, or nothing where the network finds instances.
  var scores = ScoreMap()
  /// The index map of `instances`, where the network finds instances.
  var map = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  var instances: [DetectedInstance] = []
  /// The number of its job.
  var number = 0
  var milliseconds = 0.0
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

  init(_ model: SegmentationModel) {
    let (jobs, answers, spare, handover) = (jobs, answers, spare, Handover(model: model))
    thread = WorkerThread(name: "segplay keyframe") {
      while let job = jobs.next() {
        var answer = spare.tryNext() ?? KeyAnswer()
        Self.run(handover.model, job, into: &answer)
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

  private static func run(_ model: SegmentationModel, _ job: borrowing KeyJob, into answer: inout KeyAnswer) {
    let clock = ContinuousClock()
    let started = clock.now
    (answer.number, answer.failure) = (job.number, nil)
    if job.forgetsTracks { model.forgetTracks() }
    do throws(InputError) {
      if model.loaded.findsInstances {
        try model.segment(job.picture, into: &answer.map, instances: &answer.instances, shown: job.shown)
      } else {
        let shape = try model.scoreShape(for: job.picture.size)
        try model.withScores(of: job.picture) { answer.scores.copyScores($0, shape: shape) }
      }
    } catch {
      answer.failure = error
    }
    answer.milliseconds = (clock.now - started) / .milliseconds(1)
  }
}
