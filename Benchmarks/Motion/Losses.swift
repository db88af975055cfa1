import Foundation
import SegBase
import SegModels
import SegMotion
import SegPropagation
import SegSchedule
import SegVideo

/// What results brought forward lose against full passes, frame by frame and by age: without any true labels, as the network's own on that very frame stand for
/// them. Prints a recording with `losses`, which the simulator reads and from which coefficients of an `ErrorModel` are fitted.
///
/// A network's labels of two frames differ even where nothing has changed, so these losses begin high and say more by how they grow than by their height. The
/// losses of an object's true masks, carried on without a network, begin at zero.
enum Losses {
  /// At most `frameLimit` frames of a video at the network's size for a picture `width` pixels wide, each with the losses at the ages 0 to `ages` - 1.
  static func run(video: String, weights: String, width: Int, frameLimit: Int, ages: Int) throws {
    let source = try VideoSource(video)
    let model = try LoadedModel.load(ModelRequest(weightsPath: weights))
    let shown = source.information.displaySize
    let inputSize = model.sizeRule.size(for: PixelSize(width: width, height: max(1, width * shown.height / shown.width)))
    let fresh = try FrameSequence(model, settings: settings(.every, measuresEverySignal: true))
    // One sequence for each phase, so that every frame is seen at every age.
    let aged = try (0..<ages).map { _ in try FrameSequence(model, settings: settings(.fixed(interval: ages))) }
    let scaler = FrameScaler()
    var picture = PixelImage(size: inputSize, format: .rgb24)
    var index = 0
    while index < frameLimit, let frame = try source.next() {
      try scaler.scale(frame, into: &picture, size: inputSize, format: .rgb24, quality: .accurate)
      let duration = frame.duration?.seconds ?? 0
      var recorded = try fresh.process(picture, at: frame.presentationTime, duration: duration).recorded
      var losses: [(age: Int, points: Double)] = []
      for phase in 0..<min(ages, index + 1) {
        let result = try aged[phase].process(picture, at: frame.presentationTime, duration: duration)
        losses.append((result.decision.age ?? 0, disagreement(aged[phase].labels, fresh.labels, classes: model.classes.count)))
      }
      if losses.count == ages { recorded.losses = losses.sorted { $0.age < $1.age }.map(\.points) }
      print(SignalRecording.line(recorded))
      index += 1
    }
  }

  /// The same for true masks of an object: `masks` is a folder of binary masks in the order of their names, one for each frame.
  static func run(video: String, masks: String, ages: Int) throws {
    let source = try VideoSource(video)
    let names = try FileManager.default.contentsOfDirectory(atPath: masks).filter { $0.hasSuffix(".png") }.sorted()
    let motion = FrameMotion(source: .dense)
    let aged = (0..<ages).map { _ in MaskPropagation(flow: .dense) }
    let scaler = FrameScaler()
    var picture = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgb24)
    for (index, name) in names.enumerated() {
      guard let frame = try source.next() else { break }
      let mask = try ImageFile.readIndexed(masks + "/" + name)
      try scaler.scale(frame, into: &picture, size: LumaPicture.size(for: mask.size), format: .rgb24, quality: .accurate)
      motion.advance(to: picture)
      var recorded = RecordedFrame(signals: FrameSignals(frame: index, time: frame.presentationTime, duration: frame.duration?.seconds ?? 0))
      recorded.signals.meanAbsoluteDifference = motion.meanDifference
      (recorded.signals.flowMagnitude, recorded.signals.inconsistentShare) = (motion.meanFlow, motion.needConsistency())
      var losses = [Double](repeating: 0, count: min(ages, index + 1))
      for age in losses.indices {
        let propagation = aged[(index - age) % ages]
        if age == 0 {
          propagation.give(mask, on: picture)
        } else {
          propagation.advance(to: picture)
          losses[age] = 100 * (1 - overlap(propagation.mask, mask))
        }
      }
      if losses.count == ages { recorded.losses = losses }
      print(SignalRecording.line(recorded))
    }
  }

  private static func overlap(_ mask: borrowing PixelImage, _ truth: borrowing PixelImage) -> Double {
    var (common, all) = (0, 0)
    mask.withBytes { a in
      truth.withBytes { b in
        for index in 0..<min(a.count, b.count) {
          common += a[index] != 0 && b[index] > 127 ? 1 : 0
          all += a[index] != 0 || b[index] > 127 ? 1 : 0
        }
      }
    }
    return all == 0 ? 1 : Double(common) / Double(all)
  }

  private static func settings(_ policy: SchedulePolicy, measuresEverySignal: Bool = false) -> SequenceSettings {
    var settings = SequenceSettings(policy: policy)
    (settings.fuses, settings.measuresEverySignal) = (false, measuresEverySignal)
    return settings
  }

  /// Points of mean intersection over union that are missing, over the classes on at least one pixel of a hundred.
  private static func disagreement(_ labels: borrowing PixelImage, _ truth: borrowing PixelImage, classes: Int) -> Double {
    var (common, mine, theirs) = ([Int](repeating: 0, count: 256), [Int](repeating: 0, count: 256), [Int](repeating: 0, count: 256))
    labels.withBytes { a in
      truth.withBytes { b in
        for index in 0..<min(a.count, b.count) {
          mine[Int(a[index])] += 1
          theirs[Int(b[index])] += 1
          if a[index] == b[index] { common[Int(a[index])] += 1 }
        }
      }
    }
    let shares = (0..<classes).filter { theirs[$0] * 100 >= truth.size.pixelCount }.map { Double(common[$0]) / Double(mine[$0] + theirs[$0] - common[$0]) }
    return 100 * (1 - shares.reduce(0, +) / Double(max(1, shares.count)))
  }
}
