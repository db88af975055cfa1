internal import SegBase
internal import SegModels

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
