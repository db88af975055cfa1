import SegBase
import SegModels
import SegPropagation
import SegSchedule
import SegVideo

/// A frame that the network is to work on.
struct MaskJob: ~Copyable, Sendable {
  let frame: VideoFrame
  let generation: Int
  let shown: PixelSize?
  let waits: Bool
  let modelNumber: Int
  let model: LoadedModel
  let policy: SchedulePolicy
  let seconds: Double
}

/// Makes the masks of frames that come one after the other. For the network's thread.
final class MaskWorker {
  /// What frames that follow one another have in common, and the number of the frame.
  private struct Origin {
    var generation: Int
    var modelNumber: Int
    var policy: SchedulePolicy
    var size: PixelSize
    var index: Int
    /// The size at which masks of instances are wanted, where nothing follows the frame for a while.
    var waitsFor: PixelSize?

    func continues(_ other: Origin) -> Bool {
      if let size = waitsFor, other.waitsFor.map({ $0 != size }) ?? false { return false }
      return (generation, modelNumber, policy, size) == (other.generation, other.modelNumber, other.policy, other.size)
    }
  }

  private let displaySize: PixelSize
  private let settings: MaskSettings
  private let prepared: (Int) -> SegmentationModel?
  private let spare: BoundedQueue<PixelImage>
  private let deliver: (consuming MaskResult) -> Void
  private let scaler = FrameScaler()
  private var picture = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgb24)
  /// Every model stays compiled while the policy stays, so that going back to it waits for nothing.
  private var engines: [Int: MaskEngine] = [:]
  private var enginePolicy: SchedulePolicy?
  /// The frame before; nil where there is none that a further one could go on from.
  private var last: Origin?

  init(
    displaySize: PixelSize, settings: MaskSettings, spare: BoundedQueue<PixelImage>, prepared: @escaping (Int) -> SegmentationModel?,
    deliver: @escaping (consuming MaskResult) -> Void
  ) {
    (self.displaySize, self.settings, self.spare, self.prepared, self.deliver) = (displaySize, settings, spare, prepared, deliver)
  }

  /// Works on the next frame and delivers what is done with it.
  func work(on job: borrowing MaskJob) throws(InputError) {
    var origin = Origin(generation: job.generation, modelNumber: job.modelNumber, policy: job.policy, size: job.frame.size, index: job.frame.index)
    if job.waits && job.model.findsInstances { origin.waitsFor = job.shown }
    let before = last
    // A frame that fails leaves nothing to go on from.
    last = nil
    let followsOn = before.map { origin.continues($0) } ?? false
    var input = MaskInput(
      source: MaskSource(
        time: job.frame.presentationTime, index: job.frame.index, generation: job.generation, modelNumber: job.modelNumber), duration: job.seconds,
      isDiscontinuity: !followsOn, shown: job.shown, waits: job.waits)
    if followsOn, let before { input.missing = max(0, origin.index - before.index - 1) }
    if settings.flow.needsMotionVectors, followsOn, before?.index == origin.index - 1 {
      input.codec = CodecMotion(vectors: job.frame.motionVectors, frameSize: job.frame.size)
    }
    let engine = try engine(for: job)
    try scaler.scale(job.frame, into: &picture, size: job.model.sizeRule.size(for: displaySize), format: .rgb24, quality: .accurate)
    try engine.work(on: picture, input, deliver: pass)
    last = origin
  }

  /// Delivers what waits for frames that do not come any more.
  func finish() throws(InputError) {
    guard let last, let engine = engines[last.modelNumber] else { return }
    self.last = nil
    try engine.finish(deliver: pass)
  }

  /// Ends the threads of all engines.
  func stop() {
    for engine in engines.values { engine.stop() }
    engines.removeAll()
  }

  private func engine(for job: borrowing MaskJob) throws(InputError) -> MaskEngine {
    if enginePolicy != job.policy { stop() }
    enginePolicy = job.policy
    if let made = engines[job.modelNumber] { return made }
    let engine = try MaskEngine(job.model, prepared: prepared(job.modelNumber), policy: job.policy, frame: displaySize, settings: settings)
    engines[job.modelNumber] = engine
    return engine
  }

  private func pass(_ source: MaskSource, _ pass: FramePass, _ labels: borrowing PixelImage, _ instances: [DetectedInstance]) {
    var copy = spare.tryNext() ?? PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    if pass.decision.isBlank { copy.reshape(to: PixelSize(width: 1, height: 1), format: .gray8) } else { copy.copyPixels(of: labels) }
    var pass = pass
    pass.recorded.signals.frame = source.index
    deliver(
      MaskResult(
        labels: copy, instances: instances, presentationTime: source.time, generation: source.generation, modelNumber: source.modelNumber, pass: pass))
  }
}
