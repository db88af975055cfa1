import Foundation
import SegBase
import SegModels
import SegPropagation
import SegSchedule
import SegTestSupport
import Testing

@Suite struct LiveSequenceTests {
  private let size = MovingPicture.size

  private func sequence(_ loaded: LoadedModel, size: PixelSize = MovingPicture.size) throws -> LiveSequence {
    try LiveSequence(SegmentationModel(loaded, threads: 1), size: size, cores: 2)
  }

  /// Gives frames until `isDone`, at most 20 seconds long; `duration` is that of a frame as the scheduler is told.
  private func play(
    _ sequence: LiveSequence, duration: Double = 0.04, from first: Int = 0, _ picture: (Int) -> PixelImage, until isDone: (Int, LiveResult) -> Bool
  ) throws {
    let end = Date().addingTimeInterval(20)
    var index = first
    while Date() < end {
      let image = picture(index)
      let result = try sequence.process(
        image, at: MediaTime(seconds: Double(index) * duration), duration: duration, isDiscontinuity: index == first, shown: nil)
      if isDone(index, result) { return }
      index += 1
      usleep(2000)
    }
    Issue.record("no end was reached")
  }

  @Test("a still picture gets the network's own labels once a pass has ended, and nothing before")
  func stillPictures() throws {
    let loaded = try MovingPicture.model()
    let sequence = try sequence(loaded)
    defer { sequence.stop() }
    var plain = PixelImage(size: size, format: .gray8)
    var instances: [DetectedInstance] = []
    try SegmentationModel(loaded, threads: 1).segment(MovingPicture.picture(seed: 4), into: &plain, instances: &instances)
    var blanks = 0
    try play(sequence, { _ in MovingPicture.picture(seed: 4) }) { index, result in
      if index == 0 { #expect(result.decision.keyReason == .first && result.decision.isBlank && result.decision.startsBackgroundPass) }
      blanks += result.decision.isBlank ? 1 : 0
      return !result.decision.isBlank
    }
    #expect(blanks > 0)
    let labels = sequence.labels.withBytes { Array($0) }
    let same = zip(labels, plain.withBytes { Array($0) }).filter { $0 == $1 }.count
    // Flow of a still picture is zero but for rounding.
    #expect(Double(same) > 0.99 * Double(size.pixelCount))
  }

  @Test("between passes labels move with the picture")
  func labelsMove() throws {
    let size = PixelSize(width: 640, height: 480)
    let loaded = try MovingPicture.model()
    let (sequence, network) = (try sequence(loaded, size: size), SegmentationModel(loaded, threads: 1))
    defer { sequence.stop() }
    let picture = { (index: Int) in MovingPicture.picture(seed: 4, x: 4 * Double(index), size: size) }
    var key = PixelImage(size: size, format: .gray8)
    var instances: [DetectedInstance] = []
    let times = try (0..<4).map { _ in try ContinuousClock().measure { try network.segment(picture(0), into: &key, instances: &instances) } / .seconds(1) }
    let passTime = try #require(times.min())
    // Frames so short that no full pass fits in one, and so long that bringing labels forward does wherever that is less work.
    var last: (index: Int, age: Int)?
    for index in 0..<60 where last == nil {
      let result = try sequence.process(
        picture(index), at: MediaTime(seconds: Double(index) * 0.6 * passTime), duration: 0.6 * passTime, isDiscontinuity: index == 0, shown: nil)
      if let age = result.decision.age, age > 0, result.decision.pass == .propagate { last = (index, age) }
      usleep(2000)
    }
    // A machine that is too busy for bringing labels forward in that time holds them, and one whose speed changes may run every pass.
    guard let (index, age) = last, age < 100 else { return }
    try network.segment(picture(index - age), into: &key, instances: &instances)
    let (labels, start) = (sequence.labels.withBytes { Array($0) }, key.withBytes { Array($0) })
    var (equal, all) = (0, 0)
    for row in 40..<440 {
      for column in max(80, 4 * age + 8)..<600 {
        all += 1
        if labels[row * size.width + column] == start[row * size.width + column - 4 * age] { equal += 1 }
      }
    }
    #expect(Double(equal) > (0.95 - 0.05 * Double(age)) * Double(all), "age \(age)")
  }

  @Test("frames that nobody had time for count in the age of what is shown")
  func missingFrames() throws {
    let sequence = try sequence(try MovingPicture.model())
    defer { sequence.stop() }
    let picture = MovingPicture.picture(seed: 4)
    let time = { (index: Int) in MediaTime(seconds: Double(index)) }
    _ = try sequence.process(picture, at: time(0), duration: 1e-9, isDiscontinuity: true, shown: nil, waits: true)
    let before = try sequence.process(picture, at: time(1), duration: 1e-9, isDiscontinuity: false, shown: nil)
    let after = try sequence.process(picture, at: time(5), duration: 1e-9, isDiscontinuity: false, missing: 3, shown: nil)
    #expect(after.signals.frame - before.signals.frame == 4)
  }

  @Test("after a cut nothing of the scene before it is shown")
  func cuts() throws {
    let sequence = try sequence(try MovingPicture.model())
    defer { sequence.stop() }
    try play(sequence, { _ in MovingPicture.picture(seed: 4) }) { _, result in !result.decision.isBlank }
    let dark = try sequence.process(MovingPicture.dark(0), at: MediaTime(seconds: 9), duration: 0.04, isDiscontinuity: false, shown: nil)
    #expect(dark.decision.keyReason == .cut && (dark.decision.isBlank || dark.decision.pass == .full))
    try play(sequence, from: 5000, { _ in MovingPicture.dark(0) }) { _, result in !result.decision.isBlank }
  }

  @Test("where every frame has the time for a full pass, labels are fused as in a sequence that is waited for", arguments: [0.0, 5.0])
  func fusing(speed: Double) throws {
    let model = try MovingPicture.model()
    let picture = { (index: Int) in MovingPicture.picture(seed: 8, x: speed * Double(index), noise: 12, noiseSeed: UInt64(index)) }
    let (plain, _) = try MovingPicture.run(MovingPicture.settings(.every), frames: 8, model: model, picture: picture)
    let (fused, _) = try MovingPicture.run(MovingPicture.settings(.every, fuses: true), frames: 8, model: model, picture: picture)
    for fuses in [false, true] {
      let sequence = try LiveSequence(SegmentationModel(model, threads: 1), size: size, cores: 2, fuses: fuses)
      defer { sequence.stop() }
      for index in 0..<8 {
        let result = try sequence.process(
          picture(index), at: MediaTime(seconds: Double(index)), duration: 10, isDiscontinuity: index == 0, shown: nil, waits: true)
        if index < 2 { continue }
        #expect(result.decision.pass == .full && result.isFused == fuses)
        let expected = fuses ? fused[index] : plain[index]
        let equal = zip(sequence.labels.withBytes { Array($0) }, expected).count { $0 == $1 }
        #expect(Double(equal) > 0.97 * Double(size.pixelCount), "frame \(index)")
      }
    }
    let difference = zip(plain[7], fused[7]).count { $0 != $1 }
    #expect(Double(difference) > 0.1 * Double(size.pixelCount))
  }

  @Test("the first pass of another scene is fused with nothing")
  func cutsAreNotFused() throws {
    let loaded = try MovingPicture.model()
    let sequence = try sequence(loaded)
    defer { sequence.stop() }
    for index in 0..<4 {
      _ = try sequence.process(
        MovingPicture.picture(seed: 4), at: MediaTime(seconds: Double(index)), duration: 10, isDiscontinuity: index == 0, shown: nil, waits: true)
    }
    let dark = try sequence.process(MovingPicture.dark(0), at: MediaTime(seconds: 4), duration: 10, isDiscontinuity: false, shown: nil, waits: true)
    #expect(dark.decision.keyReason == .cut && !dark.isFused)
    var plain = PixelImage(size: size, format: .gray8)
    var instances: [DetectedInstance] = []
    try SegmentationModel(loaded, threads: 1).segment(MovingPicture.dark(0), into: &plain, instances: &instances)
    #expect(sequence.labels.withBytes { Array($0) } == plain.withBytes { Array($0) })
  }

  @Test("a seek while a pass runs in the background shows nothing of the old place", arguments: [FlowSource.dense, .none, .codecVectors])
  func seeksDuringAPass(flow: FlowSource) throws {
    let size = PixelSize(width: 640, height: 480)
    let loaded = try MovingPicture.model()
    let sequence = try LiveSequence(SegmentationModel(loaded, threads: 1), size: size, cores: 2, flow: flow)
    defer { sequence.stop() }
    let before = MovingPicture.picture(seed: 4, size: size)
    let after = MovingPicture.picture(seed: 11, size: size)
    var plain = PixelImage(size: size, format: .gray8)
    var instances: [DetectedInstance] = []
    try SegmentationModel(loaded, threads: 1).segment(after, into: &plain, instances: &instances)
    // Once while nothing is shown yet, and once with masks on the screen and the next pass on its way.
    for shows in [false, true] {
      try play(sequence, duration: 0.001, { _ in before.copy() }) { _, result in
        result.decision.startsBackgroundPass && result.decision.isBlank != shows
      }
      try play(sequence, duration: 0.001, from: 1000, { _ in after.copy() }) { index, result in
        if index == 1000 { #expect(result.decision.isBlank && result.signals.isDiscontinuity) }
        if result.decision.isBlank { return false }
        #expect(result.decision.age ?? .max <= index - 1000)
        return true
      }
      let expected = plain.withBytes { Array($0) }
      let same = zip(sequence.labels.withBytes { Array($0) }, expected).count { $0 == $1 }
      #expect(Double(same) > 0.98 * Double(size.pixelCount))
    }
  }

  @Test("networks that find instances give a map of the size that is shown")
  func instanceNetworks() throws {
    let loaded = try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge", variant: "mobilenetv2", inputSize: size)
    let sequence = try LiveSequence(SegmentationModel(loaded, threads: 1), size: size, cores: 2)
    defer { sequence.stop() }
    let end = Date().addingTimeInterval(30)
    var isShown = false
    var index = 0
    while !isShown && Date() < end {
      let picture = MovingPicture.picture(seed: 4, x: Double(index % 8))
      let result = try sequence.process(
        picture, at: MediaTime(seconds: Double(index)), duration: 0.004, isDiscontinuity: index == 0, shown: PixelSize(width: 40, height: 30))
      isShown = !result.decision.isBlank && result.decision.pass != .hold
      index += 1
      usleep(2000)
    }
    #expect(isShown)
    #expect(sequence.labels.size == PixelSize(width: 40, height: 30))
    let largest = sequence.labels.withBytes { $0.max() ?? 0 }
    #expect(Int(largest) <= sequence.instances.count)
  }

  @Test("it stops while a pass runs, also right after it was made")
  func stops() throws {
    for frames in [0, 1, 2] {
      let sequence = try sequence(try MovingPicture.model())
      for index in 0..<frames {
        _ = try sequence.process(MovingPicture.picture(seed: 1), at: MediaTime(seconds: Double(index)), duration: 0.04, isDiscontinuity: false, shown: nil)
      }
      sequence.stop()
    }
  }
}
