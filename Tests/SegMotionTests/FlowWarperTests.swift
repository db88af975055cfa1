import Foundation
import SegBase
import SegTestSupport
import Testing

@testable import SegMotion

@Suite struct FlowWarperTests {
  static let noSize = PixelSize(width: 0, height: 0)

  static func randomField(_ size: PixelSize, reach: Float, using random: inout RandomNumbers) -> FlowField {
    FlowScene.field(size) { _, _ in (Float.random(in: -reach...reach, using: &random), Float.random(in: -reach...reach, using: &random)) }
  }

  /// The vector at pixel (x, y) of a grid of `size`, as the documentation says it.
  static func vector(_ field: borrowing FlowField, _ size: PixelSize, _ x: Int, _ y: Int) -> (x: Float, y: Float) {
    let (width, height) = (field.size.width, field.size.height)
    let px = min(max((Float(x) + 0.5) * Float(width) / Float(size.width) - 0.5, 0), Float(width - 1))
    let py = min(max((Float(y) + 0.5) * Float(height) / Float(size.height) - 0.5, 0), Float(height - 1))
    let (left, top) = (Int(px), Int(py))
    let (right, below) = (min(left + 1, width - 1), min(top + 1, height - 1))
    let (u, v) = (px - Float(left), py - Float(top))
    let corners = [(left, top, (1 - u) * (1 - v)), (right, top, u * (1 - v)), (left, below, (1 - u) * v), (right, below, u * v)]
    return (
      corners.reduce(0) { $0 + $1.2 * field[$1.0, $1.1].x } * Float(size.width) / Float(width),
      corners.reduce(0) { $0 + $1.2 * field[$1.0, $1.1].y } * Float(size.height) / Float(height)
    )
  }

  /// Where pixel (x, y) comes from, kept inside, and whether it was inside.
  static func place(_ field: borrowing FlowField, _ size: PixelSize, _ x: Int, _ y: Int) -> (x: Float, y: Float, isInside: Bool) {
    let way = vector(field, size, x, y)
    let (px, py) = (Float(x) + way.x, Float(y) + way.y)
    let isInside = px >= -0.5 && py >= -0.5 && px <= Float(size.width) - 0.5 && py <= Float(size.height) - 0.5
    return (min(max(px, 0), Float(size.width - 1)), min(max(py, 0), Float(size.height - 1)), isInside)
  }

  static func bilinear(_ size: PixelSize, _ x: Float, _ y: Float, _ value: (Int) -> Float) -> Float {
    let (left, top) = (Int(x), Int(y))
    let (right, below) = (min(left + 1, size.width - 1), min(top + 1, size.height - 1))
    let (u, v) = (x - Float(left), y - Float(top))
    let upper = (1 - u) * value(top * size.width + left) + u * value(top * size.width + right)
    let lower = (1 - u) * value(below * size.width + left) + u * value(below * size.width + right)
    return (1 - v) * upper + v * lower
  }

  static let grids = [((1, 1), (1, 1)), ((9, 5), (9, 5)), ((17, 11), (33, 20)), ((40, 30), (23, 31)), ((5, 3), (1, 64))]

  @Test("labels are the nearest pixels of the reference", arguments: grids)
  func labels(sizes: ((Int, Int), (Int, Int))) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: sizes.1.0, height: sizes.1.1)
    let field = FlowWarperTests.randomField(PixelSize(width: sizes.0.0, height: sizes.0.1), reach: 8, using: &random)
    let labels = FlowScene.picture(size) { _, _ in Double.random(in: 0...255, using: &random) }
    var output = PixelImage(size: FlowWarperTests.noSize, format: .gray8)
    var filled = PixelImage(size: FlowWarperTests.noSize, format: .gray8)
    FlowWarper().warpLabels(labels, along: field, into: &output, filled: &filled)
    let (input, result, mask) = (labels.bytes, output.bytes, filled.bytes)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let end = FlowWarperTests.place(field, size, x, y)
        // On the border of two pixels either may be taken.
        let isClear = abs((end.x + 0.5).rounded() - end.x - 0.5) > 1e-3 && abs((end.y + 0.5).rounded() - end.y - 0.5) > 1e-3
        if isClear { #expect(result[y * size.width + x] == input[Int(end.y + 0.5) * size.width + Int(end.x + 0.5)], "seed \(seed)") }
        if isClear { #expect(mask[y * size.width + x] == (end.isInside ? 255 : 0), "seed \(seed)") }
      }
    }
  }

  @Test("no motion leaves everything alone")
  func identity() {
    var random = RandomNumbers(seed: 3)
    let size = PixelSize(width: 53, height: 37)
    let labels = FlowScene.picture(size) { _, _ in Double(Int.random(in: 0..<19, using: &random)) }
    let mask = FlowScene.picture(size) { _, _ in Bool.random(using: &random) ? 255 : 0 }
    let map = random.floats(size.pixelCount * 19)
    let warper = FlowWarper()
    for side in [size, PixelSize(width: 20, height: 90)] {
      let still = FlowField(size: side)
      var output = PixelImage(size: size, format: .gray8)
      var filled = PixelImage(size: size, format: .gray8)
      warper.warpLabels(labels, along: still, into: &output, filled: &filled)
      #expect(output.bytes == labels.bytes && filled.bytes.allSatisfy { $0 == 255 })
      warper.warpMask(mask, along: still, into: &output, filled: &filled)
      #expect(output.bytes == mask.bytes && filled.bytes.allSatisfy { $0 == 255 })
      var moved = [Float](repeating: 0, count: map.count)
      let layout = MapLayout(size: size, channels: 19)
      map.withUnsafeBufferPointer { input in
        moved.withUnsafeMutableBufferPointer { warper.warpMap(input, from: layout, along: still, into: $0, to: layout, filled: &filled) }
      }
      #expect(moved == map)
    }
  }

  @Test("masks are bilinear with a threshold", arguments: grids)
  func masks(sizes: ((Int, Int), (Int, Int))) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: sizes.1.0, height: sizes.1.1)
    let field = FlowWarperTests.randomField(PixelSize(width: sizes.0.0, height: sizes.0.1), reach: 8, using: &random)
    let mask = FlowScene.picture(size) { _, _ in Bool.random(using: &random) ? 255 : 0 }
    var output = PixelImage(size: FlowWarperTests.noSize, format: .gray8)
    var filled = PixelImage(size: FlowWarperTests.noSize, format: .gray8)
    FlowWarper().warpMask(mask, along: field, into: &output, filled: &filled)
    let (input, result) = (mask.bytes, output.bytes)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let end = FlowWarperTests.place(field, size, x, y)
        let value = FlowWarperTests.bilinear(size, end.x, end.y) { Float(input[$0]) }
        if abs(value - 127.5) > 0.1 { #expect(result[y * size.width + x] == (value > 127.5 ? 255 : 0), "seed \(seed)") }
      }
    }
  }

  @Test(
    "maps of any channel count and pixel stride are bilinear, and nothing beside them is touched", arguments: [1, 2, 3, 4, 5, 7, 8, 11, 12, 15, 16, 17, 19, 40])
  func maps(channels: Int) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    for (fieldSide, side, strides) in [((21, 13), (21, 13), (0, 0)), ((30, 20), (11, 9), (3, 0)), ((8, 8), (17, 5), (0, 5))] {
      let size = PixelSize(width: side.0, height: side.1)
      let field = FlowWarperTests.randomField(PixelSize(width: fieldSide.0, height: fieldSide.1), reach: 5, using: &random)
      let from = MapLayout(size: size, channels: channels, pixelStride: channels + strides.0)
      let to = MapLayout(size: size, channels: channels, pixelStride: channels + strides.1)
      let input = random.floats(from.elementCount)
      var output = [Float](repeating: 77, count: to.elementCount + 8)
      var filled = PixelImage(size: FlowWarperTests.noSize, format: .gray8)
      input.withUnsafeBufferPointer { source in
        output.withUnsafeMutableBufferPointer { FlowWarper().warpMap(source, from: from, along: field, into: $0, to: to, filled: &filled) }
      }
      for y in 0..<size.height {
        for x in 0..<size.width {
          let end = FlowWarperTests.place(field, size, x, y)
          let start = (y * size.width + x) * to.pixelStride
          for channel in 0..<channels {
            let expected = FlowWarperTests.bilinear(size, end.x, end.y) { input[$0 * from.pixelStride + channel] }
            #expect(abs(output[start + channel] - expected) < 1e-3, "seed \(seed)")
          }
          for beside in channels..<to.pixelStride where start + beside < to.elementCount { #expect(output[start + beside] == 77) }
        }
      }
      #expect(output.suffix(8).allSatisfy { $0 == 77 })
    }
  }

  @Test("vectors that are not numbers or lead far away are harmless")
  func wildVectors() {
    let size = PixelSize(width: 6, height: 4)
    var random = RandomNumbers(seed: 9)
    let wild: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, 0]
    let field = FlowScene.field(size) { _, _ in (wild.randomElement(using: &random) ?? 0, wild.randomElement(using: &random) ?? 0) }
    let labels = FlowScene.picture(size) { x, _ in x }
    var output = PixelImage(size: size, format: .gray8)
    var filled = PixelImage(size: size, format: .gray8)
    FlowWarper().warpLabels(labels, along: field, into: &output, filled: &filled)
    FlowWarper().warpMask(labels, along: field, into: &output, filled: &filled)
    #expect(output.size == size)
  }

  @Test("flow at another grid: bilinear, vectors scaled", arguments: grids)
  func resampling(sizes: ((Int, Int), (Int, Int))) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: sizes.1.0, height: sizes.1.1)
    let field = FlowWarperTests.randomField(PixelSize(width: sizes.0.0, height: sizes.0.1), reach: 8, using: &random)
    var output = FlowField(size: FlowWarperTests.noSize)
    FlowWarper().resample(field, to: size, into: &output)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let expected = FlowWarperTests.vector(field, size, x, y)
        #expect(abs(output[x, y].x - expected.x) < 1e-3 && abs(output[x, y].y - expected.y) < 1e-3, "seed \(seed)")
      }
    }
  }
}
