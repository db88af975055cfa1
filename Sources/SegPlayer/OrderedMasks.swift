import SegBase
import SegModels
import SegPropagation
import SegSchedule

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
