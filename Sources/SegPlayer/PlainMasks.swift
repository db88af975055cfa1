import SegBase
import SegModels
import SegSchedule

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
