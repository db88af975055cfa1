import SegGraph
import SegRuntime
import SegTestSupport
import Testing

@Suite struct LabelMakerTests {
  private func labels(_ maker: LabelMaker, _ scores: [Float], ignoring: Int? = nil, threads: Int = 1) -> [UInt8] {
    var labels = [UInt8](repeating: 255, count: maker.height * maker.width)
    scores.withUnsafeBufferPointer { scores in
      labels.withUnsafeMutableBufferPointer { maker.makeLabels(from: scores, ignoring: ignoring, into: $0, threads: threads) }
    }
    return labels
  }

  private func plain(_ scores: [Float], classes: Int, ignoring: Int?) -> [UInt8] {
    stride(from: 0, to: scores.count, by: classes).map { start in
      var best = ignoring == 0 ? 1 : 0
      for index in (best + 1)..<max(classes, best + 1) where index != ignoring && scores[start + index] > scores[start + best] { best = index }
      return UInt8(best < classes ? best : 0)
    }
  }

  @Test(arguments: [1, 2, 12, 16, 17, 19, 20, 32, 33, 256])
  func greatestScoreWins(classes: Int) {
    var random = RandomNumbers(seed: UInt64(classes))
    for (height, width) in [(1, 1), (7, 9), (17, 33)] {
      // Few distinct values, so that many scores are equal.
      let scores = random.floats(height * width * classes).map { ($0 * 8).rounded() }
      let maker = LabelMaker(scores: FeatureShape(height: height, width: width, channels: classes))
      for ignoring in [nil, 0, classes - 1, classes / 2] {
        #expect(
          labels(maker, scores, ignoring: ignoring) == plain(scores, classes: classes, ignoring: ignoring), "\(height)x\(width) without \(ignoring as Int?)")
      }
      #expect(labels(maker, scores, threads: 2) == plain(scores, classes: classes, ignoring: nil))
    }
  }

  @Test func scoresThatAreNotNumbersGiveSomeClass() {
    let maker = LabelMaker(scores: FeatureShape(height: 2, width: 9, channels: 12))
    #expect(labels(maker, [Float](repeating: .nan, count: 216)).allSatisfy { $0 == 0 })
    #expect(labels(maker, [Float](repeating: -.infinity, count: 216), ignoring: 0).allSatisfy { $0 == 1 })
  }

  @Test(arguments: [false, true])
  func interpolatesBeforeItCompares(alignCorners: Bool) throws {
    for (classes, from, to) in [(12, (7, 9), (17, 33)), (19, (8, 8), (3, 5)), (20, (1, 1), (4, 4)), (3, (9, 7), (9, 7))] {
      var random = RandomNumbers(seed: UInt64(classes))
      let shape = FeatureShape(height: from.0, width: from.1, channels: classes)
      let scores = random.floats(shape.count)
      var builder = GraphBuilder()
      let resized = try builder.add(
        .resizeBilinear(height: to.0, width: to.1, alignCorners: alignCorners), name: "resize", inputs: [builder.input(shape)])
      builder.output(resized, name: "x")
      let expanded = try #require(ReferenceInterpreter(graph: builder.build()).run(inputs: [scores])["x"])
      let maker = LabelMaker(scores: shape, height: to.0, width: to.1, alignCorners: alignCorners)
      for ignoring in [nil, 1] {
        let (found, wanted) = (labels(maker, scores, ignoring: ignoring), plain(expanded, classes: classes, ignoring: ignoring))
        // Rounding may differ in the last bit, so a label may differ only where two scores are as good as equal.
        for (place, (one, other)) in zip(found, wanted).enumerated() where one != other {
          #expect(abs(expanded[place * classes + Int(one)] - expanded[place * classes + Int(other)]) < 1e-6)
        }
      }
    }
  }

  @Test("labels between corners of one label need no interpolation, and those of large scores neither", arguments: [false, true])
  func enlarges(alignCorners: Bool) throws {
    var random = RandomNumbers(seed: 5)
    let shape = FeatureShape(height: 9, width: 11, channels: 19)
    // Regions of one label with edges between them, and a place that is not a number.
    var scores = random.floats(shape.count)
    for place in 0..<99 { scores[place * 19 + (place / 33 * 3 + place % 11 / 4)] += 3 }
    scores[50 * 19 + 2] = .infinity
    var builder = GraphBuilder()
    let resized = try builder.add(
      .resizeBilinear(height: 71, width: 87, alignCorners: alignCorners), name: "resize", inputs: [builder.input(shape)])
    builder.output(resized, name: "x")
    let expanded = try #require(ReferenceInterpreter(graph: builder.build()).run(inputs: [scores])["x"])
    let maker = LabelMaker(scores: shape, height: 71, width: 87, alignCorners: alignCorners)
    for threads in [1, 2] {
      let (found, wanted) = (labels(maker, scores, threads: threads), plain(expanded, classes: 19, ignoring: nil))
      for (place, (one, other)) in zip(found, wanted).enumerated() where one != other {
        #expect(abs(expanded[place * 19 + Int(one)] - expanded[place * 19 + Int(other)]) < 1e-6)
      }
    }
  }

  @Test("labels of any enlarged or reduced scores are those of the interpolated ones", arguments: UInt64(0)..<60)
  func interpolatesAnything(seed: UInt64) throws {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let classes = [number(1...40), number(1...40), number(1...256), [1, 2, 16, 32, 256][number(0...4)]][number(0...3)]
    let shape = FeatureShape(height: number(1...9), width: number(1...20), channels: classes)
    let (height, width, alignCorners) = (number(1...40), number(1...300), Bool.random(using: &random))
    var scores = random.floats(shape.count)
    // Whole regions of one class in some.
    if Bool.random(using: &random) { for place in 0..<shape.height * shape.width { scores[place * classes + place / 5 % classes] += 2 } }
    var builder = GraphBuilder()
    let resized = try builder.add(.resizeBilinear(height: height, width: width, alignCorners: alignCorners), name: "resize", inputs: [builder.input(shape)])
    builder.output(resized, name: "x")
    let expanded = try #require(ReferenceInterpreter(graph: builder.build()).run(inputs: [scores])["x"])
    let maker = LabelMaker(scores: shape, height: height, width: width, alignCorners: alignCorners)
    let ignoring = Bool.random(using: &random) ? nil : number(0...classes - 1)
    let wanted = plain(expanded, classes: classes, ignoring: ignoring)
    for threads in [1, 3] {
      let found = labels(maker, scores, ignoring: ignoring, threads: threads)
      let wrong = found.indices.count {
        found[$0] != wanted[$0] && abs(expanded[$0 * classes + Int(found[$0])] - expanded[$0 * classes + Int(wanted[$0])]) >= 1e-5
      }
      #expect(wrong == 0, "seed \(seed): \(wrong) wrong, \(shape) to \(height)x\(width), without \(ignoring as Int?), \(threads) threads")
      if let ignoring, classes > 1 { #expect(!found.contains(UInt8(ignoring)), "seed \(seed)") }
    }
  }

  @Test("labels of blocks lie where the interleaved scores would", arguments: [2, 3])
  func blocks(block: Int) throws {
    var random = RandomNumbers(seed: UInt64(block))
    let shape = FeatureShape(height: 5, width: 6 * block * block, channels: 20)
    let interleave = Interleave(block: block, offset: (1, block - 1), height: 5 * block - 2, width: 6 * block - block)
    let scores = random.floats(shape.count)
    var builder = GraphBuilder()
    builder.output(try builder.add(.interleave(interleave), name: "interleave", inputs: [builder.input(shape)]), name: "x")
    let spread = try #require(ReferenceInterpreter(graph: builder.build()).run(inputs: [scores])["x"])
    #expect(labels(LabelMaker(blocks: shape, interleave: interleave), scores) == plain(spread, classes: 20, ignoring: nil))
    let spreader = BlockSpreader(blocks: shape, interleave: interleave)
    scores.withUnsafeBufferPointer { spreader.spread($0, rows: 0..<shape.height, threads: 1) }
    #expect(Array(spreader.spread) == spread)
  }

  @Test("labels of some rows of scores are those of the whole", arguments: [1, 2, 3], [(0, 0), (1, 2), (2, 1)])
  func rows(block: Int, offset: (Int, Int)) {
    for (width, height) in [(5, 7), (33, 6), (64, 3)] {
      for classes in [1, 3, 12, 16, 20] {
        var random = RandomNumbers(seed: UInt64(classes))
        let shape = FeatureShape(height: height, width: width * block * block, channels: classes)
        let (top, left) = (offset.0 % block, offset.1 % block)
        let interleave = Interleave(block: block, offset: (top, left), height: height * block - top, width: width * block - left)
        let scores = random.floats(shape.count).map { ($0 * 8).rounded() }
        let maker = LabelMaker(blocks: shape, interleave: interleave)
        for ignoring in [nil, 0, 1] {
          let whole = labels(maker, scores, ignoring: ignoring)
          for strip in [1, 2, 4] {
            for threads in [1, 2] {
              var found = [UInt8](repeating: 255, count: whole.count)
              for first in stride(from: 0, to: height, by: strip) {
                let rows = first..<min(first + strip, height)
                let part = Array(scores[rows.lowerBound * shape.width * classes..<rows.upperBound * shape.width * classes])
                part.withUnsafeBufferPointer { part in
                  found.withUnsafeMutableBufferPointer { maker.makeLabels(from: part, rows: rows, ignoring: ignoring, into: $0, threads: threads) }
                }
              }
              #expect(found == whole, "\(classes) classes, \(strip) rows at a time")
            }
          }
        }
      }
    }
  }
}
