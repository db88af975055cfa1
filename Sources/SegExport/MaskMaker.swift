internal import SegBase
internal import SegModels
internal import SegOverlay
internal import SegPropagation
internal import SegSchedule
internal import SegVideo

/// Makes the masks of a video's frames in order. `deliver` gets each frame with its labels, the scene of its instances where the network finds those, and the
/// milliseconds of all work on them. One thread at a time.
protocol MaskMaker {
  typealias Delivery = (borrowing VideoFrame, borrowing PixelImage, InstanceScene?, Double) throws(InputError) -> Void

  /// Takes the next frame; delivers those that are done with it.
  func take(_ frame: borrowing VideoFrame, deliver: Delivery) throws(InputError)

  /// Delivers what still waits.
  func finish(deliver: Delivery) throws(InputError)
}

/// Each frame by itself.
final class SingleFrameMasks: MaskMaker {
  private let network: SegmentationModel
  private let displaySize: PixelSize
  private let options: InstanceDrawing.Options
  private let scaler = FrameScaler()
  private var input = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgb24)
  private var labels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  private var instances: [DetectedInstance] = []

  init(_ model: LoadedModel, threads: Int, displaySize: PixelSize, options: InstanceDrawing.Options) {
    network = SegmentationModel(model, threads: threads)
    (self.displaySize, self.options) = (displaySize, options)
  }

  func take(_ frame: borrowing VideoFrame, deliver: Delivery) throws(InputError) {
    let started = ContinuousClock.now
    try scaler.scale(frame, into: &input, size: network.inputSize(for: displaySize), format: .rgb24, quality: .accurate)
    try network.segment(input, into: &labels, instances: &instances, shown: displaySize)
    let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
    let scene = network.loaded.findsInstances ? InstanceScene(instances: instances, classes: network.classes, options: options) : nil
    try deliver(frame, labels, scene, milliseconds)
  }

  func finish(deliver: Delivery) throws(InputError) {}
}

/// Frames in order by a schedule.
final class ScheduledMasks: MaskMaker {
  private let sequence: any LabelSequence
  private let displaySize: PixelSize
  /// Makes the scene of a frame's instances; nil where the network gives every pixel a class.
  private let scene: (([DetectedInstance]) -> InstanceScene)?
  private let record: (RecordedFrame) throws(InputError) -> Void
  private let readsVectors: Bool
  private let scaler = FrameScaler()
  private let waiting: BoundedQueue<Waiting>
  private var input = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgb24)

  /// A frame whose labels are not made yet, and what scaling it took.
  private struct Waiting: ~Copyable, Sendable {
    let frame: VideoFrame
    let milliseconds: Double
  }

  /// With `readsVectors` the motion vectors of frames are used.
  init(
    _ sequence: any LabelSequence, displaySize: PixelSize, readsVectors: Bool, scene: (([DetectedInstance]) -> InstanceScene)?,
    record: @escaping (RecordedFrame) throws(InputError) -> Void
  ) {
    (self.sequence, self.displaySize, self.readsVectors, self.scene, self.record) = (sequence, displaySize, readsVectors, scene, record)
    waiting = BoundedQueue(capacity: sequence.largestDelay + 1)
  }

  func take(_ frame: borrowing VideoFrame, deliver: Delivery) throws(InputError) {
    let started = ContinuousClock.now
    try scaler.scale(frame, into: &input, size: sequence.inputSize(for: displaySize), format: .rgb24, quality: .accurate)
    waiting.append(Waiting(frame: frame.reference(), milliseconds: (ContinuousClock.now - started) / .milliseconds(1)))
    let codec = readsVectors ? CodecMotion(vectors: frame.motionVectors, frameSize: frame.size) : nil
    try sequence.process(input, at: frame.presentationTime, duration: frame.duration?.seconds ?? 0, isDiscontinuity: false, codec: codec) {
      result, labels throws(InputError) in
      try pass(result, labels, deliver)
    }
  }

  func finish(deliver: Delivery) throws(InputError) {
    try sequence.finish { result, labels throws(InputError) in try pass(result, labels, deliver) }
  }

  private func pass(_ result: FrameResult, _ labels: borrowing PixelImage, _ deliver: Delivery) throws(InputError) {
    guard let first = waiting.tryNext() else { return }
    try record(result.recorded)
    try deliver(first.frame, labels, scene?(sequence.instances), first.milliseconds + result.milliseconds)
  }
}
