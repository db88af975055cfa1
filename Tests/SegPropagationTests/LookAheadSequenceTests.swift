import SegBase
import SegModels
import SegPropagation
import SegSchedule
import SegTestSupport
import Testing

@Suite struct LookAheadSequenceTests {
  /// Results and labels in the order of their delivery.
  private func run(
    _ policy: SchedulePolicy, frames: Int, fuses: Bool = false, size: PixelSize = MovingPicture.size, picture: (Int) -> PixelImage
  ) throws -> (labels: [[UInt8]], results: [FrameResult], delays: [Int]) {
    var settings = MovingPicture.settings(policy, fuses: fuses)
    settings.looksAhead = true
    let sequence = try settings.sequence(try MovingPicture.model())
    var labels: [[UInt8]] = []
    var results: [FrameResult] = []
    var delays: [Int] = []
    for index in 0..<frames {
      let image = picture(index)
      try sequence.process(image, at: MediaTime(seconds: Double(index) / 25), duration: 0.04, isDiscontinuity: false, codec: nil) { result, map in
        delays.append(index - results.count)
        results.append(result)
        labels.append(map.withBytes { Array($0) })
      }
      #expect(index - results.count < sequence.largestDelay)
    }
    try sequence.finish { result, map in
      results.append(result)
      labels.append(map.withBytes { Array($0) })
    }
    return (labels, results, delays)
  }

  @Test("every frame is delivered once, in order, when the next key has come")
  func deliveredInOrder() throws {
    let (_, results, delays) = try run(.fixed(interval: 4), frames: 11) { MovingPicture.picture(seed: 1, x: Double($0)) }
    #expect(results.map(\.signals.frame) == Array(0..<11))
    #expect(results.map(\.decision.age) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2])
    #expect(delays == [0, 3, 2, 1, 0, 3, 2, 1, 0])
  }

  @Test("keys and the frames after the last one are as without looking ahead")
  func keysAreTheSame() throws {
    let picture = { (index: Int) in MovingPicture.picture(seed: 2, x: 2 * Double(index), noise: 9, noiseSeed: UInt64(index)) }
    for fuses in [false, true] {
      let ahead = try run(.fixed(interval: 4), frames: 7, fuses: fuses, picture: picture)
      let plain = try MovingPicture.run(MovingPicture.settings(.fixed(interval: 4), fuses: fuses), frames: 7, picture: picture)
      for index in [0, 4, 5, 6] { #expect(ahead.labels[index] == plain.labels[index], "frame \(index)") }
      for index in [1, 2, 3] { #expect(ahead.labels[index] != plain.labels[index], "frame \(index)") }
    }
  }

  @Test("what comes into the picture is known from the key after")
  func whatComesIntoThePicture() throws {
    let picture = { (index: Int) in MovingPicture.picture(seed: 3, x: 6 * Double(index)) }
    let network = try MovingPicture.run(MovingPicture.settings(.every), frames: 7, picture: picture)
    // Content moves to the right: 30 columns of frame 5 were not there on frame 0.
    func agreement(_ labels: [[UInt8]]) -> Int {
      var equal = 0
      for row in 0..<120 {
        for place in row * 160..<row * 160 + 24 where labels[5][place] == network.labels[5][place] { equal += 1 }
      }
      return equal
    }
    let ahead = try run(.fixed(interval: 6), frames: 7, picture: picture)
    let plain = try MovingPicture.run(MovingPicture.settings(.fixed(interval: 6)), frames: 7, picture: picture)
    #expect(agreement(ahead.labels) > agreement(plain.labels) + 24 * 120 / 10, "\(agreement(ahead.labels)) \(agreement(plain.labels))")
  }

  @Test("nothing crosses a cut")
  func nothingCrossesACut() throws {
    let picture = { (index: Int) in index < 5 ? MovingPicture.picture(seed: 6, x: Double(index)) : MovingPicture.dark(index) }
    let ahead = try run(.fixed(interval: 30), frames: 8, fuses: true, picture: picture)
    let plain = try MovingPicture.run(MovingPicture.settings(.fixed(interval: 30), fuses: true), frames: 8, picture: picture)
    #expect(ahead.results.keys == [0, 5] && ahead.labels == plain.labels)
  }

  @Test("keys far apart do not make more frames wait than the limit")
  func theWaitIsBounded() throws {
    let small = PixelSize(width: 32, height: 24)
    let (_, results, delays) = try run(.fixed(interval: 80), frames: 82) { MovingPicture.picture(seed: 7, x: 0.3 * Double($0), size: small) }
    #expect(results.map(\.signals.frame) == Array(0..<82))
    #expect(delays.max() == LookAheadSequence.largestDelay - 1)
  }
}
