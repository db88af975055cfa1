import Foundation
import SegBase
import SegModels
import SegPropagation
import SegSchedule
import SegTestSupport
import SegVideo
import Testing

@testable import SegEvaluate

/// What playing in realtime keeps, on the labelled drive; serialized, since it is about time.
@Suite(.serialized, .enabled(if: SharedData.exists("data/camvid") && SharedData.exists("data/weights"), "needs ../shared/data"))
struct LiveQualityTests {
  private struct Outcome {
    var meanIoU = 0.0
    var flicker = 0.0
    var fullPasses = 0
    var fusedPasses = 0
    var milliseconds = 0.0
    var largestAge = 0
  }

  /// Plays the drive at frames of `duration` seconds, as the scheduler is told and as they come.
  private func play(duration: Double, fuses: Bool, flow: FlowSource = .dense) throws -> Outcome {
    let request = ModelRequest(weightsPath: SharedData.path("data/weights/enet-camvid/ENet_default.pth"))
    let model = try LoadedModel.load(request)
    let size = PixelSize(width: 480, height: 360)
    let sequence = try LiveSequence(SegmentationModel(model, threads: 1), size: size, cores: 2, flow: flow, fuses: fuses)
    defer { sequence.stop() }
    let labels = try LabelFiles(folder: SharedData.path("data/camvid/valannot"))
    let source = try VideoSource(SharedData.path("data/camvid/val_0016E5_15hz.mp4"), exportsMotionVectors: true)
    let scaler = FrameScaler()
    var (pictures, codecs): ([PixelBox], [CodecMotion]) = ([], [])
    while let frame = try source.next() {
      var picture = PixelImage(size: size, format: .rgb24)
      try scaler.scale(frame, into: &picture, size: size, format: .rgb24, quality: .accurate)
      codecs.append(CodecMotion(vectors: frame.motionVectors, frameSize: frame.size))
      pictures.append(PixelBox(picture))
    }
    var maps: [PixelBox?] = []
    var outcome = Outcome()
    let clock = ContinuousClock()
    // The first round warms up; the second one counts.
    for round in 0..<2 {
      maps = []
      outcome = Outcome()
      var due = clock.now
      for (index, box) in pictures.enumerated() {
        due = max(due, clock.now)
        let result = try sequence.process(
          box.picture, at: MediaTime(seconds: Double(index) * duration), duration: duration, isDiscontinuity: index == 0 && round > 0, shown: nil,
          codec: codecs[index])
        maps.append(result.decision.isBlank ? nil : PixelBox(sequence.labels.copy()))
        if result.fullMilliseconds != nil { outcome.fullPasses += 1 }
        if result.isFused { outcome.fusedPasses += 1 }
        outcome.milliseconds += result.flowMilliseconds + result.passMilliseconds
        outcome.largestAge = max(outcome.largestAge, result.decision.age ?? 0)
        due += .seconds(duration)
        let left = due - clock.now
        if left > .zero { usleep(UInt32(left / .microseconds(1))) }
      }
    }
    var matrix = ConfusionMatrix(classCount: model.classes.count)
    let flicker = Flicker()
    for (index, map) in maps.enumerated() {
      guard let map else { continue }
      let truth = try labels.labels(at: index)
      matrix.add(truth: truth, prediction: map.picture, ignoredLabel: 11)
      flicker.add(pictures[index].picture, labels: map.picture)
    }
    outcome.meanIoU = matrix.meanIntersectionOverUnion(excluding: 11)
    outcome.flicker = flicker.share
    outcome.milliseconds /= Double(max(1, maps.count))
    return outcome
  }

  /// A picture that can be kept in an array.
  private final class PixelBox {
    let picture: PixelImage
    init(_ picture: consuming PixelImage) { self.picture = picture }
  }

  @Test("fusing makes masks steadier and no worse", arguments: [0.0667, 0.012])
  func fusing(duration: Double) throws {
    let plain = try play(duration: duration, fuses: false)
    let fused = try play(duration: duration, fuses: true)
    print("LIVE", duration, plain, fused, try play(duration: duration, fuses: true, flow: .codecVectors))
    #expect(plain.fusedPasses == 0)
    if fused.fusedPasses * 2 > fused.fullPasses {
      #expect(fused.flicker < plain.flicker)
      #expect(fused.meanIoU > plain.meanIoU - 0.01)
    }
  }
}
