import SegBase
import SegGraph
import SegMotion
import Testing

@testable import SegModels
@testable import SegPropagation

@Suite struct FeatureWarpTests {
  /// Features whose value is a number of its own at every place, brought along a chain with a step of (x, y) where there is one.
  private func carried(_ shape: FeatureShape, step: (x: Float, y: Float)?, fieldSize: PixelSize, warp: FeatureWarp = FeatureWarp()) -> [Float] {
    var chain = FlowChain()
    if let step {
      var field = FlowField(size: fieldSize)
      field.fill(x: step.x, y: step.y)
      chain.prepend(field)
    }
    let values = (0..<shape.count).map { Float($0) }
    var result = [Float](repeating: -1, count: shape.count)
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { warp.carry(CarriedFeatures(index: 0, shape: shape, values: values), along: chain, into: $0) }
    }
    return result
  }

  private let shape = FeatureShape(height: 5, width: 6, channels: 3)

  @Test("features stay where they were while there is no flow")
  func withoutFlow() {
    #expect(carried(shape, step: nil, fieldSize: PixelSize(width: 1, height: 1)) == (0..<shape.count).map { Float($0) })
  }

  @Test("flow is scaled to the map; what comes from outside stays as it was")
  func moves() {
    // Ten pixels of a field ten times as wide are one place.
    let result = carried(shape, step: (x: -10, y: 0), fieldSize: PixelSize(width: 60, height: 50))
    for row in 0..<5 {
      for column in 0..<6 {
        for channel in 0..<3 {
          let from = column == 0 ? column : column - 1
          #expect(abs(result[(row * 6 + column) * 3 + channel] - Float((row * 6 + from) * 3 + channel)) < 1e-3)
        }
      }
    }
  }

  @Test("one that has been used gives the same again")
  func isReused() {
    let (warp, size) = (FeatureWarp(), PixelSize(width: 31, height: 17))
    let first = carried(shape, step: (x: 2.5, y: -1), fieldSize: size, warp: warp)
    _ = carried(FeatureShape(height: 9, width: 4, channels: 2), step: (x: 1, y: 1), fieldSize: size, warp: warp)
    #expect(carried(shape, step: (x: 2.5, y: -1), fieldSize: size, warp: warp) == first)
  }
}
