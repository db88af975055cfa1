package import SegBase
package import SegModels
package import SegSchedule
package import SegVideo

/// A network's answer for one frame.
package struct MaskResult: ~Copyable, Sendable {
  /// Class index a pixel, gray8, at the network's input size; or the index map of `instances` at the size that was asked for.
  package var labels: PixelImage
  /// The instances, the best first, where the network finds instances.
  package var instances: [DetectedInstance]
  /// The frame's presentation time.
  package var presentationTime: MediaTime
  /// The seek the frame belongs to.
  package var generation: Int
  /// Which model gave it, as set by `InferenceThread.use`.
  package var modelNumber: Int
  /// What the frame got, and what it took.
  package var pass: FramePass
}

/// Runs a network on a thread of its own, on the newest frame it is offered.
///
/// `offer`, `use`, `nextResult`, `recycle` and `stop` are for one other thread.
package final class InferenceThread {
  private struct Job: ~Copyable, Sendable {
    let frame: VideoFrame
    let generation: Int
    let shown: PixelSize?
    let waits: Bool
    let modelNumber: Int
    let model: LoadedModel
    let policy: SchedulePolicy
    let seconds: Double
  }

  private let jobs = BoundedQueue<Job>(capacity: 1)
  private let results = BoundedQueue<MaskResult>(capacity: 8)
  private let failures = BoundedQueue<InputError>(capacity: 8)
  private let spare = BoundedQueue<PixelImage>(capacity: 8)
  private var thread: WorkerThread?
  private var model: (loaded: LoadedModel, number: Int)?
  /// How frames get their passes; those that are offered from now on.
  package var policy: SchedulePolicy
  /// Seconds from one frame to the next as they are played.
  package var frameSeconds = 0.0

  /// Starts the thread; nothing runs until a model is set and a frame offered. `displaySize` is that of the video, `threads` what the network may use itself.
  /// `prepared` is asked once for each model number for a model that is compiled already; without one it is compiled with its first frame.
  package init(
    displaySize: PixelSize, threads: Int, policy: SchedulePolicy = .every,
    prepared: @escaping @Sendable (_ modelNumber: Int) -> SegmentationModel? = { _ in nil }
  ) {
    self.policy = policy
    let (jobs, results, failures, spare) = (jobs, results, failures, spare)
    thread = WorkerThread(name: "segplay network") { Self.run(jobs, results, failures, spare, displaySize, threads: threads, prepared) }
  }

  /// Uses this model for the frames that are offered from now on; nil: none.
  package func use(_ loaded: LoadedModel?, number: Int) {
    model = loaded.map { ($0, number) }
    if model == nil { jobs.removeAll() }
  }

  /// Offers a frame, and the size at which masks of instances are shown; a frame that is still waiting is dropped for it. Without a model nothing happens.
  /// With `waits` no frame may follow for a while, so that its masks are waited for under every schedule.
  package func offer(_ frame: borrowing VideoFrame, generation: Int, shown: PixelSize? = nil, waits: Bool = false) {
    guard let model else { return }
    jobs.replaceAll(
      with: Job(
        frame: frame.reference(), generation: generation, shown: shown, waits: waits, modelNumber: model.number, model: model.loaded, policy: policy,
        seconds: frameSeconds))
  }

  /// The oldest result that was not taken yet, or nil.
  package func nextResult() -> MaskResult? { results.tryNext() }

  /// The oldest error that was not taken yet, or nil.
  package func nextFailure() -> InputError? { failures.tryNext() }

  /// Gives the memory of a label map back for a later result.
  package func recycle(_ labels: consuming PixelImage) { _ = spare.tryAppend(labels) }

  /// Ends the thread after the frame it is at, and waits for it.
  package func stop() {
    jobs.close()
    jobs.removeAll()
    results.close()
    thread?.join()
    thread = nil
  }

  private static func run(
    _ jobs: BoundedQueue<Job>, _ results: BoundedQueue<MaskResult>, _ failures: BoundedQueue<InputError>, _ spare: BoundedQueue<PixelImage>,
    _ displaySize: PixelSize, threads: Int, _ prepared: (Int) -> SegmentationModel?
  ) {
    let scaler = FrameScaler()
    var picture = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgb24)
    // Every model stays compiled while the policy stays, so that going back to it waits for nothing.
    var engines: [Int: MaskEngine] = [:]
    defer { for engine in engines.values { engine.stop() } }
    var last: (generation: Int, modelNumber: Int, policy: SchedulePolicy)?
    while let job = jobs.next() {
      let isDiscontinuity = last.map { $0 != (job.generation, job.modelNumber, job.policy) } ?? true
      if let last, last.policy != job.policy {
        for engine in engines.values { engine.stop() }
        engines.removeAll()
      }
      last = (job.generation, job.modelNumber, job.policy)
      var labels = spare.tryNext() ?? PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
      var instances: [DetectedInstance] = []
      var pass: FramePass?
      do throws(InputError) {
        let engine: MaskEngine
        if let made = engines[job.modelNumber] {
          engine = made
        } else {
          engine = try MaskEngine(job.model, prepared: prepared(job.modelNumber), policy: job.policy, frame: displaySize, threads: threads)
          engines[job.modelNumber] = engine
        }
        try scaler.scale(job.frame, into: &picture, size: job.model.sizeRule.size(for: displaySize), format: .rgb24, quality: .accurate)
        pass = try engine.work(
          on: picture, at: job.frame.presentationTime, duration: job.seconds, isDiscontinuity: isDiscontinuity, shown: job.shown, waits: job.waits,
          into: &labels,
          instances: &instances)
      } catch {
        _ = failures.tryAppend(error)
        continue
      }
      guard let pass else {
        _ = spare.tryAppend(labels)
        continue
      }
      results.append(
        MaskResult(
          labels: labels, instances: instances, presentationTime: job.frame.presentationTime, generation: job.generation, modelNumber: job.modelNumber,
          pass: pass))
    }
  }
}
