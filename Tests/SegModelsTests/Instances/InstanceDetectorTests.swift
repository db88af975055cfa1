import SegBase
import SegModels
import SegTestSupport
import Testing

struct InstanceDetectorTests {
  /// A small network's shape.
  struct Shape: Sendable, CustomTestStringConvertible {
    var classCount: Int
    var coefficientCount = 32
    var rule = InstanceLayout.AnchorRule.squares
    var levels = [PixelSize(width: 9, height: 7), PixelSize(width: 5, height: 3), PixelSize(width: 1, height: 1)]
    var prototypeSize = PixelSize(width: 37, height: 29)
    var testDescription: String { "\(classCount) classes, \(coefficientCount) prototypes of \(prototypeSize)" }

    var layout: InstanceLayout {
      InstanceLayout(
        classCount: classCount, anchorsPerPosition: rule == .scalesAndRatios ? 9 : 3, coefficientCount: coefficientCount, anchorRule: rule)
    }

    /// Outputs of which about a third of the anchors are something.
    func outputs(using random: inout RandomNumbers) -> OwnedOutputs {
      let counts = levels.map { $0.pixelCount * layout.anchorsPerPosition }
      var scores = counts.map { random.floats($0 * classCount, in: -4...4) }
      for (level, count) in counts.enumerated() {
        for anchor in 0..<count {
          scores[level][anchor * classCount] = Float.random(in: 0...14, using: &random)
          // One class stands out, or a hundred classes would share the score.
          scores[level][anchor * classCount + Int.random(in: 1..<classCount, using: &random)] += Float.random(in: 0...8, using: &random)
        }
      }
      return OwnedOutputs(
        classScores: scores, boxOffsets: counts.map { random.floats($0 * 4, in: -4...4) },
        coefficients: counts.map { random.floats($0 * coefficientCount) },
        prototypes: random.floats(prototypeSize.pixelCount * coefficientCount, in: 0...1))
    }
  }

  static let shapes = [
    Shape(classCount: 81), Shape(classCount: 2, coefficientCount: 5, prototypeSize: PixelSize(width: 3, height: 50)),
    Shape(classCount: 17, coefficientCount: 16, rule: .scalesAndRatios, prototypeSize: PixelSize(width: 16, height: 16)),
    Shape(classCount: 21, coefficientCount: 40, rule: .ratios, levels: [PixelSize(width: 4, height: 4)], prototypeSize: PixelSize(width: 65, height: 2)),
    Shape(classCount: 256, coefficientCount: 1, prototypeSize: PixelSize(width: 1, height: 1)),
  ]

  static let settings = [
    InstanceSettings(), InstanceSettings(nonMaximumSuppression: .crossClass), InstanceSettings(nonMaximumSuppression: .traditional),
    InstanceSettings(scoreThreshold: 0, maximumCount: 255, candidateCount: 7),
    InstanceSettings(scoreThreshold: 0.01, maximumCount: 20, nonMaximumSuppression: .crossClass, overlapThreshold: 0.1, candidateCount: 31),
    InstanceSettings(scoreThreshold: 0, maximumCount: 11, nonMaximumSuppression: .traditional, overlapThreshold: 0.3, candidateThreshold: 0.2),
  ]

  static func detector(_ shape: Shape, _ settings: InstanceSettings, _ rescoring: MaskRescoring? = nil) throws -> InstanceDetector {
    try InstanceDetector(
      layout: shape.layout, levels: shape.levels, inputSize: 100, prototypeSize: shape.prototypeSize, settings: settings, rescoring: rescoring)
  }

  static func clamped(_ corners: [Float]) -> [Float] { corners.map { max(0, min(1, $0)) } }

  @Test("detections are those of the plain rules", arguments: shapes, settings)
  func plainRules(shape: Shape, settings: InstanceSettings) throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let detector = try Self.detector(shape, settings)
    let priors = AnchorPriors(layout: shape.layout, levels: shape.levels, inputSize: 100)
    var instances: [DetectedInstance] = []
    for _ in 0..<3 {
      let outputs = shape.outputs(using: &random)
      outputs.withOutputs { detector.detect($0, into: &instances) }
      let expected = PlainInstances.detect(outputs, priors: priors, classCount: shape.classCount, inputSize: 100, settings: settings)
      #expect(instances.count == expected.count, "seed \(seed)")
      #expect(zip(instances, instances.dropFirst()).allSatisfy { $0.score >= $1.score }, "seed \(seed)")
      for one in expected {
        let isThere = instances.contains { found in
          let box = [found.box.x1, found.box.y1, found.box.x2, found.box.y2]
          return found.classIndex == one.classIndex && abs(found.score - one.score) < 1e-5
            && zip(box, Self.clamped(one.corners)).allSatisfy { abs($0 - $1) < 1e-5 }
        }
        #expect(isThere, "seed \(seed): \(one)")
      }
    }
  }

  @Test("masks are the prototypes' weighted sums inside the boxes", arguments: shapes)
  func masks(shape: Shape) throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let settings = InstanceSettings(scoreThreshold: 0.1, maximumCount: 12)
    let outputs = shape.outputs(using: &random)
    let priors = AnchorPriors(layout: shape.layout, levels: shape.levels, inputSize: 100)
    let detector = try Self.detector(shape, settings)
    var instances: [DetectedInstance] = []
    outputs.withOutputs { detector.detect($0, into: &instances) }
    let expected = PlainInstances.detect(outputs, priors: priors, classCount: shape.classCount, inputSize: 100, settings: settings)
    let (coefficients, count) = (outputs.coefficients.flatMap { $0 }, shape.coefficientCount)
    let sizes = [PixelSize(width: 1, height: 1), PixelSize(width: 61, height: 47), PixelSize(width: 9, height: 120), shape.prototypeSize]
    try #require(instances.count == expected.count)
    for (index, one) in expected.enumerated() where abs(instances[index].score - one.score) < 1e-5 && instances[index].classIndex == one.classIndex {
      let values = PlainInstances.mask(
        prototypes: outputs.prototypes, size: shape.prototypeSize, coefficients: Array(coefficients[one.anchor * count..<(one.anchor + 1) * count]),
        corners: one.corners)
      for (place, value) in values.enumerated() where abs(value - 0.5) > 1e-5 {
        let (x, y) = (place % shape.prototypeSize.width, place / shape.prototypeSize.width)
        #expect(detector.masks.bitmaps.contains(index, x: x, y: y) == (value > 0.5), "seed \(seed), bit \(x) \(y)")
      }
      for size in sizes {
        var mask = PixelImage(size: size, format: .gray8)
        detector.masks.makeMask(of: index, size: size, value: 9, into: &mask)
        let pixels = mask.withBytes { Array($0) }
        let wrong = zip(PlainInstances.resized(values, from: shape.prototypeSize, to: size), pixels).filter { value, pixel in
          abs(value - 0.5) > 1e-5 && pixel != (value > 0.5 ? 9 : 0)
        }
        #expect(wrong.isEmpty, "seed \(seed), \(size): \(wrong.prefix(3))")
      }
    }
  }

  @Test("the map shows every mask, the best on top", arguments: shapes)
  func map(shape: Shape) throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let detector = try Self.detector(shape, InstanceSettings(scoreThreshold: 0.02))
    var instances: [DetectedInstance] = []
    shape.outputs(using: &random).withOutputs { detector.detect($0, into: &instances) }
    let size = PixelSize(width: 45, height: 31)
    var map = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    var mask = PixelImage(size: size, format: .gray8)
    for hidden in [[], [0, 3]] as [Set<Int>] {
      var expected = [UInt8](repeating: 0, count: size.pixelCount)
      for index in instances.indices.reversed() where !hidden.contains(index) {
        detector.masks.makeMask(of: index, size: size, into: &mask)
        mask.withBytes { pixels in for (place, value) in pixels.enumerated() where value > 0 { expected[place] = UInt8(index + 1) } }
      }
      detector.masks.makeMap(size: size, into: &map) { hidden.contains($0) }
      #expect(map.size == size && map.withBytes { Array($0) } == expected, "seed \(seed)")
    }
  }

  @Test("a frame without objects has none, and what was there before is gone")
  func nothing() throws {
    var random = RandomNumbers(seed: 3)
    let shape = Self.shapes[0]
    let detector = try Self.detector(shape, InstanceSettings())
    var outputs = shape.outputs(using: &random)
    var instances: [DetectedInstance] = []
    outputs.withOutputs { detector.detect($0, into: &instances) }
    #expect(!instances.isEmpty)
    for level in outputs.classScores.indices {
      for anchor in 0..<outputs.classScores[level].count / 81 { outputs.classScores[level][anchor * 81] = 50 }
    }
    outputs.withOutputs { detector.detect($0, into: &instances) }
    var map = PixelImage(size: PixelSize(width: 8, height: 8), format: .gray8)
    detector.makeMap(size: map.size, into: &map)
    #expect(instances.isEmpty && detector.masks.count == 0 && map.withBytes { $0.allSatisfy { $0 == 0 } })
  }

  @Test("outputs that are no numbers give no instances and no trap", arguments: [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude])
  func notNumbers(value: Float) throws {
    var random = RandomNumbers(seed: 5)
    let shape = Self.shapes[0]
    let good = shape.outputs(using: &random)
    for part in 0..<4 {
      var outputs = good
      for index in stride(from: 0, to: outputs.classScores[0].count, by: 3) where part == 0 { outputs.classScores[0][index] = value }
      for index in stride(from: 0, to: outputs.boxOffsets[0].count, by: 3) where part == 1 { outputs.boxOffsets[0][index] = value }
      for index in stride(from: 0, to: outputs.coefficients[0].count, by: 3) where part == 2 { outputs.coefficients[0][index] = value }
      for index in stride(from: 0, to: outputs.prototypes.count, by: 3) where part == 3 { outputs.prototypes[index] = value }
      let detector = try Self.detector(shape, InstanceSettings())
      var instances: [DetectedInstance] = []
      outputs.withOutputs { detector.detect($0, into: &instances) }
      var map = PixelImage(size: PixelSize(width: 20, height: 20), format: .gray8)
      detector.makeMap(size: map.size, into: &map)
      #expect(instances.allSatisfy { $0.score.isFinite && $0.box.x1.isFinite && $0.box.y2.isFinite })
    }
  }

  @Test("layouts that are not possible are refused with a clear line")
  func refused() {
    let levels = [PixelSize(width: 4, height: 4)]
    for (classCount, coefficientCount, side) in [(257, 32, 4), (1, 32, 4), (81, 0, 4), (81, 1 << 20, 4), (81, 32, 9000)] {
      let layout = InstanceLayout(classCount: classCount, anchorsPerPosition: 3, coefficientCount: coefficientCount)
      #expect(throws: InputError.self) {
        _ = try InstanceDetector(
          layout: layout, levels: side == 4 ? levels : [PixelSize(width: side, height: side)], inputSize: 100, prototypeSize: PixelSize(width: 8, height: 8))
      }
    }
  }

  @Test("re-scoring multiplies, drops and sorts, and the masks follow")
  func rescoring() throws {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let shape = Self.shapes[0]
    let outputs = shape.outputs(using: &random)
    let plain = try Self.detector(shape, InstanceSettings())
    var before: [DetectedInstance] = []
    outputs.withOutputs { plain.detect($0, into: &before) }
    // The overlap that is predicted depends on the mask and on the class.
    let predicted = { (mask: [Float], label: Int) -> Float in mask.reduce(0, +).truncatingRemainder(dividingBy: 1) * 0.5 + Float(label % 7) / 14 }
    let rescoring = MaskRescoring { fill, read in
      var mask = [Float](repeating: -1, count: shape.prototypeSize.pixelCount)
      mask.withUnsafeMutableBufferPointer { fill($0) }
      let overlaps = (0..<80).map { predicted(mask, $0) }
      overlaps.withUnsafeBufferPointer { read($0) }
    }
    let detector = try Self.detector(shape, InstanceSettings(), rescoring)
    var after: [DetectedInstance] = []
    outputs.withOutputs { detector.detect($0, into: &after) }
    #expect(!after.isEmpty && after.count < before.count, "seed \(seed)")
    #expect(zip(after, after.dropFirst()).allSatisfy { $0.score >= $1.score } && after.allSatisfy { $0.score > 0.15 }, "seed \(seed)")
    for (index, one) in after.enumerated() {
      let old = try #require(before.firstIndex { $0.box == one.box && $0.classIndex == one.classIndex })
      #expect(before[old].score >= one.score)
      #expect(detector.masks.bitmaps.common(index, plain.masks.bitmaps, old) == plain.masks.bitmaps.area(old))
      #expect(detector.masks.bitmaps.area(index) == plain.masks.bitmaps.area(old), "seed \(seed)")
    }
  }
}
