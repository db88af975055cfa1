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
}
