import Foundation
import SegBase
import SegModels

/// From the outputs of a YOLACT network at 550x550 to labels, with a hundred detections.
enum InstanceBenchmark {
  private static let layout = InstanceLayout(classCount: 81, anchorsPerPosition: 3)
  private static let levels = [69, 35, 18, 9, 5].map { PixelSize(width: $0, height: $0) }
  private static let prototypeSize = PixelSize(width: 138, height: 138)
  private static let objectCount = 100

  static func run() throws {
    // Sides of the boxes: those of a crowded street, and all of them the whole picture, which is the most there can be.
    for (title, sides) in [("boxes of 5 to 50 % of a side", 0.05...0.5), ("boxes of the whole picture", 1...1)] as [(String, ClosedRange<Float>)] {
      try measure(title, sides: sides)
    }
  }

  private static func measure(_ title: String, sides: ClosedRange<Float>) throws {
    let outputs = outputs(sides: sides)
    var instances: [DetectedInstance] = []
    let detector = try InstanceDetector(layout: layout, levels: levels, inputSize: 550, prototypeSize: prototypeSize)
    var map = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    detector.detect(outputs, into: &instances)
    let area = instances.reduce(0) { $0 + $1.box.area } / Float(max(1, instances.count))
    print("\(title): \(instances.count) detections, mean area \((area * 100).rounded()) %")
    Stopwatch.measure("  detections and masks of prototype size") { detector.detect(outputs, into: &instances) }
    for size in [PixelSize(width: 200, height: 112), PixelSize(width: 960, height: 540)] {
      Stopwatch.measure("  map \(size)") { detector.makeMap(size: size, into: &map) }
      Stopwatch.measure("  all, map \(size)") {
        detector.detect(outputs, into: &instances)
        detector.makeMap(size: size, into: &map)
      }
    }
    outputs.deallocate()
  }

  /// Random objects, each with a few anchors of falling scores that answer to it; everything else is background.
  private static func outputs(sides: ClosedRange<Float>) -> InstanceOutputs {
    var random = SystemRandomNumberGenerator()
    let counts = levels.map { $0.pixelCount * layout.anchorsPerPosition }
    func buffers(_ width: Int, _ values: ClosedRange<Float>) -> [UnsafeMutableBufferPointer<Float>] {
      counts.map { count in
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count * width)
        for index in buffer.indices { buffer.initializeElement(at: index, to: Float.random(in: values, using: &random)) }
        return buffer
      }
    }
    let (scores, offsets, coefficients) = (buffers(81, -2...2), buffers(4, 0...0), buffers(32, -0.5...0.5))
    for level in scores { for anchor in 0..<level.count / 81 { level[anchor * 81] = 9 } }
    let priors = AnchorPriors(layout: layout, levels: levels, inputSize: 550)
    for object in 0..<objectCount {
      let (width, height) = (Float.random(in: sides), Float.random(in: sides))
      let centre = SIMD2(Float.random(in: width / 2...1 - width / 2), Float.random(in: height / 2...1 - height / 2))
      for rank in 0..<5 {
        let (level, start) = rank % 2 == 0 ? (0, 0) : (1, counts[0])
        let anchor = Int.random(in: 0..<counts[level])
        let prior = priors.boxes[start + anchor]
        // Objects of the whole picture differ by class, or one would suppress the others.
        scores[level][anchor * 81 + 1 + object % 80] = 14 - Float(rank)
        let shift = (centre - SIMD2(prior[0], prior[1])) / (SIMD2(prior[2], prior[3]) * 0.1)
        let stretch = [width / prior[2], height / prior[3]].map { log($0) / 0.2 }
        for (index, value) in [shift.x, shift.y, stretch[0], stretch[1]].enumerated() { offsets[level][anchor * 4 + index] = value }
      }
    }
    let prototypes = UnsafeMutableBufferPointer<Float>.allocate(capacity: prototypeSize.pixelCount * 32)
    // Waves of a few periods: the masks are blobs, as those of objects are.
    let waves = (0..<32).map { _ in SIMD3(Float.random(in: 0...30), Float.random(in: 0...30), Float.random(in: 0...6)) }
    for index in prototypes.indices {
      let (pixel, wave) = (index / 32, waves[index % 32])
      let place = SIMD2(Float(pixel % prototypeSize.width), Float(pixel / prototypeSize.width)) / Float(prototypeSize.width)
      prototypes.initializeElement(at: index, to: max(0, 2 * sin(wave.x * place.x + wave.y * place.y + wave.z)))
    }
    return InstanceOutputs(
      classScores: scores.map { UnsafeBufferPointer($0) }, boxOffsets: offsets.map { UnsafeBufferPointer($0) },
      coefficients: coefficients.map { UnsafeBufferPointer($0) }, prototypes: UnsafeBufferPointer(prototypes))
  }
}

extension InstanceOutputs {
  /// Frees outputs that were allocated one by one.
  fileprivate func deallocate() {
    for buffer in classScores + boxOffsets + coefficients + [prototypes] { buffer.deallocate() }
  }
}
