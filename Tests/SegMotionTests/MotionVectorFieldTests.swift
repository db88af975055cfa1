import Foundation
import SegBase
import SegTestSupport
import SegVideo
import Testing

@testable import SegMotion

@Suite struct MotionVectorFieldTests {
  static let none = PixelSize(width: 0, height: 0)

  static func vector(_ x: Float, _ y: Float, side: Int, by motion: (Float, Float), scale: Float = 1) -> MotionVector {
    MotionVector(
      destinationX: x, destinationY: y, sourceX: x + motion.0, sourceY: y + motion.1, width: side, height: side, isForward: scale > 0, scale: scale)
  }

  /// Field, holes and their share of the vectors of a frame.
  static func make(_ vectors: [MotionVector], _ size: PixelSize) -> (vectors: [Float], holes: [UInt8], share: Float) {
    var field = FlowField(size: none)
    var holes = PixelImage(size: none, format: .gray8)
    let share = MotionVectorField().make(from: vectors, frameSize: size, into: &field, holes: &holes)
    return (field.vectors, holes.bytes, share)
  }

  @Test("a block's vector is in all of its cells, in pixels of the field")
  func blocks() {
    let size = PixelSize(width: 32, height: 16)
    let result = MotionVectorFieldTests.make(
      [MotionVectorFieldTests.vector(8, 8, side: 16, by: (4, -8)), MotionVectorFieldTests.vector(24, 8, side: 16, by: (16, 0))], size)
    #expect(result.share == 0 && result.holes.allSatisfy { $0 == 0 })
    #expect(result.vectors == [0.5, -1, 0.5, -1, 2, 0, 2, 0, 0.5, -1, 0.5, -1, 2, 0, 2, 0])
  }

  @Test("frames that are no multiple of eight pixels are covered by slightly smaller cells")
  func oddSizes() {
    let size = PixelSize(width: 30, height: 9)
    let result = MotionVectorFieldTests.make(
      [MotionVectorFieldTests.vector(8, 8, side: 16, by: (3, 3)), MotionVectorFieldTests.vector(24, 8, side: 16, by: (3, 3))], size)
    #expect(result.share == 0)
    for index in 0..<8 {
      #expect(abs(result.vectors[2 * index] - 3 * 4 / 30) < 1e-6 && abs(result.vectors[2 * index + 1] - 3 * 2 / 9) < 1e-6)
    }
  }

  @Test("vectors to frames further back or ahead are brought to the previous frame, and the nearer one of two counts more")
  func scales() {
    let size = PixelSize(width: 8, height: 8)
    #expect(MotionVectorFieldTests.make([MotionVectorFieldTests.vector(4, 4, side: 8, by: (24, 0), scale: 1.0 / 3)], size).vectors == [1, 0])
    #expect(MotionVectorFieldTests.make([MotionVectorFieldTests.vector(4, 4, side: 8, by: (-16, 0), scale: -0.5)], size).vectors == [1, 0])
    let both = [MotionVectorFieldTests.vector(4, 4, side: 8, by: (8, 0)), MotionVectorFieldTests.vector(4, 4, side: 8, by: (-32, 0), scale: -0.5)]
    #expect(abs(MotionVectorFieldTests.make(both, size).vectors[0] - (1 + 0.5 * 2) / 1.5) < 1e-6)
  }

  @Test("holes take the mean of their neighbours from their edges inwards, and are marked")
  func holes() {
    // Columns 0 and 4 of five have vectors.
    let size = PixelSize(width: 40, height: 8)
    let result = MotionVectorFieldTests.make(
      [MotionVectorFieldTests.vector(4, 4, side: 8, by: (8, 0)), MotionVectorFieldTests.vector(36, 4, side: 8, by: (24, 8))], size)
    #expect(result.holes == [0, 255, 255, 255, 0])
    #expect(abs(result.share - 0.6) < 1e-6)
    #expect(result.vectors == [1, 0, 1, 0, 2, 0.5, 3, 1, 3, 1])
  }

  @Test("without vectors there is no motion and everything is a hole")
  func intra() {
    let result = MotionVectorFieldTests.make([], PixelSize(width: 20, height: 20))
    #expect(result.share == 1 && result.holes.allSatisfy { $0 == 255 } && result.vectors.allSatisfy { $0 == 0 })
  }

  @Test("any vectors give numbers", arguments: 0..<20)
  func anyVectors(round: Int) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let wild: [Float] = [0, 1, -1, 8, 1e9, -1e9, .infinity, .nan, 100, 33.25]
    func value() -> Float { wild.randomElement(using: &random) ?? 0 }
    let vectors = (0..<50).map { _ in
      MotionVector(
        destinationX: value(), destinationY: value(), sourceX: value(), sourceY: value(), width: Int.random(in: -1...300, using: &random),
        height: Int.random(in: -1...300, using: &random), isForward: true, scale: value())
    }
    let size = PixelSize(width: Int.random(in: 1...100, using: &random), height: Int.random(in: 1...100, using: &random))
    #expect(MotionVectorFieldTests.make(vectors, size).vectors.allSatisfy { $0.isFinite }, "seed \(seed)")
  }

  @Test("the vectors of a video whose picture moves evenly lead to where it came from")
  func video() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segmotion-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let size = PixelSize(width: 160, height: 96)
    let texture = FlowScene.texture(seed: 12)
    let encoder = try VideoEncoder(path: folder + "/moving.mp4", size: size, frameRate: FrameRate(30), threads: 1)
    for number in 0..<8 {
      let grey = FlowScene.picture(size) { texture($0 - 5 * Double(number), $1 + 2 * Double(number)) }.bytes
      var image = PixelImage(size: size, format: .rgb24)
      image.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = grey[index / 3] } }
      try encoder.append(image, presentationTime: MediaTime(microseconds: Int64(number) * 33_333), duration: nil)
    }
    try encoder.finish()
    let source = try VideoSource(folder + "/moving.mp4", exportsMotionVectors: true)
    let maker = MotionVectorField()
    var field = FlowField(size: size)
    var holes = PixelImage(size: size, format: .gray8)
    var full = FlowField(size: size)
    var number = 0
    while let frame = try source.next() {
      let share = maker.make(from: frame.motionVectors, frameSize: frame.size, into: &field, holes: &holes)
      if number == 0 {
        #expect(share == 1)
      } else {
        #expect(share < 0.5)
        FlowWarper().resample(field, to: size, into: &full)
        let errors = FlowScene.errors(full, FlowScene.field(size) { _, _ in (-5, 2) }, margin: 16)
        #expect(errors.median < 0.6)
      }
      number += 1
    }
    #expect(number == 8)
  }
}
