import SegBase
import SegModels
import SegPropagation
import SegSchedule
import SegTestSupport
import Testing

@Suite struct FrameSequenceTests {
  private let size = MovingPicture.size

  @Test("labels move with the picture away from its border")
  func labelsMoveWithThePicture() throws {
    let (labels, results) = try MovingPicture.run(MovingPicture.settings(.fixed(interval: 10)), frames: 6) { index in
      MovingPicture.picture(seed: 4, x: 3 * Double(index), y: -Double(index))
    }
    #expect(results.map(\.decision.pass) == [.full] + Array(repeating: .propagate, count: 5))
    #expect(results.map(\.decision.age) == [0, 1, 2, 3, 4, 5])
    #expect(Set(labels[0]).count > 1)
    for index in 1..<6 {
      var equal = 0
      var all = 0
      for row in 20..<100 {
        for column in 32..<140 {
          all += 1
          if labels[index][row * size.width + column] == labels[0][(row + index) * size.width + column - 3 * index] { equal += 1 }
        }
      }
      let stale = (20..<100).reduce(0) { sum, row in
        sum + (32..<140).count { labels[index][row * size.width + $0] == labels[0][row * size.width + $0] }
      }
      // The labels of random weights have edges at every few pixels, where fractions of a pixel in the flow decide.
      #expect(Double(equal) / Double(all) > 0.95 - 0.05 * Double(index), "frame \(index)")
      #expect(stale < equal * 7 / 10, "frame \(index)")
    }
  }

  @Test("without flow the last labels stay")
  func withoutFlowLabelsStay() throws {
    var settings = MovingPicture.settings(.fixed(interval: 3))
    settings.flow = .none
    let (labels, results) = try MovingPicture.run(settings, frames: 6) { MovingPicture.picture(seed: 4, x: 2 * Double($0)) }
    #expect(results.keys == [0, 3])
    #expect(labels[1] == labels[0] && labels[2] == labels[0] && labels[4] == labels[3] && labels[3] != labels[0])
  }

  @Test("every frame unfused gets the network's own labels")
  func everyUnfusedIsThePlainNetwork() throws {
    let loaded = try MovingPicture.model()
    let network = SegmentationModel(loaded, threads: 1)
    var settings = MovingPicture.settings(.every)
    settings.ignoredClass = 2
    let (labels, results) = try MovingPicture.run(settings, frames: 4, model: loaded) { MovingPicture.picture(seed: 5, x: Double($0)) }
    #expect(results.allSatisfy { $0.decision.pass == .full && $0.networkMilliseconds > 0 })
    for index in 0..<4 {
      let image = MovingPicture.picture(seed: 5, x: Double(index))
      var plain = PixelImage(size: size, format: .gray8)
      var instances: [DetectedInstance] = []
      try network.segment(image, into: &plain, instances: &instances, ignoring: 2)
      #expect(labels[index] == plain.withBytes { Array($0) })
    }
  }

  @Test("a cut is a key, and nothing of the scene before is left")
  func aCutIsAKey() throws {
    for fuses in [false, true] {
      let (labels, results) = try MovingPicture.run(MovingPicture.settings(.fixed(interval: 30), fuses: fuses), frames: 8) { index in
        index < 5 ? MovingPicture.picture(seed: 6, x: Double(index)) : MovingPicture.dark(index)
      }
      #expect(results.keys == [0, 5])
      #expect(results[5].decision.keyReason == .cut)
      let alone = try MovingPicture.run(MovingPicture.settings(.every), frames: 1) { _ in MovingPicture.dark(5) }
      #expect(labels[5] == alone.labels[0])
    }
  }

  @Test("a still video has keys at the largest interval only")
  func aStillVideoHasFewKeys() throws {
    let small = PixelSize(width: 64, height: 48)
    let (_, results) = try MovingPicture.run(MovingPicture.settings(.adaptive(pointsLost: 1), fuses: true), frames: 62) { _ in
      MovingPicture.picture(seed: 7, size: small)
    }
    #expect(results.keys == [0, 30, 60])
    #expect(results.allSatisfy { $0.signals.flowMagnitude < 1e-4 && $0.signals.inconsistentShare < 0.2 })
  }

  @Test("fused labels are steadier than those of each frame by itself")
  func fusedIsSteadier() throws {
    func changes(fuses: Bool) throws -> Int {
      let (labels, _) = try MovingPicture.run(MovingPicture.settings(.every, fuses: fuses), frames: 6) { index in
        MovingPicture.picture(seed: 8, noise: 12, noiseSeed: UInt64(index))
      }
      return zip(labels.dropFirst(), labels.dropLast()).reduce(0) { $0 + zip($1.0, $1.1).count { $0 != $1 } }
    }
    let (plain, fused) = (try changes(fuses: false), try changes(fuses: true))
    #expect(plain > 1000 && fused < plain * 3 / 4, "\(plain) \(fused)")
  }

  @Test("the same frames give the same labels, on one thread and on two")
  func theSameFramesGiveTheSameLabels() throws {
    var settings = MovingPicture.settings(.fixed(interval: 3), fuses: true)
    let picture = { (index: Int) in MovingPicture.picture(seed: 9, x: 1.5 * Double(index), noise: 5, noiseSeed: UInt64(index)) }
    let first = try MovingPicture.run(settings, frames: 7, picture: picture)
    let again = try MovingPicture.run(settings, frames: 7, picture: picture)
    settings.threads = 2
    let wide = try MovingPicture.run(settings, frames: 7, picture: picture)
    #expect(first.labels == again.labels && first.labels == wide.labels)
    #expect(first.results.map(\.decision.pass) == again.results.map(\.decision.pass))
    #expect(first.results.map(\.signals) == again.results.map(\.signals))
  }

  @Test("a seek and another size begin anew")
  func discontinuities() throws {
    let sequence = try FrameSequence(try MovingPicture.model(), settings: MovingPicture.settings(.fixed(interval: 50), fuses: true))
    let other = PixelSize(width: 64, height: 48)
    var reasons: [KeyReason?] = []
    for (index, (side, isSeek)) in [(size, false), (size, false), (size, true), (size, false), (other, false), (other, false)].enumerated() {
      let image = MovingPicture.picture(seed: 10, x: Double(index), size: side)
      let result = try sequence.process(image, at: MediaTime(seconds: Double(index) / 25), isDiscontinuity: isSeek)
      reasons.append(result.decision.keyReason)
      #expect(sequence.labels.size == side)
    }
    #expect(reasons == [.first, nil, .discontinuity, nil, .discontinuity, nil])
  }

  @Test("a network whose scores are smaller than the picture is brought forward as well")
  func smallScores() throws {
    let loaded = try LoadedModel.random(architecture: .fastSCNN, classCount: 6, inputSize: PixelSize(width: 256, height: 128))
    let (labels, results) = try MovingPicture.run(MovingPicture.settings(.fixed(interval: 4), fuses: true), frames: 6, model: loaded) { index in
      MovingPicture.picture(seed: 11, x: 2 * Double(index), size: PixelSize(width: 256, height: 128))
    }
    #expect(results.keys == [0, 4])
    #expect(labels.allSatisfy { $0.count == 256 * 128 } && labels[1] != labels[0])
  }

  @Test("signals that the policy does without are measured when they are asked for")
  func everySignalWhenAsked() throws {
    var settings = MovingPicture.settings(.fixed(interval: 5))
    let picture = { (index: Int) in MovingPicture.picture(seed: 12, x: 6 * Double(index)) }
    #expect(try MovingPicture.run(settings, frames: 3, picture: picture).results.allSatisfy { $0.signals.inconsistentShare == 0 })
    settings.measuresEverySignal = true
    let results = try MovingPicture.run(settings, frames: 3, picture: picture).results
    #expect(results[0].signals.flowMagnitude == 0)
    for result in results.dropFirst() {
      #expect(abs(result.signals.flowMagnitude - 6.0 / 160) < 0.004 && result.signals.inconsistentShare > 0.02)
      #expect(result.signals.meanAbsoluteDifference > 0.01 && result.recorded.flowMilliseconds ?? 0 > 0)
    }
  }

  @Test("partial passes on a still video give the labels of its key, fused or not, at sizes of either kind", arguments: [false, true])
  func partialOnStill(fuses: Bool) throws {
    let fast = try LoadedModel.random(architecture: .fastSCNN, classCount: 6, inputSize: PixelSize(width: 160, height: 128))
    for (model, size) in [(try MovingPicture.model(), PixelSize(width: 136, height: 88)), (fast, PixelSize(width: 160, height: 128))] {
      var settings = MovingPicture.settings(.fixed(interval: 3), fuses: fuses)
      settings.between = .partial
      let (labels, results) = try MovingPicture.run(settings, frames: 5, model: model) { _ in MovingPicture.picture(seed: 13, size: size) }
      #expect(results.map(\.decision.pass) == [.full, .partial, .partial, .full, .partial])
      #expect(results.allSatisfy { $0.networkMilliseconds > 0 })
      for frame in labels { #expect(zip(frame, labels[0]).count { $0 != $1 } < size.pixelCount / 200) }
    }
  }

  @Test("a partial pass sees the frame itself, and leaves the key's scores as they were")
  func partialSeesTheFrame() throws {
    let picture = { (index: Int) in MovingPicture.picture(seed: 14, x: 2 * Double(index)) }
    var settings = MovingPicture.settings(.fixed(interval: 6))
    let propagated = try MovingPicture.run(settings, frames: 7, picture: picture)
    settings.between = .partial
    let partial = try MovingPicture.run(settings, frames: 7, picture: picture)
    #expect(partial.results.keys == [0, 6] && partial.labels[0] == propagated.labels[0] && partial.labels[6] == propagated.labels[6])
    for index in 1..<6 { #expect(partial.labels[index] != propagated.labels[index]) }
    settings.fuses = true
    settings.partialShare = 0
    let fused = try MovingPicture.run(settings, frames: 4, picture: picture)
    // Where the flow is consistent the key's scores alone count.
    for index in 1..<4 { #expect(zip(fused.labels[index], propagated.labels[index]).count { $0 == $1 } > size.pixelCount * 8 / 10) }
  }

  @Test("after a seek partial passes have the features of the new key")
  func seeksRenewFeatures() throws {
    var settings = MovingPicture.settings(.fixed(interval: 50), fuses: true)
    settings.between = .partial
    let picture = { (index: Int) in MovingPicture.picture(seed: index < 3 ? 15 : 16, x: Double(index)) }
    let sequence = try FrameSequence(try MovingPicture.model(), settings: settings)
    var labels: [[UInt8]] = []
    for index in 0..<6 {
      _ = try sequence.process(picture(index), at: MediaTime(seconds: Double(index) / 25), duration: 0.04, isDiscontinuity: index == 3)
      labels.append(sequence.labels.withBytes { Array($0) })
    }
    let alone = try MovingPicture.run(settings, frames: 3) { picture($0 + 3) }
    #expect(Array(labels[3...]) == alone.labels)
  }

  @Test("networks that find instances are refused")
  func instancesAreRefused() throws {
    let loaded = try LoadedModel.random(architecture: .yolact)
    #expect(throws: InputError.self) { try FrameSequence(loaded, settings: SequenceSettings(policy: .every)) }
  }
}
