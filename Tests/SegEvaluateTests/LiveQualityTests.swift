import Foundation
import SegBase
import SegModels
import SegPropagation
import SegSchedule
import SegTestSupport
import SegVideo
import Testing

@testable import SegEvaluate

/// What playing in realtime keeps, on the labelled drive.
@Suite(.enabled(if: SharedData.exists("data/camvid") && SharedData.exists("data/weights"), "needs ../shared/data"))
struct LiveQualityTests {
  private struct Outcome {
    var meanIoU = 0.0
    var flicker = 0.0
    var fusedPasses = 0
  }

  /// Plays the drive with time for everything.
  private func play(fuses: Bool) throws -> Outcome {
    let request = ModelRequest(weightsPath: SharedData.path("data/weights/enet-camvid/ENet_default.pth"))
    let model = try LoadedModel.load(request)
    let size = PixelSize(width: 480, height: 360)
    let sequence = try LiveSequence(SegmentationModel(model, threads: 1), size: size, cores: 2, fuses: fuses)
    defer { sequence.stop() }
    let labels = try LabelFiles(folder: SharedData.path("data/camvid/valannot"))
    let source = try VideoSource(SharedData.path("data/camvid/val_0016E5_15hz.mp4"))
    let scaler = FrameScaler()
    var pictures: [PixelBox] = []
    while let frame = try source.next() {
      var picture = PixelImage(size: size, format: .rgb24)
      try scaler.scale(frame, into: &picture, size: size, format: .rgb24, quality: .accurate)
      pictures.append(PixelBox(picture))
    }
    var maps: [PixelBox?] = []
    var outcome = Outcome()
    for (index, box) in pictures.enumerated() {
      let result = try sequence.process(
        box.picture, at: MediaTime(seconds: Double(index)), duration: 10, isDiscontinuity: false, shown: nil, waits: true)
      maps.append(result.decision.isBlank ? nil : PixelBox(sequence.labels.copy()))
      if result.isFused { outcome.fusedPasses += 1 }
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
    return outcome
  }

  /// A picture that can be kept in an array.
  private final class PixelBox {
    let picture: PixelImage
    init(_ picture: consuming PixelImage) { self.picture = picture }
  }

  @Test("with time for a full pass on every frame, fused masks are steadier and better")
  func fusing() throws {
    let (plain, fused) = (try play(fuses: false), try play(fuses: true))
    #expect(plain.fusedPasses == 0 && fused.fusedPasses >= 99)
    #expect(fused.flicker * 2 < plain.flicker, "\(fused.flicker) \(plain.flicker)")
    #expect(fused.meanIoU > plain.meanIoU + 0.005, "\(fused.meanIoU) \(plain.meanIoU)")
  }
}
