import SegBase
import SegEvaluate
import SegTestSupport
import Testing

@Suite struct ConfusionMatrixTests {
  private func map(_ values: [UInt8]) -> PixelImage {
    var image = PixelImage(size: PixelSize(width: values.count, height: 1), format: .gray8)
    image.withMutableBytes { bytes in for index in values.indices { bytes[index] = values[index] } }
    return image
  }

  @Test func perfectPredictionScoresOne() {
    var matrix = ConfusionMatrix(classCount: 3)
    matrix.add(truth: map([0, 1, 2, 2]), prediction: map([0, 1, 2, 2]), ignoredLabel: nil)
    #expect(matrix.pixelAccuracy == 1)
    #expect(matrix.meanIntersectionOverUnion() == 1)
    #expect(matrix.classIntersectionOverUnion == [1, 1, 1])
  }

  @Test func countsIntersectionsAndUnions() {
    var matrix = ConfusionMatrix(classCount: 3)
    matrix.add(truth: map([0, 0, 0, 1, 1]), prediction: map([0, 0, 1, 1, 0]), ignoredLabel: nil)
    #expect(matrix.total == 5)
    #expect(matrix.pixelAccuracy == 0.6)
    #expect(matrix.classIntersectionOverUnion == [0.5, 1.0 / 3, nil])
    #expect(abs(matrix.meanIntersectionOverUnion() - (0.5 + 1.0 / 3) / 2) < 1e-12)
  }

  @Test func ignoredAndUnknownTrueLabelsDoNotCount() {
    var matrix = ConfusionMatrix(classCount: 2)
    matrix.add(truth: map([0, 1, 1, 255, 0]), prediction: map([0, 1, 0, 0, 1]), ignoredLabel: 1)
    #expect(matrix.total == 2)
    #expect(matrix[truth: 0, prediction: 0] == 1)
    #expect(matrix[truth: 0, prediction: 1] == 1)
  }

  @Test func predictionThatIsNoClassIsWrong() {
    var matrix = ConfusionMatrix(classCount: 2)
    matrix.add(truth: map([0, 0]), prediction: map([0, 9]), ignoredLabel: nil)
    #expect(matrix.pixelAccuracy == 0.5)
    #expect(matrix.classIntersectionOverUnion == [0.5, nil])
  }

  @Test func sumOfMatricesEqualsMatrixOfAll() {
    var numbers = RandomNumbers(seed: 7)
    var all = ConfusionMatrix(classCount: 5)
    var sum = ConfusionMatrix(classCount: 5)
    for _ in 0..<10 {
      let truth = (0..<33).map { _ in UInt8.random(in: 0..<7, using: &numbers) }
      let prediction = (0..<33).map { _ in UInt8.random(in: 0..<7, using: &numbers) }
      var part = ConfusionMatrix(classCount: 5)
      part.add(truth: map(truth), prediction: map(prediction), ignoredLabel: 2)
      all.add(truth: map(truth), prediction: map(prediction), ignoredLabel: 2)
      sum.add(part)
    }
    #expect(sum == all)
  }
}
