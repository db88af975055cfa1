import SegBase
import SegTestSupport
import Testing

@testable import SegMotion

@Suite struct FlowConsistencyTests {
  @Test("translations there and back agree but for what leaves the picture")
  func translation() {
    let size = PixelSize(width: 40, height: 20)
    var there = FlowField(size: size)
    var back = FlowField(size: size)
    there.fill(x: 4, y: 0)
    back.fill(x: -4, y: 0)
    var mask = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
    #expect(abs(FlowConsistency.check(there, against: back, mask: &mask) - 0.1) < 1e-6)
    let bytes = mask.bytes
    for y in 0..<20 {
      for x in 0..<40 { #expect(bytes[y * 40 + x] == (x < 36 ? 255 : 0)) }
    }
  }

  @Test("errors are the length of the round trip, and the threshold belongs to the consistent side")
  func errors() {
    let size = PixelSize(width: 9, height: 5)
    var there = FlowField(size: size)
    var back = FlowField(size: size)
    there.fill(x: 0.5, y: 0)
    back.fill(x: -0.5, y: 1.5)
    var mask = PixelImage(size: size, format: .gray8)
    var errors = [Float](repeating: 0, count: size.pixelCount)
    let share = errors.withUnsafeMutableBufferPointer { FlowConsistency.check(there, against: back, mask: &mask, errors: $0) }
    #expect(share == 0 && errors.allSatisfy { abs($0 - 1.5) < 1e-6 })
    #expect(FlowConsistency.check(there, against: back, threshold: 1.4, mask: &mask) == 1)
  }

  @Test("random fields: the errors are those of the composition")
  func equalsComposition() {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: 37, height: 23)
    let there = FlowScene.field(size) { _, _ in (Float.random(in: -3...3, using: &random), Float.random(in: -3...3, using: &random)) }
    let back = FlowScene.field(size) { _, _ in (Float.random(in: -3...3, using: &random), Float.random(in: -3...3, using: &random)) }
    var round = FlowField(size: size)
    round.compose(there, then: back)
    var mask = PixelImage(size: size, format: .gray8)
    var errors = [Float](repeating: 0, count: size.pixelCount)
    let share = errors.withUnsafeMutableBufferPointer { FlowConsistency.check(there, against: back, mask: &mask, errors: $0) }
    let bytes = mask.bytes
    var consistent = 0
    for y in 0..<size.height {
      for x in 0..<size.width {
        let miss = round[x, y]
        let length = (miss.x * miss.x + miss.y * miss.y).squareRoot()
        let way = there[x, y]
        let isInside = Float(x) + way.x >= -0.5 && Float(x) + way.x <= 36.5 && Float(y) + way.y >= -0.5 && Float(y) + way.y <= 22.5
        #expect(abs(errors[y * size.width + x] - length) < 1e-4, "seed \(seed)")
        if abs(length - 1.5) > 1e-3 { #expect((bytes[y * size.width + x] == 255) == (isInside && length <= 1.5), "seed \(seed)") }
        consistent += bytes[y * size.width + x] == 255 ? 1 : 0
      }
    }
    #expect(abs(share - (1 - Float(consistent) / Float(size.pixelCount))) < 1e-6)
  }

  @Test("what the street hides is mostly found inconsistent, what it shows mostly consistent")
  func street() throws {
    let search = InverseSearchFlow(size: PixelSize(width: 224, height: 126), settings: .medium)
    search.advance(to: try FlowScene.street(0))
    search.advance(to: try FlowScene.street(1))
    var forward = FlowField(size: search.size)
    var backward = FlowField(size: search.size)
    search.estimate(.forward, into: &forward)
    search.estimate(.backward, into: &backward)
    var mask = PixelImage(size: search.size, format: .gray8)
    FlowConsistency.check(forward, against: backward, mask: &mask)
    let (consistent, valid) = (mask.bytes, try FlowScene.streetValidity(0).bytes)
    var (shown, kept, hidden, found) = (0, 0, 0, 0)
    for index in valid.indices {
      if valid[index] > 0 {
        shown += 1
        kept += consistent[index] > 0 ? 1 : 0
      } else {
        hidden += 1
        found += consistent[index] == 0 ? 1 : 0
      }
    }
    #expect(Double(kept) / Double(shown) > 0.9)
    #expect(Double(found) / Double(hidden) > 0.5)
  }
}
