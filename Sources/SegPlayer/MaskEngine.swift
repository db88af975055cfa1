package import SegBase
import SegModels
import SegPropagation
package import SegSchedule

/// What became of a frame's pass.
package struct FramePass: Sendable, Hashable {
  /// Which pass the frame got, and the age of what it shows.
  package var decision: Decision
  /// Milliseconds of the frame's own work, flow included.
  package var milliseconds: Double
  /// Milliseconds of the full pass that ended with this frame; nil where none did.
  package var fullMilliseconds: Double?
}

extension FramePass {
  /// What became of a frame in order.
  fileprivate init(_ result: FrameResult) {
    self.init(
      decision: result.decision, milliseconds: result.milliseconds, fullMilliseconds: result.decision.pass == .full ? result.networkMilliseconds : nil)
  }
}

/// A network at work on the frames that a thread is given, by a schedule. One thread at a time.
enum MaskEngine {
  /// A full pass on every frame there is time for.
  case plain(SegmentationModel)
  /// Full passes in the background, and every frame brought forward.
  case live(LiveSequence)
  /// Frames in order, each by what the policy says.
  case ordered(FrameSequence)
  /// The same for a network that finds instances.
  case orderedInstances(InstanceSequence)

  /// Makes an engine; `prepared` is a compiled model of the same weights, if there is one.
  /// - Throws: when the network does not suit the frame's size or the policy.
  init(_ loaded: LoadedModel, prepared: SegmentationModel?, policy: SchedulePolicy, frame: PixelSize, threads: Int) throws(InputError) {
    switch policy {
    case .every: self = .plain(prepared ?? SegmentationModel(loaded, threads: threads))
    case .realtime:
      let model = prepared ?? SegmentationModel(loaded, threads: threads)
      self = .live(try LiveSequence(model, size: model.inputSize(for: frame), cores: 2))
    case .fixed, .adaptive:
      var settings = SequenceSettings(policy: policy)
      settings.threads = threads
      self =
        loaded.findsInstances
        ? .orderedInstances(try InstanceSequence(loaded, settings: settings)) : .ordered(try FrameSequence(loaded, settings: settings))
    }
  }

  /// Works on a frame: RGB of the network's input size, presented at `time` for `duration` seconds; with `waits` nothing follows it. Gives `labels` and `instances` of it, see
  /// `SegmentationModel.segment`; nil where there is nothing to show yet.
  func work(
    on picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, shown: PixelSize?, waits: Bool,
    into labels: inout PixelImage,
    instances: inout [DetectedInstance]
  ) throws(InputError) -> FramePass? {
    let clock = ContinuousClock()
    let started = clock.now
    switch self {
    case .plain(let model):
      if isDiscontinuity { model.forgetTracks() }
      try model.segment(picture, into: &labels, instances: &instances, shown: shown)
      let milliseconds = (clock.now - started) / .milliseconds(1)
      return FramePass(decision: .full(.every), milliseconds: milliseconds, fullMilliseconds: milliseconds)
    case .live(let sequence):
      let result = try sequence.process(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity, shown: shown, waits: waits)
      if result.decision.isBlank { return nil }
      labels.copyPixels(of: sequence.labels)
      instances = sequence.instances
      let own = result.flowMilliseconds + result.passMilliseconds
      return FramePass(decision: result.decision, milliseconds: own, fullMilliseconds: result.fullMilliseconds)
    case .ordered(let sequence):
      let result = try sequence.process(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity)
      labels.copyPixels(of: sequence.labels)
      instances.removeAll(keepingCapacity: true)
      return FramePass(result)
    case .orderedInstances(let sequence):
      sequence.shown = shown
      let result = try sequence.process(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity)
      labels.copyPixels(of: sequence.labels)
      instances = sequence.instances
      return FramePass(result)
    }
  }

  /// Ends threads of the engine's own.
  func stop() { if case .live(let sequence) = self { sequence.stop() } }
}
