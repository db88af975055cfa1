import SegBase
import SegModels
import SegPropagation
import SegSchedule

/// A network at work on the frames that a thread is given, by a schedule. One thread at a time.
enum MaskEngine {
  /// A full pass on every frame there is time for.
  case plain(PlainMasks)
  /// Full passes in the background, and every frame brought forward.
  case live(LiveSequence)
  /// Frames in order, each by what the policy says; they may wait for one another.
  case ordered(OrderedMasks)

  /// Gets a frame with its labels, or its index map, and its instances; see `SegmentationModel.segment`. They are undefined where the decision is blank.
  typealias Delivery = (MaskSource, FramePass, borrowing PixelImage, [DetectedInstance]) -> Void

  /// Makes an engine; `prepared` is a compiled model of the same weights, if there is one.
  /// - Throws: when the network does not suit the frame's size or the policy.
  init(_ loaded: LoadedModel, prepared: SegmentationModel?, policy: SchedulePolicy, frame: PixelSize, settings: MaskSettings) throws(InputError) {
    let fuses = settings.fuses && settings.flow != .none
    switch policy {
    case .every where !(fuses && settings.waitsForEveryFrame) || loaded.findsInstances:
      self = .plain(PlainMasks(prepared ?? SegmentationModel(loaded, threads: settings.threads)))
    case .realtime:
      let model = prepared ?? SegmentationModel(loaded, threads: settings.threads)
      self = .live(try LiveSequence(model, size: model.inputSize(for: frame), cores: 2, flow: settings.flow, fuses: fuses))
    case .every, .fixed, .adaptive:
      var sequence = SequenceSettings(policy: policy)
      (sequence.threads, sequence.flow, sequence.fuses) = (settings.threads, settings.flow, fuses)
      (sequence.between, sequence.usesOwnFlow) = (settings.between, settings.usesOwnFlow)
      sequence.looksAhead = settings.looksAhead && settings.flow != .none
      self = .ordered(OrderedMasks(try sequence.sequence(loaded)))
    }
  }

  /// Works on the next frame: RGB of the network's input size. Delivers, in order, those that are done with it.
  func work(on picture: borrowing PixelImage, _ input: MaskInput, deliver: Delivery) throws(InputError) {
    switch self {
    case .plain(let masks): try masks.work(on: picture, input, deliver: deliver)
    case .live(let sequence):
      let result = try sequence.process(
        picture, at: input.source.time, duration: input.duration, isDiscontinuity: input.isDiscontinuity, missing: input.missing, shown: input.shown,
        codec: input.codec, waits: input.waits)
      let own = result.flowMilliseconds + result.passMilliseconds
      let pass = FramePass(decision: result.decision, milliseconds: own, fullMilliseconds: result.fullMilliseconds, recorded: result.recorded)
      deliver(input.source, pass, sequence.labels, sequence.instances)
    case .ordered(let masks): try masks.work(on: picture, input, deliver: deliver)
    }
  }

  /// Delivers the frames that wait for others, which do not come any more.
  func finish(deliver: Delivery) throws(InputError) { if case .ordered(let masks) = self { try masks.finish(deliver: deliver) } }

  /// Ends threads of the engine's own.
  func stop() { if case .live(let sequence) = self { sequence.stop() } }
}
