import Foundation
import SegBase
import SegTestSupport
import Testing

@testable import SegMotion

@Suite struct FlowFieldCompositionTests {
  /// The definition, pixel by pixel.
  static func reference(_ first: borrowing FlowField, _ second: borrowing FlowField) -> [Float] {
    let (width, height) = (first.size.width, first.size.height)
    var result: [Float] = []
    for y in 0..<height {
      for x in 0..<width {
        let way = first[x, y]
        let px = min(max(Float(x) + way.x, 0), Float(width - 1))
        let py = min(max(Float(y) + way.y, 0), Float(height - 1))
        let (left, top) = (Int(px), Int(py))
        let (right, below) = (min(left + 1, width - 1), min(top + 1, height - 1))
        let (u, v) = (px - Float(left), py - Float(top))
        let corners = [(left, top, (1 - u) * (1 - v)), (right, top, u * (1 - v)), (left, below, (1 - u) * v), (right, below, u * v)]
        result.append(way.x + corners.reduce(0) { $0 + $1.2 * second[$1.0, $1.1].x })
        result.append(way.y + corners.reduce(0) { $0 + $1.2 * second[$1.0, $1.1].y })
      }
    }
    return result
  }

  @Test("equals the pixel by pixel reference, also where vectors leave the picture", arguments: [(1, 1), (1, 9), (7, 1), (33, 17), (64, 31)])
  func equalsReference(side: (Int, Int)) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: side.0, height: side.1)
    let first = FlowScene.field(size) { _, _ in (Float.random(in: -20...20, using: &random), Float.random(in: -20...20, using: &random)) }
    let second = FlowScene.field(size) { _, _ in (Float.random(in: -20...20, using: &random), Float.random(in: -20...20, using: &random)) }
    var composed = FlowField(size: PixelSize(width: 0, height: 0))
    composed.compose(first, then: second)
    for (value, expected) in zip(composed.vectors, FlowFieldCompositionTests.reference(first, second)) {
      #expect(abs(value - expected) < 1e-4, "seed \(seed)")
    }
  }

  @Test("two small turns and zooms give the turn and zoom of both")
  func composedEqualsDirect() {
    // A similarity about the middle: p becomes M p.
    func field(_ size: PixelSize, _ a: Float, _ b: Float) -> FlowField {
      FlowScene.field(size) { x, y in
        let (px, py) = (x - 80, y - 60)
        return (a * px - b * py - px, b * px + a * py - py)
      }
    }
    let size = PixelSize(width: 161, height: 121)
    var composed = FlowField(size: size)
    composed.compose(field(size, 0.98, 0.02), then: field(size, 0.97, -0.01))
    let direct = field(size, 0.98 * 0.97 + 0.02 * 0.01, 0.02 * 0.97 - 0.98 * 0.01)
    let greatest = FlowScene.errors(composed, direct, margin: 6).max() ?? 1
    #expect(greatest < 1e-3)
  }

  @Test("a chain grows at its front, and no motion changes nothing")
  func chains() {
    let size = PixelSize(width: 40, height: 30)
    var chain = FlowScene.field(size) { x, y in (0.1 * x, -0.2 * y) }
    let before = chain.vectors
    var scratch = FlowField(size: size)
    chain.prepend(FlowField(size: size), scratch: &scratch)
    #expect(chain.vectors == before)
    var step = FlowField(size: size)
    step.fill(x: 2, y: 1)
    chain.prepend(step, scratch: &scratch)
    #expect(abs(chain[10, 10].x - (2 + 1.2)) < 1e-5 && abs(chain[10, 10].y - (1 - 2.2)) < 1e-5)
  }

  @Test("the street's exact flow over two frames is the composition where both are valid")
  func street() throws {
    // The generator gives no flow over two frames; the estimate over two frames must agree with the chain of two exact ones.
    var composed = FlowField(size: PixelSize(width: 224, height: 126))
    composed.compose(try FlowScene.streetFlow(0), then: try FlowScene.streetFlow(1))
    let estimate = InverseSearchFlowTests.flow(from: try FlowScene.street(0), to: try FlowScene.street(2), .medium)
    let first = try FlowScene.streetValidity(0).bytes
    let median = FlowScene.errors(estimate, composed, margin: 12) { x, y in first[y * 224 + x] > 0 }.median
    #expect(median < 0.5)
  }

  @Test("a translation turned round leads back, also where nothing ends", arguments: [(3, -2), (-5, 0), (0, 7), (200, 200)])
  func invertedTranslation(way: (Int, Int)) {
    let size = PixelSize(width: 41, height: 23)
    var field = FlowField(size: size)
    field.fill(x: Float(way.0), y: Float(way.1))
    var inverse = FlowField(size: PixelSize(width: 0, height: 0))
    inverse.invert(field)
    #expect(inverse.size == size)
    for y in 0..<23 {
      for x in 0..<41 { #expect(inverse[x, y] == (Float(-way.0), Float(-way.1))) }
    }
  }

  @Test("a smooth field and its inverse cancel out to a fraction of a pixel")
  func invertedSmoothField() {
    let size = PixelSize(width: 120, height: 90)
    let field = FlowScene.field(size) { x, y in ((x - 60) * 0.05 + 2, (y - 45) * -0.04 + 1) }
    var inverse = FlowField(size: size)
    inverse.invert(field)
    var round = FlowField(size: size)
    round.compose(inverse, then: field)
    var greatest: Float = 0
    for y in 10..<80 {
      for x in 10..<110 { greatest = max(greatest, abs(round[x, y].x), abs(round[x, y].y)) }
    }
    #expect(greatest < 0.1)
  }

  @Test("a field of vectors that are no numbers or lead nowhere has an inverse of its size")
  func invertedWildField() {
    let size = PixelSize(width: 6, height: 4)
    var random = RandomNumbers(seed: 4)
    let wild: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30]
    let field = FlowScene.field(size) { _, _ in (wild.randomElement(using: &random) ?? 0, wild.randomElement(using: &random) ?? 0) }
    var inverse = FlowField(size: size)
    inverse.invert(field)
    #expect(inverse.size == size)
  }
}
