package import SegBase
import SegModels
package import SegPropagation
package import SegSchedule

/// What became of a frame's pass.
package struct FramePass: Sendable, Hashable {
  /// Which pass the frame got, and the age of what it shows.
  package var decision: Decision
  /// Milliseconds of the frame's own work, flow included.
  package var milliseconds: Double
  /// Milliseconds of the full pass that ended with this frame; nil where none did.
  package var fullMilliseconds: Double?
  /// The frame as a line of a recording.
  package var recorded: RecordedFrame
}

/// How masks are made, besides the schedule.
package struct MaskSettings: Sendable {
  /// Threads that a network may use.
  package var threads = 1
  /// Where the motion between frames comes from.
  package var flow = FlowSource.dense
  /// What frames between keys get where the policy has intervals.
  package var between = BetweenKeys.auto
  /// Whether the network must bring its features forward with a flow network of its own there.
  package var usesOwnFlow = false
  /// Whether the result of a full pass is blended with what is known from the frames before.
  package var fuses = true
  /// Whether frames wait for the next key where the policy has intervals; they must then come one after the other, none left out.
  package var looksAhead = false
  /// Whether no frame is left out, so that results of neighbours may be blended under every schedule.
  package var waitsForEveryFrame = false

  /// Makes settings with everything at its default.
  package init() {}
}

/// Which frame masks belong to.
struct MaskSource: Sendable {
  /// Presentation time.
  var time: MediaTime
  /// The number of the frame in the video.
  var index: Int
  /// The seek it belongs to.
  var generation: Int
  /// Which model worked on it.
  var modelNumber: Int
}

/// A frame on its way to the masks.
struct MaskInput {
  /// Which frame it is.
  var source: MaskSource
  /// Seconds until the next frame.
  var duration: Double
  /// Whether it does not follow the frame before.
  var isDiscontinuity: Bool
  /// The size at which masks of instances are wanted; nil: that of the picture.
  var shown: PixelSize?
  /// What its codec says of the motion from the frame before, where that is the one that came before.
  var codec: CodecMotion?
  /// Whether nothing follows it for a while.
  var waits: Bool
}

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
        picture, at: input.source.time, duration: input.duration, isDiscontinuity: input.isDiscontinuity, shown: input.shown, codec: input.codec,
        waits: input.waits)
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

/// Each frame by itself.
final class PlainMasks {
  private let model: SegmentationModel
  private var labels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  private var instances: [DetectedInstance] = []

  init(_ model: SegmentationModel) { self.model = model }

  func work(on picture: borrowing PixelImage, _ input: MaskInput, deliver: MaskEngine.Delivery) throws(InputError) {
    let started = ContinuousClock.now
    if input.isDiscontinuity { model.forgetTracks() }
    try model.segment(picture, into: &labels, instances: &instances, shown: input.shown)
    let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
    var recorded = RecordedFrame(signals: FrameSignals(frame: 0, time: input.source.time, duration: input.duration), decision: .full(.every))
    recorded.milliseconds[.full] = milliseconds
    deliver(input.source, FramePass(decision: .full(.every), milliseconds: milliseconds, fullMilliseconds: milliseconds, recorded: recorded), labels, instances)
  }
}

/// Frames in order by a schedule.
final class OrderedMasks {
  private let sequence: any LabelSequence
  /// The frames that are not delivered yet.
  private var waiting: [MaskSource] = []

  init(_ sequence: any LabelSequence) { self.sequence = sequence }

  func work(on picture: borrowing PixelImage, _ input: MaskInput, deliver: MaskEngine.Delivery) throws(InputError) {
    waiting.append(input.source)
    sequence.shown = input.shown
    try sequence.process(
      picture, at: input.source.time, duration: input.duration, isDiscontinuity: input.isDiscontinuity, codec: input.codec
    ) { result, labels throws(InputError) in
      pass(result, labels, deliver)
    }
  }

  func finish(deliver: MaskEngine.Delivery) throws(InputError) {
    try sequence.finish { result, labels throws(InputError) in pass(result, labels, deliver) }
  }

  private func pass(_ result: FrameResult, _ labels: borrowing PixelImage, _ deliver: MaskEngine.Delivery) {
    if waiting.isEmpty { return }
    let full = result.decision.pass == .full ? result.networkMilliseconds : nil
    deliver(
      waiting.removeFirst(), FramePass(decision: result.decision, milliseconds: result.milliseconds, fullMilliseconds: full, recorded: result.recorded), labels,
      sequence.instances)
  }
}
