package import SegBase
package import SegModels
package import SegSchedule
package import SegVideo

/// A network's answer for one frame. Where the decision of its pass is blank there is nothing to show, and what was shown before is of another scene.
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
  private enum Job: ~Copyable, Sendable {
    case frame(MaskJob)
    /// No frame follows those before.
    case end
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

  /// Starts the thread; nothing runs until a model is set and a frame offered. `displaySize` is that of the video.
  /// `prepared` is asked once for each model number for a model that is compiled already; without one it is compiled with its first frame.
  package init(
    displaySize: PixelSize, settings: MaskSettings = MaskSettings(), policy: SchedulePolicy = .every,
    prepared: @escaping @Sendable (_ modelNumber: Int) -> SegmentationModel? = { _ in nil }
  ) {
    self.policy = policy
    let (jobs, results, failures, spare) = (jobs, results, failures, spare)
    thread = WorkerThread(name: "segplay network") { Self.run(jobs, results, failures, spare, displaySize, settings, prepared) }
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
      with: .frame(
        MaskJob(
          frame: frame.reference(), generation: generation, shown: shown, waits: waits, modelNumber: model.number, model: model.loaded, policy: policy,
          seconds: frameSeconds)))
  }

  /// Whether a frame that is offered takes the place of none that waits.
  package var hasRoom: Bool { jobs.count == 0 }

  /// Says that no frame follows the last one that was offered, so that nothing waits for one any more.
  package func offerEnd() { if model != nil { jobs.append(.end) } }

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
    _ displaySize: PixelSize, _ settings: MaskSettings, _ prepared: @escaping (Int) -> SegmentationModel?
  ) {
    let worker = MaskWorker(displaySize: displaySize, settings: settings, spare: spare, prepared: prepared) { results.append($0) }
    defer { worker.stop() }
    while let job = jobs.next() {
      do throws(InputError) {
        switch consume job {
        case .frame(let frame): try worker.work(on: frame)
        case .end: try worker.finish()
        }
      } catch {
        _ = failures.tryAppend(error)
      }
    }
  }
}
