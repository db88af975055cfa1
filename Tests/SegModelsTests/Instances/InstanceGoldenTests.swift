import Foundation
import SegBase
import SegCheckpoint
import SegModels
import SegTensor
import SegTestSupport
import Testing

/// Detection and masks against those of the original implementation.
@Suite(.enabled(if: SharedData.exists("golden"), "needs ../shared/golden"))
struct InstanceGoldenTests {
  static let layout = InstanceLayout(classCount: 81, anchorsPerPosition: 3)
  static let levels = [69, 35, 18, 9, 5].map { PixelSize(width: $0, height: $0) }

  /// Outputs of which only some anchors are anything but background.
  static func outputs(_ tensors: NamedTensors) throws -> OwnedOutputs {
    let read = { (name: String) in try #require(tensors[name]).floats() }
    let (anchors, scores, offsets, coefficients) = (try read("anchor_index"), try read("conf_rows"), try read("loc_rows"), try read("coef_rows"))
    let count = levels.reduce(0) { $0 + $1.pixelCount } * layout.anchorsPerPosition
    var all = (
      scores: [Float](repeating: 0, count: count * 81), offsets: [Float](repeating: 0, count: count * 4), masks: [Float](repeating: 0, count: count * 32)
    )
    for anchor in 0..<count { for label in 1..<81 { all.scores[anchor * 81 + label] = -.infinity } }
    for (row, anchor) in anchors.map({ Int($0) }).enumerated() {
      // The softmax of the logarithms of numbers that sum up to one are those numbers.
      for label in 0..<81 { all.scores[anchor * 81 + label] = log(scores[row * 81 + label]) }
      all.offsets.replaceSubrange(anchor * 4..<anchor * 4 + 4, with: offsets[row * 4..<row * 4 + 4])
      all.masks.replaceSubrange(anchor * 32..<anchor * 32 + 32, with: coefficients[row * 32..<row * 32 + 32])
    }
    func split(_ values: [Float], _ width: Int) -> [[Float]] {
      var rest = values[...]
      return levels.map { level in
        defer { rest = rest.dropFirst(level.pixelCount * layout.anchorsPerPosition * width) }
        return Array(rest.prefix(level.pixelCount * layout.anchorsPerPosition * width))
      }
    }
    return OwnedOutputs(
      classScores: split(all.scores, 81), boxOffsets: split(all.offsets, 4), coefficients: split(all.masks, 32), prototypes: try read("proto_f16"))
  }

  @Test("classes, scores, boxes and masks are the original's", arguments: [("fast", InstanceSettings.NonMaximumSuppression.fast), ("crossclass", .crossClass)])
  func detections(name: String, suppression: InstanceSettings.NonMaximumSuppression) throws {
    let tensors = try Checkpoint.open(path: SharedData.path("golden/yolact_detect_\(name).safetensors")).tensors
    let outputs = try Self.outputs(tensors)
    let expected = { (name: String) in try #require(tensors["expected." + name]).floats() }
    let (classes, scores, boxes, bits) = (try expected("class"), try expected("score"), try expected("box_xyxy_px"), try expected("mask_bits").map { Int($0) })
    let frame = try expected("frame_wh")
    let size = PixelSize(width: Int(frame[0]), height: Int(frame[1]))
    // The original does not limit the count after suppression across classes.
    let settings = InstanceSettings(maximumCount: suppression == .crossClass ? 200 : 100, nonMaximumSuppression: suppression)
    let prototypeSize = PixelSize(width: 138, height: 138)
    let detector = try InstanceDetector(layout: Self.layout, levels: Self.levels, inputSize: 550, prototypeSize: prototypeSize, settings: settings)
    var instances: [DetectedInstance] = []
    outputs.withOutputs { detector.detect($0, into: &instances) }
    #expect(instances.map { Float($0.classIndex) } == classes)
    try #require(instances.count == scores.count)
    #expect(zip(instances, scores).allSatisfy { abs($0.score - $1) < 1e-6 })
    let edges = instances.flatMap { one in
      let box = one.box.edges(in: size)
      return [box.left, box.top, box.right, box.bottom]
    }
    #expect(edges == boxes.map { Int($0) })
    var mask = PixelImage(size: size, format: .gray8)
    var different = 0
    for index in instances.indices {
      detector.masks.makeMask(of: index, size: size, into: &mask)
      mask.withBytes { pixels in
        let base = index * size.pixelCount
        for (place, value) in pixels.enumerated() where (value == 255) != (bits[(base + place) / 8] >> (7 - (base + place) % 8) & 1 == 1) { different += 1 }
      }
    }
    #expect(different == 0, "of \(instances.count * size.pixelCount) pixels")
  }
}
